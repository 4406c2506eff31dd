#!/bin/sh
# examine.sh - refuse functions of a learner's that would take part in the checks' own process.
#
# usage: grading/lib/examine.sh NAMES PIECES.a SOURCES
#
# lab00's functions are linked with their checks. What the checks call there must be what they mean:
# nothing of a learner's may run before main does, nor stand in for a function that the checks, or
# the libraries below them, call. NAMES lists those, one a line. Says what it finds as a compiler
# would, and ends with status 1 then.
set -eu
names=$1 pieces=$2 sources=$3

# FILE WORDS, where the file is the object's name: order.o
found=$(
  # Sections whose content is called at the start or the end of a program.
  readelf -SW "$pieces" | sed -n '
    s/^File: .*(\(.*\)\.o)$/\1/; T sections; h; d
    :sections
    s/.* \(\.\(preinit_array\|init_array\|fini_array\|ctors\|dtors\|init\|fini\)\)[. ].*/\1/; T; G
    s/\(.*\)\n\(.*\)/\2 code that runs before or after main (\1), which the checks do not allow/p'
  nm -P -g --defined-only "$pieces" | awk -v names="$names" '
    BEGIN { while ((getline name < names) > 0) own[name] }
    /^[^ ]*\[.*\]:$/ { file = $0; sub(/.*\[/, "", file); sub(/\.o\].*/, "", file); next }
    $2 == "i" { print file, "the address of `" $1 "` is chosen by code that runs before main" }
    ($1 in own) && $1 != "main" {
      print file, "`" $1 "` is a function that the checks use: give it another name, or make it static"
    }'
)
[ -n "$found" ] || exit 0
printf '%s\n' "$found" | sort -u | while read -r file words; do
  echo "$sources/$file.c:1: error: $words" >&2
done
exit 1
