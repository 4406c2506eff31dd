#!/usr/bin/env bats
# The same under valgrind: no byte is used that was never written, or is not the server's.

load ../lib/checks

@test "memory: valgrind finds no error" {
  by_hand 'valgrind --leak-check=full ./server 9876 &' 'echo hello | nc -N 127.1 9876' 'kill %1'
  local size
  start_server under=memcheck faults=accept:ECONNABORTED:3,accept:ENFILE:4
  # The first of all has gone before its turn: nothing is known of it.
  await server busy 0
  freeze server
  client gone connect
  client gone reset
  thaw server
  client A connect
  client A send 'hello\n'
  client A expect 'hello\n'
  client A send 'ab\0cd\n'
  client A expect 'ab\0cd\n'
  for size in 1 511 512 513 1024 4096 8192 16384 65536; do
    client A echo "$size"
  done
  client A shut
  client A expect-end
  # Those who go without a word, before their answer or after it, and the one after them
  client B connect
  client B echo 100
  client B reset
  client C connect
  client C echo 100
  freeze server
  client C send-random 10K
  client C shut
  client C reset
  thaw server
  client D connect
  client D echo 100
  client D shut
  client D expect-end
  finish_clean server
}
