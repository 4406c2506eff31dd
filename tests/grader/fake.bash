# shellcheck shell=bash
# fake.bash - a small course to try the grader on.
#
#   fake_course          makes one in $root: lab01 with four steps, lab02 which links lab01
#   fake_check FILE      replaces grading/FILE by what stands on stdin; %test stands for @test, which
#                        bats would take for its own
#   grader ...           runs its grader there
#   report ARGUMENT...   grades; then `shows PATTERN` and `lacks PATTERN` look at what was printed
#   refuses STATUS LINE ARGUMENT...   the grader must end so, with this one line (a bash pattern)
#   failing LINE...      the check of lab02 fails with these lines of explanation
#   step ARGUMENT...     grades as JSON, prints `number status` of each step, or what FIELDS names
#
# The grader finds its course from the place of its program, so a copy of it in build/grading is
# all that is needed.

fake_course() {
  root=$BATS_TEST_TMPDIR/course
  mkdir -p "$root"/{solutions,labs}/lab01-one "$root"/{solutions,labs}/lab02-two \
    "$root"/grading/lab0{1,2} "$root"/build/grading "$root"/docs
  cp "$(find_grader)" "$root/build/grading/grader"
  local tree
  for tree in solutions labs; do
    printf 'int main(void)\n{\n    return 0;\n}\n' >"$root/$tree/lab01-one/one.c"
    printf 'int main(void)\n{\n    return 0;\n}\n' >"$root/$tree/lab02-two/two.c"
  done
  cat >"$root/Makefile" <<'END'
FROM ?= labs
BASE ?= $(FROM)
key = $(subst /,+,$(FROM))$(if $(filter-out $(FROM),$(BASE)),~$(subst /,+,$(BASE)))
%-graded:
	@echo "  cc    $(wildcard $(FROM)/$*-*/*.c)"
	@mkdir -p build/$(key)/$*
	@echo $(BASE) > build/$(key)/$*/base
	@gcc -Wall -Wextra -o build/$(key)/$*/program $(wildcard $(FROM)/$*-*/*.c)
END
  echo 'lab02.links := lab01' >"$root/grading/lab02/lab.mk"
  fake_check lab01/plan.yaml <<'END'
lab: lab01
title: A lab that is none
page: docs/lab01-one.md
checks: [one.bats]
steps:
  - {id: start, title: It starts, points: 10, hints: [What starts?, See exec(3).]}
  - {id: second, title: It goes on, points: 20, needs: [start], hints: [What goes on?, See fork(2).]}
  - {id: third, title: It ends, points: 30, needs: [second], hints: [What ends?, See exit(3).], page: end}
  - {id: apart, title: Something else, points: 40, tests: 2, hints: [What else?, See else(3).]}
END
  fake_check lab02/plan.yaml <<'END'
lab: lab02
title: Another one
page: docs/lab02-two.md
checks: [two.bats]
steps:
  - {id: only, title: It is, points: 100, hints: [Is it?, See is(3).]}
END
  fake_check lab01/one.bats <<'END'
@test "start: it starts" { "$LAB_BUILD/program"; }
@test "second: it goes on" { true; }
@test "third: it ends" { true; }
@test "apart: this" { true; }
@test "apart: and that" { true; }
END
  fake_check lab02/two.bats <<'END'
@test "only: it is" { true; }
END
}

find_grader() {
  local course=$BATS_TEST_DIRNAME/../..
  "$course/grader" --version >/dev/null # builds it when it is stale
  echo "$course/build/grading/grader"
}

fake_check() {
  sed 's/^%test/@test/' >"$root/grading/$1"
}

grader() {
  (cd "$root" && build/grading/grader "$@")
}

# Grades, whatever comes of it, and keeps what was printed.
report() {
  grader "$@" >"$BATS_TEST_TMPDIR/out" 2>&1 || true
}

shows() { # GREP ARGUMENT...
  grep -q "$@" "$BATS_TEST_TMPDIR/out" || {
    echo "grep $* finds nothing in:"
    cat "$BATS_TEST_TMPDIR/out"
    return 1
  }
}

lacks() { # GREP ARGUMENT...
  if grep -n "$@" "$BATS_TEST_TMPDIR/out"; then
    return 1
  fi
}

refuses() { # STATUS PATTERN ARGUMENT...
  local status=0 said pattern=$2 expected=$1
  shift 2
  said=$(grader "$@" 2>&1) || status=$?
  # shellcheck disable=SC2053 # it is a pattern
  if [ "$status" -ne "$expected" ] || [[ $said != $pattern ]] || [[ $said == *$'\n'* ]]; then
    printf 'grader %s\nended with status %s and said:\n%s\n' "$*" "$status" "$said"
    return 1
  fi
}

step() {
  grader --format json "$@" | jq -r ".labs[].steps[] | ${FIELDS:-\"\\(.number) \\(.status)\"}"
}

failing() { # LINE...
  {
    echo '@test "only: it is" {'
    printf '  echo %q\n' "$@"
    echo '  false'
    echo '}'
  } | fake_check lab02/two.bats
}
