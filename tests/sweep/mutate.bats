#!/usr/bin/env bats
# mutate.bats - which mutants there are of a small program, and what becomes of it.

setup() {
  mutate=$BATS_TEST_DIRNAME/../../build/tests/mutate
  make -sC "$BATS_TEST_DIRNAME/../.." build/tests/mutate >/dev/null 2>&1 || skip "needs libclang-dev"
  file=$BATS_TEST_TMPDIR/sample.c
  cat >"$file"
} <<'END'
#include <errno.h>
int wait_for(int n);
int wait_for(int n)
{
    // return n; is no statement here
    for (int i = 0; i < n; i++) {
        n--;
    }
    if (errno == EINTR && (n > 0 || n == -1)) {
        return 0;
    }
    switch (n) {
    case 0:
        n = 1;
        break;
    default:
        n = n == 1 ? 2 : 3;
    }
    do {
        n--;
    } while (n != 0);
    return n;
}
END

@test "mutate: every statement, condition, half and comparison" {
  run "$mutate" "$file"
  echo "$output"
  [ "$status" -eq 0 ]
  [ "$(sort <<<"$output")" = "$(sort <<'END'
wait_for: delete: for (int i = 0; i < n; i++) { n--; }
wait_for: delete: i++
wait_for: negate: i < n
wait_for: swap: i < n
wait_for: delete: n--
wait_for: delete: if (errno == EINTR && (n > 0 || n == -1)) { return 0; }
wait_for: negate: errno == EINTR && (n > 0 || n == -1)
wait_for: drop: errno == EINTR
wait_for: drop: (n > 0 || n == -1)
wait_for: swap: errno == EINTR
wait_for: drop: n > 0
wait_for: drop: n == -1
wait_for: swap: n > 0
wait_for: swap: n == -1
wait_for: delete: return 0
wait_for: delete: switch (n) { case 0: n = 1; break; default: n = n == 1 ? 2 : 3; }
wait_for: delete: n = 1
wait_for: delete: break
wait_for: delete: n = n == 1 ? 2 : 3
wait_for: negate: n == 1
wait_for: delete: do { n--; } while (n != 0)
wait_for: negate: n != 0
wait_for: delete: n-- #2
wait_for: delete: return n
END
)" ]
}

# What the named mutant changes, in the two lines of a diff.
changes() { # NAME OLD NEW
  local number
  number=$("$mutate" "$file" | grep -nxF -e "$1" | cut -d : -f 1)
  "$mutate" -n "$number" "$file" | diff "$file" - | sed -n 's/^\([<>]\) */\1 /p' >"$BATS_TEST_TMPDIR/changes"
  cat "$BATS_TEST_TMPDIR/changes"
  [ "$(<"$BATS_TEST_TMPDIR/changes")" = "< $2"$'\n'"> $3" ]
}

@test "mutate: the file is the same but for one place" {
  changes 'wait_for: delete: i++' 'for (int i = 0; i < n; i++) {' 'for (int i = 0; i < n; ) {'
  changes 'wait_for: swap: i < n' 'for (int i = 0; i < n; i++) {' 'for (int i = 0; i <= n; i++) {'
  changes 'wait_for: drop: errno == EINTR' 'if (errno == EINTR && (n > 0 || n == -1)) {' \
    'if ((n > 0 || n == -1)) {'
  changes 'wait_for: swap: errno == EINTR' 'if (errno == EINTR && (n > 0 || n == -1)) {' \
    'if (errno != EINTR && (n > 0 || n == -1)) {'
  changes 'wait_for: negate: n != 0' '} while (n != 0);' '} while (!(n != 0));'
  changes 'wait_for: delete: n-- #2' 'n--;' ';'
}

@test "mutate: wrong words are one line" {
  run "$mutate"
  [ "$status" -eq 2 ]
  [ "$output" = 'usage: mutate [-n NUMBER] FILE [COMPILER-OPTION...]' ]
  run "$mutate" -n x "$file"
  [ "$status" -eq 2 ]
  run "$mutate" -n 99 "$file"
  [ "$output" = "mutate: $file has 24 mutants, no number 99" ]
  run "$mutate" "$BATS_TEST_TMPDIR/nosuch.c"
  [ "$status" -eq 1 ]
  [ "$output" = "mutate: $BATS_TEST_TMPDIR/nosuch.c: No such file or directory" ]
  echo 'int main(void) { return x; }' >"$file"
  run "$mutate" "$file"
  [ "$status" -eq 1 ]
  [[ $output == *"use of undeclared identifier 'x'"* ]]
}
