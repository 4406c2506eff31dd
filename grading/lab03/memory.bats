#!/usr/bin/env bats
# The same under valgrind: the server and every child have a report of their own.

load ../lib/checks

@test "memory: valgrind finds no error in the server, and none in its children" {
  by_hand 'valgrind --leak-check=full --log-file=/tmp/report.%p ./server 9876 & S=$!' \
    'echo hello | nc -N 127.1 9876' 'kill $S; cat /tmp/report.*'
  # For one client there is no process: nothing of it may stay either.
  start_server under=memcheck faults=fork:EAGAIN:3
  client A connect
  client B connect
  client A send 'ab\0cd\n'
  client A expect 'ab\0cd\n'
  client B echo 65537
  client A close
  client B close
  client C connect
  client C expect-gone
  client D connect
  client D send short
  client D expect short
  client D reset
  # Who is killed leaves no report.
  await server children 0
  finish_clean server
}
