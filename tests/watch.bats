#!/usr/bin/env bats
# watch.bats - ./grader --watch: a save is graded, keys are taken, and nothing is left.

load planted
load waiting

setup() {
  use_tree
  plant
  log=$BATS_TEST_TMPDIR/log
  keys=$BATS_TEST_TMPDIR/keys
  : >"$log"
}

teardown() {
  [ -z "${watcher:-}" ] || kill "$watcher" 2>/dev/null || true
  rm -rf build/"${tree//\//+}"*
}

says() { # TIMES TEXT
  [ "$(grep -cF "$2" "$log")" -ge "$1" ]
}

# Without a terminal: no keys.
watch() { # OPTION LAB...
  # Bash lets a background job ignore SIGINT, env does not.
  exec env --default-signal=INT ./grader --no-trace --from "$tree" "$@" </dev/null >"$log" 2>&1 3>&- &
  watcher=$!
}

@test "the lab that was saved is graded again; ^C ends it" {
  local status=0
  watch --watch lab00 lab01
  wait_until says 1 "watching $tree/lab00-bytes"
  says 1 'lab00: 100 of 100 points'
  echo 'int main(void) { return 1; }' >"$tree/lab01-single-server/server.c"
  wait_until says 1 'lab01: 0 of 100 points'
  wait_until says 1 "watching $tree/lab01-single-server"
  # As editors do it.
  cp "$tree/lab00-bytes/order.c" "$tree/lab00-bytes/order.new"
  mv "$tree/lab00-bytes/order.new" "$tree/lab00-bytes/order.c"
  wait_until says 2 "watching $tree/lab00-bytes"
  kill -INT "$watcher"
  wait "$watcher" || status=$?
  watcher=
  [ "$status" -eq 130 ]
  [ "$(grep -c '^lab00: ' "$log")" -eq 2 ]
  [ "$(grep -c '^lab01: ' "$log")" -eq 1 ] # nobody saved it again
}

@test "where nothing tells of saves, it looks for them" {
  watch --watch=poll lab00 port
  wait_until says 1 "looking every second at $tree/lab00-bytes"
  says 1 'lab00: 20 of 20 points'
  echo '#error not yet' >>"$tree/lab00-bytes/order.c"
  wait_until says 1 'lab00: 0 of 20 points'
}

@test "keys: a hint, the next lab, the end" {
  local terminal
  mkfifo "$keys"
  # `script` gives it a terminal of its own, and what is written to the fifo is typed there.
  script -qefc "./grader --no-trace --from $tree --watch lab00 port" /dev/null <"$keys" >"$log" 2>&1 3>&- &
  watcher=$!
  exec {terminal}>"$keys"
  wait_until says 1 'q quit'
  printf h >&"$terminal"
  wait_until says 1 'every step holds: there is nothing to hint at'
  printf n >&"$terminal"
  wait_until says 2 'q quit'
  printf q >&"$terminal"
  wait "$watcher"
  watcher=
}

@test "wrong words are refused" {
  run ./grader --watch=often
  [ "$status" -eq 2 ]
  [ "$output" = 'grader: --watch=often: no such mode (--watch or --watch=poll)' ]
  run ./grader --watch --from "$BATS_TEST_TMPDIR/nowhere" lab01
  [ "$status" -eq 2 ]
}
