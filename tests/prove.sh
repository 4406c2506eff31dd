#!/bin/bash
# prove.sh - prove that the grader is right: every bug fails at its step, every variant passes.
#
# usage: tests/prove.sh [-v] [--sample | --apply | NAME...]
#
#     tests/prove.sh                      all bugs and variants (`make prove`)
#     tests/prove.sh --sample             one bug of each step and one variant of each lab
#     tests/prove.sh --apply              only look at the heads and whether the patches apply
#     tests/prove.sh reap-once lab02 tests/variants/lab03     by id, by lab, by file or directory
#     -v                                  say what the grader said of each bug
#
# A bug is a file tests/bugs/lab03/ID.patch: the head
#     lab: lab03
#     step: reap
#     symptom: one waitpid a SIGCHLD; of fifty children that end at once some stay zombies
# and a unified diff of solutions/ (a/lab03-processes/... b/lab03-processes/..., patch -p1).
# A variant is tests/variants/lab03/ID.patch, with lab: and about:, or a directory
# tests/variants/lab03/ID/ whose files stand in the place of the whole lab.
#
# Each is applied to a copy in build/proof, which is kept when the proof fails.
. "$(dirname "$0")/lib.sh"

usage() {
  echo "usage: tests/prove.sh [-v] [--sample | --apply | NAME...]" >&2
  exit 2
}

all_bugs() {
  find tests/bugs -name '*.patch' 2>/dev/null | LC_ALL=C sort
}

all_variants() {
  { find tests/variants -name '*.patch' && find tests/variants -mindepth 2 -maxdepth 2 -type d; } \
    2>/dev/null | LC_ALL=C sort
}

head_field() { # FILE FIELD
  sed -n "/^--- /q; s/^$2: *//p" "$1" | head -n 1
}

# --- One bug or variant ------------------------------------------------------------------------

# For tests/bugs/lab03/reap-once.patch sets kind, lab, name and tree.
describe() { # FILE
  local path=${1%.patch}
  kind=$(cut -d / -f 2 <<<"$path")
  lab=$(cut -d / -f 3 <<<"$path")
  name=$lab/$(basename "$path")
  tree=build/proof/$kind/$name
}

# Says what is wrong with the head, or nothing.
check_head() { # FILE
  [ ! -d "$1" ] || return 0
  local field fields="lab about" step
  [ "$kind" = variants ] || fields="lab step symptom"
  for field in $fields; do
    [ -n "$(head_field "$1" "$field")" ] || echo "the head has no line \`$field: ...\`"
  done
  [ "$(head_field "$1" lab)" = "$lab" ] || echo "it stands in $lab, and its head says $(head_field "$1" lab)"
  [ "$kind" = bugs ] || return 0
  step=$(head_field "$1" step)
  plan_steps "$lab" | jq -e --arg id "$step" 'any(.[]; .id == $id)' >/dev/null ||
    echo "$lab has no step $step"
}

# Makes the tree. A patch that touches its own lab only needs no more than that lab: the earlier
# pieces are then linked from solutions/.
make_tree() { # FILE
  local directory
  directory=$(lab_directory "$lab")
  rm -rf "$tree"
  mkdir -p "$tree"
  if [ -d "$1" ]; then
    cp -R "$1" "$tree/$directory"
    return
  fi
  if sed -n 's,^[-+][-+][-+] [ab]/,,p' "$1" | grep -qv "^$directory/"; then
    cp -R solutions/. "$tree"
  else
    cp -R "solutions/$directory" "$tree"
  fi
  # No fuzz: a patch that only nearly fits may have become another bug, or none.
  patch --force --quiet --strip=1 --fuzz=0 --no-backup-if-mismatch --directory="$tree" <"$1"
}

remove_tree() {
  rm -rf "$tree"
  forget_build "$tree"
}

