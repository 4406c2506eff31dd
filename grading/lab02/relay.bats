#!/usr/bin/env bats
# What the client carries to and fro.

load ../lib/checks
load conversation

# All values that a byte has, as the words know them.
printf -v all_bytes '\\x%02x' {0..255}
printf -v long_line '%d.' {1..3000}
# What ends a conversation elsewhere.
pieces=('hello\n' 'quit\n' 'exit\n' 'bye\n' 'q\n' '.\n' '\n' '\0' '\x03' '\x04' '\x1a' '\xff')

@test "relay: what comes on stdin goes to the server, whatever bytes they are" {
  by_hand 'nc -dl 127.1 9876 | od -c &' "printf 'ab\\0cd%%n\\377' | ./client 127.1 9876"
  local size piece
  converse
  # Each alone, in a read of its own: no word, and no byte, means anything to the client.
  for piece in "${pieces[@]}"; do
    user send "$piece"
    user expect-taken
  done
  user send 'ab\0cd\r\n\n\n'
  user send '%s%n%d\n'
  user send "$all_bytes"
  user send "$long_line\n"
  # As much as there is room for on the way, as the server doesn't read yet.
  user fill
  size=$REPLY
  # Who waits for more, or for the end, waits no longer.
  user shut
  for piece in "${pieces[@]}"; do
    server expect "$piece"
  done
  server expect 'ab\0cd\r\n\n\n'
  server expect '%s%n%d\n'
  server expect "$all_bytes"
  server expect "$long_line\n"
  server expect-sent user "$size"
}

@test "relay: what comes from the server goes to stdout, whatever bytes they are" {
  by_hand "printf 'ab\\0cd%%n\\377' | nc -N -l 127.1 9876 &" './client 127.1 9876 | od -c'
  converse
  server send 'hello\n'
  server send 'ab\0cd\r\n\n\n'
  server send '%s%n%d\n'
  server send "$all_bytes"
  server send "$long_line\n"
  # More than stdout takes, as the user doesn't read yet.
  server send-random 160K
  server shut
  user expect 'hello\n'
  user expect 'ab\0cd\r\n\n\n'
  user expect '%s%n%d\n'
  user expect "$all_bytes"
  user expect "$long_line\n"
  user expect-sent server 160K
}

@test "relay: what write does not take is written later" {
  by_hand 'nc -dl 127.1 9876 | wc -c &' \
    'strace -e trace=read,write ./client 127.1 9876 < /etc/services    # see what write returns'
  converse faults=write:short:1-8
  user send-random 8K
  user shut
  server expect-sent user 8K
}

@test "relay: what stdout does not take at once is written later" {
  by_hand 'nc -N -l 127.1 9876 < /etc/services &' \
    'strace -e trace=read,write ./client 127.1 9876 | wc -c    # see what write returns'
  converse faults=stdout:short:1-8
  server send-random 8K
  server shut
  user expect-sent server 8K
}

@test "interactive: a byte goes on as soon as it is there" {
  by_hand 'nc -dl 127.1 9876 &' \
    '(printf a; sleep 5) | ./client 127.1 9876' \
    '(printf b; sleep 5) | nc -N -l 127.1 9876 &' \
    './client 127.1 9876 | cat'
  local piece size
  converse
  user send a
  server expect a
  server send b
  user expect b
  for piece in 'who is there?' 'one\ntwo\nthree' "${pieces[@]}"; do
    user send "$piece"
    server expect "$piece"
    server send "$piece"
    user expect "$piece"
  done
  # As much as a buffer may hold: full or not, it goes on.
  for size in 64 100 128 256 500 512 1000 1K 2K 4K 8K 16K; do
    user send-random "$size"
    server expect-sent user "$size"
    server send-random "$size"
    user expect-sent server "$size"
  done
  user drip 'it is me'
  server expect 'it is me'
  server drip 'come in'
  user expect 'come in'
}

