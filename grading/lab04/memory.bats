#!/usr/bin/env bats
# The same under valgrind: no byte is used that was never written, and nothing is lost.

load ../lib/checks
load threads

@test "memory: valgrind finds no error" {
  by_hand 'valgrind --leak-check=full ./server 9876 &' 'for i in $(seq 10); do echo $i | nc -N 127.1 9876; done' 'kill %1'
  local size threads
  patience 3
  find_second_create
  start_server under=memcheck "faults=pthread_create:EAGAIN:$REPLY,accept:ECONNABORTED:2,accept:ENFILE:3"
  client A connect
  client A send 'ab\0cd\n'
  client A expect 'ab\0cd\n'
  client nobody connect
  client nobody expect-gone
  ask server threads
  threads=$REPLY
  client B connect
  for size in 1 511 512 513 4096 16384 65536; do
    client A echo "$size"
    client B echo "$size"
  done
  client 'crowd*8' connect
  client crowd echo 10
  client crowd close
  client A shut
  client B reset
  await server threads $((threads - 1))
  finish_clean server
}
