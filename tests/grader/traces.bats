#!/usr/bin/env bats
# traces.bats - builds and runs, with sanitizers, the tests of what reads and draws a recording.

build_and_run() { # NAME
  local course=$BATS_TEST_DIRNAME/../.. sources
  sources=("$course"/grading/src/{trace,recording,scene,marks,evidence,describe,timeline,fold}.c
    "$course"/grading/src/{draw,markup,text}.c)
  gcc -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -I "$course/grading/src" \
    -o "$BATS_TEST_TMPDIR/$1" "$BATS_TEST_DIRNAME/$1.c" "${sources[@]}" -lcriterion -lmxml -lm
  timeout 300 "$BATS_TEST_TMPDIR/$1"
}

@test "a trace is read, and told, whatever stands in it" {
  build_and_run traces
}

@test "a recording is drawn, and stays readable, whatever stands in it" {
  build_and_run timelines
}
