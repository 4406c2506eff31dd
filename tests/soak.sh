#!/bin/bash
# soak.sh - grade the same programs over and over on a busy machine, and count the wrong verdicts.
#
# usage: tests/soak.sh [N [CONDITION...]]     (`make soak N=250`; 20 verdicts a condition unless told)
#
#     idle      nothing else runs
#     busy      every processor has a loop of its own to run as well
#     pinned    the grader and all that it starts share one processor
#     nice      busy, and the grader is what has to wait: nice 19
#
# By turns the solution of a lab and one of its bugs, of those that `make test` takes as a sample.
# A verdict is wrong when a solution does not score 100, a bug does not fail at its step, or the
# grader fails. How often may it be wrong, if it was never, or K times, wrong in N? The table ends
# with the highest rate at which that would still happen once in 20 times (Clopper and Pearson).
. "$(dirname "$0")/lib.sh"
. tests/trees.sh

JOBS=${SOAK_JOBS:-1} # idle is not idle with two
turns=$scratch/turns
outcomes=$scratch/outcomes # CONDITION right|wrong SECONDS
: >"$outcomes"

# --- What is graded ------------------------------------------------------------------------------

# Builds the bug's tree in build/soak. Prints `lab03 reap build/soak/lab03/reap-once solutions`.
plant_bug() { # FILE
  local why
  describe "$1"
  tree=build/soak/$name
  if ! why=$(make_tree "$1" 2>&1 && make -s "$lab-graded" FROM="$tree" BASE="$(tree_base)" 2>&1 >/dev/null); then
    fail "$name can be built" "$why" >&2
  fi
  echo "$lab ${head[step]} $tree $(tree_base)"
}

# N turns: of each lab the solution, then a bug; then the same with the next bug.
plan_turns() { # N
  local labs file
  labs=$(lab_names | wc -l)
  sample | awk -F / -v most=$((($1 + 2 * labs - 1) / (2 * labs))) '
    $2 == "bugs" && count[$3]++ < most' | while IFS= read -r file; do
    plant_bug "$file"
  done | awk -v n="$1" '
    { if (!count[$1]++) lab[labs++] = $1; bug[$1, count[$1] - 1] = $0 }
    END {
      for (i = 0; i < n; i++) {
        l = lab[int(i / 2) % labs]
        print i % 2 == 0 ? l " - solutions solutions" : bug[l, int(i / (2 * labs)) % count[l]]
      }
    }'
}

take_turn() { # "lab03 reap build/soak/lab03/reap-once solutions"
  local lab step from base verdict=$scratch/$BASHPID.json why start=${EPOCHREALTIME/./} outcome=right
  read -r lab step from base <<<"$1"
  if [ "$step" = - ]; then
    why=$(grade "$verdict" 0 --from "$from" --base "$base" "$lab" 2>&1; judge_perfect "$verdict" 2>&1)
  else
    why=$(grade "$verdict" 1 --from "$from" --base "$base" "$lab" 2>&1; judge_bug "$verdict" "$step" 2>&1)
  fi
  if [ -n "$why" ]; then
    outcome=wrong
    fail "$condition: $from $lab" "$why"$'\n'"seed $(jq .seed "$verdict" 2>&1)"
  fi
  echo "$condition $outcome $(((${EPOCHREALTIME/./} - start) / 1000))" >>"$outcomes"
}

# --- The conditions ------------------------------------------------------------------------------

load=()
start_load() {
  local i
  for ((i = 0; i < $(nproc); i++)); do
    (while :; do :; done) &
    load+=($!)
  done
}
stop_load() {
  [ ${#load[@]} -eq 0 ] || kill "${load[@]}"
  wait "${load[@]}" 2>/dev/null
  load=()
}
trap 'stop_load; rm -rf "$scratch"' EXIT

soak() { # CONDITION
  condition=$1
  case $condition in
  busy | nice) start_load ;;
  esac
  (
    trap - EXIT
    case $condition in
    pinned) taskset -c -p 0 "$BASHPID" ;;
    nice) renice -n 19 -p "$BASHPID" ;;
    esac >/dev/null
    side_by_side take_turn <"$turns"
  )
  stop_load
  row "$condition"
  grep -q "^$condition wrong" "$outcomes" || pass "$condition: no wrong verdict"
}

# --- The table -----------------------------------------------------------------------------------

heading() {
  printf '%-8s %9s %7s %14s %12s %12s\n' "" verdicts wrong "at most (95 %)" "median" "slowest"
}

row() { # CONDITION|all
  grep "^${1/#all/}" "$outcomes" | sort -n -k 3,3 | awk -v name="$1" '
    # The chance of at most k wrong ones in n, when each is wrong with chance p.
    function chance(k, n, p,   i, term, sum) {
      term = exp(n * log(1 - p))
      for (i = 0; i <= k; i++) { sum += term; term *= (n - i) / (i + 1) * p / (1 - p) }
      return sum
    }
    { time[NR] = $3; wrong += $2 == "wrong" }
    END {
      low = 0; high = 1 - 1e-9
      for (i = 0; i < 60; i++) {
        middle = (low + high) / 2
        if (chance(wrong, NR, middle) > 0.05) low = middle; else high = middle
      }
      printf "%-8s %9d %7d %12.2f %% %10.2f s %10.2f s\n", name, NR, wrong, \
        100 * high, time[int((NR + 1) / 2)] / 1000, time[NR] / 1000
    }'
}

n=${1:-20}
if [[ ! $n =~ ^[1-9][0-9]*$ ]]; then
  echo "soak: $n is no number of verdicts" >&2
  exit 2
fi
[ $# -gt 1 ] && shift && conditions=("$@") || conditions=(idle busy pinned nice)
for condition in "${conditions[@]}"; do
  [[ " idle busy pinned nice " == *" $condition "* ]] || {
    echo "soak: there is no condition $condition (idle, busy, pinned, nice)" >&2
    exit 2
  }
done
prepare
plan_turns "$n" >"$turns"
heading
for condition in "${conditions[@]}"; do
  soak "$condition"
done
[ ${#conditions[@]} -eq 1 ] || row all
rm -rf build/soak build/build+soak*
finish
