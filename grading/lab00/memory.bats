#!/usr/bin/env bats
# memory.bats - lab00's functions under memcheck, at many sizes.

@test "memory: memcheck finds nothing in any function" {
  local program=$LAB_BUILD/exercise log=$BATS_TEST_TMPDIR/memcheck words=$BATS_TEST_TMPDIR/words
  local status=0 try="try| valgrind --leak-check=full --track-origins=yes ${program#"$COURSE"/}"

  if [[ -n ${REPLAY:-} ]]; then
    echo "$try"
    return 1
  fi
  valgrind -q --vgdb=no --read-inline-info=no --error-exitcode=9 --leak-check=full --track-origins=yes --log-file="$log" \
    "$program" </dev/null >"$words" 2>&1 3>&- || status=$?
  if ((status == 0)) && [[ ! -s $log && $(tail -n 1 "$words") == "done" ]]; then
    return 0
  fi
  if ((status == 126 || status == 127)); then
    echo "broken| valgrind or $program cannot be started"
    return 1
  fi
  if grep -h 'step [0-9]* is not written yet' "$words" | sed 's/^/todo| /' | grep .; then
    return 1
  fi
  echo 'did| called every function with buffers of exactly the size it was told, under memcheck'
  echo 'expected| memcheck finds nothing to report'
  if [[ -s $log ]]; then
    first_error "$log" | sed 's/^/got| /'
  else
    echo "got| a function ended the whole program with exit status $status"
  fi
  tail -n 1 "$words" | grep -v '^done$' | sed 's/^/note| the last line it printed: /'
  echo "$try"
  return 1
}

# What was wrong, and where in the learner's files. An error ends at an empty line.
first_error() {
  sed -e 's/^==[0-9]*== \{0,1\}//' -e '/^ *$/Q' "$1" |
    sed -e '/exercise\.c:/d' -e '/ (in \/.*)$/d' -e 's/\(at\|by\) 0x[0-9A-F]*:/\1/' \
      -e 's/Address 0x[0-9a-f]*/It/' -e 's/ *$//'
}
