lab01.program := server
lab01.links   := lab00
