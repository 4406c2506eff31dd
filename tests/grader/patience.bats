#!/usr/bin/env bats
# patience.bats - how long supervise waits for a program that brings nothing, and what it says then.

# shellcheck disable=SC2034 # checks.bash reads them
LAB_BUILD=unused SEED=1 TOOLS=$BATS_TEST_DIRNAME/../../build/grading
load ../../grading/lib/checks

# A server that is wrong in this way, see ../hopeless/server.c.
make_server() { # KIND
  SERVER=$BATS_TEST_TMPDIR/server
  { echo "#define HOPELESS $1"; cat "$BATS_TEST_DIRNAME/../hopeless/server.c"; } >"$SERVER.c"
  gcc -o "$SERVER" "$SERVER.c"
  chmod a+rx "$BATS_TEST_TMPDIR" "$SERVER"
}

# The last command must fail, and the explanation must have such a line.
gives_up() { # PATTERN COMMAND...
  local pattern=$1
  shift
  run "$@"
  echo "$output"
  [ "$status" -ne 0 ]
  grep -qE "^got\|.*$pattern" <<<"$output"
}

@test "a server that crashed is told at once" {
  make_server CRASHES
  start server -- "$SERVER" "$PORT"
  gives_up 'server has ended' await server "listening:$PORT" '>=' 1
  grep -q '^note|server died by SIGABRT$' <<<"$output"
}

@test "a server that never listens sleeps, or computes" {
  make_server SLEEPS
  start server -- "$SERVER" "$PORT"
  gives_up 'nothing moves any more' await server "listening:$PORT" '>=' 1
  finish server
  make_server SPINS
  start server -- "$SERVER" "$PORT"
  gives_up 'it computed for 1 s' await server "listening:$PORT" '>=' 1
}

@test "a server that answers nobody is asleep" {
  make_server NEVER_ANSWERS
  start_server
  client A connect
  client A send hello
  gives_up 'server sleeps in poll, nothing moves any more' client A expect hello
}

@test "a server that wakes up again and again and brings nothing is given up too" {
  make_server RESTLESS
  start_server
  client A connect
  client A send hello
  gives_up 'it wakes and sleeps again, and nothing comes of it' client A expect hello
}

@test "a server that brings everything late is not waited for without end" {
  make_server LATE
  patience 0.6
  start_server
  client A connect
  late() {
    local turn
    for turn in {1..50}; do
      client A echo 1 || return 1
    done
  }
  gives_up 'too slow: waited 6 s in all' late
}

@test "time in which nothing is waited for does not count" {
  make_server NEVER_CLOSES
  patience 0.3
  start_server
  client A connect
  for _ in {1..30}; do
    client A echo 1
    bash -c 'for ((i = 0; i < 20000; i++)); do :; done' # the check's own doing
  done
  client A shut
  gives_up 'nothing moves any more' client A expect-end
}

# A right server, which computes after each answer for longer than one wait allows.
@test "what a program computed before a wait does not count in it" {
  SERVER=$BATS_TEST_TMPDIR/server
  cat >"$SERVER.c" <<'END'
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    struct sockaddr_in address = {.sin_family = AF_INET,
                                  .sin_port = htons(argc == 2 ? atoi(argv[1]) : 0)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    bind(fd, (struct sockaddr *)&address, sizeof address);
    listen(fd, 1);
    fd = accept(fd, NULL, NULL);
    for (char byte; read(fd, &byte, 1) == 1;) {
        poll(NULL, 0, 8); // long enough for one look at it
        write(fd, &byte, 1);
        clock_t start = clock();
        while (clock() - start < CLOCKS_PER_SEC / 10)
            ;
    }
}
END
  gcc -o "$SERVER" "$SERVER.c"
  chmod a+rx "$BATS_TEST_TMPDIR" "$SERVER"
  start_server
  client A connect
  patience 1 0.05
  for _ in {1..15}; do
    client A echo 1
    while ask server busy && [ "$REPLY" -gt 0 ]; do :; done # this is no wait
  done
}
