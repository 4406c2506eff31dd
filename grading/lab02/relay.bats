#!/usr/bin/env bats
# What the client carries to and fro.

load ../lib/checks
load conversation

# All values that a byte has, as the words know them.
printf -v all_bytes '\\x%02x' {0..255}
printf -v long_line '%d.' {1..3000}

@test "relay: what comes on stdin goes to the server, whatever bytes they are" {
  by_hand 'nc -dl 127.1 9876 | od -c &' "printf 'ab\\0cd%%n\\377' | ./client 127.1 9876"
  local size
  converse
  # Alone, in a read of its own.
  user send 'hello\n'
  user expect-taken
  user send 'ab\0cd\r\n\n\n'
  user send '%s%n%d\n'
  user send "$all_bytes"
  user send "$long_line\n"
  # As much as there is room for on the way, as the server doesn't read yet.
  user fill
  size=$REPLY
  # Who waits for more, or for the end, waits no longer.
  user shut
  server expect 'hello\n'
  server expect 'ab\0cd\r\n\n\n'
  server expect '%s%n%d\n'
  server expect "$all_bytes"
  server expect "$long_line\n"
  server expect-sent user "$size"
}

@test "relay: what comes from the server goes to stdout, whatever bytes they are" {
  by_hand "printf 'ab\\0cd%%n\\377' | nc -N -l 127.1 9876 &" './client 127.1 9876 | od -c'
  local size
  converse
  server send 'hello\n'
  server send 'ab\0cd\r\n\n\n'
  server send '%s%n%d\n'
  server send "$all_bytes"
  server send "$long_line\n"
  # As much as there is room for on the way, as the user doesn't read yet.
  server fill
  size=$REPLY
  server shut
  user expect 'hello\n'
  user expect 'ab\0cd\r\n\n\n'
  user expect '%s%n%d\n'
  user expect "$all_bytes"
  user expect "$long_line\n"
  user expect-sent server "$size"
}

@test "relay: what write does not take is written later" {
  by_hand 'nc -dl 127.1 9876 | wc -c &' \
    'strace -e trace=read,write ./client 127.1 9876 < /etc/services    # see what write returns'
  converse faults=write:short:1-8
  user send-random 8K
  user shut
  server expect-sent user 8K
}

@test "interactive: a byte goes on as soon as it is there" {
  by_hand 'nc -dl 127.1 9876 &' \
    '(printf a; sleep 5) | ./client 127.1 9876' \
    '(printf b; sleep 5) | nc -N -l 127.1 9876 &' \
    './client 127.1 9876 | cat'
  converse
  user send a
  server expect a
  server send b
  user expect b
  server send 'who is there?'
  user expect 'who is there?'
  user drip 'it is me'
  server expect 'it is me'
  server drip 'come in'
  user expect 'come in'
}

@test "half-close: stdin's end is passed on, and the answer still comes, however late" {
  by_hand "$ACCEPT 's: expect hello' 's: expect-end' 's: pause 999' 's: send an answer\\n' &" \
    'printf hello | ./client 127.1 9876; echo $?'
  converse
  user send 'question\n'
  user shut
  server expect 'question\n'
  server expect-end
  # One piece could have been caught by chance.
  server send 'an answer\n'
  user expect 'an answer\n'
  server send 'and more\n'
  user expect 'and more\n'
  for _ in 1 2 3 4; do
    server send-random 32K
    user expect-sent server 32K
  done
  server send 'the end\n'
  server close
  user expect 'the end\n'
  user expect-end
  ended client zero
}

@test "half-close: /dev/null is an end as well" {
  by_hand "$ACCEPT 's: expect-end' 's: send an answer\\n' &" \
    './client 127.1 9876 < /dev/null; echo $?'
  server listen "$PORT"
  start client -- "$CLIENT" 127.0.0.1 "$PORT"
  server accept server
  server expect-end
  server send 'an answer\n'
  server close
  ended client zero
  check client 'out:an answer\n' 1
}

@test "server-first: when the server ends, so does the client, at once" {
  by_hand 'echo bye | nc -N -l 127.1 9876 &' './client 127.1 9876; echo $?    # and type nothing'
  converse
  server send 'bye\n'
  server shut
  user expect 'bye\n'
  user expect-end
  ended client zero
}

@test "server-first: but first it writes all that came" {
  by_hand 'head -c 100000 /dev/urandom | nc -N -l 127.1 9876 &' './client 127.1 9876 | wc -c'
  converse
  server send-random 100000
  server close
  user expect-sent server 100000
  user expect-end
  ended client zero
}

@test "reset: a broken connection is an error" {
  by_hand "$ACCEPT 's: send half' 's: reset' &" \
    './client 127.1 9876; echo $?'
  converse
  server send 'half an ans'
  user expect 'half an ans'
  server reset
  ended client nonzero
  check client 'err:\n' '>=' 1
}
