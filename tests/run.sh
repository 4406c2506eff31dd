#!/bin/bash
# run.sh - run the tests of the course and count them together.
#
# usage: tests/run.sh [PART...]
#
#     lint pages starters prove     the scripts of these names; of the proof, a sample
#     bats                          all .bats files, two at a time
#     markers grader ...            one of them, or one directory of them
#
# `make test` runs all of it. The last line is `N passed, N failed`, and the exit status is not 0
# when any failed.
. "$(dirname "$0")/lib.sh"

run_bats() { # FILE
  local line status='' failures=0 details='' name=''
  part=$(basename "$1" .bats)
  # bats says `ok 3 name` or `not ok 3 name`, then lines of explanation that begin with #.
  while IFS= read -r line; do
    if [[ $line =~ ^(ok|not ok)\ [0-9]+\ (.*) || $line =~ ^(end)\ ([0-9]+)$ ]]; then
      [ -z "$name" ] || fail "$name" "$details"
      name='' details=''
      case ${BASH_REMATCH[1]} in
      ok) [[ ${BASH_REMATCH[2]} == *'# skip'* ]] || pass "${BASH_REMATCH[2]}" ;;
      "not ok") name=${BASH_REMATCH[2]} failures=$((failures + 1)) ;;
      end) status=${BASH_REMATCH[2]} ;;
      esac
    else
      details+="${line#\# }"$'\n'
    fi
  done < <(
    bats --formatter tap "$1" 2>&1
    echo "end $?"
  )
  # An explanation of no test, or a status without one: bats itself had trouble.
  if [ "$status" != 0 ] && [ "$failures" -eq 0 ]; then
    fail "bats can run $1" "$details"
  fi
}

run_part() { # NAME
  part=$1
  if [ "$1" = bats ]; then
    find tests -name '*.bats' | LC_ALL=C sort | side_by_side run_bats
  elif [ "$1" = prove ]; then
    tests/prove.sh --sample || fail "came to its end" "status $?"
  elif [ -x "tests/$1.sh" ]; then # pages.sh has a directory of the same name
    "tests/$1.sh" || fail "came to its end" "status $?"
  elif [ -e "tests/$1.bats" ]; then
    run_bats "tests/$1.bats"
  elif compgen -G "tests/$1/*.bats" >/dev/null; then
    printf '%s\n' "tests/$1"/*.bats | side_by_side run_bats
  else
    fail "there is such a part"
  fi
}

prepare
# What is quick comes first, what takes longest last.
[ $# -gt 0 ] || set -- lint bats pages starters prove
for name; do
  run_part "$name"
done
print_count
