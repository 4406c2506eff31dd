#!/usr/bin/env bats
# options.bats - the command line: what is asked for wrongly is one clear line and status 2.

setup() {
  load fake
  fake_course
}

@test "labs: lab01, 01, 1 and the directory's name are the same; all is all" {
  for name in lab01 01 1 lab01-one; do
    [ "$(FIELDS=.id step "$name" | tr '\n' ' ')" = "start second third apart " ]
  done
  [ "$(grader -f json all | jq -r '.labs[].lab' | tr '\n' ' ')" = "lab01 lab02 " ]
  [ "$(grader -f json lab02 1 lab02 | jq -r '.labs[].lab' | tr '\n' ' ')" = "lab01 lab02 " ]
}

@test "labs: none, and one that there is not" {
  refuses 2 "grader: which lab? Try ./grader lab01, or ./grader --list"
  refuses 2 "grader: lab9: no such lab (there are lab01 and lab02; see ./grader --list)" lab9
  refuses 2 "grader: 9: no such lab *" 9
  refuses 2 "grader: lab9: no such lab *" lab01 lab9
  refuses 2 "grader: foo: no such lab *" foo lab01
  refuses 2 "grader: : no such lab *" ""
  refuses 2 "grader: \\\\x1b\[31m\\\\n: no such lab *" $'\e[31m\n'
}

@test "steps: by number and by name, alone" {
  [ "$(step lab01 4)" = "4 passed" ]
  [ "$(step lab01 apart)" = "4 passed" ]
  [ "$(step 1 4)" = "4 passed" ]
  [ "$(grader -f json lab01 4 | jq .labs[0].max_score)" = 40 ]
}

@test "steps: one that there is not" {
  refuses 2 "grader: lab01 has no step 5 (there are 1 to 4; see ./grader --list lab01)" lab01 5
  refuses 2 "grader: lab01 has no step 0 *" lab01 0
  refuses 2 "grader: lab01 has no step nosuch *" lab01 nosuch
  refuses 2 "grader: lab01 has no step 99999999999999999999 *" lab01 99999999999999999999
  refuses 2 "grader: a step goes with one lab, such as: ./grader lab03 4" lab01 lab02 1
}

@test "options: wrong values" {
  refuses 2 "grader: --format foo: no such format (text, json*)" --format foo lab01
  refuses 2 "grader: --box foo: no such mode (auto, require or off)" --box foo lab01
  for seed in -1 x 1x "" 4294967296 99999999999999999999999; do
    refuses 2 "grader: --seed $seed: not a number from 0 to 4294967295" --seed "$seed" lab01
  done
  run grader --nosuch lab01
  [ "$status" -eq 2 ]
  [ "${lines[0]}" = "grader: unrecognized option '--nosuch'" ]
  [ "${lines[1]}" = "Try ./grader --help" ]
}

@test "options: --help and --version" {
  grader --help | grep -q '^Usage: ./grader'
  [[ $(grader --version) =~ ^grader\ [0-9]+\.[0-9]+\.[0-9]+$ ]]
}

@test "directories: wrong ones" {
  refuses 2 "grader: nosuch: No such file or directory" --from nosuch lab01
  refuses 2 "grader: Makefile: Not a directory" --from Makefile lab01
  refuses 2 "grader: nosuch: No such file or directory" --base nosuch lab01
  mkdir -p "$root/empty" "$BATS_TEST_TMPDIR/with blank/lab01-one"
  refuses 2 "grader: empty: there is no lab01-one" --from empty lab01
  refuses 2 "grader: * make can't build in a directory with blanks *" \
    --from "$BATS_TEST_TMPDIR/with blank" lab01
  refuses 2 "grader: $root/nosuch/report: No such file or directory" -o "$root/nosuch/report" lab01
}

@test "directories: relative to where the caller is, else to the course" {
  mkdir -p "$BATS_TEST_TMPDIR/elsewhere/work"
  cp -r "$root/labs/lab01-one" "$BATS_TEST_TMPDIR/elsewhere/work/"
  cd "$BATS_TEST_TMPDIR/elsewhere"
  [ "$("$root/build/grading/grader" -f json --from work lab01 | jq -r .labs[0].from)" = \
    "$BATS_TEST_TMPDIR/elsewhere/work" ]
  [ "$("$root/build/grading/grader" -f json --from solutions lab01 | jq -r .labs[0].from)" = solutions ]
  [ "$("$root/build/grading/grader" -f json lab01 | jq -r .labs[0].from)" = labs ]
}

@test "output: goes to the file, whatever the format" {
  grader -f json -o "$BATS_TEST_TMPDIR/report" lab01 >"$BATS_TEST_TMPDIR/stdout"
  [ "$(jq -r .labs[0].score "$BATS_TEST_TMPDIR/report")" = 100 ]
  [ ! -s "$BATS_TEST_TMPDIR/stdout" ]
}

@test "output: a full disk is the grader's error" {
  run grader -o /dev/full lab01
  [ "$status" -eq 3 ]
  [ "$output" = "grader: /dev/full: No space left on device" ]
}

@test "seed: the one that was given reaches the checks and the report" {
  failing 'expected| x' 'got| y'
  sed -i 's/false/echo "got| seed $SEED"; false/' "$root/grading/lab02/two.bats"
  [ "$(grader -f json --seed 4294967295 lab02 | jq .seed)" = 4294967295 ]
  FIELDS=.message step --seed 42 lab02 | grep -qx 'got: seed 42'
}

@test "list: all labs, or those that were named" {
  grader --list | grep -q '^ *3  third  *30  It ends$'
  [ "$(grader --list lab02 | grep -c '^lab')" -eq 1 ]
}

@test "hint: each call tells more, then all" {
  grader --hint lab01 second | grep -q 'What goes on?'
  grader --hint lab01 2 | grep -q 'See fork(2).'
  grader --hint 1 2 >"$BATS_TEST_TMPDIR/all"
  grep -q 'What goes on?' "$BATS_TEST_TMPDIR/all"
  grep -q 'See fork(2).' "$BATS_TEST_TMPDIR/all"
  grader --hint lab01 start | grep -q 'What starts?'
}

@test "hint: wrong words" {
  refuses 2 "grader: --hint needs a lab and a step, *" --hint
  refuses 2 "grader: --hint needs a lab and a step, *" --hint lab01
  refuses 2 "grader: lab01 has no step 7 *" --hint lab01 7
  refuses 2 "grader: lab02: no such step *" --hint lab01 lab02
}
