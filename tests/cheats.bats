#!/usr/bin/env bats
# cheats.bats - programs that want points which they did not earn, tests/cheats. Each gets none, is
# named in the report, and leaves nothing: no process, no file. As root, where the tests are run by
# root, and as a user who is nobody else.

bats_require_minimum_version 1.5.0

readonly NOBODY=(setpriv --reuid=65534 --regid=65534 --clear-groups)

# Another user needs a course of his own, to build in; and some systems let only root make a box.
setup_file() {
  cd "$BATS_TEST_DIRNAME/.."
  ./grader --version >/dev/null
  [ "$EUID" -eq 0 ] || return 0
  "${NOBODY[@]}" bwrap --unshare-user --unshare-net --ro-bind / / true || return 0
  home=$(mktemp -d)
  export home
  chmod 755 "$home"
  mkdir -p "$home/course/build"
  git ls-files -z -co --exclude-standard | xargs -0 cp --parents --preserve=timestamps -t "$home/course"
  cp -R --preserve=timestamps build/grading "$home/course/build/"
  chown -R 65534:65534 "$home"
}

teardown_file() {
  [ -z "${home:-}" ] || rm -rf "$home"
}

setup() {
  bwrap --unshare-net --ro-bind / / true || skip "no box is possible here"
  own=$(cd "$BATS_TEST_DIRNAME/.." && pwd)
}

teardown() {
  [ -z "${scratch:-}" ] || rm -rf "$scratch"
}

# The value of a line in the head of a cheat.
head_of() { # CHEAT KEY
  sed -n "s/^ \* $2: //p" "$BATS_TEST_DIRNAME/cheats/$1.c"
}

