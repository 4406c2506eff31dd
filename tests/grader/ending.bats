#!/usr/bin/env bats
# ending.bats - nothing is left behind: no process and no file, however the grader ends.

load ../waiting

setup() {
  load fake
  fake_course
  export TMPDIR=$BATS_TEST_TMPDIR/tmp
  mkdir "$TMPDIR"
  # A number that no other process has in its command line.
  mark=$BASHPID$RANDOM
}

# The check starts what must not survive, says so, and hangs.
hang() {
  fake_check lab02/two.bats <<END
%test "only: it is" {
  tail -n $mark -f /dev/null &
  setsid setsid tail -n $mark -f /dev/null &
  (trap '' TERM INT HUP; exec tail -n $mark -f /dev/null) &
  touch '$BATS_TEST_TMPDIR/here' 2>/dev/null
  tail -n $mark -f /dev/null
}
END
}

survivors() {
  pgrep -af "tail -n $mark " || true
}

hangs() {
  [ "$(pgrep -fc "tail -n $mark ")" -ge 4 ]
}

nobody() {
  [ -z "$(survivors)" ]
}

stop_by() { # SIGNAL STATUS OPTION...
  local signal=$1 expected=$2 status=0 pid
  shift 2
  hang
  # exec: the signal must reach the grader. Bash lets a background job ignore SIGINT, env does not.
  (cd "$root" && exec env --default-signal=INT build/grading/grader "$@" lab02) \
    >"$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
  pid=$!
  wait_until hangs
  kill -"$signal" "$pid"
  wait "$pid" || status=$?
  [ "$status" -eq "$expected" ]
}

@test "SIGINT, SIGTERM and SIGHUP: everything ends, nothing is left, status 128 + signal" {
  stop_by INT 130
  [ -z "$(survivors)" ]
  [ "$(cat "$BATS_TEST_TMPDIR/out")" = "grader: interrupted" ]
  stop_by TERM 143
  stop_by HUP 129
  [ -z "$(survivors)" ]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "SIGINT without a box" {
  stop_by INT 130 --box off
  [ -z "$(survivors)" ]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "SIGINT while it builds" {
  printf '%%-graded:\n\t@tail -n %s -f /dev/null\n' "$mark" >"$root/Makefile"
  (cd "$root" && exec env --default-signal=INT build/grading/grader lab02) >/dev/null 2>&1 3>&- &
  pid=$!
  builds() {
    [ -n "$(survivors)" ]
  }
  wait_until builds
  kill -INT "$pid"
  status=0
  wait "$pid" || status=$?
  [ "$status" -eq 130 ]
  [ -z "$(survivors)" ]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "SIGKILL: in the box every process ends with the grader" {
  stop_by KILL 137
  wait_until nobody
}

@test "processes that a check left behind are ended, with a box and without" {
  fake_check lab02/two.bats <<END
%test "only: it is" {
  setsid tail -n $mark -f /dev/null >/dev/null 2>&1 3>&- &
}
END
  [ "$(step lab02)" = "1 passed" ]
  [ -z "$(survivors)" ]
  [ "$(step --box off lab02)" = "1 passed" ]
  [ -z "$(survivors)" ]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "without a box each check file has its own directory, which is removed" {
  fake_check lab02/two.bats <<'END'
%test "only: it is" {
  echo "got| $TMPDIR"
  mkdir -p "$TMPDIR/a/b"
  touch "$TMPDIR/a/b/c"
  chmod 0 "$TMPDIR/a"
  false
}
END
  used=$(FIELDS=.message step --box off lab02 | sed -n 's/^got: //p')
  [[ $used == "$TMPDIR"/grader.*/* ]]
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "the box: own network, own files, checks read-only, no solution" {
  fake_check lab02/two.bats <<'END'
%test "only: it is" {
  echo "got| ports $(wc -l </proc/net/tcp)"
  echo "got| tmp $(ls -A /tmp | grep -vc '^bats-run')"
  for place in / /usr "$COURSE/grading" "$COURSE/build/grading" "$LAB_BUILD" /etc; do
    touch "$place/here" 2>/dev/null && echo "got| wrote to $place"
  done
  for place in solutions labs build/solutions Makefile; do
    [ -e "$COURSE/$place" ] && echo "got| sees $place"
  done
  echo "got| names $(getent ahosts both.test | sed -n 's/ *STREAM.*//p' | xargs)"
  echo "got| home $(ls /root /home 2>/dev/null | wc -l)"
  false
}
END
  [ "$(grader -f json lab02 | jq -r .isolation)" = bubblewrap ] || skip "no box here"
  FIELDS=.message step --box require lab02 >"$BATS_TEST_TMPDIR/out"
  cat "$BATS_TEST_TMPDIR/out"
  shows -x 'got: ports 1'
  shows -x 'got: names ::1 127.0.0.1'
  shows -x 'got: home 0'
  lacks 'wrote to'
  lacks 'sees '
}

@test "a reader that leaves early does no harm" {
  grader lab01 | head -n 1
  [ -z "$(ls -A "$TMPDIR")" ]
}

@test "as a plain user it works the same" {
  [ "$(id -u)" -eq 0 ] || skip "not root"
  command -v setpriv >/dev/null || skip "no setpriv"
  chmod -R a+rwX "$root" "$TMPDIR"
  chmod a+rx "$BATS_TEST_TMPDIR" "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR" || true
  [ "$(cd "$root" && setpriv --reuid=65534 --regid=65534 --clear-groups \
    build/grading/grader -f json lab02 | jq -r .labs[0].score)" = 100 ]
}

# Runs the grader where no network namespace can be made.
without_namespaces() {
  (cd "$root" && unshare --user --map-root-user sh -c '
    echo 0 >/proc/sys/user/max_net_namespaces || exit 77
    exec build/grading/grader "$@"' sh "$@")
}

@test "where no box is possible: auto does without and says why, require ends with status 3" {
  run without_namespaces --version
  [ "$status" -eq 0 ] || skip "no user namespaces here"
  run without_namespaces --box require lab02
  [ "$status" -eq 3 ]
  [ "${#lines[@]}" -eq 1 ]
  [[ ${lines[0]} == "grader: no box is possible here: bwrap: "* ]]
  run without_namespaces lab02
  [ "$status" -eq 0 ]
  [[ $output == *"Without a box (bwrap: "* ]]
  [ -z "$(ls -A "$TMPDIR")" ]
}
