# shellcheck shell=bash
# planted.bash - for bats files that need somebody's work: a tree of labs with a bug of tests/bugs.
#
# Its directory is $tree. `load planted`.

setup() {
  use_tree
}

use_tree() {
  cd "$BATS_TEST_DIRNAME/.." || return
  tree=$BATS_TEST_TMPDIR/tree
}

teardown() {
  rm -rf build/"${tree//\//+}"*
}

plant() { # [LAB/BUG]; without one: the solutions
  mkdir -p "$tree"
  cp -R solutions/. "$tree"
  [ $# -eq 0 ] || patch --force --quiet --strip=1 --fuzz=0 --directory="$tree" <"tests/bugs/$1.patch"
}
