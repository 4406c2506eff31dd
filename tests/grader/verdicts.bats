#!/usr/bin/env bats
# verdicts.bats - what the lines of a check mean for its step, and the exit status.

setup() {
  load fake
  fake_course
}

# grader ARGUMENT... must end with this status.
ends_with() { # STATUS ARGUMENT...
  local status=0 expected=$1
  shift
  grader "$@" >"$BATS_TEST_TMPDIR/report" 2>&1 || status=$?
  [ "$status" -eq "$expected" ] || {
    echo "status $status"
    cat "$BATS_TEST_TMPDIR/report"
    return 1
  }
}

@test "all passed: status 0 and full points" {
  ends_with 0 all
  [ "$(grader -f json all | jq '[.labs[].score] | add')" = 200 ]
}

@test "the JSON has the promised keys, in their order" {
  [ "$(grader -f json lab02 | jq -c 'keys_unsorted')" = '["grader","seed","isolation","labs"]' ]
  [ "$(grader -f json lab02 | jq -c '.labs[0] | keys_unsorted')" = \
    '["lab","from","score","max_score","seconds","steps"]' ]
  [ "$(grader -f json lab02 | jq -c '.labs[0].steps[0] | keys_unsorted')" = \
    '["number","id","title","points","score","status","message","page","seconds"]' ]
  [ "$(FIELDS=.page step lab01 3)" = docs/lab01-one.md#end ]
  [ "$(FIELDS=.page step lab01 2)" = docs/lab01-one.md#second ]
}

@test "a failed check: failed, status 1, the whole story in the message" {
  failing 'did| this' 'did| and that' 'noise' 'expected| x' 'got| y' 'got|   ^' 'note| n' 'try| ./t'
  [ "$(step lab02)" = "1 failed" ]
  ends_with 1 lab02
  [ "$(FIELDS=.message step lab02)" = "$(printf '%s\n' 'did: this' 'did: and that' 'expected: x' \
    'got: y' 'got:   ^' 'note: n' 'by hand: ./t')" ]
}

@test "what a failed step is needed for is not reached, even when its own checks are ok" {
  sed -i '2s/true/echo "got| y"; false/' "$root/grading/lab01/one.bats"
  [ "$(step lab01 | tr '\n' ' ')" = "1 passed 2 failed 3 not_reached 4 passed " ]
  FIELDS=.message step lab01 | grep -qx 'it needs step 2 (It goes on)'
  [ "$(grader -f json lab01 | jq .labs[0].score)" = 50 ]
}

@test "one step alone still needs what it needs" {
  sed -i '1s/{.*}/{ echo "got| y"; false; }/' "$root/grading/lab01/one.bats"
  [ "$(step lab01 third)" = "3 not_reached" ]
  FIELDS=.message step lab01 third | grep -qx 'it needs step 1 (It starts)'
}

@test "checks that can't count any more are not waited for" {
  fake_check lab01/one.bats <<'END'
%test "start: it starts" { echo "got| y"; false; }
%test "second: it goes on" { tail -f /dev/null; }
%test "third: it ends" { true; }
END
  sed -i 's/\[one.bats\]/[one.bats, other.bats]/' "$root/grading/lab01/plan.yaml"
  fake_check lab01/other.bats <<'END'
%test "apart: this" { true; }
%test "apart: and that" { true; }
END
  before=$SECONDS
  [ "$(step lab01 | tr '\n' ' ')" = "1 failed 2 not_reached 3 not_reached 4 passed " ]
  [ $((SECONDS - before)) -lt 20 ]
}

@test "a check skipped for what it needs is not reached; any other skip is an error" {
  sed -i '1s/{.*}/{ echo "got| y"; false; }/; 2s/true/skip "needs start"/' "$root/grading/lab01/one.bats"
  [ "$(step lab01 | tr '\n' ' ')" = "1 failed 2 not_reached 3 not_reached 4 passed " ]
  fake_check lab02/two.bats <<<'@test "only: it is" { skip "no reason"; }'
  [ "$(step lab02)" = "1 error" ]
}

@test "not written: the step's own TODO" {
  failing 'todo| labs/lab02-two/two.c:7: step 1 is not written yet'
  [ "$(step lab02)" = "1 not_written" ]
  ends_with 1 lab02
  FIELDS=.message step lab02 | head -n 1 | grep -qx labs/lab02-two/two.c:7
}

@test "not reached: the TODO of another step of the lab" {
  sed -i '5s/true/echo "todo| labs\/lab01-one\/one.c:7: step 3 is not written yet"; false/' \
    "$root/grading/lab01/one.bats"
  [ "$(step lab01 | tail -n 1)" = "4 not_reached" ]
  FIELDS=.message step lab01 | grep -q '^it stops in step 3 (labs/lab01-one/one.c:7), which is not'
}

@test "not reached: the TODO of an earlier lab" {
  failing 'todo| labs/lab01-one/one.c:7: step 3 is not written yet'
  [ "$(step lab02)" = "1 not_reached" ]
  FIELDS=.message step lab02 | head -n 1 | grep -qxF 'it stops in lab01 step 3 (labs/lab01-one/one.c:7), which lab02 builds on: write that first, or link the reference'\''s with --base solutions'
}

@test "a TODO that makes no sense is an error" {
  failing 'todo| what?'
  [ "$(step lab02)" = "1 error" ]
  failing 'todo| labs/lab77-no/two.c:7: step 1 is not written yet'
  [ "$(step lab02)" = "1 error" ]
}

@test "the fault of an earlier lab is told first" {
  failing 'expected| x' 'got| y'
  sed -i 's/false/[ "$(cat $LAB_BUILD\/base)" = solutions ]/' "$root/grading/lab02/two.bats"
  [ "$(step lab02)" = "1 failed" ]
  FIELDS=.message step lab02 | head -n 1 | grep -qx "Step 1 holds with the reference's earlier \
pieces: the fault is in your lab01. Try ./grader lab01 first."
  [ "$(step --base solutions lab02)" = "1 passed" ]
  [ "$(FIELDS=.message step --from solutions lab02 | head -n 1)" = "" ]
}

@test "grader errors: status 3, and never a pass" {
  failing 'broken| nc is not there'
  ends_with 3 lab02
  [ "$(step lab02)" = "1 error" ]
  failing 'no explanation at all'
  [ "$(step lab02)" = "1 error" ]
  : | fake_check lab02/two.bats
  [ "$(step lab02)" = "1 error" ]
  echo '@test "other: it is" { true; }' | fake_check lab02/two.bats
  [ "$(step lab02)" = "1 error" ]
  printf '@test "only: it is" { true; }\n@test "only: again" { true; }\n' | fake_check lab02/two.bats
  [ "$(step lab02)" = "1 error" ]
  printf '@test "only: it is" { true; }\n@test "other: it is" { true; }\n' | fake_check lab02/two.bats
  [ "$(step lab02)" = "1 error" ]
  echo '@test "only: it is" { kill -KILL $PPID $BASHPID; }' | fake_check lab02/two.bats
  [ "$(step lab02)" = "1 error" ]
  echo '@test "only: it is" { if [ ; }' | fake_check lab02/two.bats
  [ "$(step lab02)" = "1 error" ]
  [ "$(grader -f json lab02 | jq .labs[0].score)" = 0 ]
}

@test "a step with several tests needs all of them" {
  sed -i '5s/true/echo "got| y"; false/' "$root/grading/lab01/one.bats"
  [ "$(step lab01 apart)" = "4 failed" ]
  sed -i 5d "$root/grading/lab01/one.bats"
  [ "$(step lab01 apart)" = "4 error" ]
}

@test "checks get the promised environment, and nothing else" {
  echo '@test "only: it is" { env | sort | sed "s/^/got| /"; false; }' | fake_check lab02/two.bats
  FIELDS=.message SECRET=1 BASH_ENV=/nosuch step lab02 | sed -n 's/^got: \([A-Z_]*\)=.*/\1/p' |
    grep -v '^\(BATS_.*\|PWD\|OLDPWD\|SHLVL\|_\)$' >"$BATS_TEST_TMPDIR/names"
  [ "$(tr '\n' ' ' <"$BATS_TEST_TMPDIR/names")" = \
    "COURSE HOME LAB LAB_BUILD LC_ALL PATH SCRATCH SEED TMPDIR TOOLS " ]
}
