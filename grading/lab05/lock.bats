#!/usr/bin/env bats
# The lines for each address: what two workers must not change at the same time, and one may die of.

load ../lib/checks
load workers

@test "lock: every address has its line" {
  by_hand './server 9876 4 & S=$!' 'echo hello | nc -N -s 127.0.0.5 127.1 9876    # and from 127.0.0.6' \
    'kill -USR1 $S'
  local number
  start_workers 3
  client A connect from=127.0.0.5
  client A echo 5
  client B connect from=127.200.100.50
  client B echo 20
  tells '127.0.0.5: visits 1 bytes 5\n'
  check server 'out:127.200.100.50: visits 1 bytes 20\n' 1
  client A close
  for number in 1 2; do
    client "A$number" connect from=127.0.0.5
    client "A$number" echo 5
    client "A$number" close
  done
  tells '127.0.0.5: visits 3 bytes 15\n'
  check server 'out:127.200.100.50: visits 1 bytes 20\n' 2
  # These are two, fifty have room.
  for number in {1..48}; do
    client "C$number" connect "from=127.0.1.$number"
    client "C$number" echo 1
    client "C$number" close
  done
  tells '127.0.1.48: visits 1 bytes 1\n'
  for number in {1..47}; do
    check server "out:127.0.1.$number: visits 1 bytes 1\n" 1
  done
  check server 'out:127.0.0.5: visits 3 bytes 15\n' 2
}

@test "lock: no byte is missing in a line that two change at the same time" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=read:short:1- ./server 9876 2 & S=$!' \
    'for i in 1 2; do head -c 60000 /dev/zero | nc -N 127.1 9876 > /dev/null & done; wait %2 %3' \
    'kill -USR1 $S'
  did 'lets each read of a connection bring no more than 3 bytes, so that there is much to count'
  start_workers 2 faults=read:short:1-
  client 'crowd*2' connect
  client crowd echo 60000
  tells '127.0.0.1: visits 2 bytes 120000\n'
}

# A worker is killed. Its client sees that, and nobody else; those who come later are counted.
goes_on() { # FAULT CALL
  local number
  start_workers 2 "faults=$1:kill:$2@all"
  for number in 1 2 3; do
    client "A$number" connect "from=127.0.0.1$number"
    client "A$number" send hello
    client "A$number" shut
    client "A$number" expect-gone
  done
  # Maybe the parent is the first that wants the lock.
  tells 'clients '
  await server children 2
  await server zombies 0
  client B connect from=127.0.0.99
  client B echo 5
  client C connect from=127.0.0.99
  client C echo 10
  tells '127.0.0.99: visits 2 bytes 15\n'
  finish server
  fresh_port
}

@test "lock: a worker that is killed when it has got the lock stops nobody" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=lock:kill:3@all ./server 9876 2 & S=$!' \
    'for i in 1 2 3 4 5; do echo $i | timeout 1 nc -N 127.1 9876; done' 'kill -USR1 $S'
  goes_on lock 1
  goes_on lock 2
  goes_on lock 5
}

@test "lock: a worker that is killed before it gives the lock back stops nobody" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=unlock:kill:3@all ./server 9876 2 & S=$!' \
    'for i in 1 2 3 4 5; do echo $i | timeout 1 nc -N 127.1 9876; done' 'kill -USR1 $S'
  goes_on unlock 1
  goes_on unlock 2
  goes_on unlock 5
}
