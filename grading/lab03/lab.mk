lab03.program := server
lab03.links   := lab01 lab00
