#!/usr/bin/env bats
# What the server does for its clients, and what they do to it.

load ../lib/checks

@test "echo: what a client sends comes back, byte by byte the same" {
  by_hand './server 9876 &' "printf 'ab\\0cd' | nc -N 127.1 9876 | od -c"
  local size words
  start_server
  start nc talk=typed -- nc -N 127.1 "$PORT"
  client typed send 'hello\n'
  client typed expect 'hello\n'
  client typed shut
  client typed expect-end
  ended nc zero
  finish server
  fresh_port
  start_server
  client A connect
  client A send 'no newline'
  client A expect 'no newline'
  client A send 'ab\0cd\xff\r\n'
  client A expect 'ab\0cd\xff\r\n'
  for words in '%s%n%d\n' '\n' 'quit\n' 'exit\n' 'bye\n' 'q' '.\r\n' '\x04' '\x1a' '\0'; do
    client A send "$words"
    client A expect "$words"
  done
  client A drip 'one by one'
  client A expect 'one by one'
  for size in 1 127 128 129 511 512 513 1023 1024 1025 4095 4096 4097 8191 8192 8193 \
    16383 16384 16385 65535 65536 65537; do
    client A echo "$size"
  done
  # Pieces come together, and apart again.
  for size in {1..20}; do
    client A send-random "$size"
  done
  client A expect-echo 210
  client A shut
  client A expect-end
}

@test "survive: a client that resets or vanishes costs only itself" {
  by_hand './server 9876 &' 'build/grading/client 127.1 9876 connect "send-random 64K" reset' 'echo hello | nc -N 127.1 9876'
  start_server
  client A connect
  client A echo 1
  # One resets while it is served, one while it waits, and one is gone before its turn comes.
  freeze server
  client A send-random 48K
  client A reset
  client waiting connect
  client waiting reset
  client gone connect
  client gone send 'hello\n'
  client gone close
  thaw server
  client B connect
  client B echo 1000
  # B is gone with its echo unread: the answer finds nobody, and the next one gets SIGPIPE.
  freeze server
  client B send-random 60K
  client B close
  thaw server
  # C's end and its reset have come before the server writes: the first answer gets SIGPIPE.
  client C connect
  client C echo 1000
  freeze server
  client C send-random 48K
  client C shut
  client C reset
  thaw server
  client D connect
  client D echo 1000
}

@test "descriptors: after 200 clients nothing is left open" {
  by_hand './server 9876 &' 'for i in $(seq 200); do nc -N 127.1 9876 < /dev/null; done' 'ls -l /proc/$!/fd'
  local before
  start_server
  client A connect
  client A echo 10
  client A shut
  client A expect-end
  await server holders:A 0
  ask server descriptors
  before=$REPLY
  for _ in {1..100}; do
    client A connect
    client A echo 10
    client A close
    client B connect
    client B reset
  done
  # Those to whom nothing can be sent any more
  for _ in {1..5}; do
    client B connect
    client B echo 10
    freeze server
    client B send-random 10K
    client B shut
    client B reset
    thaw server
  done
  client A connect
  client A echo 10
  client A shut
  client A expect-end
  await server descriptors "<=" "$before"
}
