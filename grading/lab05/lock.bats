#!/usr/bin/env bats
# The lines for each address: what two workers must not change at the same time, and one may die of.

load ../lib/checks
load words

@test "lock: every address has its line" {
  by_hand './server 9876 4 & S=$!' 'echo hello | nc -N -s 127.0.0.5 127.1 9876    # and from 127.0.0.6' \
    'kill -USR1 $S'
  local number
  start_workers 3
  client A connect from=127.0.0.5
  client A echo 5
  client B connect from=127.200.100.50
  client B echo 20
  tells '127.0.0.5: visits 1\n'
  check server 'out:127.200.100.50: visits 1\n' 1
  client A close
  for number in 1 2; do
    client "A$number" connect from=127.0.0.5
    client "A$number" echo 5
    client "A$number" close
  done
  tells '127.0.0.5: visits 3\n'
  check server 'out:127.200.100.50: visits 1\n' 2
  # These are two, fifty have room.
  for number in {1..48}; do
    client "C$number" connect "from=127.0.1.$number"
    client "C$number" echo 1
    client "C$number" close
  done
  tells '127.0.1.48: visits 1\n'
  for number in {1..47}; do
    check server "out:127.0.1.$number: visits 1\n" 1
  done
  check server 'out:127.0.0.5: visits 3\n' 2
}

@test "lock: no visit is missing in a line that two change at the same time" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=accept:flood:1 ./server 9876 2 & S=$!' \
    'for i in 1 2; do printf . | nc -N 127.1 9876 & done; sleep 1' 'kill -USR1 $S    # 100002 visits'
  did 'lets the clients of two workers come again and again, as fast as they can be taken'
  flood_two_workers accept
  # 100002, unless one worker has served both, or a worker lets another take its place now and then.
  number_after server 'clients\x20'
  check server "out:127.0.0.1: visits $REPLY\n" 1
}

# A worker is killed. Its client sees that, and nobody else; those who come later are counted.
goes_on() { # FAULT CALL [ASK]; with ASK the parent is the first that wants the lock afterwards
  local number said told
  start_workers 2 "faults=$1:kill:$2@all"
  for number in 1 2 3; do
    client "A$number" connect "from=127.0.0.1$number"
    client "A$number" send hello
    client "A$number" shut
    client "A$number" expect-gone
    [ $# -eq 2 ] || {
      ask server lines:stdout
      said=$REPLY
      signal server USR1
      await server lines:stdout '>' "$said"
    }
  done
  client B connect from=127.0.0.99
  client B echo 5
  client C connect from=127.0.0.99
  client C echo 10
  tells '127.0.0.99: visits 2\n'
  await server zombies 0
  # At most one of the three had to do with the worker that died.
  told=0
  for number in 1 2 3; do
    ask server "out:127.0.0.1$number:\\x20visits\\x201\\n"
    told=$((told + (REPLY > 0)))
  done
  [ "$told" -ge 2 ] || fail 'two of the lines 127.0.0.11 to 127.0.0.13 with: visits 1' "$told of them"
  finish server
  fresh_port
}

@test "lock: a worker that is killed when it has got the lock stops nobody" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=lock:kill:3@all ./server 9876 2 & S=$!' \
    'for i in 1 2 3 4 5; do echo $i | timeout 1 nc -N 127.1 9876; done' 'kill -USR1 $S'
  goes_on lock 1 ask
  goes_on lock 2
}

@test "lock: a worker that is killed before it gives the lock back stops nobody" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=unlock:kill:3@all ./server 9876 2 & S=$!' \
    'for i in 1 2 3 4 5; do echo $i | timeout 1 nc -N 127.1 9876; done' 'kill -USR1 $S'
  goes_on unlock 1
  goes_on unlock 3 ask
}