# lab00 is the starter with the cheat behind one of its files, or instead of it; in any other lab it is
# the only file, or stands behind one of the solution's.
hand_in() { # CHEAT COURSE
  local lab directory file
  lab=$(head_of "$1" lab)
  directory=$(basename "$2"/solutions/"$lab"-*)
  mkdir -p "$scratch/work/$directory" "$scratch/tmp"
  [ "$lab" != lab00 ] || cp "$2/labs/$directory"/*.[ch] "$scratch/work/$directory/"
  [ "$(head_of "$1" behind)" != solution ] || cp "$2/solutions/$directory"/*.[ch] "$scratch/work/$directory/"
  sed "s,@COURSE@,$2,g; s,@SECRET@,$scratch/secret,g" "$BATS_TEST_DIRNAME/cheats/$1.c" \
    >"$scratch/cheat"
  file=$scratch/work/$directory/$(head_of "$1" file)
  [ "$(head_of "$1" instead)" != yes ] || : >"$file"
  cat "$scratch/cheat" >>"$file"
  echo "the teacher's" >"$scratch/secret"
  : >"$scratch/github"
}

fail_with() { # WORDS
  echo "$1"
  cat "$scratch/words" "$scratch/text"
  return 1
}

# Grades as this user, with more in the environment than the grader may pass on.
caught_by() { # CHEAT COURSE AS-USER...
  local lab score status=0 course=$2 cheat=$1
  shift 2
  scratch=$(mktemp -d)
  hand_in "$cheat" "$course"
  [ $# -eq 0 ] || chown -R 65534:65534 "$scratch"
  lab=$(head_of "$cheat" lab)
  "$@" env TMPDIR="$scratch/tmp" GITHUB_OUTPUT="$scratch/github" "$course/grader" --box=require --seed 7 \
    --from "$scratch/work" --base solutions -f json -o "$scratch/json" -f text -o "$scratch/text" "$lab" \
    >"$scratch/words" 2>&1 || status=$?
  rm -rf "$course/build/${scratch//\//+}"*
  [ "$status" -eq 1 ] || [ "$cheat $status" = "02-kill 3" ] || fail_with "status $status"
  score=$(head_of "$cheat" score)
  [ "$(jq '.labs[0].score' "$scratch/json")" = "${score:-0}" ] || fail_with "it got points, or lost others"
  [ "$(jq -r .isolation "$scratch/json")" = bubblewrap ]
  jq -r '.labs[0].steps[].message' "$scratch/json" | grep -qE -e "$(head_of "$cheat" named)" ||
    fail_with "it is not named"
  ! grep -nE '^[[:space:]]*::|##\[' "$scratch/text" || fail_with "a runner would obey it"
  [ ! -s "$scratch/github" ] || fail_with "it wrote to GITHUB_OUTPUT"
  [ -z "$(ls -A "$scratch/tmp")" ] || fail_with "it left files: $(ls -A "$scratch/tmp")"
  ! pgrep -f "${scratch//\//.}" || fail_with "it left processes"
  rm -rf "$scratch"
}

caught() { # CHEAT
  caught_by "$1" "$own"
  [ -z "${home:-}" ] ||
    caught_by "$1" "$home/course" "${NOBODY[@]}"
}

@test "1: a verdict written into every descriptor" {
  caught 01-descriptors
}

@test "2: the check is killed" {
  caught 02-kill
}

@test "3: code before main" {
  caught 03-constructor
}

@test "3: an end with status 0" {
  caught 03-exit
}

@test "3: functions in place of the checks' own" {
  caught 03-functions
}

@test "4: switches in the environment" {
  local canary=$BATS_TEST_TMPDIR/canary status=0
  cd "$own"
  printf 'touch %q\n' "$canary" >"$BATS_TEST_TMPDIR/environment"
  env BASH_ENV="$BATS_TEST_TMPDIR/environment" ENV="$BATS_TEST_TMPDIR/environment" MAKEFLAGS="-n -k" \
    LD_PRELOAD=/nosuch.so CRITERION_FILTER=none CRITERION_JOBS=0 CRITERION_VERBOSITY_LEVEL=9 \
    CRITERION_OUTPUTS="xml:$canary" BATS_TEST_FILTER=none CFLAGS=-DX FROM=solutions BASE=solutions \
    /bin/sh ./grader --seed 1 -f json lab00 >"$BATS_TEST_TMPDIR/with" 2>/dev/null || status=$?
  [ "$status" -eq 1 ]
  ./grader --seed 1 -f json lab00 >"$BATS_TEST_TMPDIR/without" || [ $? -eq 1 ]
  diff <(jq 'del(.. | .seconds?)' "$BATS_TEST_TMPDIR/with") <(jq 'del(.. | .seconds?)' "$BATS_TEST_TMPDIR/without")
  [ ! -e "$canary" ]
}

@test "6: the files of a job's results" {
  caught 06-github-output
}

@test "7: commands to the runner" {
  caught 07-commands
}

@test "10: the solution, included" {
  caught 10-include-solution
}

@test "10: a file of the machine, compiled in" {
  caught 10-include-file
}

@test "10: a huge object" {
  caught 10-endless
}

@test "13: what passes on the loopback device" {
  caught 13-sniff
}

@test "14: the solution, run" {
  caught 14-run-solution
}

@test "14: a bwrap that makes no box: none is graded, where one is required" {
  [ "$EUID" -eq 0 ] || skip "needs a mount over /usr/bin/bwrap"
  local fake=$BATS_TEST_TMPDIR/bwrap
  # shellcheck disable=SC2016 # for that script
  printf '#!/bin/bash\nwhile [ "$1" != -- ]; do shift; done\nshift\nexec "$@"\n' >"$fake"
  chmod +x "$fake"
  cd "$own"
  unshare -m mount --bind "$fake" /usr/bin/bwrap || skip "mounts are not allowed here"
  run unshare -m sh -c 'mount --bind "$1" /usr/bin/bwrap && ./grader --box=require lab00' sh "$fake"
  [ "$status" -eq 3 ]
  [ "$output" = "grader: no box is possible here: bwrap made no /proc/self/ns/net of its own" ]
}

@test "15: nothing to see for memcheck" {
  caught 15-memcheck
}

@test "16: a full disk" {
  caught 16-fill
}

@test "17: the marks of every format" {
  caught 17-names
}
