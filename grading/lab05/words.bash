# words.bash - words of lab05's checks.
# shellcheck shell=bash

start_workers() { # COUNT [OPTION...]
  local count=$1
  shift
  start server "$@" -- "$SERVER" "$PORT" "$count" && await server "listening:$PORT" '>=' 1
}

# At SIGUSR1 it says so. Each call has to be for other numbers than the last one.
tells() { # TEXT
  signal server USR1
  await server "out:$1" 1
}

# Two workers have to do with the same number at the same time, as fast as they can, until both have
# given back a byte.
flood_two_workers() { # FAULT
  start_workers 2 "faults=$1:flood:1"
  patience 1 30
  client 'crowd*2' connect
  client crowd send .
  [ "$1" = read ] || client crowd shut
  client crowd expect .
  await server busy 0
  signal server USR1
  await server lines:stdout '>=' 2
}

# Puts into REPLY the number behind a text that the program has printed once; 0 if there is none.
number_after() { # NAME TEXT
  local number='' digit found=1
  while ((found)); do
    found=0
    for digit in {0..9}; do
      ask "$1" "out:$2$number$digit"
      ((REPLY == 0)) || {
        number+=$digit found=1
        break
      }
    done
  done
  REPLY=${number:-0}
}
