#!/bin/bash
# starters.sh - prove that solutions and starters are what they should be.
#
# usage: tests/starters.sh
#
# - labs/ is what the solutions give.
# - Starters and solutions compile without a warning, with gcc and with clang if it is there.
# - The solutions score 100 in each lab. The starters score 0, and say that step 1 is not written.
# - A solution with one step cut out compiles without a warning, fails that step, and no step
#   that does not need it.
. "$(dirname "$0")/lib.sh"

starters=build/grading/starters
trees=build/tests

# A tree of that name for the compiler, built from nothing.
compile() { # TREE COMPILER
  forget_build "$1"
  make -s labs FROM="$1" CC="$2" course=1 >/dev/null
}

check_committed() {
  local output
  if output=$(diff -ru labs "$trees/starters-gcc"); then
    pass "labs/ is what solutions/ gives"
  else
    fail "labs/ is what solutions/ gives" "make starters would change it:"$'\n'"$output"
  fi
}

check_compilers() {
  local compiler
  for compiler in gcc clang; do
    rm -rf "$trees/starters-$compiler" "$trees/solutions-$compiler"
    if ! "$starters" solutions "$trees/starters-$compiler" >/dev/null; then
      fail "the starters can be cut out"
      finish
    fi
    cp -R solutions "$trees/solutions-$compiler"
    if ! command -v $compiler >/dev/null; then
      skip "compiles with $compiler" "it is not installed"
      continue
    fi
    silent "the starters compile without a warning, $compiler" \
      compile "$trees/starters-$compiler" $compiler
    silent "the solutions compile without a warning, $compiler" \
      compile "$trees/solutions-$compiler" $compiler
  done
}

# Says why the verdict on an untouched lab is not what it should be, or nothing.
judge_starter() { # VERDICT LAB
  jq -r --arg lab "$2" "$say_step"'.labs[] | select(.lab == $lab)
    | (.steps[0] | select(.status != "not_written") | say),
      (.steps[1:][] | select(.status == "passed" or .status == "error") | say),
      (select(.score != 0) | "\(.score) points")' "$1"
}

check_verdicts() { # TREE STATUS JUDGE WHAT
  local verdict=$scratch/$3.json lab why
  why=$(grade "$verdict" "$2" --from "$1" all)
  if [ -z "$why" ]; then
    pass "./grader --from $1 all ends with status $2"
  else
    fail "./grader --from $1 all ends with status $2" "$why"
  fi
  for lab in $(lab_names); do
    why=$("$3" "$verdict" "$lab" 2>&1)
    if jq -e --arg lab "$lab" 'any(.labs[]; .lab == $lab)' "$verdict" >/dev/null && [ -z "$why" ]; then
      pass "$lab: $4"
    else
      fail "$lab: $4" "${why:-there is no verdict}"
    fi
  done
}

# Only these may fail when the step is cut out: the step and, in turn, what needs it.
judge_cut() { # VERDICT PLAN STEP
  jq -r --argjson plan "$2" --argjson number "$3" "$say_step"'
    def dependent: . as $known
      | ([$plan[] | select(any(.needs[]; . as $need | any($known[]; . == $need))) | .id] + $known
        | unique)
      | if length == ($known | length) then . else dependent end;
    ([$plan[$number - 1].id] | dependent) as $may_fail
    | .labs[0].steps[]
    | if .status == "error" then say
      elif .number == $number and .status != "failed" and .status != "not_written" then say
      elif .status != "passed" and all($may_fail[] != .id; .) then
        "it does not need step \($number): \(say)"
      else empty end' "$1"
}

check_cut() { # "lab03 4"
  local lab=${1% *} step=${1#* } plan id tree verdict why what
  plan=$(plan_steps "$lab")
  id=$(jq -r ".[$step - 1].id // empty" <<<"$plan")
  tree=$trees/cut/$lab-$step
  verdict=$scratch/$lab-$step.json
  what="$lab without step $step fails ${id:-}, and only what needs it"
  if [ -z "$id" ]; then
    fail "$lab has a step $step" "its sources mark it, its plan ends before"
    return
  fi
  rm -rf "$tree"
  forget_build "$tree"
  if ! why=$({ "$starters" solutions "$tree" --lab "$lab" --cut "$step" 2>&1 >/dev/null &&
    make -s "$lab" FROM="$tree" BASE=solutions course=1 2>&1 >/dev/null; }) || [ -n "$why" ]; then
    fail "$what" "it does not compile without a warning"$'\n'"$why"
    return
  fi
  why=$(grade "$verdict" 1 --from "$tree" --base solutions "$lab")
  why+=$(judge_cut "$verdict" "$plan" "$step" 2>&1)
  if [ -n "$why" ]; then
    fail "$what" "$why"$'\n'"see: ./grader --from $tree --base solutions $lab"
    return
  fi
  pass "$what"
  rm -rf "$tree"
  forget_build "$tree"
}

prepare
check_compilers
check_committed
check_verdicts solutions 0 judge_perfect "the solution scores 100"
check_verdicts "$trees/starters-gcc" 1 judge_starter "the starter scores 0, and says step 1 is not written"
for lab in $(lab_names); do
  marked_steps "$lab"
done | side_by_side check_cut
finish
