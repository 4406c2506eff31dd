#!/usr/bin/env bats
# The same under valgrind: no byte is used that was never written, or is not the client's.

load ../lib/checks
load conversation

@test "memory: valgrind finds no error" {
  by_hand 'nc -dl 127.1 9876 &' 'echo hello | valgrind --leak-check=full ./client localhost 9876' \
    'valgrind --leak-check=full ./client localhost 9877    # nobody is there'
  local size
  server listen "$PORT"
  # A list of addresses, of which one refuses where that can be had.
  has_ipv6 && find_name_of_both || REPLY=localhost
  start_client under=memcheck -- "$REPLY"
  server accept server
  user send 'ab\0cd\n'
  server expect 'ab\0cd\n'
  server send 'ab\0cd\n'
  user expect 'ab\0cd\n'
  # A piece that is longer than the buffer fills it. Not too long: some carry byte by byte.
  for size in 1 1K 4K 64K; do
    user send-random "$size"
    server expect-sent user "$size"
  done
  for size in 1 1K 4K 16K; do
    server send-random "$size"
    user expect-sent server "$size"
  done
  # Both ends: whichever it sees first.
  user shut
  server shut
  await client running 0
  finish_clean client
  # A name that stands for nobody: the network is never asked for a label of 70 letters.
  start_client under=memcheck -- "no-such-host-$(printf %057d 0)"
  await client running 0
  finish_clean client
  # An address that refuses: the list was good, and is to be freed all the same.
  fresh_port
  start_client under=memcheck
  await client running 0
  finish_clean client
  # A connection that breaks.
  server listen "$PORT"
  start_client under=memcheck
  server accept server
  server reset
  await client running 0
  finish_clean client
}
