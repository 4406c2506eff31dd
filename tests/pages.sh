#!/bin/bash
# pages.sh - is what the pages of docs/ show what really happens?
#
# usage: tests/pages.sh [-w] [PAGE...]     (every .md unless told; `make docs`: -w)
#
# Each page's console blocks are run in a copy of the course of its own, in which labs/ is finished;
# its C blocks are compared with their sources, its links followed. A translation has the blocks of
# its original. -w writes anew what is not so: read the difference before you commit it.
# CONTRIBUTING.md, "Writing a page", says how a page is written.
. "$(dirname "$0")/lib.sh"

pages=build/tests/pages
write=()

# A fresh copy of the course with finished labs. Only the grader is built in it.
make_course() { # DIRECTORY
  local lab
  mkdir -p "$1/build"
  tar --exclude=./build --exclude=./.git -cf - . | tar -xf - -C "$1"
  cp -a build/grading "$1/build"
  for lab in solutions/lab*; do
    cp "$lab"/*.[ch] "$1/labs/$(basename "$lab")"
    # The markers are for the starters.
    sed -Ei '\,^ *// \[/?step ,d' "$1/labs/$(basename "$lab")"/*.[ch]
  done
}

# Says when the original has changed since it was translated.
check_translation() { # PAGE
  local original=docs/${1#docs/zh/} now translated
  silent "$1 shows what $original does" "$pages" twin "$original" "$1"
  now=$(cksum <"$original")
  translated=$(sed -n '1s/^<!-- translation of .*, cksum \([0-9]*\) -->$/\1/p' "$1")
  [ "$translated" = "${now%% *}" ] || skip "$1 lags behind $original" "translated from cksum ${translated:-unknown}, now ${now%% *}"
}

check_page() { # PAGE
  local course
  silent "$1: excerpts and links" "$pages" read "${write[@]}" "$1"
  case $1 in
  docs/zh/*) check_translation "$1" ;;
  *)
    grep -q '^```console' "$1" || return
    course=$scratch/${1//\//+}
    make_course "$course"
    silent "$1: what the commands print" "$pages" run "${write[@]}" "$1" "$course"
    rm -rf "$course"
    ;;
  esac
}

# Every step's page exists, and has the step's anchor unless the plan names another.
lost_steps() {
  local lab page id
  for lab in $(lab_names); do
    page=$(sed -n 's/^page: //p' "grading/$lab/plan.yaml")
    "$pages" anchors "${page%%#*}" >"$scratch/anchors"
    [[ $page == *#* ]] || for id in $(plan_steps "$lab" | jq -r '.[].id'); do
      grep -qxF -e "$id" "$scratch/anchors" || echo "$page has no #$id"
    done
  done
}

if [ "${1:-}" = -w ]; then
  write=(-w)
  shift
fi
prepare
make -s "$pages" || exit 1
if [ $# -eq 0 ]; then
  silent "the grader's links to pages lead to the steps" lost_steps
  mapfile -t all < <(find . \( -path ./build -o -path ./.git \) -prune -o -name '*.md' -printf '%P\n' | sort)
  set -- "${all[@]}"
fi
printf '%s\n' "$@" | side_by_side check_page
finish
