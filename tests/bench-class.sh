#!/bin/bash
# bench-class.sh - what a class costs: time and memory for a few submissions and for many.
#
# usage: tests/bench-class.sh [-l LAB] [N...]     (`make bench-class`; all labs; 10 100 300)
#
# For each N a class of N submissions is made, and graded from nothing by `./grader --class`. Of ten
# submissions four are the solution, two the starters, three have a bug of tests/bugs in one lab, and
# one is beyond hope in every lab (tests/hopeless). Memory is that of all processes together, each
# page counted once (Pss), looked at each second, and the most that the class itself ever had.
. "$(dirname "$0")/lib.sh"
. tests/trees.sh

labs=all
if [ "${1:-}" = -l ]; then
  labs=$2
  shift 2
fi
[ $# -gt 0 ] || set -- 10 100 300

hopeless_kinds() { # server|client
  sed -n 's/^enum { \(.*\) };$/\1/p' "tests/hopeless/$1.c" | tr -d ,
}

# --- Submissions -----------------------------------------------------------------------------------

# Thirty bugs from all over the labs that are graded, the same each time.
mapfile -t bugs < <(all_bugs | if [ "$labs" = all ]; then cat; else grep "/$labs/"; fi |
  awk '{ bug[NR] = $0 } END { for (i = 0; i < 30; i++) print bug[1 + int(i * NR / 30)] }')

hand_in_hopeless() { # DIRECTORY NUMBER
  local lab program kinds
  cp -R labs/. "$1"
  patch --force --quiet --strip=1 --directory="$1" <tests/bugs/lab00/read-eof-spin.patch >/dev/null
  for lab in $(lab_names); do
    program=$(sed -n "s/^$lab\.program *:= *//p" "grading/$lab/lab.mk")
    [ -e "tests/hopeless/$program.c" ] || continue
    mapfile -t kinds < <(hopeless_kinds "$program" | tr ' ' '\n')
    { echo "#define HOPELESS ${kinds[$2 % ${#kinds[@]}]}" && cat "tests/hopeless/$program.c"; } \
      >"$1/$(lab_directory "$lab")/$program.c"
  done
}

# Each is unlike all others, by a comment at least.
hand_in() { # DIRECTORY NUMBER
  local file
  mkdir -p "$1"
  case $(($2 % 10)) in
  1 | 6) cp -R labs/. "$1" ;;
  2 | 4 | 7)
    cp -R solutions/. "$1"
    apply "${bugs[$2 / 10 * 3 % 30 + $2 % 10 / 3]}" "$1"
    ;;
  9) hand_in_hopeless "$1" $(($2 / 10)) ;;
  *) cp -R solutions/. "$1" ;;
  esac
  for file in "$1"/*/*.c; do
    echo "// $2" >>"$file"
  done
}

# --- One class -------------------------------------------------------------------------------------

# Prints what a process and all that it started hold now, in KiB.
memory_of() { # PID
  ps -e -o pid= -o ppid= | awk -v root="$1" '
    { parent[$1] = $2 }
    END {
      for (p in parent) {
        for (q = p; q != root && q in parent; ) q = parent[q]
        if (q == root) print "/proc/" p "/smaps_rollup"
      }
    }' | xargs cat 2>/dev/null | awk '/^Pss:/ { sum += $2 } END { print sum + 0 }'
}

watch_memory() { # PID
  local now most=0 own=0 line
  while line=$(grep VmHWM "/proc/$1/status" 2>/dev/null); do # one that has ended has none
    own=${line//[!0-9]/}
    now=$(memory_of "$1")
    [ "$now" -le "$most" ] || most=$now
    echo "$most $own" >"$scratch/memory"
    read -r -t 1 <>"$scratch/never" # a second: nothing is ever written there
  done
}

# Clock ticks of all children that have ended, theirs included.
ticks() {
  local stat
  read -r stat <"/proc/$$/stat"
  read -r -a stat <<<"${stat##*) }"
  echo $((stat[13] + stat[14]))
}

bench_class() { # N
  local number start wall cpu before pid status=0 most own
  rm -rf "$scratch/class" "$scratch/results"
  for ((number = 0; number < $1; number++)); do
    hand_in "$scratch/class/$(printf '%03d' "$number")" "$number" || exit 1
  done
  before=$(ticks)
  start=${EPOCHREALTIME/./}
  ./grader --class "$scratch/class" -o "$scratch/results" "$labs" >"$scratch/output" 2>&1 &
  pid=$!
  watch_memory $pid
  wait $pid || status=$?
  wall=$((${EPOCHREALTIME/./} - start))
  cpu=$(($(ticks) - before))
  if [ "$status" -ne 0 ] || ! grep -q "^$1 graded, 0 as before, 0 could not be graded" "$scratch/output"; then
    tail -n 5 "$scratch/output" >&2
    exit 1
  fi
  read -r most own <"$scratch/memory"
  awk -v n="$1" -v wall=$wall -v cpu=$cpu -v hz="$(getconf CLK_TCK)" -v most="$most" -v own="$own" 'BEGIN {
    printf "%6d %8.1f min %10.2f s %12.2f s %10.0f MB %10.0f MB\n",
      n, wall / 6e7, wall / 1e6 / n, cpu / hz / n, most / 1024, own / 1024 }'
}

prepare
mkfifo "$scratch/never"
printf '%s, %s cores; %s\n\n' "$(sed -n 's/^model name[^:]*: //p' /proc/cpuinfo | head -n 1)" "$(nproc)" "$labs"
printf '%6s %12s %12s %14s %13s %13s\n' class time 'each' 'processor' 'all memory' 'its own'
for count; do
  bench_class "$count"
done
