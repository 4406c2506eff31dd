#!/bin/sh
# setup.sh - Gradescope runs this once, as root, when it makes the image: /autograder/source holds
# what the zip holds.
set -eu
cd "${AUTOGRADER:-/autograder}/source"
command -v make >/dev/null || {
  apt-get update
  DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends make
}
make deps
./grader --version
