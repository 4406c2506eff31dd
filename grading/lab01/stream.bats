#!/usr/bin/env bats
# Much, and in pieces: apart from the others, as a server that moves single bytes takes its time.

load ../lib/checks

@test "stream: 64 MiB pass; what is owed is paid after the client's end" {
  by_hand './server 9876 &' 'head -c 64M /dev/urandom | tee >(sha256sum >&2) | nc -N 127.1 9876 | sha256sum'
  start_server
  client A connect
  client A echo 64M 3
  finish server
  fresh_port
  start_server
  client B connect
  freeze server
  client B send-random 48K
  client B shut
  thaw server
  client B expect-echo 48K
  client B expect-end
}

@test "stream: short writes and interrupted calls lose nothing" {
  by_hand './server 9876 &' 'strace -fp $! -e trace=read,recvfrom -e inject=read,recvfrom:error=EINTR:when=1 &' \
    'echo hello | nc -N 127.1 9876'
  local size
  # Its time limits, if it has any, are a thousand times as short.
  start_server faults=write:EINTR:3-4,write:short:1-8,read:EINTR:2-3,wait:short:1-
  client A connect rcvbuf=16K
  quiet 0.1
  client A echo 20000
  # It has to wait until there is room.
  client A fill
  size=$REPLY
  client A expect-echo "$size"
  client A shut
  client A expect-end
}
