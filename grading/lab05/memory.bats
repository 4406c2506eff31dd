#!/usr/bin/env bats
# The same under valgrind: the parent and every worker have a report of their own.

load ../lib/checks
load words

@test "memory: valgrind finds no error in the parent, and none in its workers" {
  by_hand 'valgrind --leak-check=full --log-file=/tmp/report.%p ./server 9876 2 & S=$!' \
    'echo hello | nc -N 127.1 9876; kill -USR1 $S' 'kill $S; cat /tmp/report.*'
  patience 1.5
  start_workers 2 under=memcheck faults=accept:EINTR:1,fork:EAGAIN:2
  await server children 2
  client A connect
  client B connect
  client A send 'ab\0cd\n'
  client A expect 'ab\0cd\n'
  client B echo 65537
  client B close
  client C connect
  client C send short
  client C expect short
  client C reset
  client D connect
  client D shut
  client D expect-end
  signal server USR1
  await server lines:stdout '>=' 2
  finish_clean server
}
