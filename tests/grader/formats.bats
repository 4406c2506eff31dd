#!/usr/bin/env bats
# formats.bats - the verdict in the forms that other systems read: each is valid, says the same, and
# stays so whatever a program or a path says.

bats_require_minimum_version 1.5.0

# What would end a string, an element, a block or a line in one of them.
hostile=$'</pre></details>]]></failure><script>alert(1)</script> | `x` **b** ::error file=x::y ##[error] # skip \\ "q" \' & %0A \001\x1b[31m \xff \xef\xbf\xbf \xe2\x80\xae'

setup() {
  load fake
  fake_course
  out=$BATS_TEST_TMPDIR/out
}

# Four ends at once: passed, failed with hostile words, not reached, and an error in the other lab.
mixed() {
  {
    printf 'words=%q\n' "$hostile"
    cat
  } <<'END' | fake_check lab01/one.bats
%test "start: it starts" { true; }
%test "second: it goes on" { printf 'did| %s\nexpected| %s\ngot| %s\n' "$words" "$words" "$words"; false; }
%test "third: it ends" { true; }
%test "apart: this" { true; }
%test "apart: and that" { true; }
END
  failing 'broken| nc is not there'
}

made() { # FORMAT [ARGUMENT...]
  grader --seed 7 -f "$@" all >"$out" || [[ $? == [13] ]]
}

@test "every format: hostile words stay words" {
  mixed
  for format in text json junit tap markdown github gradescope classroom50 csv; do
    made "$format"
    iconv -f utf-8 -t utf-8 "$out" >/dev/null
    run ! env LC_ALL=C grep -q $'[\001-\010\013\014\016-\037]' "$out"
    run ! grep -q '##\[' "$out"
    [ "$format" = github ] || run ! grep -qE '^[[:space:]]*::' "$out"
  done
}

@test "several formats from one run, each in its file, the last one to the terminal" {
  mixed
  grader -f json -o "$out.json" -f markdown -o "$out.md" -f tap all >"$out" || [ $? -eq 3 ]
  jq -e .labs "$out.json"
  grep -q '^### lab01: ' "$out.md"
  grep -qx 'TAP version 14' "$out"
  refuses 2 "grader: --output b: in which format? *" -f json -o a -o b all
  refuses 2 "grader: --format tap: only the last format goes to the terminal, *" -f tap -f json all
  [ ! -e "$root/a" ]
}

@test "junit: valid, counted, and nothing is skipped" {
  mixed
  made junit
  xmllint --noout --schema "$BATS_TEST_DIRNAME/junit.xsd" "$out"
  value() { xmllint --xpath "string($1)" "$out"; }
  [ "$(value '//testsuite[@name="lab01"]/@tests')" = 4 ]
  [ "$(value '//testsuite[@name="lab01"]/@failures')" = 2 ]
  [ "$(value '//testsuite[@name="lab02"]/@errors')" = 1 ]
  [ "$(value '//testsuite[@name="lab02"]/@failures')" = 0 ]
  [ "$(value 'count(//testsuite[@skipped="0"])')" = 2 ]
  [ "$(value 'count(//failure)')" = 2 ]
  [ "$(value 'count(//error)')" = 1 ]
  [ "$(value '//testcase[starts-with(@name, "3.")]/failure/@type')" = not_reached ]
  value '//testcase[starts-with(@name, "2.")]/failure' | grep -qF '</pre></details>]]></failure>'
}

@test "tap: a consumer agrees" {
  mixed
  made tap
  # TAP::Parser knows version 13, of which this is all there is.
  sed '1s/14/13/' "$out" | perl -MTAP::Parser -e '
    my $p = TAP::Parser->new({tap => join("", <STDIN>)});
    $p->run;
    printf "%d passed, %d failed of %s%s\n", scalar $p->passed, scalar $p->failed, $p->tests_planned,
      $p->parse_errors ? ", " . join("; ", $p->parse_errors) : "";' >"$out.read"
  [ "$(cat "$out.read")" = "2 passed, 3 failed of 5" ]
  grep -qxF 'ok 1 - lab01 start: It starts' "$out"
  sed -i 's/title: It starts/title: "It # skip \\\\ starts"/' "$root/grading/lab01/plan.yaml"
  made tap
  grep -qxF 'ok 1 - lab01 start: It \# skip \\ starts' "$out"
}

