#!/usr/bin/env bats
# traces.bats - builds and runs traces.c, the tests of what reads a recording, with sanitizers.

@test "a trace is read, and told, whatever stands in it" {
  course=$BATS_TEST_DIRNAME/../..
  gcc -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -I "$course/grading/src" \
    -o "$BATS_TEST_TMPDIR/traces" "$BATS_TEST_DIRNAME/traces.c" \
    "$course"/grading/src/{trace,recording,scene,evidence,describe,text}.c -lcriterion
  "$BATS_TEST_TMPDIR/traces"
}
