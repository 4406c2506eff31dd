# shellcheck shell=bash
# play.bash - plays the command lines of a step, slowly enough to watch: ./grader --replay --run
#
# usage: bash play.bash LINES     in the box; LINES as --replay prints them: `# what it shows`, commands
#
# Each line is shown as it would be typed, and then run. An nc that waits for somebody to type gets
# a line after a moment. What a line has not finished in ten seconds is ended; what a test left in
# the background ends with the test.
cd "${COURSE:?}" || exit 3
readonly LINE_SECONDS=10 PAUSE=${PLAY_PAUSE:-1}

let_pass() { # SECONDS
  read -rt "$1" <> <(:) || true
}

type_a_line() {
  let_pass "$PAUSE"
  echo 'hello    (typed)' >&2
  echo hello
  let_pass "$PAUSE"
}

nc() {
  if [[ -p /dev/stdin || -f /dev/stdin ]]; then
    command nc "$@"
  else
    type_a_line | command nc -N "$@"
  fi
}

end_all() { # PID...
  [ $# -eq 0 ] || kill -CONT "$@" 2>/dev/null
  [ $# -eq 0 ] || kill "$@" 2>/dev/null
}

end_background() {
  # shellcheck disable=SC2046 # words
  end_all $(jobs -p)
  wait 2>/dev/null
}

# Ends what this shell has begun since: the line that is run.
end_line_later() { # PID...: who was there before
  let_pass "$LINE_SECONDS"
  local pid
  for pid in $(pgrep -P $$); do
    [[ " $* $BASHPID " == *" $pid "* ]] || end_all "$pid"
  done
  echo '(it goes on; ended after ten seconds)'
}

play() { # LINE
  local watch
  printf '$ %s\n' "$1"
  let_pass "$PAUSE"
  # shellcheck disable=SC2046
  end_line_later $(pgrep -P $$) &
  watch=$!
  eval "$1"
  kill "$watch" 2>/dev/null
  wait "$watch" 2>/dev/null
  let_pass "$PAUSE"
}

while IFS= read -r -u 9 line; do
  case $line in
  '') echo ;;
  '# '*)
    end_background
    printf '%s\n' "$line"
    ;;
  *) play "$line" ;;
  esac
done 9<<<"$1"
end_background
