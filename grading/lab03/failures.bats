#!/usr/bin/env bats
# What the system refuses to the server: a process, or a descriptor.

load ../lib/checks

@test "failures: a fork that fails costs one client, and is told" {
  by_hand 'strace -o /dev/null -e inject=clone,clone3:error=EAGAIN:when=2 ./server 9876 &' \
    'nc 127.1 9876    # in three terminals: the second must end at once' \
    'ls -l /proc/$(pgrep -o -x server)/fd    # before and after'
  local before said
  # Accepts fail too, once the first descriptors have been counted.
  start_server faults=fork:EAGAIN:2,fork:ENOMEM:3-7,accept:ECONNABORTED:3-22
  client A connect
  client A echo 10
  await server busy 0
  ask server descriptors
  before=$REPLY
  ask server lines:stderr
  said=$REPLY
  client B connect
  client B expect-gone
  await server lines:stderr '>' "$said"
  # C has gone already when there is no process for it. Who sees that needs none, and lets D go.
  freeze server
  client C connect
  client C shut
  client C reset
  client D connect
  client D shut
  thaw server
  client D expect-gone
  await server descriptors '<=' "$before"
  # For most of these there is none either, and who comes after them is served at once.
  freeze server
  client 'crowd*4' connect
  client crowd shut
  client E connect
  thaw server
  client E echo 10
  client crowd expect-gone
  client A echo 10000
}

@test "failures: an accept that failed makes no process" {
  by_hand 'calls=accept,accept4' \
    'strace -e $calls,clone,clone3 -e inject=$calls:error=ECONNABORTED:when=1..50 ./server 9876'
  start_server faults=accept:ECONNABORTED:1-50,fork:EAGAIN:2-
  did 'so 50 accepts fail, and fork works once: for the client that comes then'
  client A connect
  client A echo 10
}

# No descriptor is free when this client comes, and that is said.
tells_when_full() { # CLIENT
  local said
  # At rest it holds what it needs, and nothing that it is about to close.
  await server busy 0
  ask server lines:stderr
  said=$REPLY
  full server
  client "$1" connect
  await server busy 0
  check server lines:stderr '>' "$said"
}

@test "failures: when no descriptor is free it waits, and goes on when there is one" {
  by_hand './server 9876 & S=$!' 'prlimit --pid $S --nofile=4:' \
    'for i in 1 2; do nc -d 127.1 9876 & done    # now it says so' \
    'top -p $S    # and waits, without computing' 'prlimit --pid $S --nofile=1024:' \
    'echo hello | nc -N 127.1 9876' 'ls -l /proc/$S/fd    # and when all of them have gone'
  local before
  patience 1.5
  start_server
  client A connect
  client A echo 10
  tells_when_full B
  client A echo 10000
  room server
  client C connect
  client C echo 10
  client B close
  client C close
  await server children 1
  await server busy 0
  ask server descriptors
  before=$REPLY
  # The next time it is said again.
  tells_when_full D
  room server
  client E connect
  client E echo 10
  # Of D, served or not, nothing stays.
  client D close
  client E close
  await server descriptors '<=' "$before"
  client A echo 10
}

@test "failures: that there is no room is said once, and not at every try" {
  by_hand 'strace -o /dev/null -e inject=accept,accept4:error=ENFILE:when=2..4 ./server 9876 &' \
    'nc -d 127.1 9876 & nc -d 127.1 9876 &' 'echo hello | nc -N 127.1 9876'
  patience 1.5
  # Three accepts fail, and four forks are enough for four clients.
  start_server faults=accept:ENFILE:2,accept:ENOBUFS:3,accept:ENOMEM:4,fork:EAGAIN:5-
  client A connect
  client A echo 10
  client B connect
  client C connect
  client C echo 10
  tells_once 3 D
}