@test "interactive: the client waits as long as nobody says anything, and sleeps meanwhile" {
  by_hand 'nc -l 127.1 9876    # in another terminal; type there after a minute' \
    './client 127.1 9876         # and here; ps -C client -o time shows what it computed'
  # Its time limits, if it has any, are a thousand times as short: this is a minute and more.
  converse faults=wait:short:1-
  rests
  quiet 0.1
  user send 'still here?'
  server expect 'still here?'
  server send 'yes'
  user expect 'yes'
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
  # More than stdout takes: the last of it and the end come together.
  server send-random 160K
  server close
  user expect-sent server 160K
  user expect-end
  ended client zero
}

@test "half-close: the client waits for the answer as long as it takes, and sleeps meanwhile" {
  by_hand "$ACCEPT 's: expect-end' 's: pause 60000' 's: send an answer\n' &" \
    './client 127.1 9876 < /dev/null; echo $?    # ps -C client -o time shows what it computed'
  converse faults=wait:short:1-
  user shut
  server expect-end
  rests
  quiet 0.1
  server send 'an answer\n'
  user expect 'an answer\n'
  server close
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
  by_hand 'echo bye | nc -N -l 127.1 9876 &' './client 127.1 9876; echo $?; pgrep -x client    # type nothing'
  converse
  server send 'bye\n'
  server shut
  user expect 'bye\n'
  user expect-end
  ended client zero
  await client processes 0
}

@test "server-first: also when it has nothing to say" {
  by_hand 'nc -N -l 127.1 9876 < /dev/null &' './client 127.1 9876; echo $?    # and type nothing'
  converse
  server close
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

# There is a message, and it does not end in what strerror has for no error at all.
says_why() {
  check client lines:stderr '>=' 1
  check client 'err:: Success\n' 0
}

@test "reset: a broken connection is an error" {
  by_hand "$ACCEPT 's: send half' 's: reset' &" \
    './client 127.1 9876; echo $?'
  converse
  server send 'half an ans'
  user expect 'half an ans'
  server reset
  user expect-end
  ended client nonzero
  says_why
  await client processes 0
}

@test "reset: also when stdin has ended before" {
  by_hand "$ACCEPT 's: expect-end' 's: send half' 's: reset' &" \
    './client 127.1 9876 < /dev/null; echo $?'
  converse
  user shut
  server expect-end
  server send 'half an ans'
  user expect 'half an ans'
  server reset
  user expect-end
  ended client nonzero
  says_why
}

@test "reset: what cannot be sent any more is an error, though the server ends well" {
  by_hand 'nc -l 127.1 9876    # in another terminal; end it with ^C after the second line' \
    'LD_PRELOAD=build/grading/misbehave.so FAULTS=write:ECONNRESET:2 ./client 127.1 9876; echo $?'
  local error
  # The first call that meets a reset is told, and those after it see an end. With EPIPE comes SIGPIPE.
  for error in ECONNRESET EPIPE; do
    converse "faults=write:$error:2-"
    user send a
    server expect a
    user send b
    user expect-taken
    await client busy 0
    server shut
    user expect-gone
    # stdio has a write of its own, which doesn't fail.
    ask client unread:server
    (( REPLY == 0 )) || return 0
    ended client nonzero
    says_why
    finish client
    fresh_port
  done
}

@test "reset: what the client has read is still written" {
  by_hand "$ACCEPT 's: fill' 's: pause 2000' 's: reset' &" \
    './client 127.1 9876 | (sleep 4; wc -c); echo ${PIPESTATUS[0]}    # more than a pipe holds'
  local taken
  converse
  # More than stdout takes: the client holds some of it.
  server fill
  await client busy 0
  ask client taken:server
  taken=$REPLY
  server reset
  # There is no room, and the client sleeps until there is, also when the server has hung up.
  await client busy 0
  user expect-sent server "$taken"
  user expect-gone
  ended client nonzero
}
