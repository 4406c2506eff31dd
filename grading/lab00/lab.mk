lab00.program   := bytes
lab00.links     :=
lab00.criterion := values transfers
lab00.drivers   := exercise
