#!/usr/bin/env bats
# The server and its clients: how it starts, who serves whom, and who holds what.

load ../lib/checks

# What is wrong with these arguments is told, and ends the server.
refused() {
  start other -- "$SERVER" "$@"
  ended other nonzero
  check other lines:stderr '>=' 1
}

@test "start: it listens on its port; a missing, wrong or busy one is an error" {
  by_hand './server 9876 &' 'ss -ltnp' './server 8080x; echo $?' \
    'nc -l 127.1 9877 &' './server 9877; echo $?'
  local words
  start_server
  client A connect
  refused
  refused "''"
  for words in 0 65536 -1 8080x 0x1f90 4294977172 '8080\x20' '9876 9877'; do
    # shellcheck disable=SC2086
    refused $words
  done
  # The highest port is a port too.
  finish server
  PORT=65535
  start_server
  fresh_port
  client taken listen "$PORT"
  refused "$PORT"
  no_other_reason other
}

@test "fork: every client is served by a child of its own, and none waits for another" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # in three terminals: type in the last two' \
    'ps --ppid $S' 'kill -STOP $S    # who is served by a child notices nothing: type in both' \
    'ps --ppid $S    # after the end of one nc'
  start_server
  client silent connect
  client A connect
  client A send 'first\n'
  client A expect 'first\n'
  client B connect
  client B send 'second: \0 %s%n'
  client B expect 'second: \0 %s%n'
  await server children 3
  check server processes 4
  # Nobody computes while the clients are silent.
  await server busy 0
  freeze server
  client A send 'still here\n'
  client A expect 'still here\n'
  client B echo 10000
  client A close
  await server children 2
  client B send 'so am I\n'
  client B expect 'so am I\n'
}

@test "fork: what a client sends comes back whole, as from the server of lab01" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=write:short:1-8 ./server 9876 &' \
    'seq 1000 | nc -N 127.1 9876 | cksum; seq 1000 | cksum' \
    'nc 127.1 9876    # say nothing for some minutes, then type'
  local size
  did 'lets the first writes to a connection take no more than 3 bytes'
  start_server faults=write:short:1-8,wait:short:1-
  client silent connect
  client late connect rcvbuf=16K
  fill_way late server
  size=$REPLY
  # For them, five minutes: one says nothing, and one does not read. A write that has sent
  # something when its time is over is followed by another one.
  quiet 0.3
  client silent echo 10
  client A connect
  client A echo 20000
  # All of it has come, and its end too, before the child goes on.
  signal server STOP holders:A
  client A send-random 48K
  client A shut
  signal server CONT holders:A
  client A expect-echo 48K
  client late expect-echo "$size"
}

@test "descriptors: a connection is held by its child, the listener by the server, and no more" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # and again in a second terminal' \
    'ls -l /proc/$S/fd' 'for child in $(pgrep -P $S); do ls -l /proc/$child/fd; done' \
    'kill -9 $(pgrep -n -P $S)    # the last nc must end'
  local sockets
  start_server
  client A connect
  client A echo 10
  ask server sockets
  sockets=$REPLY
  client 'later*5' connect
  client later echo 10
  await server holders:A 1
  await server holders:later.5 1
  await server holders:listener 1
  await server sockets '<=' "$sockets"
  signal server KILL holders:A
  client A expect-gone
}

@test "isolation: a child that is killed takes nobody with it" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # and again in a second terminal' \
    'kill -9 $(pgrep -n -P $S)    # type into the first nc, and again with -TERM and -INT' \
    'build/grading/client 127.1 9876 connect "send-random 60K" reset; ps --ppid $S' \
    'echo hello | nc -N 127.1 9876'
  start_server
  client A connect
  client A echo 10
  client B connect
  client B echo 10
  client C connect
  client C echo 10
  client D connect
  client D echo 10
  # If there is a handler, these children have it too.
  signal server TERM holders:C
  signal server INT holders:D
  await server busy 0
  signal server KILL holders:C
  signal server KILL holders:D
  await server children 2
  client A echo 10000
  client B reset
  await server children 1
  # D is gone before its child writes: there is nobody to whom it could.
  client D connect
  client D echo 10
  signal server STOP holders:D
  await server stopped '>=' 1
  client D send-random 60K
  client D reset
  signal server CONT stopped
  await server children 1
  # E and F are gone before the server gets to them.
  freeze server
  client E connect
  client E reset
  client F connect
  client F shut
  client F reset
  thaw server
  client G connect
  client G echo 10
  client A echo 10000
  check server running 1
}

@test "log: every client is named on stdout at once, and only once" {
  by_hand './server 9876 > /tmp/log & S=$!' 'nc 127.1 9876    # in three terminals' 'cat /tmp/log' \
    'nc -s 127.100.200.123 127.1 9876    # a client with another address, a long one' \
    'kill $S; sort /tmp/log | uniq -d    # after the end of all'
  local name
  local -A from=([A]=127.0.0.1 [B]=127.100.200.123 [C]=127.0.0.1) named
  start_server
  for name in A B C; do
    client "$name" connect "from=${from[$name]}"
    named[$name]=${from[$name]}:$REPLY
    await server "out:${named[$name]}" 1
    client "$name" echo 10
  done
  check server lines:stdout '>=' 3
  # However it ends: closed, reset, killed.
  client B close
  client A reset
  signal server KILL holders:C
  await server children 0
  finish server
  for name in A B C; do
    check server "out:${named[$name]}" 1
  done
}

@test "restart: the port is free once the server is killed, and its children serve on" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # in a second terminal' \
    'kill -9 $S; wait $S; ./server 9876 &' 'echo hello | nc -N 127.1 9876' \
    '# and type into the old nc'
  start_server
  client A connect
  client A echo 10
  signal server KILL
  ended server KILL
  start again -- "$SERVER" "$PORT"
  await again "listening:$PORT" '>=' 1
  client A echo 10000
  client B connect
  client B echo 10
  check again running 1
  client A shut
  client A expect-end
}
