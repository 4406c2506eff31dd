#!/usr/bin/env bats
# The client as such: what it takes for arguments, whom it reaches, and what it says when it can't.

load ../lib/checks
load conversation

@test "arguments: a missing or bad argument is an error, and nobody is called" {
  by_hand 'nc -dl 127.1 9876 &' './client 127.1 9876x; echo $?'
  local words port
  client listener listen "$PORT"
  # The long ones are the port again for whoever counts in 16, 32 or 64 bits.
  for words in '' 127.1 "127.1 $PORT $PORT" "127.1 ''" '127.1 abc' '127.1 -1' '127.1 0' \
    '127.1 65536' "127.1 ${PORT}x" "127.1 +$PORT" "127.1 \\x20$PORT" "127.1 $PORT\\x20" \
    "127.1 0x$(printf %x "$PORT")" "127.1 $((PORT - 65536))" "127.1 $((PORT + 65536))" \
    "127.1 $((PORT + (1 << 32)))" "127.1 184467440737095$((PORT + 51616))"; do
    start client -- "$CLIENT" "$words"
    ended client nonzero
    check client lines:stderr '>=' 1
  done
  # Whoever comes next must be the first to come.
  client neighbour connect
  port=$REPLY
  client first accept listener
  [[ $REPLY == "$port" ]] || fail "the neighbour's connection first" "one from port $REPLY"
}

# The client, told HOST, must come to a server that listens on ADDRESS and nowhere else. "client"
# is then connected.
reach() { # HOST ADDRESS
  server listen "$2" "$PORT"
  start_client -- "$1"
  server accept server
}

@test "connect: an address is reached, short or long, IPv4 or IPv6" {
  by_hand 'nc -dl ::1 9876 &' 'echo hello | ./client ::1 9876'
  local address
  reach 127.1 127.0.0.1
  for address in 127.0.0.1 127.0.0.2 ::1; do
    [[ $address != ::1 ]] || has_ipv6 || continue
    finish client
    reach "$address" "$address"
  done
}

@test "connect: the last port is one too" {
  by_hand 'nc -dl 127.1 65535 &' 'echo hello | ./client 127.1 65535'
  PORT=65535
  reach 127.0.0.1 127.0.0.1
}

@test "connect: a name is reached" {
  by_hand 'nc -dl 127.1 9876 &' 'echo hello | ./client localhost 9876'
  # Whatever localhost stands for here: this server listens on all addresses.
  if has_ipv6; then reach localhost ::; else reach localhost 0.0.0.0; fi
}

@test "connect: when one address of a name refuses, the next is tried" {
  by_hand 'nc -dl 127.1 9876 &' 'strace -e trace=socket,connect,close ./client localhost 9876'
  # Which of the two comes first is the system's choice: try both.
  has_ipv6 && find_name_of_both || return 0
  local name=$REPLY address sockets words said
  # With one address, for comparison.
  reach 127.0.0.1 127.0.0.1
  rests >/dev/null || true
  ask client sockets && sockets=$REPLY
  ask client lines:stderr && words=$REPLY
  for address in 127.0.0.1 ::1; do
    finish client
    reach "$name" "$address"
    # It goes no further. (Or it has ended: relay is not written yet.)
    rests >/dev/null || true
    # Nothing is left of the attempt that failed.
    await client sockets "$sockets"
    ask client lines:stderr
    said=$REPLY
    # Whoever has not written step 4 yet is told so on stderr, sooner or later.
    ask client err:written
    (( said <= words || REPLY > 0 )) || fail 'no word of the address that refused' \
      "$((said - words)) lines on stderr that are not there when the first address answers"
  done
}

@test "errors: a refused connection is reported as such" {
  by_hand './client 127.1 9876 > /tmp/out; echo $?; wc -c /tmp/out'
  start_client
  ended client nonzero
  check client 'err:Connection refused' '>=' 1
  user expect-end
  # The first port is one too, and nobody is there.
  PORT=1
  start_client
  ended client nonzero
  check client 'err:Connection refused' '>=' 1
}

@test "errors: when all addresses of a name refuse, that is reported" {
  by_hand './client localhost 9876 > /tmp/out; echo $?; wc -c /tmp/out'
  has_ipv6 && find_name_of_both || return 0
  start_client -- "$REPLY"
  ended client nonzero
  check client 'err:Connection refused' '>=' 1
  user expect-end
}

@test "errors: the words are the system's, whatever it was" {
  by_hand 'strace -e trace=socket -e inject=socket:error=EMFILE ./client 127.1 9876; echo $?' \
    'strace -e trace=connect -e inject=connect:error=ETIMEDOUT ./client 127.1 9876; echo $?'
  start_client faults=socket:EMFILE:1-
  ended client nonzero
  check client 'err:Too many open files' '>=' 1
  user expect-end
  start_client faults=connect:ETIMEDOUT:1-
  ended client nonzero
  check client 'err:Connection timed out' '>=' 1
  user expect-end
}

@test "errors: a name that cannot be resolved is reported as such" {
  by_hand './client no-such-host.invalid 9876; echo $?' './client no%s%n-such-host.invalid 9876' \
    './client no-such-host-$(printf %0200d 0) 9876'
  local name names=(no-such-host.invalid 127.0.0.1x no%s%n-such-host.invalid)
  # Outside of the box the network might be asked. It never is for a label of 70 letters.
  local label
  printf -v label %070d 0
  stands_for both.test ::1 || names=("no-such-host-$label" "no%s%n-such-host-$label")
  # A name may be long: 253 letters.
  for name in "${names[@]}" "no-such-host-$label.$label.$label.invalid"; do
    start_client -- "$name"
    ended client nonzero
    check client "err:$name" '>=' 1
    check client 'err:Name or service not known' '>=' 1
    user expect-end
  done
}
