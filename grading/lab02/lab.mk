lab02.program := client
lab02.links   := lab00