@test "markdown: no mark of the words' own, and the story folded" {
  mixed
  made markdown
  [ "$(grep -c '^<details>' "$out")" = 2 ]
  [ "$(grep -c '^</details>' "$out")" = 2 ]
  [ "$(grep -c '^</pre>' "$out")" = 2 ]
  run ! grep -q '<script' "$out"
  grep -q '&#60;script&#62;' "$out"
  grep -qF '| ❌ | 2. It goes on | failed | 0/20 |' "$out"
  grep -qF '### lab01: A lab that is none, 50 of 100 points' "$out"
  # Markdown takes a block of HTML to end at a blank line: that of <details> must, that of <pre> does not.
  [ "$(grep -A 1 '</summary>$' "$out" | grep -c '^$')" = 2 ]
  made markdown --box off
  grep -qxF 'Isolation: none, seed 7.' "$out"
  failing 'todo| labs/lab01-one/one.c:7: step 3 is not written yet'
  made markdown
  grep -qF 'it stops in lab01 step 3' "$out"
}

@test "github: one command a lab, at the learner's line" {
  grader -f github --from solutions lab01 >"$out"
  [ "$(cat "$out")" = '::notice title=lab01::100 of 100 points' ]
  mixed
  made github
  [ "$(grep -c . "$out")" = 2 ]
  grep -qE '^::error title=lab01 step 2%3A failed::It goes on%0Adid: ' "$out"
  grep -qF '%250A' "$out"
  sed -i '2s/true/echo "todo| labs\/lab01-one\/one.c:7: step 1 is not written yet"; false/' \
    "$root/grading/lab01/one.bats"
  made github
  grep -qE '^::warning file=labs/lab01-one/one.c,line=7,title=lab01 step 1%3A not written::' "$out"
  echo 'int main(void) { return x; }' >"$root/labs/lab01-one/one.c"
  made github
  grep -qE '^::error file=labs/lab01-one/one.c,line=1,title=lab01 step 1%3A failed::' "$out"
}

@test "gradescope: the keys and values that its documentation names" {
  mixed
  made gradescope
  jq -e '
    (keys - ["execution_time", "output", "visibility", "stdout_visibility", "tests"] == [])
    and (.tests | length == 5)
    and ([.tests[] | select(
      (keys - ["score", "max_score", "status", "name", "number", "output", "output_format", "tags",
               "visibility"] == [])
      and (.score | type == "number") and (.max_score | type == "number") and .score <= .max_score
      and (.status == "passed" or .status == "failed") and (.name | type == "string")
      and (.number | test("^[0-9]+\\.[0-9]+$")) and (.output | type == "string")
      and .output_format == "text" and (.tags | type == "array") and .visibility == "visible")]
      | length == 5)
    and ([.tests[].score] | add == 50)
    and (.tests[1].output | contains("expected: "))' "$out"
}

@test "classroom50: the keys and values of its schema, from its runner's environment" {
  mixed
  CLASSROOM=net-2026 ASSIGNMENT=labs ASSIGNMENT_TYPE=individual USERNAME=ada SUBMISSION_TAG=submit/1 \
    COMMIT_URL=https://example.org/c RELEASE_URL=https://example.org/r \
    REVIEW_URL=$'https://example.org/\xff"' made classroom50
  jq -e '
    .schema == "classroom50/result/v1" and .classroom == "net-2026" and .assignment == "labs"
    and .assignment_type == "individual" and .owner == "ada" and .submission == "submit/1"
    and .commit == "https://example.org/c" and .release == "https://example.org/r"
    and (.review | startswith("https://example.org/"))
    and (.datetime | test("^20[0-9]{2}-[0-9]{2}-[0-9]{2}T[0-9:]{8}Z$"))
    and .score == 50 and ."max-score" == 200 and (.tests | length == 5)
    and ([.tests[] | select((."test-name" | type == "string") and (.passed | type == "boolean")
      and (.score | type == "number") and (."max-score" | type == "number")
      and .passed == (.score == ."max-score"))] | length == 5)
    and (.tests[1].message | contains("expected: "))' "$out"
}

@test "csv: a column for each step, a row for the submission" {
  mixed
  made csv
  [ "$(head -n 1 "$out")" = $'submission,score,max_score,lab01,lab01 start,lab01 second,lab01 third,lab01 apart,lab02,lab02 only\r' ]
  [ "$(tail -n 1 "$out")" = $'"labs",50,200,50,10,0,0,40,0,error\r' ]
  mv "$root/labs" "$root/=cmd"
  made csv --from '=cmd'
  [[ $(tail -n 1 "$out") == '"'\''=cmd",'* ]]
}
