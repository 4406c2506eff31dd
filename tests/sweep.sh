#!/bin/bash
# sweep.sh - break the solutions in every small way there is, and see that each loses points.
#
# usage: tests/sweep.sh [LAB... | FILE... | -n NUMBER FILE]     (`make sweep`: all labs)
#
#     tests/sweep.sh lab03                          its mutants
#     tests/sweep.sh lab03-processes/children.c     those of one file
#     tests/sweep.sh -n 7 lab03-processes/children.c     the seventh of them, kept in build/sweep
#
# Nobody chose these bugs: tests/sweep/mutate.c deletes each statement, negates each condition,
# drops each half of an && or ||, swaps each comparison. A mutant that compiles must lose points,
# or stand in tests/sweep/equivalents.txt with the reason why no check can tell it from the
# solution; then it must score 100. Files without a step (lab00's bytes.c) are not swept: they are
# given, and nobody is graded for them.
#
# An escaped mutant is kept in build/sweep. Needs libclang-dev.
. "$(dirname "$0")/lib.sh"

mutate=build/tests/mutate
equivalents=tests/sweep/equivalents.txt
outcomes=$scratch/outcomes
: >"$outcomes"

lab_of() { # lab03-processes/server.c
  echo "${1%%-*}"
}

# Every file with a step in it.
swept_files() {
  (cd solutions && grep -lE '^ *// \[step [0-9]+\]' lab*/*.c)
}

run_mutate() { # FILE [-n NUMBER]
  local file=$1 options=() directory
  shift
  for directory in solutions/lab*/; do
    options+=(-I "$directory")
  done
  "$mutate" "$@" "solutions/$file" -std=c11 -D_GNU_SOURCE -I grading/lib "${options[@]}"
}

# `lab03-processes/server.c 12 main: delete: accept_forever(lfd)`, one a line.
mutants_of() { # FILE
  run_mutate "$1" | awk -v file="$1" '{ print file, NR, $0 }'
}

# The names in the list of equivalents; each group is followed by its reason, which is indented.
listed() {
  sed '/^#/d; /^ /d; /^$/d' "$equivalents"
}

# Names without a reason, twice, or of no mutant.
check_list() {
  local name
  awk '/^#/ || /^$/ { next } /^ / { open = 0; next } { open = 1; last = $0 }
    END { if (open) print "no reason for: " last }' "$equivalents"
  listed | sort | uniq -d | sed 's/^/twice: /'
  # shellcheck disable=SC2046 # one word a file
  listed | grep -vxF -f <(for name in $(swept_files); do
    mutants_of "$name" | sed 's/ [0-9]* /: /'
  done) | sed 's/^/no such mutant: /'
}

note_outcome() { # LAB OUTCOME
  echo "$1 $2" >>"$outcomes"
}

sweep_one() { # "lab03-processes/server.c 12 main: delete: accept_forever(lfd)"
  local file number name what lab tree verdict status=0 why
  read -r file number name <<<"$1"
  what="$file: $name" lab=$(lab_of "$file")
  tree=build/sweep/$lab-$(basename "$file" .c)-$number
  verdict=$scratch/$lab-$(basename "$file" .c)-$number
  rm -rf "$tree"
  mkdir -p "$tree"
  cp -R "solutions/${file%/*}" "$tree"
  run_mutate "$file" -n "$number" >"$tree/$file"
  if ! make -s "$lab" FROM="$tree" BASE=solutions >/dev/null 2>&1; then
    note_outcome "$lab" uncompiled
  else
    ./grader --from "$tree" --base solutions --format json "$lab" >"$verdict" 2>"$verdict.err" || status=$?
    why=$(jq -r "$say_step"'.labs[0].steps[] | select(.status == "error") | say' "$verdict" 2>&1)
    if [ "$status" -gt 1 ] || [ -n "$why" ]; then
      note_outcome "$lab" broken
      fail "$what" "the grader ended with status $status"$'\n'"$why"$'\n'$(cat "$verdict.err")
    elif listed | grep -qxF -e "$what"; then
      if [ "$status" -eq 0 ]; then
        note_outcome "$lab" equivalent
        pass "equivalent: $what"
      else
        note_outcome "$lab" caught
        fail "equivalent: $what" "it stands in $equivalents, and loses points"
      fi
    elif [ "$status" -eq 0 ]; then
      note_outcome "$lab" escaped
      fail "$what" "it scores 100: ./grader --from $tree --base solutions $lab"
      return
    else
      note_outcome "$lab" caught
      pass "$what"
    fi
  fi
  [ -n "$keep" ] || rm -rf "$tree"
  forget_build "$tree"
}

table() {
  LC_ALL=C sort "$outcomes" | awk '
    function row(lab) {
      printf "%-6s %8d %8d %12d %8d %8d %14d\n", lab, \
        n[lab, "caught"] + n[lab, "equivalent"] + n[lab, "escaped"] + n[lab, "broken"], n[lab, "caught"], \
        n[lab, "equivalent"], n[lab, "escaped"], n[lab, "broken"], n[lab, "uncompiled"]
    }
    { n[$1, $2]++; n["all", $2]++; if (!seen[$1]++) labs[++count] = $1 }
    END {
      printf "\n%-6s %8s %8s %12s %8s %8s %14s\n", "", "mutants", "caught", "equivalent", "escaped", \
        "no verdict", "do not compile"
      for (i = 1; i <= count; i++) row(labs[i])
      if (count > 1) row("all")
      print ""
    }'
}

keep='' number=''
if [ "${1:-}" = -n ]; then
  keep=yes number=${2:-}
  shift 2
fi
[ $# -gt 0 ] || set -- $(swept_files)
chosen=()
for name; do
  case $name in
  */*.c) chosen+=("${name#solutions/}") ;;
  *) mapfile -t -O ${#chosen[@]} chosen < <(swept_files | grep "^$name-") ;;
  esac
done
if [ ${#chosen[@]} -eq 0 ]; then
  echo "sweep: there is nothing to sweep in: $*" >&2
  exit 2
fi
make -s "$mutate" || exit 1
prepare
silent "the list of equivalents fits the mutants, and gives reasons" check_list
for name in "${chosen[@]}"; do
  mutants_of "$name"
done | { [ -n "$number" ] && sed -n "${number}p" || cat; } | side_by_side sweep_one
table
finish
