#!/usr/bin/env bats
# look.bats - the report for people: 80 columns, colours, marks, hostile text, progress.

setup() {
  load fake
  fake_course
}

# Runs the grader on a terminal of its own and keeps what it wrote there.
on_terminal() {
  (cd "$root" && script -qec "stty cols 80; build/grading/grader $*" /dev/null </dev/null) \
    >"$BATS_TEST_TMPDIR/out" || true
}

@test "no colour and no progress where there is no terminal" {
  failing 'expected| x' 'got| y'
  report lab02
  lacks $'[\e\r]'
}

@test "colour and progress on a terminal" {
  failing 'expected| x' 'got| y'
  TERM=xterm on_terminal lab02
  shows $'\e\\[1;31m'
  shows $'\rlab02: [0-9] of 1 checks'
}

@test "no colour with NO_COLOR or on a dumb terminal" {
  failing 'expected| x' 'got| y'
  NO_COLOR=1 TERM=xterm on_terminal lab02
  shows '0 of 100 points'
  lacks $'\e\\[[0-9;]*m'
  TERM=dumb on_terminal lab02
  shows '0 of 100 points'
  lacks $'\e'
  lacks $'\r.'
}

@test "ASCII only where the locale is not UTF-8" {
  failing 'expected| 7 – 8' 'got| 中'
  LC_ALL=C.UTF-8 report lab02
  shows ✗
  LC_ALL=C report lab02
  LC_ALL=C lacks '[^ -~]'
  shows 'expected  7 - 8'
}

@test "a failed step is explained, with how to go on" {
  failing 'did| this' 'expected| x' 'got| y' 'note| n' 'try| ./t'
  report lab02
  for line in 'check     it is' 'did       this' 'expected  x' 'got       y' 'note      n' \
    'by hand   ./t' 'read      docs/lab02-two.md#only' 'hint      ./grader --hint lab02 1'; do
    shows -xF "         $line"
  done
}

@test "what is not written is the next thing to do" {
  failing 'todo| labs/lab02-two/two.c:7: step 1 is not written yet'
  report lab02
  shows 'Next: It is$'
  shows -xF '         write     labs/lab02-two/two.c:7'
}

@test "no line is longer than 80 columns" {
  long=$(printf 'word %.0s' {1..100})
  failing "did| $long" "expected| $long" "got| $long" "note| $long"
  sed -i "s/title: It is/title: '$long'/" "$root/grading/lab02/plan.yaml"
  report lab02
  lacks '.\{81\}'
}

@test "a hundred lines of explanation are cut" {
  mapfile -t lines < <(printf 'got| %d\n' {1..100})
  failing 'expected| x' "${lines[@]}"
  [ "$(grader lab02 | wc -l)" -lt 40 ]
}

@test "control characters and bytes that are no UTF-8 do not reach the terminal" {
  cat >"$BATS_TEST_TMPDIR/bytes" <<<$'got| \e]0;title\a\e[2J\r\b\x7f\xff\xc3(\xed\xa0\x80\xc2\x9b\u202e done'
  fake_check lab02/two.bats <<<"%test \"only: it is\" { cat '$root/grading/bytes'; false; }"
  cp "$BATS_TEST_TMPDIR/bytes" "$root/grading/bytes"
  report lab02
  LC_ALL=C lacks $'[\x01-\x09\x0b-\x1f\x7f]'
  iconv -f UTF-8 -t UTF-8 "$BATS_TEST_TMPDIR/out" >/dev/null
  shows -F '\x1b]0;title\x07\x1b[2J\r\x08\x7f'
  shows -F '\x9b\u{202e} done'
  [ "$(step lab02)" = "1 failed" ]
}

@test "several labs: one that was not begun takes two lines" {
  sed -i 's/{.*}/{ echo "todo| labs\/lab01-one\/one.c:7: step 1 is not written yet"; false; }/' \
    "$root/grading/lab01/one.bats"
  report all
  shows -x '         and 3 more steps; it begins at labs/lab01-one/one.c:7'
  shows -x 'all together: 100 of 200 points'
}

@test "what the box is, or why there is none, is told" {
  [ "$(grader -f json --box off lab02 | jq -r .isolation)" = none ]
  report --box off lab02
  shows '^Without a box (--box off):'
}
