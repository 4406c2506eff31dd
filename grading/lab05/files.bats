#!/usr/bin/env bats
# The two small programs: memory that is copied on write, and a file that is copied by way of memory.

load ../lib/checks
load words

setup_file() {
  # What the programs write must not be in a directory of ours.
  PLACE=$(mktemp -d "${SCRATCH:-/tmp}/files.XXXXXX")
  chmod 777 "$PLACE"
  mkdir "$PLACE/files"
  chmod 777 "$PLACE/files"
  # Bytes of all kinds, another page each time. A seed makes others.
  { printf 'a\0\xff\n' && seq "$((SEED % 1000000))" 2000000; } 2>/dev/null | head -c 1500000 >"$PLACE/bytes"
  export PLACE
}

teardown_file() {
  rm -rf "$PLACE"
}

# --- cow -------------------------------------------------------------------------------------------

refused() { # PROGRAM ARGUMENT...
  local program=$1
  shift
  start "$program" -- "$LAB_BUILD/$program" "$@"
  ended "$program" nonzero
  check "$program" lines:stderr '>=' 1
}

copies_pages() { # PAGES WRITES
  start cow -- "$LAB_BUILD/cow" "$1" "$2"
  ended cow zero
  check cow 'out:child: number 2, copied ' 1
  check cow 'out:parent: number 1' 1
  number_after cow 'copied\x20'
  ((REPLY >= $2 && REPLY <= $2 + 16)) || fail "copied N pages, with N from $2 to $(($2 + 16))" "copied $REPLY pages"
  check cow "out:copied $REPLY pages" 1
}

@test "cow: what the child writes is its own, and only what it writes is copied" {
  by_hand './cow 240 60 < /dev/null; ./cow 240 0 < /dev/null; ./cow 80 60 < /dev/null'
  copies_pages 240 60
  copies_pages 240 0
  copies_pages 80 60
  copies_pages 1 1
  refused cow
  refused cow 10
  refused cow 10 11
  refused cow 0 0
  refused cow ten 1
  refused cow 10 1x
  refused cow 10 -1
  refused cow 10 "''"
  refused cow 10 5 5
  start cow faults=fork:EAGAIN:1 -- "$LAB_BUILD/cow" 10 5
  ended cow nonzero
  check cow lines:stderr '>=' 1
}

@test "cow: while the child waits, the kernel says the same of both" {
  by_hand './cow 240 60    # and in a second terminal:' \
    'for p in $(pgrep -x cow); do grep -E "Rss|_Dirty" /proc/$p/smaps_rollup; done'
  local kib few
  kib=$(($(getconf PAGESIZE) / 1024))
  start few talk=F -- "$LAB_BUILD/cow" 1 1
  client F expect 'child: number 2, copied '
  ask few resident-kb
  few=$REPLY
  start cow talk=C -- "$LAB_BUILD/cow" 240 60
  client C expect 'child: number 2, copied '
  check cow processes 2
  # Both have all pages, whatever else they have.
  check cow resident-kb '>=' $((few + 2 * 200 * kib))
  check cow private-kb '>=' $((60 * kib))
  # Stack, variables and buffers are copied, too.
  check cow private-kb '<=' $((180 * kib))
  client C shut
  ended cow zero
  # A line will do as well.
  client F send 'go on\n'
  ended few zero
}

# --- copy ------------------------------------------------------------------------------------------

# Anybody may change it: what a wrong program does must be seen.
make_file() { # NAME SIZE
  rm -f "$PLACE/files/$1"
  umask 0
  head -c "$2" "$PLACE/bytes" >"$PLACE/files/$1"
}

copies_file() { # SIZE
  local came
  make_file from "$1"
  start copy -- "$LAB_BUILD/copy" "$PLACE/files/from" "$PLACE/files/to"
  ended copy zero
  if ! cmp -s "$PLACE/files/from" "$PLACE/files/to"; then
    came=$(stat -c '%s bytes' "$PLACE/files/to" 2>/dev/null) || came='no such file'
    fail "a copy of $1 bytes" "$came, and not the same"
  fi
}

@test "copy: the new file has the bytes of the old one" {
  by_hand 'head -c 10000 /dev/urandom > /tmp/a; ./copy /tmp/a /tmp/b; cmp /tmp/a /tmp/b' \
    'true > /tmp/a; ./copy /tmp/a /tmp/b; cmp /tmp/a /tmp/b'
  local page size
  page=$(getconf PAGESIZE)
  for size in 1 $((page - 1)) "$page" $((page + 1)) 0 $((3 * page)) 600000; do
    rm -f "$PLACE/files/to"
    copies_file "$size"
  done
  check copy lines:stdout 0
}

