#!/usr/bin/env bats
# evidence.bats - what the text report shows of a step that failed, when it runs once more under
# strace: it must show the cause. And nobody else pays for that.

load planted
load waiting

setup() {
  use_tree
  strace -o /dev/null true || skip "this machine does not allow ptrace(2)"
}

# What stands below the report on one of the bugs, no line of which is wider than 80 columns.
look_at() { # LAB/BUG STEP [OPTION...]
  plant "$1"
  ./grader --from "$tree" "${@:3}" "${1%/*}" "$2" >"$BATS_TEST_TMPDIR/report" || [ $? -eq 1 ]
  cat "$BATS_TEST_TMPDIR/report" >&2
  sed -n '/ once more, seen by strace:$/,$p' "$BATS_TEST_TMPDIR/report" | tee "$BATS_TEST_TMPDIR/seen"
  ! LC_ALL=C.UTF-8 grep -E '^.{81}' "$BATS_TEST_TMPDIR/seen"
}

shows() { # TEXT PATTERN: an extended expression that one line matches
  grep -qE "$2" <<<"$1" || {
    echo "no line is like: $2"
    return 1
  }
}

@test "a zombie, and that nobody waited for it" {
  seen=$(look_at lab03/reap-once reap -f markdown -o "$BATS_TEST_TMPDIR/markdown" -f text)
  shows "$seen" '^    [0-9]+ +ended, exit status 0 +server\.c:[0-9]+ +. zombie: no waitpid$'
  # In Markdown, no mark of it is one.
  grep -qF 'zombie&#58; no waitpid' "$BATS_TEST_TMPDIR/markdown"
}

@test "a descriptor that the parent keeps: where it got it" {
  seen=$(look_at lab03/parent-keeps-cfd descriptors)
  shows "$seen" '^    [0-9]+ +accept\([0-9]+\) = ([0-9]+) +listener\.c:[0-9]+ +. no close\(\1\)$'
}

@test "a server that serves one after another: who waits for whom" {
  seen=$(look_at lab03/parent-waits-inline fork)
  shows "$seen" '^    A +connected, from port [0-9]+ +. never accepted$'
  shows "$seen" '^    [0-9]+ +waitpid\([0-9]+\) .*. waits here$'
}

@test "a thread that took another one's connection" {
  seen=$(look_at lab04/address-of-cfd own)
  shows "$seen" '^    [0-9]+ +read\([0-9]+\) .*. waits for early\.[0-9]+$'
}

@test "an error that was taken for a descriptor, calls that misbehave among it" {
  seen=$(look_at lab03/accept-error-as-client failures)
  shows "$seen" '^    [0-9]+ +[a-z]+\(-1\) = -1 EBADF.*. -1 is no descriptor$'
}

@test "a client that does not end its sending" {
  seen=$(look_at lab02/never-half-closes half-close)
  shows "$seen" '^    [0-9]+ +write\(3, "question\\n"\) = 9 +relay\.c:[0-9]+ +. no shutdown\(3\)$'
}

@test "no evidence where it was not asked for, or nothing failed" {
  [ -z "$(look_at lab02/never-half-closes half-close --no-trace)" ]
  run ./grader --from solutions lab02 half-close
  [[ $status -eq 0 && $output != *strace* ]]
  run ./grader --format json --from "$tree" lab02 half-close
  [[ $status -eq 1 && $output != *strace* ]]
}

@test "^C while it is traced: the verdict stands, and nothing is left" {
  local status=0 pid key=${tree##*run-}
  key=${key//\//.}/lab03/server # what of the program's path no pattern takes for something else
  plant lab03/parent-waits-inline
  mkdir "$BATS_TEST_TMPDIR/scratch"
  # Bash lets a background job ignore SIGINT, env does not.
  TMPDIR=$BATS_TEST_TMPDIR/scratch exec env --default-signal=INT ./grader --from "$tree" lab03 fork \
    >"$BATS_TEST_TMPDIR/report" 2>&1 3>&- &
  pid=$!
  wait_until pgrep -f "^strace .*$key" >/dev/null
  kill -INT "$pid"
  wait "$pid" || status=$?
  [ "$status" -eq 130 ]
  grep -q 'of 15 points in' "$BATS_TEST_TMPDIR/report"
  [ "$(tail -n 1 "$BATS_TEST_TMPDIR/report")" = 'grader: interrupted' ]
  [ -z "$(pgrep -af "$key")" ]
  [ -z "$(ls -A "$BATS_TEST_TMPDIR/scratch")" ]
}