# Each says why the verdict is not what it should be, or nothing.
judge_bug() { # VERDICT STEP
  jq -r --arg step "$2" "$say_step"'
    .labs[0].steps as $steps
    | ($steps | map(.id) | index($step)) as $at
    | if $at == null then "the verdict has no step \($step)"
      else
        ($steps[] | select(.status == "error") | say),
        ($steps[:$at][] | select(.status != "passed")
          | "before \($step): \(say)"),
        ($steps[$at]
          | if .status != "failed" then "it should have failed: \(say)"
            elif (.message // "") == "" then "\($step) failed without a message"
            else empty end)
      end' "$1"
}

judge_variant() { # VERDICT
  jq -r "$say_step"'
    .labs[0]
    | (.steps[] | select(.status != "passed") | say),
      (select(.score != 100 or .max_score != 100) | "\(.score) points of \(.max_score)")' "$1"
}

apply_one() { # FILE
  local why
  describe "$1"
  why=$(check_head "$1" && make_tree "$1" 2>&1)
  [ -z "$why" ] || fail "$kind/$name can be applied" "$why"
  remove_tree
}

prove_one() { # FILE
  local why verdict status=0 wanted=0 step said=
  describe "$1"
  step=$(head_field "$1" step 2>/dev/null)
  verdict=$scratch/${name//\//-}.$kind.json
  local what="$name passes"
  [ "$kind" = variants ] || what="$name fails at $step" wanted=1

  why=$(check_head "$1")
  [ -n "$why" ] || why=$(make_tree "$1" 2>&1)
  if [ -n "$why" ]; then
    fail "$what" "$why"
    return
  fi
  base=solutions
  [ "$(find "$tree" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ] || base=$tree
  # A bug is meant to fail when it runs. Variants are held to the warnings of the course's own code.
  local strict=course=1
  [ "$kind" = variants ] || strict=course=
  if ! why=$(make -s "$lab" FROM="$tree" BASE="$base" "$strict" 2>&1 >/dev/null); then
    fail "$what" "it does not compile"$'\n'"$why"
    return
  fi
  why= # it may hold warnings
  ./grader --from "$tree" --base "$base" --format json "$lab" >"$verdict" 2>"$verdict.err" || status=$?
  if [ "$status" -ne "$wanted" ]; then
    why="the grader ended with status $status instead of $wanted"$'\n'$(cat "$verdict.err")
  fi
  why+=$("judge_${kind%s}" "$verdict" "$step" 2>&1)
  if [ -n "$why" ]; then
    fail "$what" "$why"$'\n'"see: ./grader --from $tree --base $base $lab"
    return
  fi
  [ "$verbose" = 0 ] || [ "$kind" = variants ] ||
    said=$(jq -r --arg step "$step" '.labs[0].steps[] | select(.id == $step) | .message' "$verdict")
  pass "$what${said:+$'\n'$(printf '%s\n' "$said" | sed 's/^/        /')}"
  remove_tree
}

# --- Which ones ----------------------------------------------------------------------------------

# The first bug of each step and the first variant of each lab, in the order of their names.
sample() {
  local file
  all_bugs | while IFS= read -r file; do
    echo "$(basename "$(dirname "$file")")/$(head_field "$file" step) $file"
  done | awk '!seen[$1]++ { print $2 }'
  all_variants | awk -F / '!seen[$3]++'
}

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
  --sample | --apply) mode=${1#--} ;;
  *) usage ;;
  esac
  shift
done
[ $# -eq 0 ] || [ "$mode" = apply ] || mode=named
case $mode in
sample) chosen=$(sample) ;;
named) chosen=$(named "$@") || exit 2 ;;
apply) chosen=$([ $# -eq 0 ] && all_bugs && all_variants || named "$@") || exit 2 ;;
all) chosen=$(all_bugs && all_variants) ;;
esac

if [ -z "$chosen" ]; then
  fail "there are bugs and variants to prove"
elif [ "$mode" = apply ]; then
  failures=$(grep -c failed "$COUNT_FILE")
  side_by_side apply_one <<<"$chosen"
  [ "$failures" -ne "$(grep -c failed "$COUNT_FILE")" ] || pass "all $(wc -l <<<"$chosen") bugs and variants can be applied"
else
  prepare
  side_by_side prove_one <<<"$chosen"
fi
finish
