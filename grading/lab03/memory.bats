#!/usr/bin/env bats
# The same under valgrind: the server and every child have a report of their own.

load ../lib/checks

@test "memory: valgrind finds no error in the server, and none in its children" {
  by_hand 'valgrind --leak-check=full --log-file=/tmp/report.%p ./server 9876 & S=$!' \
    'echo hello | nc -N 127.1 9876' 'nc -N 127.1 9876 < /dev/null' 'kill $S; cat /tmp/report.*'
  patience 1.5
  # Two accepts fail, so who comes first may be let go. From the sixth on there are no processes,
  # so one client more or less is served: nothing of any of them may stay.
  start_server under=memcheck faults=accept:EINTR:1,accept:ENFILE:2,fork:EAGAIN:6-
  client first connect
  client first shut
  client first expect-gone
  client A connect
  client B connect
  client A send 'ab\0cd\n'
  client A expect 'ab\0cd\n'
  client B echo 65537
  client A close
  client B close
  # Who has not said a word, and who is gone before it has read
  client C connect
  client C shut
  client C expect-end
  client D connect
  client D send short
  client D expect short
  client D reset
  client 'F*3' connect
  client F.2 expect-gone
  client F.3 expect-gone
  client F.1 close
  # Who is killed by SIGKILL leaves no report.
  await server children 0
  finish_clean server
}
