#!/usr/bin/env bats
# The server as such: how it starts, who it lets in, and in what order.

load ../lib/checks

@test "arguments: a missing or bad port is a usage error" {
  by_hand './server; echo $?' './server 8080x; echo $?'
  local words
  # shellcheck disable=SC2089
  for words in '' "''" abc -1 0 65536 8080x +8080 '\x209876' '9876\n' 0x2694 4294977172 \
    18446744073709561492 '%s%s%s%s%s%n' '9876 9877'; do
    # shellcheck disable=SC2086,SC2090 # several words; '' is a word of supervise's
    start server -- "$SERVER" $words
    ended server nonzero
    await server lines:stderr '>=' 1
  done
}

@test "listen: it listens on the port it was given, and lets clients queue" {
  by_hand './server 9876 &' 'ss -ltn'
  start_server
  # It may have two sockets, for IPv4 and IPv6.
  ask server "listening:$PORT"
  check server listening "$REPLY"
  # It stays where the shell has started it.
  await server busy 0
  check server running 1
  # The kernel lets them in, whether the server runs or not.
  freeze server
  client 'waiting*8' connect
  finish server
  # The highest port is a port too.
  PORT=65535
  start_server
}

@test "busy: a port that is taken is an error of bind" {
  by_hand 'nc -l 127.1 9876 &' './server 9876; echo $?' \
    'strace -e trace=socket,listen -e inject=socket:error=EMFILE ./server 9877; echo $?' \
    'strace -e trace=socket,listen -e inject=listen:error=EADDRINUSE ./server 9877; echo $?'
  client other listen "$PORT"
  start server -- "$SERVER" "$PORT"
  ended server nonzero
  await server err:bind '>=' 1
  no_other_reason server
  fresh_port
  start server faults=listen:EADDRINUSE:1- -- "$SERVER" "$PORT"
  ended server nonzero
  await server lines:stderr '>=' 1
  no_other_reason server
  start server faults=socket:EMFILE:1- -- "$SERVER" "$PORT"
  ended server nonzero
  await server lines:stderr '>=' 1
  no_other_reason server
}

@test "accept: it says who connected, at once, and closes at the client's end" {
  by_hand './server 9876 > /tmp/log &' 'nc -N 127.1 9876 < /dev/null' \
    'nc -N -p 2401 127.1 9876 < /dev/null' 'cat /tmp/log'
  local lines
  start_server
  ask server 'out:\n'
  lines=$REPLY
  client A connect
  await server "out:127.0.0.1:$REPLY" '>=' 1
  await server 'out:\n' '>' "$lines"
  client A shut
  client A expect-end
  # From another address. None is longer.
  finish server
  fresh_port
  start_server
  client B connect from=127.100.200.123
  await server "out:127.100.200.123:$REPLY" '>=' 1
  client B shut
  client B expect-end
  # From a port that has a name in /etc/services.
  finish server
  fresh_port
  start_server
  client C connect from=127.0.0.1:2401
  await server out:127.0.0.1:2401 '>=' 1
}

@test "next: clients are served one after another, the waiting one next" {
  by_hand './server 9876 &' 'nc 127.1 9876    # and in a second terminal the same: type in both, end the first'
  start_server
  client A connect
  client A send 'first\n'
  client A expect 'first\n'
  client B connect
  client C connect
  client B send 'second\n'
  client C send 'third\n'
  client A close
  client B expect 'second\n'
  client B shut
  client B expect-end
  client C expect 'third\n'
  client C close
  client D visit 1100 10
}

@test "restart: the port can be used again at once" {
  by_hand './server 9876 &' 'nc 127.1 9876 &' 'kill %1; ./server 9876'
  start_server
  client A connect
  client A send 'hello\n'
  client A expect 'hello\n'
  finish server
  # First with A's end still open, then with only the memory of it: TIME_WAIT.
  start_server
  client A close
  finish server
  start_server
  client B connect
  client B send 'hello again\n'
  client B expect 'hello again\n'
  client B shut
  client B expect-end
  # It can be ended in the ways that people end programs.
  await server busy 0
  signal server INT
  await server running 0
  start_server
  await server busy 0
  signal server TERM
  await server running 0
}
