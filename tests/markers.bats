#!/usr/bin/env bats
# markers.bats - the generator of the starters: what it cuts, and what it refuses.

setup() {
  root=$BATS_TEST_DIRNAME/..
  starters=$root/build/grading/starters
  [ -x "$starters" ] || make -s -C "$root" build/grading/starters
  cd "$BATS_TEST_TMPDIR"
  mkdir -p solutions/lab01-one solutions/lab02-two
}

# A small lab of two steps; the second has two regions.
write_labs() {
  cat >solutions/lab01-one/server.c <<'END'
#include "own.h"
#include <stdio.h>

// Add.
int add(int a, int b)
{
    // Add the two.
    // [step 1] TODO(1, a, b);
    return a + b;
    // [/step 1]
}

// [step 2]
static int hidden;
// [/step 2]

int main(void)
{
        // [step 2] TODO(2);
        return hidden;
        // [/step 2]
}
END
  echo "[step 1] is no marker here" >solutions/lab01-one/README.md
  cp solutions/lab01-one/server.c solutions/lab02-two/
}

refuses() { # LINE_OF_SOURCE... : the message that must come is in $wanted
  printf '%s\n' "$@" >solutions/lab01-one/server.c
  run "$starters" solutions out
  echo "$output"
  [ "$status" -eq 2 ]
  [[ $output == *"$wanted"* ]]
  [ ! -e out ]
}

@test "all steps are cut, and todo.h is included after the last #include" {
  write_labs
  "$starters" solutions out
  diff - out/lab01-one/server.c <<'END'
#include "own.h"
#include <stdio.h>
#include "todo.h"

// Add.
int add(int a, int b)
{
    // Add the two.
    TODO(1, a, b);
}

int main(void)
{
        TODO(2);
}
END
  diff out/lab01-one/server.c out/lab02-two/server.c
}

@test "--cut cuts one step of one lab, all else is finished and has no marker" {
  write_labs
  "$starters" solutions out --cut 1 --lab lab01
  diff - out/lab01-one/server.c <<'END'
#include "own.h"
#include <stdio.h>
#include "todo.h"

// Add.
int add(int a, int b)
{
    // Add the two.
    TODO(1, a, b);
}

static int hidden;

int main(void)
{
        return hidden;
}
END
  grep -v step solutions/lab02-two/server.c | diff - out/lab02-two/server.c
}

@test "--lab cuts every step of one lab" {
  write_labs
  "$starters" --lab lab02 solutions/ out
  grep -v step solutions/lab01-one/server.c | diff - out/lab01-one/server.c
  [ "$(grep -c TODO out/lab02-two/server.c)" -eq 2 ]
}

@test "other files are copied as they are, with their mode; hidden ones and backups are not" {
  write_labs
  touch solutions/lab01-one/{.server.c.swp,server.c~}
  chmod +x solutions/lab01-one/README.md
  "$starters" solutions out
  cmp solutions/lab01-one/README.md out/lab01-one/README.md
  [ -x out/lab01-one/README.md ]
  [ "$(ls -A out/lab01-one)" = "README.md
server.c" ]
}

@test "a file is written only when that changes it" {
  write_labs
  "$starters" solutions out
  touch -d 2020-01-01 out/lab01-one/* out/lab02-two/*
  echo "// mine" >>out/lab02-two/server.c
  run "$starters" solutions out
  [ "$status" -eq 0 ]
  [ "$output" = "wrote out/lab02-two/server.c" ]
  [ "$(find out -type f -newermt 2020-01-02)" = out/lab02-two/server.c ]
}

@test "files of the learner's own stay" {
  write_labs
  mkdir -p out/lab01-one
  echo mine >out/lab01-one/notes.c
  "$starters" solutions out
  [ "$(cat out/lab01-one/notes.c)" = mine ]
}

@test "an unclosed step is refused, with file and line" {
  wanted="solutions/lab01-one/server.c:2: [step 1] is never closed"
  refuses '#include <x.h>' '// [step 1] TODO(1);' 'return;'
}

@test "a step that opens inside another is refused" {
  wanted="server.c:3: [step 2] opens inside [step 1] of line 2"
  refuses '#include <x.h>' '// [step 1] TODO(1);' '// [step 2] TODO(2);' '// [/step 2]'
}

@test "a closing marker of another step is refused" {
  wanted="server.c:3: [/step 2] closes [step 1] of line 2"
  refuses '#include <x.h>' '// [step 1] TODO(1);' '// [/step 2]'
}

@test "a closing marker of nothing is refused" {
  wanted="server.c:1: [/step 2] closes nothing"
  refuses '// [/step 2]'
}

@test "a TODO with another number is refused" {
  wanted="server.c:2: the TODO that stands for [step 1] names another step"
  refuses '#include <x.h>' '// [step 1] TODO(2);' '// [/step 1]'
}

@test "what only looks like a marker is refused" {
  for line in '// [step] TODO(1);' '// [step one]' '//[step 1] TODO(1);' '// [step 1]TODO(1);' \
    '// [step 0]' '// [Step 1]' 'x = 1; // [step 1]' '// [/step 1] end' '// [step 1'; do
    wanted="server.c:1: no marker"
    refuses "$line"
  done
}

@test "TODO without any #include is refused" {
  wanted="has no #include"
  refuses '// [step 1] TODO(1);' '// [/step 1]'
}

@test "every wrong marker is reported, and no file is touched" {
  write_labs
  "$starters" solutions out
  cp -a out before
  sed -i 's/a + b/a - b/' solutions/lab01-one/server.c
  printf '// [/step 1]\n// [/step 2]\n' >solutions/lab02-two/server.c
  run "$starters" solutions out
  [ "$status" -eq 2 ]
  [[ $output == *"server.c:1: "*"server.c:2: "*"nothing was written" ]]
  diff -r before out
}

@test "a step or lab that is not there, and wrong usage, end with status 2" {
  write_labs
  for arguments in "solutions" "solutions out more" "solutions out --cut 3 --lab lab01" \
    "solutions out --cut 1" "solutions out --cut x --lab lab01" "solutions out --lab lab09" \
    "solutions out --lab lab0" "solutions out --what" "solutions solutions"; do
    # shellcheck disable=SC2086 # the arguments are words
    run "$starters" $arguments
    echo "$arguments: $output"
    [ "$status" -eq 2 ]
    [ -n "$output" ]
    [ ! -e out ]
  done
}

@test "a directory that is not there, and one that can't be made, end with status 1" {
  write_labs
  run "$starters" nowhere out
  [ "$status" -eq 1 ]
  [[ $output == *nowhere*"No such file"* ]]
  touch file
  run "$starters" solutions file/out
  [ "$status" -eq 1 ]
  [[ $output == *file* ]]
}
