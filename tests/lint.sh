#!/bin/bash
# lint.sh - what can be told from the files alone: the rules of the house.
#
# usage: tests/lint.sh
. "$(dirname "$0")/lib.sh"

# --- Rules for checks ----------------------------------------------------------------------------

# Lines that call a sleep. A comment may speak of one, and so may a command that is shown to the
# learner: what follows by_hand, and lines that begin with a quote, which go on with it.
sleeping() { # FILE...
  grep -nwHE '(u|nano|clock_nano)?sleep' "$@" |
    grep -vE "^[^:]*:[0-9]+: *(#|//|/?\*|by_hand |['\"])"
}

no_sleep() {
  local files
  # A variant is a learner's program, and may. misbehave_waits.c stands in for the calls.
  mapfile -t files < <(find grading/lab* grading/lib client tests -path tests/variants -prune -o \
    -type f \( -name '*.bats' -o -name '*.bash' -o -name '*.sh' -o -name '*.[ch]' \) ! -name lint.sh \
    ! -name misbehave_waits.c -print)
  ! sleeping "${files[@]}"
}

# Every step of every plan is named by the head of at least one bug.
steps_without_bug() {
  local lab id
  for lab in $(lab_names); do
    for id in $(plan_steps "$lab" | jq -r '.[].id'); do
      grep -qsx "step: $id" tests/bugs/"$lab"/*.patch || echo "$lab: no bug for step $id"
    done
  done
}

# Pages say how many there are.
wrong_counts() {
  local lab bugs variants all_bugs=0 all_variants=0
  for lab in $(lab_names); do
    bugs=$(find tests/bugs/"$lab" -name '*.patch' | wc -l)
    variants=$(find tests/variants/"$lab" -mindepth 1 -maxdepth 1 | wc -l)
    all_bugs=$((all_bugs + bugs)) all_variants=$((all_variants + variants))
    grep -qF "| $lab | $bugs | $variants |" docs/proof.md ||
      echo "docs/proof.md: $lab has $bugs bugs and $variants variants"
  done
  grep -qF "| all | $all_bugs | $all_variants |" docs/proof.md ||
    echo "docs/proof.md: all have $all_bugs bugs and $all_variants variants"
  grep -qF "holds $all_bugs bugs" README.md || echo "README.md: there are $all_bugs bugs"
  grep -qF "holds $all_variants programs" README.md || echo "README.md: there are $all_variants variants"
}

# --- Starters and plans --------------------------------------------------------------------------

no_markers() {
  ! grep -rnE '// *\[/?step' labs
}

# The grader reads every plan to list the labs, and refuses one that is wrong.
valid_plans() {
  local listed lab
  listed=$(./grader --list 2>&1) || {
    echo "./grader --list ends with status $?: $listed"
    return
  }
  for lab in $(lab_names); do
    [[ $listed == *$lab* ]] || echo "./grader --list does not name $lab"
  done
}

# --- Files -----------------------------------------------------------------------------------------

# Readers of the pages compile these by themselves, without the Makefile's options.
clean_programs() {
  local program compiler
  for program in docs/programs/*.c; do
    for compiler in gcc clang; do
      ! command -v $compiler >/dev/null || $compiler -std=c11 -D_GNU_SOURCE -O1 -Wall -Wextra -Wpedantic \
        -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion -pthread -o "$scratch/program" "$program"
    done
  done
}

formatted() {
  local files
  mapfile -t files < <(find solutions client grading docs tests -path tests/variants -prune -o \
    -name '*.[ch]' -print)
  clang-format --dry-run -Werror "${files[@]}"
}

clean_shell() {
  local files
  mapfile -t files < <(
    find grading tests teaching .ci .github -type f \( -name '*.sh' -o -name '*.bash' \)
    grep -lE '^#!.*\b(ba|da)?sh\b' grader .ci/run teaching/gradescope/run_autograder
  )
  shellcheck --severity=warning "${files[@]}"
}

clean_bats() {
  local files
  mapfile -t files < <(find grading tests -name '*.bats')
  # bats runs every test in a process of its own, ends it when a cd fails, and sets $status,
  # $output and $lines.
  shellcheck --severity=warning --exclude=SC2030,SC2031,SC2154,SC2164 "${files[@]}"
}

# What .editorconfig asks of every text file.
clean_text() {
  local file
  find . \( -path ./build -o -path ./.git -o -name '*.patch' -o -name '.*.sw?' \) -prune -o \
    -type f -print | while IFS= read -r file; do
    grep -Iq . "$file" || continue # binary or empty
    grep -nHI '[[:blank:]]$' "$file"
    [ -z "$(tail -c 1 "$file")" ] || echo "$file: no newline at its end"
    ! grep -qI $'\r' "$file" || echo "$file: carriage returns"
  done
}

# The two commands stand in the README once each, and CI runs the second.
readme_commands() {
  local command
  for command in 'make deps && make lab03 && ./grader lab03' 'make test-deps && make test'; do
    [ "$(grep -cxF "$command" README.md)" -eq 1 ] || echo "README.md: not once: $command"
  done
  grep -qxF "$command" .ci/run || echo ".ci/run does not run: $command"
}

silent "no check sleeps" no_sleep
silent "no step marker is left in labs/" no_markers
silent "the plans are valid" valid_plans
silent "every step has a bug that it must catch" steps_without_bug
silent "the README's commands are CI's" readme_commands
silent "pages count bugs and variants right" wrong_counts
silent "text files are clean" clean_text
silent "programs of the pages compile without a warning" clean_programs

# Versions of clang-format disagree. Debian 12 has the one that this code was formatted with.
version=$(clang-format --version 2>/dev/null | sed -n 's/.*version \([0-9]*\).*/\1/p')
if [ "$version" = 14 ]; then
  silent "C sources are formatted" formatted
else
  skip "C sources are formatted" "needs clang-format 14, ${version:-none} is installed"
fi
if command -v shellcheck >/dev/null; then
  silent "shellcheck finds nothing in scripts" clean_shell
  silent "shellcheck finds nothing in bats files" clean_bats
else
  skip "shellcheck finds nothing" "it is not installed"
fi

tests/prove.sh --apply || fail "bugs and variants can be applied" "status $?"
finish
