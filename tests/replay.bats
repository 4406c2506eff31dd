#!/usr/bin/env bats
# replay.bats - ./grader --replay: what a step's checks do, in lines for a shell, and nothing is run.

setup() {
  cd "$BATS_TEST_DIRNAME/.." || return
}

@test "each test of a step has its sentence and its lines" {
  run ./grader --replay --from solutions lab03 reap
  [ "$status" -eq 0 ]
  [ "${lines[0]}" = "# Ended children are reaped, even fifty at once" ]
  [ "$(grep -c '^# ' <<<"$output")" -ge 4 ]
  [ "$(grep -c '^build/solutions/lab03/server 9876 & ' <<<"$output")" -ge 2 ]
}

@test "steps of functions, and of memcheck" {
  run ./grader --replay --from solutions lab00 port
  [ "$status" -eq 0 ]
  [[ $output == *$'\nbuild/solutions/lab00/bytes 127.0.0.1 80x'* ]]
  run ./grader --replay --from solutions lab00 memory
  [ "$status" -eq 0 ]
  [[ $output == *$'\nvalgrind '* ]]
}

# Runs no program, so that it may ask all tests of all labs.
@test "every test of every lab says what to do by hand, in lines that bash can read" {
  local file tests lines said
  for file in grading/lab*/*.bats; do
    tests=$(grep -c '^@test ' "$file")
    run env REPLAY=1 COURSE="$PWD" LAB_BUILD="$PWD/build/labs/lab" TOOLS="$PWD" SEED=1 bats -F tap "$file"
    lines=$(sed -n 's/^# *try| \{0,1\}//p' <<<"$output")
    bash -n <<<"$lines" || { echo "$file: $lines"; return 1; }
    said=$(awk '/^not ok/ { one = 1 } /^# *try\|/ { count += one; one = 0 } END { print count }' <<<"$output")
    [ "$said" -eq "$tests" ] || { echo "$file: $said of $tests tests"; return 1; }
  done
}

@test "wrong words are refused" {
  run ./grader --replay lab03
  [ "$status" -eq 2 ]
  [ "$output" = "grader: --replay needs a lab and a step, such as: ./grader --replay lab00 1" ]
  run ./grader --replay lab03 99
  [ "$status" -eq 2 ]
}

@test "the lines are played in a box, and nothing is left" {
  run ./grader --replay --run --from solutions lab01 echo
  [ "$status" -eq 0 ]
  [[ $output == *$'\n$ build/solutions/lab01/server 9876 &\n'* ]]
  [[ $output == *$'\n0000000   a   b  \\0   c   d\n'* ]]
  [ -z "$(pgrep -f 'build/solutions/lab01/server 9876')" ]
}

@test "no box, nothing is played; --run alone is refused" {
  run ./grader --replay --run --box off --from solutions lab01 echo
  [ "$status" -eq 3 ]
  [[ $output == 'grader: --run plays in a box, and none is possible here'* ]]
  run ./grader --run lab01 echo
  [ "$status" -eq 2 ]
  [ "$output" = 'grader: --run goes with --replay LAB STEP' ]
}
