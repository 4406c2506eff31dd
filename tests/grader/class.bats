#!/usr/bin/env bats
# class.bats - a directory of submissions: each is graded once, what is there is kept, and the tables
# tell of all.

bats_require_minimum_version 1.5.0

setup() {
  load fake
  load ../waiting
  fake_course
  mkdir -p "$root/grading/lib"
  cp "$BATS_TEST_DIRNAME/../../grading/lib/class.css" "$root/grading/lib/"
  class=$BATS_TEST_TMPDIR/class
  results=$BATS_TEST_TMPDIR/results
}

# A submission: its lab01 returns this, and lab02 is the starter.
hand_in() { # NAME STATUS
  mkdir -p "$class/$1/lab01-one"
  echo "int main(void) { return $2; }" >"$class/$1/lab01-one/one.c"
}

# A check that shows what the program returned.
check_status() {
  fake_check lab01/one.bats <<'END'
%test "start: it starts" { run "$LAB_BUILD/program"; echo "got| $status"; [ "$status" -eq 0 ]; }
%test "second: it goes on" { true; }
%test "third: it ends" { true; }
%test "apart: this" { true; }
%test "apart: and that" { true; }
END
}

grade_class() { # ARGUMENT...
  grader --class "$class" -o "$results" "$@" >"$BATS_TEST_TMPDIR/out" 2>&1
}

@test "all are graded, in any shape, and told in tables" {
  check_status
  hand_in ada 0
  hand_in bob 1
  mkdir "$class/cleo"
  hand_in dora/labs 0
  : >"$class/README"
  grade_class all
  shows -x 'ada: 200 of 200 points'
  shows -x 'bob: 140 of 200 points'
  shows -x 'cleo: 200 of 200 points'
  shows -x 'dora: 200 of 200 points'
  shows "^4 graded, 0 as before, 0 could not be graded: "
  [ "$(sed -n 3p "$results/class.csv")" = $'"bob",140,200,40,0,0,0,40,100,100\r' ]
  [ "$(wc -l <"$results/class.csv")" -eq 5 ]
  grep '^<main>' "$results/class.html" | xmllint --noout -
  grep -q '<th>ada</th>' "$results/class.html"
  [ -z "$(ls -d "$root"/build/*class* 2>/dev/null)" ]
}

@test "what is graded already is kept, until the files, the checks or the seed are others" {
  check_status
  hand_in ada 0
  hand_in bob 1
  grade_class lab01
  grade_class lab01
  shows "^0 graded, 2 as before"
  hand_in bob 0
  grade_class lab01
  shows -x 'ada: 100 of 100 points, as before'
  shows -x 'bob: 100 of 100 points'
  grade_class --seed 7 lab01
  shows "^2 graded, 0 as before"
  echo '# a comment' >>"$root/grading/lab01/one.bats"
  grade_class --seed 7 lab01
  shows "^2 graded, 0 as before"
  grade_class lab02
  shows "^2 graded, 0 as before"
}

@test "parts on several machines, put together" {
  check_status
  for name in ada bob cleo; do hand_in "$name" 0; done
  grade_class --shard 1/2 lab01
  shows "^2 graded"
  grade_class --shard 2/2 lab01
  shows "^1 graded"
  grade_class lab01
  shows "^0 graded, 3 as before"
  [ "$(grep -c ',100,100' "$results/class.csv")" -eq 3 ]
  refuses 2 "grader: --shard 3/2: not a part such as 1/4" --class "$class" --shard 3/2 lab01
  refuses 2 "grader: --shard 1: not a part *" --class "$class" --shard 1 lab01
  refuses 2 "grader: --class writes JSON, CSV and HTML, *" --class "$class" -f csv lab01
  refuses 2 "grader: --shard goes with --class DIR" --shard 1/2 lab01
}

@test "names that mean something to a spreadsheet, a page or a shell" {
  check_status
  hand_in '=1+1' 0
  hand_in '<b>a & "b"'$'\n' 1
  hand_in 'a b;c' 0
  grade_class lab01
  grep -q "^\"'=1+1\",100" "$results/class.csv"
  run ! grep -q '<b>' "$results/class.html"
  grep -qF '&lt;b&gt;a &amp; ' "$results/class.html"
}

@test "a submission that links elsewhere, or is no C, brings nothing" {
  check_status
  hand_in ada 0
  ln -s /etc/passwd "$class/ada/lab01-one/passwd.c"
  mkfifo "$class/ada/lab01-one/pipe.c"
  truncate -s 300K "$class/ada/lab01-one/large.c"
  echo "no C" >"$class/ada/lab01-one/notes.txt"
  ln -s "$class/ada" "$class/link"
  grade_class lab01
  shows "^1 graded"
  shows -x 'ada: 100 of 100 points'
}

@test "what could not be graded is no result, and is tried again" {
  check_status
  hand_in ada 0
  sed -i '2s/true/echo "broken| nc is not there"; false/' "$root/grading/lab01/one.bats"
  status=0
  grade_class lab01 || status=$?
  [ "$status" -eq 3 ]
  shows '^ada: could not be graded: '
  [ ! -e "$results/ada.json" ]
  grep -q '^"ada",error,error,error' "$results/class.csv"
  refuses 2 "grader: nosuch: No such file or directory" --class nosuch lab01
  mkdir "$BATS_TEST_TMPDIR/none"
  refuses 2 "grader: */none: there is no directory in it, *" --class "$BATS_TEST_TMPDIR/none" lab01
}

@test "interrupted: nothing is left, and the same command goes on" {
  check_status
  hand_in ada 0
  hand_in bob 0
  mkdir -p "$class/cleo/lab01-one" "$BATS_TEST_TMPDIR/tmp"
  printf '#include <unistd.h>\nint main(void) { for (;;) pause(); }\n' >"$class/cleo/lab01-one/one.c"
  TMPDIR=$BATS_TEST_TMPDIR/tmp "$root/build/grading/grader" --class "$class" -o "$results" lab01 \
    >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  local pid=$! status=0
  wait_until two_results
  kill -TERM "$pid"
  wait "$pid" || status=$?
  [ "$status" -eq 143 ]
  shows 'interrupted; the same command goes on from here'
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/tmp")" ]
  [ -z "$(ls -d "$root"/build/*class* 2>/dev/null)" ]
  run ! pgrep -f "$root/build/.*/program"
  hand_in cleo 0
  grade_class lab01
  shows "^1 graded, 2 as before"
}

two_results() {
  [ -e "$results/ada.json" ] && [ -e "$results/bob.json" ]
}
