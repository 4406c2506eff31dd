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
# solution; then it must score 100. One that the compiler turns into the very instructions of the
# solution (`(void)sig` deleted) is no other program, and not counted: "the same code". Files
# without a step (lab00's bytes.c) are not swept: they are given, and nobody is graded for them.
#
# An escaped mutant is kept in build/sweep. Needs libclang-dev.
. "$(dirname "$0")/lib.sh"

mutate=build/tests/mutate
equivalents=tests/sweep/equivalents.txt
outcomes=$scratch/outcomes
: >"$outcomes"

# Every file with a step in it.
swept_files() {
  (cd solutions && grep -lE '^ *// \[step [0-9]+\]' lab*/*.c)
}

c_options=(-std=c11 -D_GNU_SOURCE -I grading/lib)
for directory in solutions/lab*/; do
  c_options+=(-I "$directory")
done

run_mutate() { # FILE [-n NUMBER]
  local file=$1
  shift
  "$mutate" "$@" "solutions/$file" "${c_options[@]}"
}

# Does the compiler make the same object file of both? (Their names are the same but for the path.)
is_same_code() { # FILE OTHER-FILE
  local objects
  objects=$(mktemp -d -p "$scratch")
  gcc "${c_options[@]}" -O2 -w -c -o "$objects/1" "$1" 2>/dev/null &&
    gcc "${c_options[@]}" -O2 -w -c -o "$objects/2" "$2" && cmp -s "$objects/1" "$objects/2"
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
  listed | grep -vxF -f <(for name in $(swept_files); do
    mutants_of "$name" | sed 's/ [0-9]* /: /'
  done) | sed 's/^/no such mutant: /'
}

is_listed() { # NAME
  listed | grep -qxF -e "$1"
}

# Makes the mutant in $tree and grades it: uncompiled, same, caught, equivalent, escaped, or broken:
# no verdict, and $verdict.why says why.
try_mutant() { # FILE NUMBER NAME
  local lab=${1%%-*}
  mkdir -p "$tree"
  cp -R "solutions/${1%/*}" "$tree"
  run_mutate "$1" -n "$2" >"$tree/$1"
  if ! make -s "$lab" FROM="$tree" BASE=solutions >/dev/null 2>&1; then
    echo uncompiled
  elif is_same_code "$tree/$1" "solutions/$1"; then
    echo same
  elif grade "$verdict" 1 --from "$tree" --base solutions "$lab" >"$verdict.why" && [ ! -s "$verdict.why" ]; then
    echo caught
  elif [ -n "$(judge_perfect "$verdict" 2>&1 | tee -a "$verdict.why")" ]; then
    echo broken
  elif is_listed "$1: $3"; then
    echo equivalent
  else
    echo escaped
  fi
}

sweep_one() { # "lab03-processes/server.c 12 main: delete: accept_forever(lfd)"
  local file number name what id tree verdict outcome
  read -r file number name <<<"$1"
  what="$file: $name"
  id=${file%%-*}-$(basename "$file" .c)-$number
  tree=build/sweep/$id verdict=$scratch/$id
  rm -rf "$tree"
  outcome=$(try_mutant "$file" "$number" "$name")
  echo "${file%%-*} $outcome" >>"$outcomes"
  case $outcome in
  caught)
    if is_listed "$what"; then
      fail "equivalent: $what" "it stands in $equivalents, and loses points"
    else
      pass "$what"
    fi
    ;;
  equivalent) pass "equivalent: $what" ;;
  same) ! is_listed "$what" || fail "equivalent: $what" "it stands in $equivalents, and is the same code" ;;
  escaped) fail "$what" "it scores 100: ./grader --from $tree --base solutions ${file%%-*}" ;;
  broken) fail "$what" "$(cat "$verdict.why")" ;;
  esac
  [ "$outcome" = escaped ] || [ -n "$number_wanted" ] || rm -rf "$tree"
  forget_build "$tree"
}

table() {
  LC_ALL=C sort "$outcomes" | awk '
    function row(lab) {
      printf "%-6s %8d %8d %12d %8d %8d %15d %14d\n", lab, \
        n[lab, "caught"] + n[lab, "equivalent"] + n[lab, "escaped"] + n[lab, "broken"], n[lab, "caught"], \
        n[lab, "equivalent"], n[lab, "escaped"], n[lab, "broken"], n[lab, "same"], n[lab, "uncompiled"]
    }
    { n[$1, $2]++; n["all", $2]++; if (!seen[$1]++) labs[++count] = $1 }
    END {
      printf "\n%-6s %8s %8s %12s %8s %8s %15s %14s\n", "", "mutants", "caught", "equivalent", "escaped", \
        "broken", "the same code", "do not compile"
      for (i = 1; i <= count; i++) row(labs[i])
      if (count > 1) row("all")
      print ""
    }'
}

number_wanted=
if [ "${1:-}" = -n ]; then
  number_wanted=${2:-}
  shift 2
fi
chosen=()
[ $# -gt 0 ] || mapfile -t chosen < <(swept_files)
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
done | sed -n "${number_wanted:-1,\$}p" | side_by_side sweep_one
table
finish
