#!/bin/bash
# prove.sh - prove that the grader is right: every bug fails at its step, every variant passes.
#
# usage: tests/prove.sh [-v] [--sample | --apply | --golden] [NAME...]
#
#     tests/prove.sh                      all bugs and variants (`make prove`)
#     tests/prove.sh --sample             bugs with golden files, of other steps one bug if starters.sh
#                                         cannot cut the step out, and one variant of each lab
#     tests/prove.sh --apply              only look at the heads and whether the patches apply
#     tests/prove.sh --golden reap-once   write anew what a learner sees of it, tests/golden/
#     tests/prove.sh reap-once lab02 tests/variants/lab03     by id, by lab, by file or directory
#     -v                                  say what the grader said of each bug
#
# Of some bugs, tests/golden/lab03/ID.txt has all that the learner sees, and it must stay so, but
# for times, pids and ports. Change a message, say --golden, and read the difference.
#
# Each is applied to a copy in build/proof, which is kept when the proof fails.
. "$(dirname "$0")/lib.sh"
. tests/trees.sh

usage() {
  echo "usage: tests/prove.sh [-v] [--sample | --apply | --golden] [NAME...]" >&2
  exit 2
}

# --- One bug or variant ------------------------------------------------------------------------

# Adds to why what is wrong with the head.
check_head() {
  local field fields="lab step symptom"
  [ "$kind" = bugs ] || fields="lab about"
  for field in $fields; do
    [ -n "${head[$field]:-}" ] || why+="the head has no line \`$field: ...\`"$'\n'
  done
  [ "${head[lab]:-}" = "$lab" ] || why+="it stands in $lab, and its head says ${head[lab]:-}"$'\n'
  [ "$kind" = variants ] || grep -qE "^ *- id: *${head[step]:-} *\$" "grading/$lab/plan.yaml" ||
    why+="$lab has no step ${head[step]:-}"$'\n'
}

# Only tries, on the solutions as they are.
apply_one() { # FILE
  local why=''
  describe "$1"
  [ ! -d "$1" ] || return 0
  check_head
  why+=$(apply "$1" solutions --dry-run 2>&1)
  [ -z "$why" ] || fail "$kind/$name can be applied" "$why"
}

# What is different each time: times, seeds, ports, pids, addresses of code, lines of tools.
mask() {
  sed -E \
    -e 's,build/build\+[^ /]+/lab[0-9]+/,./,g' \
    -e 's/in [0-9]+\.[0-9]+ s/in SECONDS s/; s/--seed [0-9]+/--seed SEED/' \
    -e 's/(127(\.[0-9]+){3}:|port |\.\/(server|client [^ ]+) )([0-8][0-9]{3,4}|9[0-79][0-9]{2}|9[0-9]{4}|98[0-689][0-9]|987[0-57-9])\b/\1PORT/g' \
    -e 's/which is [0-9]+ with/which is PORT with/' \
    -e 's/(pid |process |thread )(PID|[0-9]+)( [0-9]+)*( \.\.\.)?/\1PID/g' \
    -e 's/==[0-9]+==/==PID==/; s/0x[0-9A-Fa-f]{4,}/ADDRESS/g; s/(vg_[a-z_]+\.c):[0-9]+/\1:LINE/'
}

# What the learner sees of the tree, at a terminal's width and with the same random bytes each time.
show_learner() {
  ./grader --from "$tree" --base "$(tree_base)" --seed 1 --no-trace "$lab" 2>&1 | mask
}

# Long pids and ports break lines elsewhere: compares words. Prints the difference, as lines.
differs() { # FILE FILE
  cmp -s <(tr -s '[:space:]' ' ' <"$1" | mask) <(tr -s '[:space:]' ' ' <"$2" | mask) || diff "$1" "$2"
}

