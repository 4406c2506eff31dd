# shellcheck shell=bash
# lib.sh - what the tests of the course share: counting, and running things side by side.
#
# A test says pass or fail once for each thing it looked at, and ends with `finish`. Run by itself
# it ends in the line `N passed, N failed`; under tests/run.sh all parts share one count.
set -u
export LC_ALL=C.UTF-8
# Called by make or not, what the tests build is the same.
unset MAKEFLAGS MFLAGS MAKELEVEL FROM BASE SAN course
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 2

JOBS=${JOBS:-2}
# shellcheck disable=SC2034 # run.sh sets it too
part=$(basename "$0" .sh)
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# The count is a file, for jobs in the background to add to it as well.
if [ -n "${COUNT_FILE:-}" ]; then
  counts_alone=0
else
  counts_alone=1
  export COUNT_FILE=$scratch/count
  : >"$COUNT_FILE"
fi

pass() { # WHAT
  echo passed >>"$COUNT_FILE"
  printf 'ok      %s: %s\n' "$part" "$1"
}

fail() { # WHAT [WHY]
  echo failed >>"$COUNT_FILE"
  printf 'FAILED  %s: %s\n' "$part" "$1"
  [ -z "${2:-}" ] || printf '%s\n' "$2" | head -n 30 | sed 's/^/        /'
}

skip() { # WHAT WHY
  printf 'skipped %s: %s (%s)\n' "$part" "$1" "$2"
}

# Passes when the command succeeds and prints nothing; what it prints tells why it failed.
silent() { # WHAT COMMAND...
  local what=$1 output status=0
  shift
  output=$("$@" 2>&1) || status=$?
  if [ "$status" -eq 0 ] && [ -z "$output" ]; then
    pass "$what"
  else
    fail "$what" "${output:-$1 ended with status $status}"
  fi
}

print_count() {
  local passed failed
  passed=$(grep -c passed "$COUNT_FILE")
  failed=$(grep -c failed "$COUNT_FILE")
  echo "$passed passed, $failed failed"
  [ "$failed" -eq 0 ]
}

finish() {
  [ "$counts_alone" = 1 ] || exit 0
  print_count || exit 1
  exit 0
}

# Calls FUNCTION for every line of standard input, $JOBS at a time. What one call prints stays together.
side_by_side() { # FUNCTION
  local line
  while IFS= read -r line; do
    while [ "$(jobs -rp | wc -l)" -ge "$JOBS" ]; do
      wait -n
    done
    {
      output=$("$1" "$line" 2>&1)
      [ -z "$output" ] || printf '%s\n' "$output"
    } </dev/null &
  done
  wait
}

lab_names() { # lab00 lab01 ..., one a line
  local directory
  for directory in solutions/lab*/; do
    basename "$directory" | cut -d - -f 1
  done
}

lab_directory() { # lab03 -> lab03-processes
  basename solutions/"$1"-*
}

# The steps of a lab's plan as JSON: [{"number":4,"id":"reap","needs":["fork"],"tests":2}, ...]
plan_steps() { # LAB
  sed -n '
    s/^ *- id: *\([a-z0-9-]*\).*/id \1/p
    s/^ *needs: *\[\(.*\)\].*/needs \1/p
    s/^ *tests: *\([0-9]*\).*/tests \1/p
  ' "grading/$1/plan.yaml" | jq -Rn '
    [inputs | capture("^(?<key>[a-z]+) (?<value>.*)")]
    | reduce .[] as $line ([];
        if $line.key == "id" then
          . + [{number: (length + 1), id: $line.value, needs: [], tests: 1}]
        elif $line.key == "needs" then
          .[-1].needs = ($line.value | [scan("[a-z0-9-]+")])
        else
          .[-1].tests = ($line.value | tonumber)
        end)'
}

# The steps of a lab that stand between markers, as `lab03 4`.
marked_steps() { # LAB
  sed -n 's,^ *// \[step \([0-9]*\)\].*,\1,p' solutions/"$1"-*/*.[ch] | sort -nu | sed "s/^/$1 /"
}

# For jq programs: a step in a line, and what was said of it.
# shellcheck disable=SC2034 # used by those who read this file
say_step='def say: "\(.id) is \(.status)" +
  (if (.message // "") == "" then ""
   elif .status == "not_reached" then ": \(.message | split("\n")[0])"
   else ": \(.message)" end);'

# Grades into the file VERDICT, as JSON. Says what is wrong when the grader ends otherwise than so.
grade() { # VERDICT STATUS GRADER-ARGUMENT...
  local verdict=$1 wanted=$2 status=0
  shift 2
  ./grader --format json "$@" >"$verdict" 2>"$verdict.err" || status=$?
  if [ "$status" -ne "$wanted" ]; then
    echo "the grader ended with status $status instead of $wanted"
    cat "$verdict.err"
  fi
}

# Says why a lab's verdict is not that of a right program, or nothing.
judge_perfect() { # VERDICT [LAB]
  jq -r --arg lab "${2:-}" "$say_step"'.labs[] | select($lab == "" or .lab == $lab)
    | (.steps[] | select(.status != "passed") | say),
      (select(.score != 100 or .max_score != 100) | "\(.score) points of \(.max_score)")' "$1"
}

# Builds all that later jobs only read: the grader and its tools, and the solutions with what their
# checks link. Two makes at once would otherwise build it twice, one under the other's hands.
prepare() {
  local output lab
  set -- grader-tools
  for lab in $(lab_names); do
    set -- "$@" "$lab-graded"
  done
  if ! output=$(make -sj "$JOBS" "$@" FROM=solutions 2>&1 >/dev/null && ./grader --list 2>&1 >/dev/null); then
    fail "the grader and the solutions can be built" "$output"
    finish
  fi
}

# Removes what `make FROM=TREE` has built, whatever its BASE and SAN.
forget_build() { # TREE
  local built=build/${1//\//+}
  rm -rf "$built" "$built"[~@]*
}
