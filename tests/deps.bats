#!/usr/bin/env bats
# deps.bats - `make deps`, on machines that are made up: PATH holds nothing but stand-ins.

setup() {
  deps=$BATS_TEST_DIRNAME/../grading/lib/deps.sh
  bin=$BATS_TEST_TMPDIR/bin
  log=$BATS_TEST_TMPDIR/log
  mkdir "$bin"
  touch "$log"
  for tool in sh env grep sed tr; do
    ln -s "$(command -v $tool)" "$bin/$tool"
  done
  stand_in id 'echo 0'
  stand_in apt-get 'echo "apt-get $*" >>'"$log"
  stand_in sudo 'echo sudo >>'"$log"'; exec "$@"'
  all_but
}

stand_in() { # NAME SCRIPT
  printf '#!/bin/sh\n%s\n' "$2" >"$bin/$1"
  chmod +x "$bin/$1"
}

# All packages that are asked for are installed, but these.
# shellcheck disable=SC2016 # the stand-in expands them
all_but() { # PACKAGE...
  stand_in dpkg-query '
    for package; do
      case $package in -*|*{*) continue ;; esac
      case " '"$*"' " in
        *" $package "*) echo "not-installed $package" ;;
        *) echo "installed $package" ;;
      esac
    done'
}

run_deps() { # [test]
  run env -i PATH="$bin" sh "$deps" "$@" </dev/null
  echo "$output"
  cat "$log"
}

@test "when all is there it says so in one line and does nothing" {
  run_deps
  [ "$status" -eq 0 ]
  [ "$output" = "deps: nothing to install" ]
  [ ! -s "$log" ]
}

@test "as root it installs what is missing, and only that, without sudo" {
  all_but bats valgrind
  run_deps
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "deps: installing bats valgrind" ]]
  [[ $(<"$log") != *sudo* ]]
  grep -q '^apt-get .*update$' "$log"
  grep -q '^apt-get .*install -y --no-install-recommends bats valgrind$' "$log"
}

@test "a package that dpkg never heard of is missing" {
  stand_in dpkg-query 'exit 1'
  run_deps
  [ "$status" -eq 0 ]
  grep -q 'install .* gcc .* libmd-dev$' "$log"
}

@test "when not root it goes through sudo" {
  all_but procps
  stand_in id 'echo 1000'
  run_deps
  [ "$status" -eq 0 ]
  [[ ${lines[0]} == "deps: installing procps (through sudo)" ]]
  grep -q sudo "$log"
  grep -q 'install .* procps$' "$log"
}

@test "neither root nor sudo: one line names the packages" {
  all_but procps bats
  stand_in id 'echo 1000'
  rm "$bin/sudo"
  run_deps
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *"no sudo"*"bats procps"* ]]
}

@test "neither Debian nor Ubuntu: one line names the packages" {
  rm "$bin/dpkg-query"
  run_deps
  [ "$status" -eq 1 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ $output == *"neither Debian nor Ubuntu"*"gcc"*"procps"* ]]
}

@test "package lists that can't be fetched don't stop it; an install that fails does" {
  all_but procps
  stand_in apt-get 'case "$*" in *update*) exit 100 ;; esac; echo "apt-get $*" >>'"$log"
  run_deps
  [ "$status" -eq 0 ]
  grep -q 'install .* procps$' "$log"
  stand_in apt-get 'exit 100'
  run_deps
  [ "$status" -eq 1 ]
  [[ $output == *"could not install: procps" ]]
}

@test "what the tests of the course need is not a learner's to install" {
  all_but jq
  run_deps
  [ "$output" = "deps: nothing to install" ]
  run_deps test
  [ "$status" -eq 0 ]
  grep -q 'install .* jq$' "$log"
}
