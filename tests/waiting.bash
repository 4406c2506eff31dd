# shellcheck shell=bash
# waiting.bash - `load waiting`: tests wait for what happens, and never for a time.

# Waits until the condition holds. A second is never needed; a minute is for a machine that is busy
# with other tests.
wait_until() { # COMMAND...
  for _ in {1..6000}; do
    if "$@"; then
      return 0
    fi
    read -rt 0.01 <> <(:) || true
  done
  echo "never: $*"
  return 1
}
