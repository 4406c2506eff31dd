#!/usr/bin/env bats
# build.bats - what the compiler says becomes a verdict.

setup() {
  load fake
  fake_course
}

@test "a compile error fails the first step with the compiler's first error" {
  printf 'int main(void)\n{\n    int ok = 0;\n    return oops + ok;\n}\n' >"$root/labs/lab01-one/one.c"
  [ "$(step lab01 | tr '\n' ' ')" = "1 failed 2 not_reached 3 not_reached 4 not_reached " ]
  FIELDS=.message step lab01 1 >"$BATS_TEST_TMPDIR/message"
  grep -q "^got: labs/lab01-one/one.c:4:12: error: 'oops' undeclared" "$BATS_TEST_TMPDIR/message"
  grep -q '^got: .*return oops + ok;$' "$BATS_TEST_TMPDIR/message"
  grep -q '^got:  *|  *^~~~$' "$BATS_TEST_TMPDIR/message"
  grep -qx 'by hand: make lab01' "$BATS_TEST_TMPDIR/message"
  run grader lab01
  [ "$status" -eq 1 ]
}

@test "a compile error in one lab leaves the others alone" {
  echo 'int' >"$root/labs/lab01-one/one.c"
  [ "$(step all | tr '\n' ' ')" = "1 failed 2 not_reached 3 not_reached 4 not_reached 1 passed " ]
}

@test "a missing header, a file that is no C, an empty lab" {
  echo '#include "nosuch.h"' >"$root/labs/lab02-two/two.c"
  FIELDS=.message step lab02 | grep -q '^got: .*two.c:1:10: fatal error: nosuch.h: No such file'
  head -c 3000 /dev/urandom >"$root/labs/lab02-two/two.c"
  [ "$(step lab02)" = "1 failed" ]
  : >"$root/labs/lab02-two/two.c"
  [ "$(step lab02)" = "1 failed" ]
  FIELDS=.message step lab02 | grep -q "^got: .*undefined reference to .main'"
}

@test "a link error names the function" {
  printf 'int nosuch(void);\nint main(void)\n{\n    return nosuch();\n}\n' >"$root/labs/lab02-two/two.c"
  [ "$(step lab02)" = "1 failed" ]
  FIELDS=.message step lab02 | grep -q "^got: .*undefined reference to .nosuch'"
}

@test "warnings are shown: the first, and how many" {
  printf 'int main(void)\n{\n    int one, two;\n    return 0;\n}\n' >"$root/labs/lab02-two/two.c"
  grader lab02 >"$BATS_TEST_TMPDIR/report"
  grep -q '^  The compiler warns 2 times, first:$' "$BATS_TEST_TMPDIR/report"
  [ "$(grep -c 'warning: unused variable' "$BATS_TEST_TMPDIR/report")" -eq 1 ]
}

@test "make itself failing is the grader's error" {
  printf '%%-graded:\n\t@echo something is wrong; false\n' >"$root/Makefile"
  [ "$(step lab02)" = "1 error" ]
  FIELDS=.message step lab02 | grep -q '^note: something is wrong$'
  rm "$root/Makefile"
  run grader lab02
  [ "$status" -eq 3 ]
}

@test "the environment of the caller does not reach make" {
  printf '%%-graded:\n\t@echo "$(FROM) $(EVIL)"; false\n' >"$root/Makefile"
  EVIL=yes MAKEFLAGS='FROM=evil' FIELDS=.message step lab02 | grep -q '^note: labs *$'
}

@test "an endless compiler output does no harm" {
  printf '%%-graded:\n\t@yes | head -c 20000000; false\n' >"$root/Makefile"
  [ "$(step lab02)" = "1 error" ]
}
