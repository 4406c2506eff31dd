#!/usr/bin/env bats
# The server and its clients: a thread for each, of its own, and no trace of it afterwards.

load ../lib/checks

@test "start: a bad or busy port is an error, and a good one is listened on" {
  by_hand './server; echo $?' './server 9876x; echo $?' 'nc -l 127.1 9876 &' './server 9876; echo $?' 'ss -ltn'
  local words hex
  printf -v hex '0x%x' "$PORT"
  # The last three are PORT to a program that counts in 16, 32 or 64 bits.
  for words in '' abc 0 -1 65536 "${PORT}x" "$hex" "$PORT 9877" $((PORT + 65536)) $((PORT + 4294967296)) \
    "184467440737095$((PORT + 51616))"; do
    # shellcheck disable=SC2086
    start server -- "$SERVER" $words
    ended server nonzero
    await server lines:stderr '>=' 1
  done
  client other listen "$PORT"
  start server -- "$SERVER" "$PORT"
  ended server nonzero
  await server lines:stderr '>=' 1
  no_other_reason server
  fresh_port
  start_server
  # The kernel lets him in, whatever the server does with him.
  freeze server
  client A connect
}

@test "threads: two clients at once, one process, one thread a client" {
  by_hand './server 9876 &' 'nc 127.1 9876    # in two terminals: type in the second, then in the first' \
    'ls /proc/$!/task' '# let one of them be silent for some minutes, then type'
  local threads
  # Its time limits, if it has any, are a thousand times as short.
  start_server faults=wait:short:1-
  client A connect
  # For A, more than a minute.
  quiet 0.1
  client A send 'first\n'
  client A expect 'first\n'
  ask server threads
  threads=$REPLY
  client B connect
  client B send 'second\n'
  client B expect 'second\n'
  check server threads $((threads + 1))
  check server processes 1
  client C connect
  client C echo 20000
  client A echo 20000
  client B echo 20000
  check server threads $((threads + 2))
  check server processes 1
}

@test "threads: every client has one line on stdout, while it is connected" {
  by_hand './server 9876 > /tmp/log &' 'nc -d 127.1 9876 &' 'cat /tmp/log'
  local a b
  start_server
  client A connect
  a=$REPLY
  await server "out:127.0.0.1:$a" '>=' 1
  await server lines:stdout '>=' 1
  # No address is longer.
  client B connect from=127.100.200.123
  b=$REPLY
  await server "out:127.100.200.123:$b" '>=' 1
  await server lines:stdout '>=' 2
  # Neither has said a word.
  await server busy 0
  client A echo 100
  client B echo 100
  check server "out:127.0.0.1:$a" 1
  check server "out:127.100.200.123:$b" 1
}

# Frozen, the server finds as many new clients as its queue takes: here 100 of the 128 of lab01, and
# 8 at least.
burst() {
  local count
  ask server "backlog:$PORT"
  count=$((REPLY < 8 ? 8 : REPLY < 100 ? REPLY : 100))
  freeze server
  client "$1*$count" connect
}

@test "own: 200 clients come in two crowds, and each gets its own bytes" {
  by_hand './server 9876 & S=$!' \
    'kill -STOP $S; for i in $(seq 100); do (echo $i | nc -N 127.1 9876) & done > answers' \
    'kill -CONT $S; sleep 1; sort -n answers | uniq | wc -l    # 100'
  start_server
  burst early
  client early send-random 1000
  thaw server
  client early expect-echo 1000
  burst late
  client late send-random 1000
  client early send-random 1000
  thaw server
  client late expect-echo 1000
  client early expect-echo 1000
  client early echo 10
}

@test "own: a client that ends its side before it reads gets all of its own bytes" {
  by_hand './server 9876 & S=$!' 'build/grading/client 127.1 9876 "A: connect" "A: fill" "B: connect" "B: echo 100K"' \
    'kill -STOP $S; (head -c 100000 /dev/zero | nc -N 127.1 9876 | wc -c) & sleep 1' 'kill -CONT $S    # 100000'
  local size
  start_server faults=wait:short:1-
  client A connect rcvbuf=16K
  fill_way A server
  size=$REPLY
  # It does not read for five minutes, if time limits are a thousand times as short.
  quiet 0.3
  client B connect
  client B echo 100K
  client A shut
  client A expect-echo "$size"
}

@test "own: each of 8 clients of one instant is named" {
  by_hand './server 9876 > /tmp/log & S=$!' 'kill -STOP $S; for i in $(seq 8); do nc -d 127.1 9876 & done; kill -CONT $S' \
    'sort /tmp/log | uniq -c'
  local i ports=()
  start_server
  freeze server
  for i in {1..8}; do
    client "C.$i" connect "from=127.0.0.$i"
    ports[i]=$REPLY
  done
  thaw server
  client C echo 10
  for i in {1..8}; do
    await server "out:127.0.0.$i:${ports[i]}" 1
  done
}

@test "gone: with a client go its thread and its descriptor, at once" {
  by_hand './server 9876 & S=$!' 'nc 127.1 9876    # in a second terminal; look before, while, and after' \
    'ls /proc/$S/task; ls -l /proc/$S/fd'
  local a threads descriptors
  start_server
  client A connect
  a=$REPLY
  client A echo 100
  # Of these one is A's.
  ask server threads
  threads=$REPLY
  ask server descriptors
  descriptors=$REPLY
  client 'crowd*8' connect
  client crowd echo 100
  check server threads $((threads + 8))
  check server descriptors $((descriptors + 8))
  client crowd shut
  client crowd expect-end
  await server threads "$threads"
  await server descriptors "$descriptors"
  client 'crowd*8' connect
  client crowd echo 100
  client crowd close
  await server threads "$threads"
  await server descriptors "$descriptors"
  client A echo 100
  client A shut
  client A expect-end
  await server threads $((threads - 1))
  await server descriptors $((descriptors - 1))
  # Nor has anybody said goodbye.
  check server "out:127.0.0.1:$a" 1
}

@test "gone: a connection is closed once, and no other one with it" {
  by_hand 'strace -f -e trace=accept,close ./server 9876    # no number is closed twice' 'nc -N 127.1 9876 < /dev/null'
  local threads
  patience 3
  # The number of A's descriptor is B's or C's before the thread of A can close it again.
  start_server faults=close:late:1-
  client A connect
  client A echo 100
  ask server threads
  threads=$REPLY
  client A shut
  client A expect-end
  client B connect
  client B echo 100
  client C connect
  client C echo 100
  await server threads $((threads + 1))
  client B echo 100
  client C echo 100
}
