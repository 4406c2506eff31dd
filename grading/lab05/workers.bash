# workers.bash - words of lab05's checks.
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
