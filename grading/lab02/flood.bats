#!/usr/bin/env bats
# Much at a time, both ways, with ends that don't read.

load ../lib/checks
load conversation

@test "both-ways: 64 MiB through an echo server come back whole" {
  by_hand "$ACCEPT 's: reflect' 's: pause 60000' &" 'head -c 64M /dev/urandom > /tmp/big' \
    './client 127.1 9876 < /tmp/big | cmp - /tmp/big && echo the same'
  converse
  server reflect
  user echo 64M 3
  user shut
  user expect-end
  ended client zero
}

@test "both-ways: a server that does not read yet is heard all the same" {
  by_hand "$ACCEPT 's: send-random 64M' 's: pause 9000' &" \
    './client 127.1 9876 < /dev/zero | head -c 64M | wc -c    # 67108864, at once'
  local size=0
  converse
  # What the server says makes room for a little more. In the end there is none.
  for _ in 1 2 3; do
    fill_way user client
    size=$((size + REPLY))
    server send-random 32K
    user expect-sent server 32K
  done
  # There is no room, and the client sleeps until there is, also when stdin has hung up meanwhile.
  user shut
  await client busy 0
  server expect-sent user "$size"
}

@test "both-ways: the server gets what stdin has, also when stdout takes no more" {
  by_hand 'head -c 64M /dev/urandom > /tmp/big; nc -l 127.1 9876 < /tmp/big &' \
    './client 127.1 9876 | (head -c 5K > /dev/null; sleep 10)    # what you type must be seen'
  local size=0
  converse
  for _ in 1 2 3; do
    fill_way server client
    size=$((size + REPLY))
    # There is room for a little now, and only for a little.
    user expect-sent server 5K
    size=$((size - 5120))
    user send-random 32K
    server expect-sent user 32K
  done
  await client busy 0
  user expect-sent server "$size"
}

@test "reset: no signal ends the client when it sends to nobody" {
  by_hand "$ACCEPT 's: send-random 66K' 's: shut' 's: expect-taken' 's: reset' &" \
    '(sleep 1; echo hello) | ./client 127.1 9876 | sleep 2; echo ${PIPESTATUS[1]}'
  converse
  # More than a pipe holds: the client has still something to write, and has not seen the end. How
  # much of it has come to this machine depends on the client's buffers.
  server send-random 66K
  server shut
  await client busy 0
  server reset
  # It may have ended all the same: splice puts more into a pipe.
  user send 'hello?\n' >/dev/null || true
  user expect-taken >/dev/null || true
  user expect-gone
  # What was lost is an error, or the server's end came first. But no signal.
  ended client exit
}
