#!/bin/bash
# bench.sh - how long a verdict takes, beside two yardsticks of the same run.
#
# usage: tests/bench.sh [RUNS]         (`make bench`; 7 runs unless told)
#
# For each lab: the wall time of `./grader --from solutions LAB` with a warm build; one bats file
# with as many empty tests as the lab's plan expects; and the lab's program under memcheck, from
# its start until it has ended. Median of the runs, with the fastest and the slowest. Then the same
# for programs that are wrong beyond hope, tests/hopeless, in seconds.
. "$(dirname "$0")/lib.sh"

runs=${1:-7}

# Prints how many microseconds the command took.
microseconds() { # COMMAND...
  local start=${EPOCHREALTIME/./}
  "$@" >"$scratch/output" 2>&1 </dev/null || {
    echo "bench: $* ended with status $?:" >&2
    tail -n 5 "$scratch/output" >&2
    exit 1
  }
  echo $((${EPOCHREALTIME/./} - start))
}

# Sets median, fastest and slowest.
measure() { # COMMAND...
  local run times=()
  for ((run = 0; run < runs; run++)); do
    times+=("$(microseconds "$@")") || exit 1
  done
  mapfile -t times < <(printf '%s\n' "${times[@]}" | sort -n)
  median=${times[runs / 2]} fastest=${times[0]} slowest=${times[-1]}
}

milliseconds() { # MICROSECONDS
  echo "$((($1 + 500) / 1000)) ms"
}

ratio() { # A B
  printf '%d.%02d' $(($1 / $2)) $(($1 * 100 / $2 % 100))
}

# --- Yardsticks ------------------------------------------------------------------------------------

write_empty_tests() { # FILE COUNT
  local number
  for ((number = 1; number <= $2; number++)); do
    printf '@test "empty %d" {\n  :\n}\n' "$number"
  done >"$1"
}

# Waits until someone listens on the port of 127.0.0.1 or of all addresses. It looks and looks
# again, for what is to be measured is a few hundredths of a second.
wait_for_listener() { # PORT PID
  local line hex
  hex=$(printf '%04X' "$1")
  while kill -0 "$2" 2>/dev/null; do
    while read -r line; do
      [[ $line == *":$hex "*" 0A "* ]] && return
    done < <(cat /proc/net/tcp /proc/net/tcp6 2>/dev/null)
  done
  return 1
}

free_port() {
  local port=20000
  while grep -qi ":$(printf '%04X' $port) " /proc/net/tcp /proc/net/tcp6 2>/dev/null; do
    port=$((port + 1))
  done
  echo $port
}

# No function: in the background it would be a shell of its own, and TERM would end only that.
memcheck=(valgrind --quiet --vgdb=no --leak-check=full)

# A server is started and told to end as soon as it listens. A client talks to an nc that has
# nothing to say.
start_to_stop() { # LAB PROGRAM
  local port pid
  port=$(free_port)
  local workers=()
  [ "$1" != lab05 ] || workers=(2)
  case $(basename "$2") in
  server)
    "${memcheck[@]}" "$2" "$port" "${workers[@]}" &
    pid=$!
    wait_for_listener "$port" $pid || return 1
    kill -TERM $pid
    wait $pid
    return 0
    ;;
  client)
    nc -N -l 127.0.0.1 "$port" </dev/null &
    wait_for_listener "$port" $! || return 1
    "${memcheck[@]}" "$2" 127.0.0.1 "$port"
    ;;
  *) "${memcheck[@]}" "$2" 127.0.0.1 "$port" ;;
  esac
}

# --- The table -------------------------------------------------------------------------------------

row() { # LABEL [TESTS BATS MEMCHECK]
  local spread
  spread="$(((fastest + 500) / 1000))-$(((slowest + 500) / 1000))"
  if [ $# -eq 1 ]; then
    printf '%-22s %8s %12s\n' "$1" "$(milliseconds "$median")" "$spread"
  else
    printf '%-22s %8s %12s %6s %8s %7s %9s %7s\n' "$1" "$(milliseconds "$median")" "$spread" \
      "$2" "$(milliseconds "$3")" "$(ratio "$median" "$3")" "$(milliseconds "$4")" "$(ratio "$median" "$4")"
  fi
}

bench_lab() { # LAB
  local lab=$1 program count bats_time memcheck_time
  program=build/solutions/$lab/$(sed -n "s/^$lab\.program *:= *//p" "grading/$lab/lab.mk")
  count=$(plan_steps "$lab" | jq 'map(.tests) | add')
  write_empty_tests "$scratch/$lab.bats" "$count"
  measure bats "$scratch/$lab.bats"
  bats_time=$median
  measure start_to_stop "$lab" "$program"
  memcheck_time=$median
  measure ./grader --from solutions "$lab"
  row "$lab" "$count" "$bats_time" "$memcheck_time"
}

# --- Programs beyond hope --------------------------------------------------------------------------

kinds() { # server|client
  sed -n 's/^enum { \(.*\) };$/\1/p' "tests/hopeless/$1.c" | tr -d ,
}

# A column for each lab of this program, a row for each way to be wrong.
bench_hopeless() { # server|client
  local labs=() lab kind tree
  for lab in $(lab_names); do
    ! grep -q "^$lab.program *:= *$1\$" "grading/$lab/lab.mk" || labs+=("$lab")
  done
  printf '\n%-22s' "a $1 that"
  printf ' %8s' "${labs[@]}"
  for kind in right $(kinds "$1"); do
    printf '\n%-22s' "$([ "$kind" = right ] && echo "is right" || tr A-Z_ 'a-z ' <<<"$kind")"
    for lab in "${labs[@]}"; do
      tree=solutions
      if [ "$kind" != right ]; then
        tree=build/hopeless/$lab-$kind
        mkdir -p "$tree/$(lab_directory "$lab")"
        { echo "#define HOPELESS $kind" && cat "tests/hopeless/$1.c"; } >"$tree/$(lab_directory "$lab")/$1.c"
        make -s "$lab-graded" FROM="$tree" BASE=solutions >/dev/null || exit 1
      fi
      measure grade_any "$tree" "$lab"
      printf ' %6d.%02d' $((median / 1000000)) $((median / 10000 % 100))
      [ "$tree" = solutions ] || rm -rf "$tree"
      [ "$tree" = solutions ] || forget_build "$tree"
    done
  done
  echo
}

# Passed or not is all the same here, but there must be a verdict.
grade_any() { # TREE LAB
  ./grader --no-trace --from "$1" --base solutions "$2"
  [ $? -le 1 ]
}

prepare
make -s lab03 >/dev/null 2>&1 # the unchanged build that is measured below
printf '%s, %s cores, Linux %s, gcc %s, valgrind %s; %s runs, median\n\n' \
  "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$(uname -r)" \
  "$(gcc -dumpfullversion)" "$(valgrind --version | sed 's/valgrind-//')" "$runs"
printf '%-22s %8s %12s %6s %8s %7s %9s %7s\n' "" verdict "min-max" tests "in bats" ratio memcheck ratio
for lab in $(lab_names); do
  bench_lab "$lab"
done
measure ./grader --from solutions all
row all
measure make lab03
row "make lab03, unchanged"
bench_hopeless server
bench_hopeless client
