#!/usr/bin/env bats
# The server and its children: how they end, and what that must not disturb.

load ../lib/checks

# A client whose child ends just then: all it has to say is there before the server takes it.
one_visit() { # FAULTS WHEN
  did "lets the child end $2"
  start_server "faults=$1"
  freeze server
  client A connect
  client A send 'hello\n'
  client A shut
  thaw server
  client A expect 'hello\n'
  await server children 0
  await server zombies 0
}

@test "reap: a child that has ended is reaped at once, even if nothing else happens" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # and again in a second terminal' \
    'ps -o pid,stat,args --ppid $S    # after the end of each'
  start_server
  client A connect
  client A echo 10
  client B connect
  client B echo 10
  client A close
  await server children '<=' 1
  # The kernel has told it: if it sleeps again, it has done what it is going to do.
  await server busy 0
  check server zombies 0
  client B close
  await server children 0
  await server zombies 0
  # It waits for the next client, and does not compute.
  await server busy 0
}

@test "reap: a child that ends at a bad moment is reaped all the same" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=fork:late:1 ./server 9876 & S=$!' \
    'echo hello | nc -N 127.1 9876' 'ps -o pid,stat,args --ppid $S' \
    '# and once more, with FAULTS=accept:late:2-3,poll:late:2-3,wait:long:1-'
  one_visit fork:late:1 'before fork has returned to the server'
  finish server
  fresh_port
  # No time limit is a help.
  one_visit accept:late:2-3,poll:late:2-3,wait:long:1- 'just before the server begins to wait for the next client'
}

@test "reap: fifty children that end at the same instant leave no zombie" {
  by_hand './server 9876 & S=$!' 'for i in $(seq 50); do nc -d 127.1 9876 & done' \
    'kill -STOP $S; pkill -x -P $$ nc; sleep 1; kill -CONT $S' 'ps -o pid,stat,args --ppid $S'
  local group
  start_server
  # In groups for which any queue has room.
  for group in {1..10}; do
    client 'crowd+5' connect
    client "crowd.$((5 * group))" echo 10
  done
  await server children 50
  freeze server
  client crowd close
  await server children 0
  thaw server
  await server zombies 0
}

@test "crowd: two hundred clients are served at the same time" {
  by_hand './server 9876 & S=$!' 'for i in $(seq 200); do nc -d 127.1 9876 & done' \
    'pgrep -c -P $S' 'pkill -x -P $$ nc; sleep 1; ps -o pid,stat,args --ppid $S' \
    'for i in $(seq 300); do echo $i | nc -N 127.1 9876; done | tail -n 1    # 300'
  local group
  start_server
  # The first eight are all there before the server takes one.
  freeze server
  client 'crowd+8' connect
  thaw server
  client crowd echo 10
  # The others in groups for which any queue has room.
  for group in {2..25}; do
    client 'crowd+8' connect
    client "crowd.$((8 * group))" echo 10
  done
  client crowd send-random 1000
  client crowd expect-echo 1000
  await server children 200
  client crowd close
  await server children 0
  await server zombies 0
  # There is no end to it.
  finish server
  fresh_port
  did 'lets every child end before fork has returned to the server'
  # A table of 256 is full by then.
  start_server cpus=1 faults=fork:late:1-
  client later visit 270 10
}

@test "interrupted: SIGCHLD stops neither accept nor the server" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # and again in a second terminal: end one' \
    'echo hello | nc -N 127.1 9876' 'kill -CHLD $S' 'echo hello | nc -N 127.1 9876' \
    'kill -CHLD $(pgrep -P $S)    # type into the nc that is left'
  local size
  start_server
  client A connect
  client A echo 10
  client B connect
  client B echo 10
  client A close
  await server children '<=' 1
  client C connect
  client C echo 10
  # A signal that no child stands behind: while some live, to one of them, and when all have gone.
  # Each must meet who waits in a system call, and be taken before the next bytes come: a call that
  # finds something to return does not fail.
  await server busy 0
  signal server CHLD
  await server busy 0
  client D connect
  client D echo 10
  await server busy 0
  signal server CHLD holders:B
  await server busy 0
  client B echo 10
  # A child that waits until there is room to write. The first signal ends a write that has taken
  # something, the second one that has not.
  client late connect rcvbuf=4K
  fill_way late server
  size=$REPLY
  for _ in 1 2; do
    await server busy 0
    signal server CHLD holders:late
  done
  await server busy 0
  client late expect-echo "$size"
  client late close
  client B close
  client C close
  client D close
  await server children 0
  await server busy 0
  signal server CHLD
  await server busy 0
  client E connect
  client E echo 10
  check server running 1
}

@test "interrupted: an accept that fails with EINTR or ECONNABORTED is tried again" {
  by_hand 'strace -o /dev/null -e inject=accept,accept4:error=EINTR:when=1 ./server 9876 &' \
    'echo hello | nc -N 127.1 9876'
  start_server faults=accept:EINTR:1-2,accept:ECONNABORTED:3-4
  client A connect
  client A echo 10
}

@test "interrupted: errno is still the same after SIGCHLD" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=accept:EINTR+CHLD:1 ./server 9876 &' \
    'echo hello | nc -N 127.1 9876'
  did 'sends SIGCHLD after an accept that failed, before the server has looked at errno'
  start_server faults=accept:EINTR+CHLD:1,accept:ECONNABORTED+CHLD:2
  client A connect
  client A echo 10
}
