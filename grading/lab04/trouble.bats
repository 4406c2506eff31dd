#!/usr/bin/env bats
# What goes wrong: with a client, because the system has no more to give, or between two threads.

load ../lib/checks
load threads

# With 256 clients the server is full, as it was before the trouble. $1 of them are there already.
fill_up() {
  local group threads
  ask server threads
  threads=$((REPLY + 256 - $1))
  # In groups for which any queue has room: the queue is empty when the last one is served.
  for ((group = 1; group <= (256 - $1) / 8; group++)); do
    client "g$group*8" connect
    client "g$group.8" echo 10
  done
  await server threads "$threads"
  did '256 are connected now: one more must be turned away'
  client extra connect
  client extra expect-refused
}

@test "failures: where no thread can be made, only that client is let go" {
  by_hand 'strace -o /dev/null -e inject=clone,clone3:error=EAGAIN:when=2 ./server 9876 &' \
    'nc 127.1 9876    # in two terminals, then in a third'
  local i descriptors words
  patience 3
  find_second_create
  # An accept that fails takes no slot either.
  start_server "faults=pthread_create:EAGAIN:$REPLY-$((REPLY + 255)),accept:ENFILE:2-3"
  client A connect
  client A echo 100
  await server busy 0
  ask server lines:stderr
  words=$REPLY
  ask server descriptors
  descriptors=$REPLY
  # More than there are slots: each of them must be free again.
  for i in {1..32}; do
    client 'crowd*8' connect
    client crowd expect-gone
  done
  # Each has been told.
  await server lines:stderr '>=' $((words + 256))
  # errno has another reason, such as that of the accepts that failed before.
  did 'pthread_create has returned EAGAIN 256 times: Resource temporarily unavailable'
  check server err:Success 0
  check server 'err:Too many open files' '<=' 8
  await server descriptors "$descriptors"
  client A echo 100
  client 'B*7' connect
  client B echo 100
  fill_up 8
}

@test "failures: an accept that fails costs nobody" {
  by_hand 'strace -o /dev/null -e inject=accept,accept4:error=ENFILE:when=1..3 ./server 9876 &' \
    'echo hello | nc -N 127.1 9876    # and the same again with ECONNABORTED'
  local with_a
  patience 3
  start_server faults=accept:ECONNABORTED:1,accept:EINTR:2,accept:ENFILE:3-4,accept:ENOBUFS:5,accept:ENOMEM:6
  client A connect
  client A echo 100
  await server lines:stderr '>=' 1
  ask server lines:stderr
  with_a=$REPLY
  client B connect
  client B echo 100
  ask server lines:stderr
  # A client that comes may be worth a line too, and so may each name of the trouble.
  if ((with_a - (REPLY - with_a) > 3)); then
    fail 'no message again while accept goes on failing' "$with_a lines on stderr"
  fi
}

@test "failures: a short write and a signal lose no byte" {
  by_hand 'strace -f -o /dev/null -e inject=read,recvfrom,write,sendto:error=EINTR:when=2 ./server 9876 &' \
    'nc 127.1 9876    # type two lines: both must come back'
  start_server faults=read:EINTR:2,write:short:2-4,write:EINTR:5
  client A connect
  client A echo 10
  client A echo 1000
  client B connect
  client B echo 1000
}

@test "failures: when no descriptor is left, clients wait until others have gone" {
  by_hand '(ulimit -n 8; exec ./server 9876) &' 'nc 127.1 9876    # in six terminals; type into all, end the first' 'top'
  local i late high words descriptors
  patience 3
  start_server
  client A connect
  client A echo 10
  client B connect
  client B echo 10
  ask server descriptors
  descriptors=$REPLY
  ask server lines:stderr
  words=$REPLY
  full server reusable
  # The first may get a descriptor that accept has taken before.
  late=$((REPLY + 2))
  # Its descriptors are high numbers: none that it closes can be used below the limit.
  high=$((late > 64))
  if ((high)); then
    full server
    late=2
  fi
  client "late*$late" connect
  client late send-random 10
  await server lines:stderr '>' "$words"
  for i in {1..3}; do
    await server busy 0
    client B echo 1000
  done
  check server lines:stderr '<=' $((words + 10))
  client A shut
  client A expect-end
  ((!high)) || room server
  for ((i = 1; i <= late; i++)); do
    client "late.$i" expect-echo 10
    client "late.$i" shut
    client "late.$i" expect-end
  done
  room server
  client A connect
  client A echo 10
  client B echo 1000
  await server descriptors "$descriptors"
  # The next time it is said again.
  ask server lines:stderr
  words=$REPLY
  full server
  client 'again*2' connect
  await server lines:stderr '>' "$words"
  room server
  client again echo 10
}

@test "failures: that there is no room is said once, and not at every try" {
  by_hand 'strace -f -o /dev/null -e inject=accept,accept4:error=ENFILE:when=2..6 ./server 9876 &' \
    'nc -d 127.1 9876 & nc -d 127.1 9876 &' 'echo hello | nc -N 127.1 9876'
  patience 3
  start_server faults=accept:ENFILE:2-6
  client A connect
  client B connect
  client B echo 10
  tells_once 2 C
}

@test "reset: a client that resets or vanishes costs only itself" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # in a second terminal: type before and after this' \
    'kill -STOP $S; head -c 60K /dev/zero | nc -N -w 1 127.1 9876; kill -CONT $S'
  local threads descriptors size i
  start_server
  client A connect
  client A echo 100
  ask server threads
  threads=$REPLY
  ask server descriptors
  descriptors=$REPLY
  client B connect
  client B echo 10
  freeze server
  client B send-random 48K
  client B reset
  thaw server
  client A echo 1000
  # C is gone with its echo unread: the answer finds nobody, and the next one gets SIGPIPE.
  client C connect
  freeze server
  client C send-random 60K
  client C close
  thaw server
  client A echo 1000
  # Some go while they wait in the queue.
  freeze server
  client 'D*4' connect
  client D.1 reset
  client D.2 close
  client D.3 send hello
  client D.3 reset
  client D.4 reset
  thaw server
  client A echo 1000
  await server threads "$threads"
  await server descriptors "$descriptors"
  ask server memory-kb
  size=$REPLY
  # More than there are slots.
  for i in {1..33}; do
    client 'crowd*8' connect
    client crowd echo 10
    client crowd reset
    await server threads "$threads"
  done
  await server descriptors "$descriptors"
  await server memory-kb '<=' $((size + 512 * 1024))
  client A echo 1000
  client 'E*7' connect
  client E echo 1000
  fill_up 8
}

@test "races: ThreadSanitizer finds nothing" {
  by_hand 'make lab04 SAN=thread' 'build/labs@thread/lab04/server 9876 &' \
    'for i in $(seq 20); do (echo $i | nc -N 127.1 9876) & done'
  local threads
  start_server under=thread
  client A connect
  client A echo 100
  # ThreadSanitizer starts one of its own with the first.
  ask server threads
  threads=$REPLY
  freeze server
  client 'crowd*8' connect
  client crowd send-random 100
  thaw server
  client crowd expect-echo 100
  # Some come while others go.
  client crowd shut
  client 'others*8' connect
  client others echo 100
  client others reset
  client A echo 100
  client A close
  await server threads $((threads - 1))
  finish_clean server
}