@test "copy: what was there before is replaced" {
  by_hand 'head -c 10000 /dev/urandom > /tmp/b; echo short > /tmp/a; ./copy /tmp/a /tmp/b; cat /tmp/b'
  rm -f "$PLACE/files/to"
  make_file to 200000
  copies_file 100
  make_file to 200000
  copies_file 0
}

# Puts into REPLY what is in the place: names and contents.
look_at_place() {
  REPLY=$(cd "$PLACE/files" && shopt -s dotglob && cksum -- * 2>/dev/null)
}

# The same for reading: `from (10000 bytes), old (5000 bytes)`.
in_words() {
  sed 's/^[0-9]* \([0-9]*\) \(.*\)/\2 (\1 bytes)/' <<<"$1" | paste -sd , | sed 's/,/, /g'
}

# The copy fails, and leaves all as it was.
fails_to_copy() { # FROM TO REASON [OPTION...]
  local from=$1 to=$2 reason=$3
  shift 3
  start copy "$@" -- "$LAB_BUILD/copy" "$PLACE/files/$from" "$PLACE/files/$to"
  ended copy nonzero
  check copy "err:$reason" '>=' 1
  look_at_place
  [ "$REPLY" = "$before" ] ||
    fail "all files as they were: $(in_words "$before")" "other bytes, or files: $(in_words "$REPLY")"
}

@test "copy-errors: what can't be read or made is told, and nothing is left behind" {
  by_hand './copy /tmp/nothing /tmp/b; ./copy /tmp /tmp/b; ./copy README.md /nowhere/b' \
    'head -c 9000 /dev/urandom > /tmp/a; (trap "" XFSZ; ulimit -f 1; ./copy /tmp/a /tmp/b); ls -l /tmp' \
    'cp /tmp/a /tmp/c; ./copy /tmp/a /tmp/a; cmp /tmp/a /tmp/c'
  local to before
  rm -rf "${PLACE:?}"/files/*
  make_file from 10000
  make_file old 5000
  make_file large 1500000
  mkdir "$PLACE/files/directory"
  look_at_place
  before=$REPLY
  fails_to_copy directory new "$PLACE/files/directory"
  # No call has failed then, and there is a reason all the same.
  check copy err:Success 0
  for to in old new; do
    fails_to_copy nothing "$to" 'No such file'
    check copy "err:$PLACE/files/nothing" '>=' 1
    # No program here may write more than a megabyte into a file.
    fails_to_copy large "$to" 'File too large'
  done
  fails_to_copy from nowhere/new 'No such file'
  check copy "err:$PLACE/files/nowhere/new" '>=' 1
  fails_to_copy from directory "$PLACE/files/directory"
  fails_to_copy from "$(printf 'deep/%.0s' {1..820})" 'too long'
  refused copy
  refused copy "$PLACE/files/from"
  refused copy "$PLACE/files/from" "$PLACE/files/new" "$PLACE/files/old"
  # A file is a copy of itself. It may be an error, too.
  start copy -- "$LAB_BUILD/copy" "$PLACE/files/old" "$PLACE/files/old"
  ended copy exit
  look_at_place
  [ "$REPLY" = "$before" ] ||
    fail "a file that is copied to itself stays as it is: $(in_words "$before")" "$(in_words "$REPLY")"
}

@test "copy-errors: when there is no mapping, there is no copy" {
  by_hand 'LD_PRELOAD=build/grading/misbehave.so FAULTS=mmap:ENOMEM:1 ./copy README.md /tmp/new' \
    'LD_PRELOAD=build/grading/misbehave.so FAULTS=mmap:ENOMEM:2 ./copy README.md /tmp/new; ls /tmp'
  local to before
  rm -rf "${PLACE:?}"/files/*
  make_file from 10000
  make_file old 5000
  look_at_place
  before=$REPLY
  for to in old new; do
    fails_to_copy from "$to" 'mmap' faults=mmap:ENOMEM:2
    check copy 'err:Cannot allocate memory' '>=' 1
  done
  fails_to_copy from new 'mmap' faults=mmap:ENOMEM:1
}
