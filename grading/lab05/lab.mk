lab05.program := server
lab05.small   := cow copy
lab05.links   := lab01 lab00
