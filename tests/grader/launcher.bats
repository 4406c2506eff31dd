#!/usr/bin/env bats
# launcher.bats - ./grader itself: it builds the program when that is stale, and says what is missing.

setup() {
  root=$BATS_TEST_TMPDIR/course
  mkdir -p "$root"/grading/{src,lib} "$root/client" "$root/elsewhere"
  cp "$BATS_TEST_DIRNAME/../../grader" "$root/grader"
  : >"$root/grading/src/grader.c"
  : >"$root/grading/src/text.h"
  cat >"$root/Makefile" <<'END'
grader-tools:
	@echo built >> builds
	@mkdir -p build/grading
	@printf '#!/bin/sh\necho "$$PWD: $$*"\n' > build/grading/grader
	@chmod +x build/grading/grader
END
}

# How often make was called.
builds() {
  wc -l <"$root/builds"
}

# A PATH on which only these programs are, beside what every system has.
with_only() { # PROGRAM...
  local program
  mkdir -p "$BATS_TEST_TMPDIR/bin"
  for program in sh find mkdir rm mv "$@"; do
    ln -sf "$(command -v "$program")" "$BATS_TEST_TMPDIR/bin/"
  done
  PATH=$BATS_TEST_TMPDIR/bin "$root/grader" lab01 2>&1
}

@test "builds once, keeps the working directory, hands the arguments on" {
  cd "$root/elsewhere"
  [ "$(../grader --from ../x 'a b')" = "$root/elsewhere: --from ../x a b" ]
  [ "$(builds)" -eq 1 ]
  [ "$("$root/grader")" = "$root/elsewhere: " ]
  ln -s "$root/grader" "$BATS_TEST_TMPDIR/link"
  [ "$("$BATS_TEST_TMPDIR/link")" = "$root/elsewhere: " ]
  cd "$root"
  [ "$(sh grader)" = "$root: " ]
  [ "$(builds)" -eq 1 ]
}

@test "builds again when a source, a header or the Makefile is newer, or a source is gone" {
  "$root/grader"
  for file in grading/src/grader.c grading/src/text.h Makefile; do
    touch -d '+10 seconds' "$root/$file"
    "$root/grader"
    touch -d '-10 seconds' "$root/$file"
    "$root/grader"
  done
  [ "$(builds)" -eq 4 ]
  touch -d '-20 seconds' "$root/build/grading/.up-to-date"
  rm "$root/grading/src/text.h"
  "$root/grader"
  [ "$(builds)" -eq 5 ]
}

@test "make's own variables and output stay apart" {
  sed -i 's/@echo built/@echo "from $(FROM)"; echo built/' "$root/Makefile"
  MAKEFLAGS=' -- FROM=evil' "$root/grader" >"$BATS_TEST_TMPDIR/out" 2>"$BATS_TEST_TMPDIR/err"
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = "$PWD: " ]
  [ "$(tail -n 1 "$BATS_TEST_TMPDIR/err")" = "from " ]
}

@test "a missing make, compiler or library is one clear line and status 3" {
  run with_only
  [ "$status" -eq 3 ]
  [ "$output" = "grader: make is not installed: install it, then run make deps" ]
  run with_only make
  [ "$status" -eq 3 ]
  [ "$output" = "grader: gcc is not installed: make deps installs it" ]
  # A gcc that finds no header stands for a missing library.
  printf 'grader-tools:\n\t@false\n' >"$root/Makefile"
  printf '#!/bin/sh\nexit 1\n' >"$BATS_TEST_TMPDIR/bin/gcc"
  chmod +x "$BATS_TEST_TMPDIR/bin/gcc"
  run with_only make
  [ "$status" -eq 3 ]
  [ "${lines[-1]}" = "grader: libcyaml is not installed: make deps installs it" ]
}

@test "a build that fails otherwise is status 3, and is tried again" {
  printf 'grader-tools:\n\t@echo oops; false\n' >"$root/Makefile"
  for _ in 1 2; do
    run "$root/grader"
    [ "$status" -eq 3 ]
    [[ $output == *oops* ]]
    [ "${lines[-1]}" = "grader: the grader itself could not be built" ]
  done
  [ -z "$(ls -A "$root/build/grading")" ]
}
