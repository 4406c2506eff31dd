lab00.program   := bytes
lab00.links     :=
lab00.criterion := functions
lab00.drivers   := exercise
