#!/bin/bash
# handout.sh - make what learners get: the course without its solutions and its own tests.
#
# usage: teaching/handout.sh [gradescope]       (`make handout`, `make gradescope`)
#
#     build/handout.tar.gz    the learners' repository: unpack it, git init, push
#     build/gradescope.zip    an autograder for Gradescope: upload it
#
# Both are made of the last commit and of nothing else, and are the same bytes each time.
set -eu
cd "$(dirname "$0")/.."
mkdir -p build

# A passage of README.md between these is for those who have the whole course.
readme=$(git show HEAD:README.md | sed '/^<!-- whole course -->$/,/^<!-- \/whole course -->$/d')

course=(. ':!solutions' ':!tests' ':!.ci' ':!CONTRIBUTING.md' ':!docs/adding-a-lab.md' ':!docs/proof.md'
  ':!.github/workflows/tests.yml' ':!.github/workflows/nightly.yml' ':!.github/workflows/class.yml')
case ${1:-handout} in
handout)
  made=build/handout.tar.gz
  git archive --format=tar.gz --prefix=tcp-servers/ -o "$made" \
    --add-virtual-file="tcp-servers/README.md:$readme"$'\n' HEAD -- "${course[@]}" ':!README.md' ':!teaching'
  ;;
gradescope)
  made=build/gradescope.zip
  git archive --format=zip -o "$made" --add-file=teaching/gradescope/setup.sh \
    --add-file=teaching/gradescope/run_autograder HEAD -- "${course[@]}"
  ;;
*)
  echo "handout: $1: neither handout nor gradescope" >&2
  exit 2
  ;;
esac
echo "$made is commit $(git rev-parse --short HEAD)"
[ -z "$(git status --porcelain)" ] || echo "handout: what is not committed is not in it" >&2
