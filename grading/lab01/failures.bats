#!/usr/bin/env bats
# What the system refuses to the server: a client that has gone, or a descriptor.

load ../lib/checks

@test "survive: an accept that fails costs nobody, and is told once" {
  by_hand 'strace -o /dev/null -e inject=accept,accept4:error=ENFILE:when=2..21 ./server 9876 &' \
    'nc -N 127.1 9876 < /dev/null' 'echo hello | nc -N 127.1 9876    # and the same again with ECONNABORTED'
  # However often it has to ask: its sleeps, and its time limits, are a thousand times as short.
  local before hurry=nap:short:1-,wait:short:1-
  patience 3
  start_server faults=accept:ENFILE:2,accept:ECONNABORTED:4,accept:EINTR:5-6,accept:ENOBUFS:7-9,accept:ENOMEM:10-26,accept:ECONNABORTED:28,$hurry
  client A connect
  client A echo 100
  ask server lines:stderr
  before=$REPLY
  client A shut
  client A expect-end
  client B connect
  client B echo 100
  check server lines:stderr '>' "$before"
  ask server lines:stderr
  before=$REPLY
  client B shut
  client B expect-end
  client C connect
  client C echo 100
  # Twenty failures are told once. That a client goes and another comes may be worth a line too.
  check server lines:stderr '<' $((before + 4))
  # A success says nothing in errno: what stands there is older.
  client C close
  client D connect
  client D echo 100
}

@test "survive: when no descriptor is free it waits, and goes on when there is one" {
  by_hand './server 9876 & S=$!' 'prlimit --pid $S --nofile=4:' \
    'nc -N 127.1 9876 < /dev/null; nc -d 127.1 9876 &    # now it says so' \
    'top -p $S    # and waits, without computing' 'prlimit --pid $S --nofile=1024:' \
    'echo hello | nc -N 127.1 9876'
  local before
  patience 3
  start_server
  client A connect
  client A echo 10
  client A shut
  client A expect-end
  # At rest it holds what it needs, and nothing that it is about to close.
  await server busy 0
  ask server lines:stderr
  before=$REPLY
  full server
  # The first may get a descriptor that accept has taken before.
  client 'late*2' connect
  client late.1 shut
  await server lines:stderr '>' "$before"
  await server busy 0
  room server
  client B connect
  client late.2 echo 10
  client late.2 shut
  client late.2 expect-end
  client B echo 10
}

@test "survive: a connection that breaks is given up" {
  by_hand 'strace -o /dev/null -e inject=read,recvfrom:error=ECONNRESET:when=3+ ./server 9876 &' \
    'nc 127.1 9876    # type two lines: the second is the end' 'nc 127.1 9876'
  start_server faults=read:ECONNRESET:2-
  client A connect
  client A echo 1
  client A send-random 10
  client A shut
  client A expect-gone
  client B connect
  client B shut
  client B expect-gone
  await server busy 0
  # Nor is it the server's end when the client's machine has lost its network.
  finish server
  fresh_port
  start_server faults=read:ETIMEDOUT:2
  client A connect
  client A echo 1
  client A close
  client B connect
  client B echo 1
}
