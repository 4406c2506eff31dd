# checks.bash - the words that checks are written in. A check file says `load ../lib/checks`.
#
#   @test "echo: bytes come back as they were sent" {
#     by_hand './server 9876 &' 'echo hello | nc -N 127.1 9876'
#     start_server
#     client A connect
#     client A send 'hello\n'
#     client A expect 'hello\n'
#   }
#
# Each word is one line to one `supervise` process, which starts and watches the programs, holds
# the connections, keeps the story and knows when waiting is in vain. A word that fails ends the
# test with the story as its explanation. No check waits by itself, and none holds a process.
#
#   start NAME [OPTION...] -- PROGRAM ARG...   options: under=memcheck under=thread talk=CONNECTION
#                                              files=N faults=SPEC (see grading/lib/misbehave.c)
#                                              cpus=1 (quicker when one waits for the other)
#   start_server [OPTION...]     starts $SERVER on $PORT as "server"; waits until it listens
#   fresh_port                   another $PORT that nobody uses, for the next server
#   client NAME COMMAND...       see client --help; `client 'crowd*50' connect` for many. After
#                                connect and accept, $REPLY is the port of the client's end
#   await server QUANTITY [OP] N     until it is so; check: it must be so now   (grading/src/quantity.h)
#   ask server QUANTITY          puts the number into $REPLY; pids: whose it is; pid: the first one
#   freeze NAME, thaw NAME       SIGSTOP and SIGCONT, to make things simultaneous
#   signal NAME KILL holders:A   sends it to those of them that are not the first process
#   full NAME, room NAME         no descriptor is free in it (EMFILE), nor in those of its processes that
#                                hold the listening socket; and then there are again. After
#                                `full NAME reusable` there is one when it closes one, and $REPLY
#                                may have been left: numbers that are free or that an accept waits with
#   signal NAME TERM             ended NAME zero|nonzero|STATUS|exit|SIGNAL  finish NAME
#   fill_way CLIENT NAME         sends without reading until the program waits for room to write; $REPLY
#                                is how many bytes. From now on `patience 1 10` holds
#   no_other_reason NAME         what it said has not the reason that a later call would have failed for,
#                                had it not seen that one failed
#   finish_clean NAME            ends it; memcheck or ThreadSanitizer must have found nothing
#   patience SECONDS [CPU]       how long nothing may move before a wait is given up (default 1), and
#                                how many seconds may be computed during one (default 1)
#   tells_once CLIENTS NEXT      after a shortage that so many clients met: one message, not many
#   quiet SECONDS                lets time pass in which the program could act, and the check does
#                                nothing. Only for what must not happen: all else is awaited
#   fail EXPECTED GOT            ends the test with the story; did TEXT adds a line to the story
#   by_hand LINE...              command lines that show the same by hand, printed when it fails;
#                                ./ is where the lab's programs are, all else counts from the root
# shellcheck shell=bash disable=SC2034

SERVER=${LAB_BUILD:?run this by ./grader}/server
SERVER_THREAD=${LAB_BUILD_THREAD:-}/server

setup() {
  # bats traces every command to name the line that failed; the story says it better, and faster.
  set +T
  trap - DEBUG
  BY_HAND=()
  [[ -z ${REPLAY:-} ]] || return 0
  coproc SUPERVISE { exec "$TOOLS/supervise" "${SCRATCH:-/tmp}" "$TOOLS" "$SEED" \
    ${RECORDS:+"$RECORDS" "$BATS_TEST_DESCRIPTION"} 3>&-; }
  supervisor=$SUPERVISE_PID
  exec {answers}<&"${SUPERVISE[0]}" {commands}>&"${SUPERVISE[1]}"
  # shellcheck disable=SC1083,SC2093 # descriptors, and exec without a command
  exec {SUPERVISE[0]}<&- {SUPERVISE[1]}>&-
  fresh_port
}

teardown() {
  [[ -z ${REPLAY:-} ]] || return 0
  exec {commands}>&-
  wait "$supervisor"
  exec {answers}>&-
}

# Sends one line. Returns 0 with the value in REPLY; otherwise prints the explanation, returns 1.
say() {
  local line
  printf '%s\n' "$*" >&"$commands"
  IFS= read -r -u "$answers" line || line=
  case $line in
  'ok '*)
    REPLY=${line#ok }
    return 0
    ;;
  no)
    while IFS= read -r -u "$answers" line && [[ $line != . ]]; do
      printf '%s\n' "$line"
    done
    ;;
  *) printf 'broken|supervise did not answer\n' ;;
  esac
  (( ${#BY_HAND[@]} == 0 )) || printf 'try|%s\n' "${BY_HAND[@]}"
  return 1
}

fresh_port() {
  say port
  PORT=$REPLY
  say at 127.0.0.1 "$PORT"
}

start() { say start "$@"; }
await() { say await "$@"; }
check() { say check "$@"; }
ask() { say ask "$@"; }
pids() { say pids "$@"; }
pid() { say pid "$@"; }
ended() { say ended "$@"; }
signal() { say signal "$@"; }
full() { say full "$@"; }
room() { say room "$@"; }
finish() { say finish "$@"; }
patience() { say patience "$@"; }
quiet() { say quiet "$@"; }
did() { say did "$@"; }

client() {
  local name=$1
  shift
  say "$name:" "$@"
}

fill_way() { # CLIENT NAME
  local all=0
  # Byte by byte, megabytes take a while: to get here, and back.
  patience 1 10
  # While the machine is busy, a pause looks like the end. And some take for ever.
  for _ in {1..50}; do
    client "$1" fill
    all=$((all + REPLY))
    ((REPLY > 0 && all < 1 << 26)) || break
    await "$2" busy 0
  done
  REPLY=$all
}

by_hand() {
  BY_HAND=("${@//.\//${LAB_BUILD#"${COURSE:-}"/}/}")
  # ./grader --replay asks for these lines, and for nothing else of the test.
  [[ -z ${REPLAY:-} ]] || {
    printf 'try|%s\n' "${BY_HAND[@]}"
    return 1
  }
}

start_server() {
  local program=$SERVER
  [[ " $* " != *" under=thread "* ]] || program=$SERVER_THREAD
  start server "$@" -- "$program" "$PORT" && await server "listening:$PORT" '>=' 1
}

# No room was told once to so many clients, and not at every try. Another client shows what the
# server says of each, which is its own affair.
tells_once() { # CLIENTS NEXT-CLIENT
  local said each
  await server busy 0
  ask server lines:stderr
  said=$REPLY
  client "$2" connect
  client "$2" echo 10
  await server busy 0
  ask server lines:stderr
  each=$((REPLY - said))
  check server lines:stderr '>=' $((1 + each))
  # The message may have two lines.
  check server lines:stderr '<=' $((2 + ($1 + 1) * each))
}

freeze() { signal "$1" STOP && await "$1" stopped '>=' 1; }
thaw() { signal "$1" CONT; }

fail() {
  printf 'expected|%s\n' "$1"
  printf 'got|%s\n' "$2"
  say story
}

no_other_reason() { # NAME
  local words
  for words in 'Bad file descriptor' 'Invalid argument' Success; do
    check "$1" "err:$words" 0
  done
}

finish_clean() { finish "$1" && say clean "$1"; }
