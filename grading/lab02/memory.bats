#!/usr/bin/env bats
# The same under valgrind: no byte is used that was never written, or is not the client's.

load ../lib/checks
load conversation

@test "memory: valgrind finds no error" {
  by_hand 'nc -dl 127.1 9876 &' 'echo hello | valgrind --leak-check=full ./client localhost 9876'
  local size
  server listen "$PORT"
  # localhost, for a list of addresses.
  start_client under=memcheck -- localhost
  server accept server
  user send 'ab\0cd\n'
  server expect 'ab\0cd\n'
  server send 'ab\0cd\n'
  user expect 'ab\0cd\n'
  for size in 1 511 512 513 1023 1024 1025 4095 4096 4097 8191 8192 8193 16384 16385 65536; do
    user send-random "$size"
    server expect-sent user "$size"
    server send-random "$size"
    user expect-sent server "$size"
  done
  # Both ends: whichever it sees first.
  user shut
  server shut
  await client running 0
  finish_clean client
}
