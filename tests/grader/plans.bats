#!/usr/bin/env bats
# plans.bats - a plan with a mistake is one line that says where and what, and status 2.

setup() {
  load fake
  fake_course
  plan=$root/grading/lab02/plan.yaml
}

# Changes the plan of lab02 by a sed program; the grader must refuse it with that line.
wrong() { # PATTERN SED
  sed -i "$2" "$plan"
  refuses 2 "grader: grading/lab02/plan.yaml$1" lab02
  refuses 2 "grader: grading/lab02/plan.yaml$1" --list
}

@test "a key that is unknown, missing or there twice is told with its line" {
  wrong ":6: Unexpected key: pionts" 's/points/pionts/'
}

@test "a key that is missing" {
  wrong ":6: Missing required mapping field: id" 's/id: only, //'
}

@test "a key that is there twice" {
  wrong ":6: Mapping field already seen: id" 's/id: only/id: only, id: twice/'
}

@test "points that are no number" {
  wrong ":6: Invalid * value: 'many'" 's/points: 100/points: many/'
  sed -i 's/many/-100/' "$plan"
  refuses 2 "grader: grading/lab02/plan.yaml:6: Invalid * value: '*'" lab02
}

@test "no YAML at all" {
  wrong ":1: Internal error" '1s/.*/{[/'
  head -c 100000 /dev/urandom >"$plan"
  refuses 2 "grader: grading/lab02/plan.yaml: libyaml: *" lab02
}

@test "an empty file, a missing one, a directory" {
  : >"$plan"
  refuses 2 "grader: grading/lab02/plan.yaml: the file is empty" lab02
  rm "$plan"
  refuses 2 "grader: grading/lab02/plan.yaml: No such file or directory" lab02
  mkdir "$plan"
  refuses 2 "grader: grading/lab02/plan.yaml: *" lab02
}

@test "the plan of another lab" {
  wrong ": it says lab: lab01, but stands in the directory of lab02" 's/lab: lab02/lab: lab01/'
}

@test "points that do not sum to 100" {
  wrong ": the points sum to 99, not to 100" 's/100/99/'
}

@test "points so big that their sum would wrap around" {
  wrong ": step 1 (only): 4294967295 points are too many" 's/100/4294967295/'
}

@test "fewer than two hints" {
  wrong ": step 1 (only): 1 hint, but at least 2 are needed" 's/, See is(3).//'
}

@test "ids that are taken, or no ids" {
  plan=$root/grading/lab01/plan.yaml
  sed -i 's/id: apart/id: second/' "$plan"
  refuses 2 "grader: grading/lab01/plan.yaml: step 4 (second): the id 'second' is taken by step 2" lab01
  sed -i '0,/id: second/s//id: Second/' "$plan"
  refuses 2 "grader: grading/lab01/plan.yaml: step 2 (Second): the id 'Second' is not made of *" lab01
  sed -i 's/id: Second/id: "7"/' "$plan"
  refuses 2 "grader: grading/lab01/plan.yaml: step 2 (7): the id '7' is not *" lab01
  sed -i 's/id: "7"/id: "a\\e[31m"/' "$plan"
  refuses 2 "grader: grading/lab01/plan.yaml: step 2 (a\\\\x1b\[31m): *" lab01
}

@test "needs that name no step, a later one, or the step itself" {
  plan=$root/grading/lab01/plan.yaml
  sed -i 's/needs: \[start\]/needs: [nosuch]/' "$plan"
  refuses 2 "grader: grading/lab01/plan.yaml: step 2 (second): needs 'nosuch', which is no step" lab01
  sed -i 's/nosuch/third/' "$plan"
  refuses 2 "grader: * step 2 (second): needs 'third', which is no earlier step" lab01
  sed -i 's/needs: \[third\]/needs: [second]/' "$plan"
  refuses 2 "grader: * step 2 (second): needs 'second', which is no earlier step" lab01
}

@test "checks that are not there, not checks, or named twice" {
  sed -i 's/two.bats/nosuch.bats/' "$plan"
  refuses 2 "grader: grading/lab02/plan.yaml: the check 'nosuch.bats' does not exist" lab02
  sed -i 's/nosuch.bats/plan.yaml/' "$plan"
  refuses 2 "grader: * the check 'plan.yaml' is neither NAME.bats nor NAME.c" lab02
  sed -i 's/\[plan.yaml\]/[..\/lab01\/one.bats]/' "$plan"
  refuses 2 "grader: * the check '../lab01/one.bats' is neither *" lab02
  sed -i 's/\[.*one.bats\]/[two.bats, two.bats]/' "$plan"
  refuses 2 "grader: * the check 'two.bats' is named twice" lab02
  sed -i 's/\[two.bats, two.bats\]/[]/' "$plan"
  refuses 2 "grader: grading/lab02/plan.yaml: no checks" lab02
}

@test "a title with a line break" {
  sed -i 's/title: It is/title: "It\\nis"/' "$plan"
  refuses 2 "grader: * step 1 (only): the title is not one line of plain text" lab02
}