# Says what is wrong with the verdict on the tree, or nothing.
judge_tree() { # VERDICT STEP
  if [ "$kind" = bugs ]; then
    grade "$1" 1 --from "$tree" --base "$(tree_base)" "$lab"
    judge_bug "$1" "$2"
  else
    grade "$1" 0 --from "$tree" --base "$(tree_base)" "$lab"
    judge_perfect "$1"
  fi 2>&1
}

# The learner's view of the tree: writes it down, or says what has become different.
judge_view() {
  if [ "$mode" = golden ]; then
    mkdir -p "${golden%/*}"
    show_learner >"$golden"
  elif [ -e "$golden" ]; then
    show_learner >"$scratch/${name//\//-}.txt"
    differs "$golden" "$scratch/${name//\//-}.txt"
  fi
}

prove_one() { # FILE
  local why='' verdict step said=
  describe "$1"
  step=${head[step]:-}
  verdict=$scratch/${name//\//-}.$kind.json
  local what="$name passes"
  [ "$kind" = variants ] || what="$name fails at $step"

  [ -d "$1" ] || check_head
  [ -n "$why" ] || why=$(make_tree "$1" 2>&1)
  if [ -n "$why" ]; then
    fail "$what" "$why"
    return
  fi
  if ! why=$(compile_tree 2>&1 >/dev/null); then
    fail "$what" "it does not compile"$'\n'"$why"
    return
  fi
  why='' # it may hold warnings
  # In the sample the learner's view is enough: the golden file was judged when it was written.
  [ "$mode" = sample ] && [ -e "$golden" ] || why=$(judge_tree "$verdict" "$step")
  [ -n "$why" ] || [ "$kind" = variants ] || why=$(judge_view)
  if [ -n "$why" ]; then
    fail "$what" "$why"$'\n'"see: ./grader --from $tree --base $(tree_base) $lab"
    return
  fi
  [ "$verbose" = 0 ] || [ "$kind" = variants ] ||
    said=$(jq -r --arg step "$step" '.labs[0].steps[] | select(.id == $step) | .message' "$verdict")
  pass "$what${said:+$'\n'$(printf '%s\n' "$said" | sed 's/^/        /')}"
  remove_tree
}

# --- Which ones ----------------------------------------------------------------------------------

named() { # NAME...
  local wanted found
  for wanted; do
    wanted=${wanted%/}
    found=$({ all_bugs && all_variants; } | awk -v wanted="$wanted" '
      { id = $0; sub(/.*\//, "", id); sub(/\.patch$/, "", id); split($0, part, "/") }
      $0 == wanted || index($0, wanted "/") == 1 || id == wanted || part[3] == wanted ||
        part[3] "/" id == wanted')
    if [ -z "$found" ]; then
      echo "prove: there is no bug or variant $wanted" >&2
      exit 2
    fi
    echo "$found"
  done
}

verbose=0 mode=all
while [[ ${1:-} == -* ]]; do
  case $1 in
  -v) verbose=1 ;;
  --sample | --apply | --golden) mode=${1#--} ;;
  *) usage ;;
  esac
  shift
done
if [ $# -gt 0 ]; then
  chosen=$(named "$@") || exit 2
elif [ "$mode" = sample ]; then
  chosen=$(sample)
elif [ "$mode" = golden ]; then
  chosen=$(find tests/golden -name '*.txt' | sed 's,^tests/golden,tests/bugs,; s,txt$,patch,' | sort)
else
  chosen=$(all_bugs && all_variants)
fi

if [ -z "$chosen" ]; then
  fail "there are bugs and variants to prove"
elif [ "$mode" = apply ]; then
  failures=$(grep -c failed "$COUNT_FILE")
  while IFS= read -r file; do
    apply_one "$file"
  done <<<"$chosen"
  [ "$failures" -ne "$(grep -c failed "$COUNT_FILE")" ] || pass "all $(wc -l <<<"$chosen") bugs and variants can be applied"
else
  prepare
  side_by_side prove_one <<<"$chosen"
fi
finish
