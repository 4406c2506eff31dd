#!/usr/bin/env bats
# What becomes of the server when its workers die.

load ../lib/checks
load words

@test "replace: a worker that is killed is replaced, and nobody else notices" {
  by_hand './server 9876 3 & S=$!' 'nc 127.1 9876    # in two terminals, and type' \
    'kill -9 $(pgrep -n -P $S); pgrep -P $S    # until one of the two ends; type into the other' \
    'ps -o pid,stat,args --ppid $S; kill -USR1 $S'
  local said
  patience 1.5
  start_workers 3
  client A connect
  client A echo 10
  client B connect
  client B echo 10
  ask server lines:stderr
  said=$REPLY
  # In the midst of an echo: it has taken bytes, and waits until it can give them back.
  client late connect rcvbuf=4K
  fill_way late server
  pids server holders:late
  signal server KILL holders:late
  client late expect-gone
  await server lines:stderr '>' "$said"
  await server children 3
  await server zombies 0
  client A echo 10
  signal server SEGV holders:A
  client A expect-gone
  client B echo 10000
  await server children 3
  await server busy 0
  client C connect
  client C echo 10
  client D connect
  client D echo 10
  await server busy 0
  check server processes 4
}

@test "replace: all die at the same instant, and what they counted stays" {
  by_hand './server 9876 4 & S=$!' 'for i in 1 2 3; do echo hello | nc -N 127.1 9876; done' \
    'kill -STOP $S; kill -9 $(pgrep -P $S); kill -CONT $S; sleep 1' 'pgrep -c -P $S; kill -USR1 $S'
  patience 1.5
  start_workers 4
  client A visit 3 10
  await server children 4
  # The parent, and only it, stops.
  signal server STOP
  await server stopped 1
  signal server KILL holders:listener
  await server children 0
  thaw server
  await server children 4
  await server zombies 0
  client B connect
  client B echo 5
  tells 'clients 4 bytes 35'
}

@test "replace: a fork that fails is told, and tried again" {
  by_hand 'strace -o /dev/null -e inject=clone,clone3:error=EAGAIN:when=2..4 ./server 9876 3 & sleep 1' \
    'pgrep -c -P $(pgrep -o -x server)'
  patience 1.5
  start_workers 3 faults=fork:EAGAIN:2-4
  await server children 3
  check server lines:stderr '>=' 1
  client 'crowd*3' connect
  client crowd echo 10
}

@test "storm: if each new worker ends at once, there is no storm of processes" {
  by_hand 'strace -f -o /dev/null -e inject=accept,accept4:error=EBADF ./server 9876 3 & sleep 5' \
    '# how many messages are there? Ten starts a second for each worker are enough'
  local first
  # Thirty a second may be started, so on the busiest machine this takes five seconds. Who starts as
  # many as it can has used up the failures by then, and serves the client.
  did 'lets the first 150 accepts of all workers together fail'
  start_workers 3 faults=accept:EBADF:1-150@all
  await server children '>=' 1
  pids server children
  first=$REPLY
  client A connect
  client A send 'hello\n'
  quiet 0.9
  check server running 1
  # Or they have not ended, and tried again.
  pids server children
  [[ " $REPLY " == *" ${first%% *} "* ]] || check server unread:A 0
  # On a busy machine it may not come to a second of processor time before the failures are used up.
  patience 1 0.5
  await server busy 0
}
