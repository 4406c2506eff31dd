lab04.program := server
lab04.links   := lab01 lab00
lab04.san     := thread
