#!/bin/bash
# grade-submission.sh - grade what a learner handed in, a directory of any shape, into one file.
#
# usage: teaching/grade-submission.sh DIRECTORY FORMAT FILE [LAB...]      (all labs unless told)
#
# The labs are looked for in DIRECTORY/labs, else in DIRECTORY: the C files of lab directories that
# the course has, and nothing else of it. They are laid over the starters, so that a lab which is not
# there has no points, and a file that was forgotten does not hide what the others do.
#
# $BOX is the grader's --box; `require` unless told. Status 0: it is graded, FILE tells how. Anything
# else: it could not be graded, and FILE says nothing.
set -u
shopt -s nullglob

complain() {
  echo "grade-submission: $*" >&2
  exit 3
}

[ $# -ge 3 ] || complain "usage: teaching/grade-submission.sh DIRECTORY FORMAT FILE [LAB...]"
submission=$(realpath -e -- "$1") || complain "$1: there is no such directory"
format=$2
file=$(realpath -- "$3") || exit 3
shift 3
[ $# -gt 0 ] || set -- all
[ ! -d "$submission/labs" ] || submission=$submission/labs
cd "$(dirname "$0")/.." || exit 3

mkdir -p build
tree=$(mktemp -d build/submission.XXXXXX) || complain "no room for a copy below build/"
trap 'rm -rf "$tree" "build/${tree//\//+}"*' EXIT
trap 'exit 130' INT TERM

# Its own files are followed nowhere: a link is no file.
most_bytes=262144
cp -R labs/. "$tree" || exit 3
for lab in labs/lab*/; do
  directory=$(basename "$lab")
  [ -d "$submission/$directory" ] && [ ! -L "$submission/$directory" ] || continue
  find "$submission/$directory" -maxdepth 1 -type f -regextype posix-extended \
    -regex '.*/[A-Za-z0-9_][A-Za-z0-9_.-]*\.[ch]' -size -"$((most_bytes + 1))"c \
    -exec cp -t "$tree/$directory" -- {} + || exit 3
done

status=0
./grader --box="${BOX:-require}" --from "$tree" -f "$format" -o "$file" "$@" || status=$?
[ "$status" -le 1 ] || exit "$status"
