# shellcheck shell=bash
# session.bash - what the shell of a page knows before the first command. See session.c.

unset BASH_ENV # it is for this shell, not for those that it starts

# Waits until a program listens on the port. No longer than the one that was started for it lives:
# what it said then stands on the page.
await_listener() { # PORT PID
  local line hex looks
  hex=$(printf '%04X' "$1")
  for ((looks = 0; looks < 3000; looks++)); do
    while read -r line; do
      [[ $line == *":$hex "*" 0A "* ]] && return
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
    kill -0 "$2" 2>/dev/null || return
    read -rt 0.01 <> <(:)
  done
}
