#!/bin/sh
# deps.sh - install what the course needs and the machine lacks: `make deps` calls this.
#
# usage: grading/lib/deps.sh [test]     (test: what the course's own tests need, too)
#
# Debian and Ubuntu, from their own packages, through sudo only when not root. When all is there it
# says so in one line and asks nothing of anybody. Works without a terminal.
set -eu

# The labs: a compiler and its headers (gcc only recommends these). The checks: bats, Criterion,
# valgrind, strace, nc, bwrap; ss and ps, to look by hand. The grader: YAML, JSON, XML and SHA-2.
packages='gcc libc6-dev make bats libcriterion-dev valgrind strace netcat-openbsd bubblewrap iproute2
procps libcyaml-dev libjansson-dev libmxml-dev libmd-dev'

# A browser for the pictures, what reads pages, reports and archives and looks at sources, a terminal.
test_packages='patch jq shellcheck clang-format chromium libcmark-dev bsdutils libxml2-utils unzip
python3 perl'

say() {
  echo "deps: $*"
}

[ "${1:-}" != test ] || packages="$packages $test_packages"
# Ubuntu's chromium is no package of apt's; there the tests take Chrome, if it is installed.
if grep -qs '^ID=ubuntu' /etc/os-release; then
  packages=$(echo "$packages" | sed 's/ chromium//')
fi

# shellcheck disable=SC2086 # the list is words
set -- $packages

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  say "this is neither Debian nor Ubuntu; install what these packages hold: $*" >&2
  exit 1
fi

# A package that dpkg never heard of is named on standard error only.
installed=$(dpkg-query -W -f '${db:Status-Status} ${Package}\n' "$@" 2>/dev/null |
  sed -n 's/^installed //p')
missing=$(printf '%s\n' "$@" | grep -vxF -e "$installed" | tr '\n' ' ')
missing=${missing% }

if [ -z "$missing" ]; then
  say "nothing to install"
  exit 0
fi

as_root=
if [ "$(id -u)" -ne 0 ]; then
  if ! command -v sudo >/dev/null; then
    say "you are not root and there is no sudo; let someone install: $missing" >&2
    exit 1
  fi
  as_root=sudo
fi

say "installing $missing${as_root:+ (through sudo)}"
apt() {
  # shellcheck disable=SC2086 # nothing or sudo
  $as_root env DEBIAN_FRONTEND=noninteractive apt-get -q -o DPkg::Lock::Timeout=120 "$@" </dev/null
}
apt update || say "apt-get update failed; trying with the package lists that are there" >&2
# shellcheck disable=SC2086 # the list is words
if ! apt install -y --no-install-recommends $missing; then
  say "apt-get could not install: $missing" >&2
  exit 1
fi
say "done"
