#!/usr/bin/env bats
# The server and its workers: how they start, who serves whom, what they count, and how they end.

load ../lib/checks
load words

# What is wrong with these arguments is told, and ends the server.
refused() {
  start other -- "$SERVER" "$@"
  ended other nonzero
  check other lines:stderr '>=' 1
}

@test "start: it listens on its port; what is wrong with the arguments, or a busy port, is an error" {
  by_hand './server 9876 4 &' 'ss -ltnp' './server 9876; ./server 9877 0; ./server 9877 65; echo $?' \
    'nc -l 127.1 9877 &' './server 9877 2; echo $?'
  local words
  start_workers 2
  client A connect
  for words in '' 9876 '9876 0' '9876 65' '9876 -1' '9876 two' '9876 2x' '0 2' '65536 2' '8080x 2' \
    '9876 2 2'; do
    # shellcheck disable=SC2086
    refused $words
  done
  refused 9876 "''"
  finish server
  fresh_port
  client taken listen "$PORT"
  refused "$PORT" 2
  no_other_reason other
}

@test "workers: they are there before the first client, and each serves" {
  by_hand './server 9876 3 & S=$!' 'pgrep -P $S; pgrep -c -P $S' \
    'nc 127.1 9876    # in three terminals, and type: each has its worker' 'ss -tnp; pgrep -c -P $S' \
    'nc 127.1 9876    # in a fourth one: type, then end one of the others'
  local workers name
  local -A served
  start_workers 3
  await server children 3
  check server processes 4
  pids server children
  workers=$REPLY
  await server busy 0
  for name in A B C; do
    client $name connect
    client $name echo 10
    check server "holders:$name" '>=' 1
    pids server "holders:$name"
    served[$REPLY]=$name
  done
  check server holders:listener '>=' 3
  [ ${#served[@]} -eq 3 ] || fail 'a worker for each of three clients' "${#served[@]} of three workers serve them"
  client D connect
  client D send 'at last\n'
  check server processes 4
  # Nobody computes while the clients are silent.
  await server busy 0
  client A shut
  client A expect-end
  client D expect 'at last\n'
  client D close
  client B echo 10000
  client B close
  client C close
  await server busy 0
  for name in 1 2 3 4 5 6; do
    client "$name" visit 1 10
  done
  # The same processes as ever.
  pids server children
  [ "$REPLY" = "$workers" ] || fail "the workers of the beginning, pids $workers" "pids $REPLY"
  finish server
  fresh_port
  start_workers 64
  await server children 64
}

@test "workers: what a client sends comes back whole, and failed accepts are tried again" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=write:short:1-8 ./server 9876 2 &' \
    'seq 1000 | nc -N 127.1 9876 | cksum; seq 1000 | cksum' \
    'strace -f -o /dev/null -e inject=accept,accept4:error=EINTR:when=1 ./server 9877 2 &' \
    'echo hello | nc -N 127.1 9877; pgrep -P $(pgrep -n -x server)' \
    'LD_PRELOAD=build/grading/misbehave.so FAULTS=write:EPIPE:1 ./server 9878 1 &' \
    'for i in 1 2; do echo hello | nc -N 127.1 9878; done    # no worker may end'
  local workers
  start_workers 2 faults=write:short:1-8,accept:EINTR:1-2,accept:ECONNABORTED:3-4
  await server children 2
  pids server children
  workers=$REPLY
  client silent connect
  client A connect
  client A echo 20000
  client A send-random 48K
  client A shut
  client A expect-echo 48K
  client A expect-end
  # Who resets the connection costs no worker.
  client B connect
  client B echo 1
  client B reset
  client C connect
  client C echo 10
  client silent echo 10
  pids server children
  [ "$REPLY" = "$workers" ] || fail "the workers of the beginning, pids $workers" "pids $REPLY"
  # Nor does one that has gone before the worker writes.
  finish server
  fresh_port
  start_workers 1 faults=write:EPIPE:1
  await server children 1
  pids server children
  workers=$REPLY
  client D connect
  client D send 'gone'
  client D shut
  client D expect-gone
  client E connect
  client E echo 10
  pids server children
  [ "$REPLY" = "$workers" ] || fail "the worker of the beginning, pid $workers" "pid $REPLY"
}

@test "statistics: at SIGUSR1 the server tells how many clients and bytes there have been" {
  by_hand './server 9876 4 & S=$!' 'kill -USR1 $S' 'echo hello | nc -N 127.1 9876' 'kill -USR1 $S' \
    'nc 127.1 9876    # in two terminals: type, and kill -USR1 $S again'
  start_workers 3
  tells 'clients 0 bytes 0'
  client A connect
  client A echo 10
  tells 'clients 1 bytes 10'
  client B connect
  client B echo 70000
  tells 'clients 2 bytes 70010'
  # A client that says nothing is a client.
  client C connect
  await server holders:C 1
  await server busy 0
  tells 'clients 3 bytes 70010'
  client A echo 1
  client B close
  tells 'clients 3 bytes 70011'
  client A close
  client C close
  check server running 1
}

@test "statistics: two thousand clients are two thousand clients" {
  by_hand './server 9876 8 & S=$!' \
    'for i in $(seq 2000); do echo hello | nc -N 127.1 9876 & done > /dev/null; wait $(jobs -p | tail -n +2)' \
    'kill -USR1 $S'
  start_workers 8
  client 'crowd*8' visit 250 16
  tells 'clients 2000 bytes 32000'
}

@test "statistics: no byte is missing, however many count at the same time" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=read:flood:1 ./server 9876 2 & S=$!' \
    'for i in 1 2; do printf . | nc -N 127.1 9876 & done; sleep 1' 'kill -USR1 $S    # 500002 bytes'
  did 'floods two workers at the same time with bytes that cost no time, as fast as they can count'
  flood_two_workers read
  # A worker that has become another program gets no more than what was sent.
  number_after server 'clients\x202\x20bytes\x20'
  [ "$REPLY" -eq 2 ] || check server 'out:clients 2 bytes 500002' 1
}

# Ends at this signal, with all its workers, and leaves the port.
ends_at() { # SIGNAL
  client late connect rcvbuf=4K
  fill_way late server
  client A connect
  client A echo 10
  await server busy 0
  signal server "$1"
  ended server zero
  check server processes 0
  client A expect-gone
  start again -- "$SERVER" "$PORT" 2
  await again "listening:$PORT" '>=' 1
  client B connect
  client B echo 10
  finish again
}

@test "end: at SIGTERM and SIGINT it ends, with all its workers, and the port is free" {
  by_hand './server 9876 3 & S=$!' 'nc 127.1 9876    # in a second terminal' \
    'kill $S; wait $S; echo $?; pgrep -x server; ss -ltn' './server 9876 3    # and Ctrl-C'
  start_workers 3
  ends_at TERM
  fresh_port
  start_workers 3
  ends_at INT
}
