# shellcheck shell=bash disable=SC2034,SC2154
# trees.sh - bugs and variants: which there are, the trees they make, and what their verdict must be.
#
# A bug is a file tests/bugs/lab03/ID.patch: the head
#     lab: lab03
#     step: reap
#     symptom: one waitpid a SIGCHLD; of fifty children that end at once some stay zombies
# and a unified diff of solutions/ (a/lab03-processes/... b/lab03-processes/..., patch -p1).
# A variant is tests/variants/lab03/ID.patch, with lab: and about:, or a directory
# tests/variants/lab03/ID/ whose files stand in the place of the whole lab.
#
# Read it after lib.sh.

all_bugs() {
  find tests/bugs -name '*.patch' 2>/dev/null | LC_ALL=C sort
}

all_variants() {
  { find tests/variants -name '*.patch' && find tests/variants -mindepth 2 -maxdepth 2 -type d; } \
    2>/dev/null | LC_ALL=C sort
}

# Every bug with a golden file; the first bug, in the order of names, of each step that would not be
# seen failing otherwise, as it has no golden file and starters.sh can't cut it out; and the first
# variant of each lab.
sample() {
  local file number ids lab
  local -A seen
  while IFS= read -r file; do
    describe "$file"
    [ ! -e "$golden" ] || seen[$lab/${head[step]}]=1
  done < <(all_bugs)
  for lab in $(lab_names); do
    ids=()
    mapfile -t -O 1 ids < <(plan_steps "$lab" | jq -r '.[].id')
    while read -r _ number; do
      seen[$lab/${ids[number]}]=1
    done < <(marked_steps "$lab")
  done
  all_bugs | while IFS= read -r file; do
    describe "$file"
    [ -e "$golden" ] || [ -z "${seen[$lab/${head[step]}]:-}" ] || continue
    seen[$lab/${head[step]}]=1
    echo "$file"
  done
  all_variants | awk -F / '!seen[$3]++'
}

# --- One of them -------------------------------------------------------------------------------

# For tests/bugs/lab03/reap-once.patch sets kind, lab, name, tree and golden, and the fields of its
# head: head[step]. Starts no process, as there are hundreds of them.
declare -A head
describe() { # FILE
  local id line
  IFS=/ read -r _ kind lab id <<<"${1%.patch}"
  name=$lab/$id
  tree=build/proof/$kind/$name
  golden=tests/golden/$name.txt
  head=()
  [ ! -d "$1" ] || return 0
  while IFS= read -r line && [[ $line != "--- "* ]]; do
    [[ ! $line =~ ^([a-z]+):\ *(.*) ]] || head[${BASH_REMATCH[1]}]=${BASH_REMATCH[2]}
  done <"$1"
}

# No fuzz: a patch that only nearly fits may have become another bug, or none.
apply() { # FILE DIRECTORY [OPTION...]
  patch --force --quiet --strip=1 --fuzz=0 --no-backup-if-mismatch --directory="$2" "${@:3}" <"$1"
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
  apply "$1" "$tree"
}

remove_tree() {
  rm -rf "$tree"
  forget_build "$tree"
}

# Where the earlier pieces come from.
tree_base() {
  if [ "$(find "$tree" -mindepth 1 -maxdepth 1 | wc -l)" -eq 1 ]; then
    echo solutions
  else
    echo "$tree"
  fi
}

# A bug is meant to fail when it runs. Variants are held to the warnings of the course's own code.
compile_tree() {
  local strict=
  [ "$kind" = bugs ] || strict=1
  make -s "$lab" FROM="$tree" BASE="$(tree_base)" course=$strict
}

# Says why the verdict is not that of a bug in this step, or nothing.
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
