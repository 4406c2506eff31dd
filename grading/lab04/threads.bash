# threads.bash - what the checks of lab04 must know of the server's own threads.
# shellcheck shell=bash

# Puts into REPLY which call of pthread_create is for the second client. What the server starts for
# itself, and the thread of the first, come before.
find_second_create() {
  start_server
  client A connect
  client A echo 1
  # It may still be making threads of its own.
  await server busy 0
  ask server threads
  local threads=$REPLY
  finish server
  fresh_port
  REPLY=$threads
}
