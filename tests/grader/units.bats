#!/usr/bin/env bats
# units.bats - builds and runs units.c, the tests of the grader's parsers, with sanitizers.

@test "the parsers of the grader stand whatever is written to them" {
  course=$BATS_TEST_DIRNAME/../..
  gcc -std=c11 -D_GNU_SOURCE -g -O1 -fsanitize=address,undefined -I "$course/grading/src" \
    -o "$BATS_TEST_TMPDIR/units" "$BATS_TEST_DIRNAME/units.c" \
    "$course"/grading/src/{tap,text,compiler,forgery}.c -lcriterion
  "$BATS_TEST_TMPDIR/units"
}
