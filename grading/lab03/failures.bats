#!/usr/bin/env bats
# What the system refuses to the server: a process, or a descriptor.

load ../lib/checks

@test "failures: a fork that fails costs one client, and is told" {
  by_hand 'strace -o /dev/null -e inject=clone,clone3:error=EAGAIN:when=2 ./server 9876 &' \
    'nc 127.1 9876    # in three terminals: the second must end at once'
  local before
  start_server faults=fork:EAGAIN:2,fork:ENOMEM:3
  client A connect
  client A echo 10
  ask server sockets
  before=$REPLY
  client B connect
  client B expect-gone
  await server 'err:\n' '>=' 1
  client C connect
  client C expect-gone
  await server sockets '<=' "$before"
  client D connect
  client D echo 10
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

@test "failures: when no descriptor is free it waits, and goes on when there is one" {
  by_hand './server 9876 & S=$!' 'prlimit --pid $S --nofile=4:' \
    'for i in 1 2; do nc -d 127.1 9876 & done    # now it says so' \
    'top -p $S    # and waits, without computing' 'prlimit --pid $S --nofile=1024:' \
    'echo hello | nc -N 127.1 9876'
  patience 2
  start_server
  client A connect
  client A echo 10
  # At rest it holds what it needs, and nothing that it is about to close.
  await server busy 0
  full server
  client B connect
  await server busy 0
  check server 'err:\n' '>=' 1
  client A echo 10000
  room server
  client C connect
  client C echo 10
}

@test "failures: that there is no room is said once, and not at every try" {
  by_hand 'strace -o /dev/null -e inject=accept,accept4:error=ENFILE:when=2..4 ./server 9876 &' \
    'nc -d 127.1 9876 & nc -d 127.1 9876 &' 'echo hello | nc -N 127.1 9876'
  patience 2
  start_server faults=accept:ENFILE:2,accept:ENOBUFS:3,accept:ENOMEM:4
  client A connect
  client A echo 10
  client B connect
  client C connect
  client C echo 10
  check server 'err:\n' '>=' 1
  # The message may have two lines, but not three times one.
  check server 'err:\n' '<=' 2
}
