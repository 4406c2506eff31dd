#!/usr/bin/env bats
# teaching.bats - what a teacher makes of the course: the handout and the autograders, each used the
# way it will be, in a directory laid out as the other system lays it out.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_TEST_DIRNAME/.."
  # A commit of what is here now; the archives are made of commits.
  export course=$BATS_FILE_TMPDIR/course
  mkdir -p "$course"
  git ls-files -z -co --exclude-standard | xargs -0 cp --parents --preserve=timestamps -t "$course"
  cd "$course"
  git init -q -b main
  git add -A
  GIT_COMMITTER_DATE='2026-01-01T00:00:00Z' git -c user.name=t -c user.email=t@example.org commit -q -m all \
    --date='2026-01-01T00:00:00Z'
  teaching/handout.sh handout
  teaching/handout.sh gradescope
}

# What was built for this file's courses, again: the grader is the same in all of them.
bring_grader() { # COURSE
  "$BATS_TEST_DIRNAME/../grader" --version >/dev/null
  mkdir -p "$1/build"
  cp -R --preserve=timestamps "$BATS_TEST_DIRNAME/../build/grading" "$1/build/"
}

hand_in() { # DIRECTORY: lab00, finished
  mkdir -p "$1/lab00-bytes"
  cp "$BATS_TEST_DIRNAME"/../solutions/lab00-bytes/*.[ch] "$1/lab00-bytes/"
}

@test "the handout has the labs and the grader, and no solution, no test of the course" {
  tar -xzf "$course/build/handout.tar.gz" -C "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR/tcp-servers"
  [ ! -e solutions ] && [ ! -e tests ] && [ ! -e teaching ]
  [ -e labs/lab04-threads/server.c ] && [ -e .github/workflows/grade.yml ]
  run ! grep -rqF 'whole course' README.md
  run ! grep -qF 'solutions' README.md
  run ! grep -rlE '// *\[/?step' --include='*.c' labs
  bring_grader .
  ./grader --list | grep -q '^lab04'
  hand_in labs
  make lab00
  ./grader -f json -o verdict lab00
  [ "$(jq '.labs[0].score' verdict)" = 100 ]
  # What needs the reference is not asked for.
  ./grader -f json -o verdict lab01 || [ $? -eq 1 ]
}

@test "the handout is the same bytes each time" {
  cd "$course"
  cp build/handout.tar.gz "$BATS_TEST_TMPDIR/first"
  cp build/gradescope.zip "$BATS_TEST_TMPDIR/first.zip"
  touch README.md grading/src/*.c
  teaching/handout.sh handout
  teaching/handout.sh gradescope
  cmp build/handout.tar.gz "$BATS_TEST_TMPDIR/first"
  cmp build/gradescope.zip "$BATS_TEST_TMPDIR/first.zip"
}

# /autograder, as Gradescope has it.
unpack_autograder() {
  export AUTOGRADER=$BATS_TEST_TMPDIR/autograder
  mkdir -p "$AUTOGRADER"/{source,submission}
  (cd "$AUTOGRADER/source" && unzip -q "$course/build/gradescope.zip")
  cp "$AUTOGRADER/source/run_autograder" "$AUTOGRADER/"
  bring_grader "$AUTOGRADER/source"
}

@test "gradescope: the zip sets itself up, and grades what comes in any shape" {
  unpack_autograder
  "$AUTOGRADER/source/setup.sh"
  hand_in "$AUTOGRADER/submission"
  LABS="lab00" "$AUTOGRADER/run_autograder"
  jq -e '([.tests[].score] | add) == 100 and .execution_time != null' "$AUTOGRADER/results/results.json"
  # A whole repository, more in it than belongs there, lab01 not begun
  rm -rf "$AUTOGRADER/submission" "$AUTOGRADER/results"
  hand_in "$AUTOGRADER/submission/labs"
  ln -s /etc/passwd "$AUTOGRADER/submission/labs/lab00-bytes/passwd.c"
  echo 'no C' >"$AUTOGRADER/submission/labs/lab00-bytes/"$'a\nb.c'
  mkdir "$AUTOGRADER/submission/labs/lab99-none"
  LABS="lab00 lab01" "$AUTOGRADER/run_autograder"
  jq -e '([.tests[].score] | add) == 100 and ([.tests[].max_score] | add) == 200' "$AUTOGRADER/results/results.json"
  [ -z "$(ls -d "$AUTOGRADER"/source/build/*submission* 2>/dev/null)" ]
}

@test "gradescope: there is a result even when the grader can't work" {
  unpack_autograder
  rm "$AUTOGRADER/source/grading/lab00/plan.yaml"
  LABS=lab00 "$AUTOGRADER/run_autograder"
  jq -e '.score == 0 and (.output | test("could not do its work"))' "$AUTOGRADER/results/results.json"
}

@test "classroom50: result.json for the checkout, and a status for what can't be graded" {
  mkdir "$BATS_TEST_TMPDIR/checkout"
  cd "$BATS_TEST_TMPDIR/checkout"
  hand_in labs
  COURSE=$course COURSE_COMMIT=main LABS=lab00 USERNAME=ada CLASSROOM=net \
    python3 "$course/teaching/classroom50/autograder.py"
  jq -e '.score == 100 and ."max-score" == 100 and .owner == "ada" and .classroom == "net"' result.json
  rm result.json
  run env COURSE=/nosuch LABS=lab00 python3 "$course/teaching/classroom50/autograder.py"
  [ "$status" -eq 1 ]
  [ ! -e result.json ]
}
