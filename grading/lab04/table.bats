#!/usr/bin/env bats
# The table of 256 slots: used again, full, and without a leak.

load ../lib/checks

@test "slots: many more clients than slots, one after another" {
  by_hand './server 9876 &' 'for i in $(seq 300); do echo $i | nc -N 127.1 9876; done | tail -n 1    # 300'
  start_server cpus=1
  client A connect
  client A echo 10
  client B visit 270 10
  client A echo 10
  # Whatever of A's was in a place that the others have used, too.
  client A shut
  client A expect-end
}

@test "full: 256 are served, the next is turned away, and a free slot serves again" {
  by_hand './server 9876 &' 'for i in $(seq 256); do nc -d 127.1 9876 & done' 'echo hello | nc -N 127.1 9876    # nothing' \
    'kill %2; echo hello | nc -N 127.1 9876    # hello'
  local group threads descriptors words i
  start_server
  # In groups for which any queue has room.
  for group in {1..32}; do
    client "g$group*8" connect
    client "g$group" echo 10
  done
  ask server threads
  threads=$REPLY
  ask server descriptors
  descriptors=$REPLY
  ask server lines:stderr
  words=$REPLY
  client extra connect
  client extra expect-refused
  await server lines:stderr '>' "$words"
  # Frozen: who sends to somebody that has closed may not even get it off.
  freeze server
  client 'crowd*8' connect
  client crowd send hello
  thaw server
  client crowd expect-refused
  await server lines:stderr '>=' $((words + 9))
  client g1 echo 10
  client g32 echo 10
  await server descriptors "$descriptors"
  for i in {1..5}; do
    client "g$i.$i" shut
    client "g$i.$i" expect-end
    await server threads $((threads - 1))
    client "g$i.$i" connect
    client "g$i.$i" echo 10
    client extra connect
    client extra expect-refused
  done
  for group in {1..32}; do
    client "g$group" echo 10
  done
}

@test "flat: 2,000 clients, one after another, leave no memory behind" {
  by_hand './server 9876 & S=$!' 'grep -E "VmSize|VmRSS" /proc/$S/status' \
    'for i in $(seq 300); do echo $i | nc -N 127.1 9876; done > answers' 'grep -E "VmSize|VmRSS" /proc/$S/status'
  local size resident
  start_server cpus=1
  client A visit 50 10
  ask server memory-kb
  size=$REPLY
  ask server resident-kb
  resident=$REPLY
  # A thread that nobody waits for keeps its stack, 8 MiB of addresses.
  client A visit 270 10
  await server memory-kb '<=' $((size + 512 * 1024))
  client A visit 1680 10
  await server memory-kb '<=' $((size + 512 * 1024))
  await server resident-kb '<=' $((resident + 512))
}
