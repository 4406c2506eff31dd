#!/usr/bin/env bats
# requests.bats - .github/grade-request.sh: what a pull request may contain, and what comes of it.
#
# A repository is made of this course with two labs, and of it a clone for each test: the request. What
# most requests bring is refused before anything is graded, so that most tests are quick.

bats_require_minimum_version 1.5.0
load waiting

setup_file() {
  export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_NOSYSTEM=1 LC_ALL=C.UTF-8
  export GIT_AUTHOR_NAME=Nobody GIT_AUTHOR_EMAIL=nobody@example.org
  export GIT_COMMITTER_NAME=Nobody GIT_COMMITTER_EMAIL=nobody@example.org
  export course=$BATS_FILE_TMPDIR/course
  unset GITHUB_STEP_SUMMARY BOX SEED
  make_course
}

# lab01 links lab00, and nothing links lab01. The grader is built already: see the times of its files.
make_course() {
  local root=$BATS_TEST_DIRNAME/..
  "$root/grader" --version >/dev/null
  mkdir -p "$course/build"
  tar -C "$root" --exclude=./build --exclude=./.git --exclude=./tests --exclude='./*/lab0[2-9]*' -cf - . |
    tar -C "$course" -xf -
  cp -a "$root/build/grading" "$course/build"
  git -C "$course" init -q -b main
  git -C "$course" add -A
  git -C "$course" commit -qm base
}

count_objects() {
  git -C "$course" count-objects -v | grep -E '^(count|packs|garbage):'
}

setup() {
  request=$BATS_TEST_TMPDIR/request
  out=$BATS_TEST_TMPDIR/out
  objects=$(count_objects)
  git clone -q "$course" "$request"
  cd "$request" || return
}

# Nothing stays in the course: no directory, no object, no head of a fetch, no change of a file. And
# nothing of a request's has run there.
teardown() {
  local left
  left=$(
    find "$course/build" -maxdepth 1 -name '*request*'
    git -C "$course" status --porcelain
    diff - <(count_objects) <<<"$objects"
    find "$course/.git/FETCH_HEAD" "$BATS_FILE_TMPDIR/canary" 2>/dev/null
  )
  echo "left: $left"
  [ -z "$left" ]
}

# --- Requests -------------------------------------------------------------------------------------

solve() { # LAB
  cp "$course/solutions/$1"-*/*.[ch] "labs/$1"-*/
}

# One bug, in the first step.
spoil() {
  patch -s -p1 -d labs <"$BATS_TEST_DIRNAME/bugs/lab00/order-halves-swapped.patch"
}

commit() {
  git add -A
  git commit -qm request
}

# Adds an entry that no work tree could bring; what it holds comes from standard input.
plant() { # MODE PATH
  local object
  object=$(git -c core.compression=1 hash-object -w --stdin)
  printf '%s %s\t%s\0' "$1" "$object" "$2" | git update-index -z --add --index-info
}

# Commits what was planted, and only that.
commit_planted() {
  git commit -qm request
}

# Grades the request as the workflows do: $status, $output, $stderr, $summary.
grade() { # [HEAD]
  run --separate-stderr "$course/.github/grade-request.sh" "${1-$(git rev-parse HEAD)}" "$out" "$request"
  summary=$(cat "$out/summary.md" 2>/dev/null) || true
  printf 'status %s\n%s\n%s\n%s\n' "$status" "$output" "$stderr" "$summary"
}

# As $status tells: nothing was graded, and nothing is wrong.
nothing_graded() {
  [ "$status" -eq 0 ]
  [[ $summary == *"changes no source of a lab: there is nothing to grade."* ]]
  [ "$(jq -c '[.status, .labs]' "$out/verdict.json")" = '[0,[]]' ]
  [ "$(find "$out" -type f | wc -l)" -eq 2 ]
}

# A path is in the summary and in a notice, with this reason.
ignored() { # PATH REASON
  grep -qxF -e "- $1 $2" "$out/summary.md"
}

noticed() { # PATH REASON
  grep -qxF -e "::notice title=not graded::$1 $2" <<<"$output"
}

verdict() { # LAB: as 100/100 passed
  jq -r --arg lab "$1" '.labs[] | select(.lab == $lab) | "\(.score)/\(.max_score) \(.status)"' \
    "$out/verdict.json"
}

failed_steps() { # LAB
  jq -r '.labs[].steps[] | select(.status == "failed") | .id' "$out/$1.json"
}

boxes() {
  bwrap --ro-bind / / --unshare-net true || skip "no box is possible here"
}

# --- What is graded -------------------------------------------------------------------------------

@test "an honest request: its lab scores 100; the next, which links it, is not written and does not count" {
  boxes
  solve lab00
  commit
  export GITHUB_STEP_SUMMARY=$BATS_TEST_TMPDIR/step
  echo before >"$GITHUB_STEP_SUMMARY"
  grade
  [ "$status" -eq 0 ]
  [ "$(verdict lab00)" = "100/100 passed" ]
  [ "$(verdict lab01)" = "0/100 not_written" ]
  [ "$(jq -r .isolation "$out/lab00.json")" = bubblewrap ]
  [ "$(jq .seed "$out/lab00.json")" = "$(jq .seed "$out/lab01.json")" ]
  [[ $output == *"seed $(jq .seed "$out/lab00.json"): lab00 lab01"* ]]
  grep -q '^::notice title=lab00::100 of 100 points' <<<"$output"
  grep -q '<html' "$out/lab00.html"
  [[ $summary == "Graded commit $(git rev-parse HEAD) with the checks of commit $(git -C "$course" rev-parse HEAD), seed "* ]]
  grep -qxF '| lab00 | 100/100 | passed |' "$out/summary.md"
  grep -qxF '| lab01 | 0/100 | not written yet, does not count |' "$out/summary.md"
  [ "$(grep -c '^### lab0[01]: ' "$out/summary.md")" -eq 2 ]
  [[ $summary != *'<summary>Not graded'* ]]
  [ "$(cat "$GITHUB_STEP_SUMMARY")" = "before"$'\n'"$summary" ]
}

@test "a source is deleted: the lab that needs it fails, with the compiler's words" {
  solve lab00
  git rm -qf labs/lab00-bytes/order.c
  commit
  BOX=auto grade
  [ "$status" -eq 1 ]
  [ "$(verdict lab00)" = "0/100 failed" ]
  [[ $(cat "$out/lab00.md") == *order* ]]
}

@test "all sources of a lab are deleted: the grader says what is missing, and nothing breaks" {
  git rm -q 'labs/lab01-single-server/*.[ch]'
  commit
  BOX=auto grade
  [ "$status" -eq 1 ]
  # What is left of it is lab00, which has a main, too.
  [ "$(verdict lab01)" = "0/100 not_reached" ]
  grep -q '^::error title=lab01 step 1.*stops in lab00 step' <<<"$output"
  grep -q '^### lab01: ' "$out/summary.md"
}

@test "a stale base: what main has changed since is not the request's, and main's checks are taken" {
  solve lab00
  commit
  local old
  old=$(git -C "$course" rev-parse HEAD)
  echo '// newer' >>"$course/labs/lab01-single-server/server.c"
  sed -i 's/^title: .*/title: Bytes, renamed/' "$course/grading/lab00/plan.yaml"
  git -C "$course" rm -rqf solutions/lab01-single-server grading/lab01
  git -C "$course" commit -qam newer
  objects=$(count_objects)
  BOX=auto grade
  git -C "$course" reset -q --hard "$old"
  [ "$status" -eq 0 ]
  [ "$(jq -c '[.labs[].lab]' "$out/verdict.json")" = '["lab00"]' ]
  [ "$(verdict lab00)" = "100/100 passed" ]
  grep -q '^### lab00: Bytes, renamed' "$out/summary.md"
  [[ $summary != *'<summary>Not graded'* ]]
}

@test "a bug, and edits of the grader, its checks, a plan, the Makefile and the workflow: only the bug counts" {
  local file canary=$BATS_FILE_TMPDIR/canary
  solve lab00
  spoil
  # shellcheck disable=SC2016 # for make
  printf '\n$(shell touch %s)\n' "$canary" | tee -a Makefile labs/Makefile >labs/lab00-bytes/Makefile
  printf '#!/bin/sh\ntouch %s\nexit 0\n' "$canary" |
    tee grader .github/grade-request.sh >grading/lib/deps.sh
  sed -i '/points:/s/15/0/' grading/lab00/plan.yaml
  echo 'int main(void) { return 0; }' | tee grading/src/grader.c >grading/lab00/values.c
  echo 'lab00.links := lab01' >grading/lab00/lab.mk
  echo 'on: push' >.github/workflows/grade.yml
  mkdir labs/lab99-mine
  cp labs/lab00-bytes/order.c labs/lab99-mine
  cp labs/lab00-bytes/order.c solutions/lab00-bytes
  commit
  BOX=auto grade
  [ "$status" -eq 1 ]
  [ "$(verdict lab00)" = "80/100 failed" ]
  [ "$(failed_steps lab00)" = order ]
  grep -q '^::error .*title=lab00 step 1%3A failed::' <<<"$output"
  grep -qxF '| lab00 | 80/100 | failed |' "$out/summary.md"
  # What is said of files is as the learner has them.
  [ "$(jq -r '.labs[0].from' "$out/lab00.json")" = labs ]
  grep -qF 'build/labs/lab00/bytes' "$out/lab00.md"
  [ "$(cat "$out"/lab0* - <<<"$output" | grep -c 'build.*request')" -eq 0 ]
  for file in Makefile grader .github/grade-request.sh .github/workflows/grade.yml grading/lab00/lab.mk \
    grading/lab00/plan.yaml grading/lab00/values.c grading/lib/deps.sh grading/src/grader.c \
    solutions/lab00-bytes/order.c; do
    ignored "$file" "is the course's"
    noticed "$file" "is the course's"
  done
  ignored labs/Makefile "is in no lab's directory"
  ignored labs/lab99-mine/order.c "is in no lab's directory"
  ignored labs/lab00-bytes/Makefile "has not the name of a source file"
  [ "$(grep -c '^- ' "$out/summary.md")" -eq 13 ]
}

# --- What is left out -----------------------------------------------------------------------------

@test "a request that touches no lab: nothing to grade, and no error" {
  echo more >>docs/README.md
  git rm -q labs/lab00-bytes/README.md
  commit
  grade
  nothing_graded
  ignored docs/README.md "is the course's"
  ignored labs/lab00-bytes/README.md "is gone, and was no source file"
}

@test "a request that is the base itself" {
  grade
  nothing_graded
  [[ $summary != *'<summary>Not graded'* ]]
}

@test "a file of 200 MB is left out, and told of" {
  git config core.bigFileThreshold 1m # git reads it piece by piece
  git config core.compression 1
  truncate -s 200M labs/lab00-bytes/big.c
  truncate -s 262145 labs/lab00-bytes/large.h
  commit
  grade
  nothing_graded
  ignored labs/lab00-bytes/big.c "is larger than 256 KiB"
  ignored labs/lab00-bytes/large.h "is larger than 256 KiB"
}

@test "symbolic links, submodules, directories and links in the place of a directory are left out" {
  printf /etc/passwd | plant 120000 labs/lab00-bytes/x.c
  printf ../../solutions/lab01-single-server | plant 120000 labs/lab02-client
  git update-index --add --cacheinfo "160000,$(git rev-parse HEAD),labs/lab00-bytes/module.c"
  echo 'int nested;' | plant 100644 labs/lab00-bytes/sub/nested.c
  echo 'int nested;' | plant 100644 labs/lab00-bytes/dir.c/nested.c
  commit_planted
  grade
  nothing_graded
  ignored labs/lab00-bytes/x.c "is a symbolic link"
  ignored labs/lab02-client "is in no lab's directory"
  ignored labs/lab00-bytes/module.c "is a submodule"
  ignored labs/lab00-bytes/sub/nested.c "is in a directory below the lab's"
  ignored labs/lab00-bytes/dir.c/nested.c "is in a directory below the lab's"
  [[ $(cat "$out"/*) != *root:* ]]
}

@test "names: what is no plain name of a source is left out, and is neither markup nor a command" {
  # shellcheck disable=SC2016 # the names are so
  local names=($'a\nb.c' $'a\n::error::forged' '::error::forged.c' '<script>alert(1)<|script>.c'
    'a | b.c' '-o.c' '.hidden.c' '@' 'x].c' '$(touch canary).c' '`touch canary`.h' 'a%0Ab.c' $'\303\251.c'
    'a.cc' 'a.o' "$(printf 'n%.0s' {1..240}).x") name
  for name in "${names[@]}"; do
    echo 'int x;' | plant 100644 "labs/lab00-bytes/$name"
  done
  echo 'int x;' | plant 100644 @
  commit_planted
  grade
  local reason="has not the name of a source file" directory=labs/lab00-bytes
  ignored "&#36;&#39;$directory/a&#92;nb.c&#39;" "$reason"
  noticed "\$'$directory/a\\nb.c'" "$reason"
  ignored "$directory/&#58;&#58;error&#58;&#58;forged.c" "$reason"
  ignored "$directory/&#60;script&#62;alert&#40;1&#41;&#60;&#124;script&#62;.c" "$reason"
  ignored "&#36;&#39;$directory/&#92;303&#92;251.c&#39;" "$reason"
  noticed "$directory/a%250Ab.c" "$reason"
  noticed "$directory/$(printf 'n%.0s' {1..183})..." "$reason"
  ignored '&#64;' "is the course's"
  # Each has its line, in which nothing else is found; and no line of the output begins otherwise.
  [ "$(grep -cE "^- [A-Za-z0-9./_ &#;-]+ (has not the name of a source file|is the course's)\$" "$out/summary.md")" -eq 17 ]
  [ "$(grep -c '^::notice title=not graded::' <<<"$output")" -eq 17 ]
  [ "${#lines[@]}" -eq 18 ]
  [ ! -e canary ] && [ ! -e "$course/canary" ]
}

@test "of a great many paths a hundred are named, the others counted" {
  local i object
  object=$(git hash-object -w /dev/null)
  for i in {1..150}; do
    printf '100644 %s\tdocs/x%s\0' "$object" "$i"
  done | git update-index -z --add --index-info
  commit_planted
  grade
  nothing_graded
  [ "$(grep -c '^- ' "$out/summary.md")" -eq 101 ]
  grep -qxF -e '- and 50 more' "$out/summary.md"
  grep -qF '<summary>Not graded: paths 150</summary>' "$out/summary.md"
}

# --- What can go wrong ----------------------------------------------------------------------------

@test "a commit that there is not, in one line" {
  local name
  for name in 0123456789012345678901234567890123456789 no-such-branch '' --help $'x\n::error::forged'; do
    grade "$name"
    [ "$status" -eq 3 ]
    [ -z "$output" ]
    [ "$(wc -l <<<"$stderr")" -eq 1 ]
    [[ $stderr == "grade-request: "*": no such commit" ]]
    [[ $summary == '**No verdict**: '*' no such commit' ]]
    rm -rf "$out"
  done
}

@test "a history of its own, a directory that is there, a repository that is none: no verdict" {
  git checkout -q --orphan other
  commit
  grade
  [ "$status" -eq 3 ]
  [[ $stderr == "grade-request: "*" has no commit in common with the course" ]]
  grade
  [ "$status" -eq 3 ]
  [[ $stderr == *"must be new"* ]]
  rm -rf "$out"
  request=/nonexistent grade "$(git rev-parse HEAD)"
  [ "$status" -eq 3 ]
  [[ $stderr == *"no such commit" ]]
}

# --- A grader that is made up ---------------------------------------------------------------------

# A course of this test's own whose ./grader is this script; $json and $md are files that it shall write.
# The request changes a source of lab00, so that two labs are graded, or of the lab that is named.
stand_in() { # [LAB]
  local source
  git clone -q "$course" "$BATS_TEST_TMPDIR/course"
  course=$BATS_TEST_TMPDIR/course
  # shellcheck disable=SC2016 # for that script
  {
    echo '#!/bin/bash'
    echo 'for word; do case $word in *.json) json=$word ;; *.md) md=$word ;; esac; done'
    cat
  } >"$course/grader"
  git -C "$course" commit -qam "a grader"
  objects=$(count_objects)
  for source in labs/"${1:-lab00}"-*/*.c; do
    echo '// more' >>"$source"
  done
  commit
}

@test "a grader that says what it does not report, or nothing, is no pass" {
  stand_in lab01 <<'END'
IFS=, read -r status score step <"$0.plan"
printf '{"labs":[{"score":%s,"max_score":100,"steps":[{"status":"%s"}]}]}' "$score" "$step" >"$json"
exit "$status"
END
  local plan expected
  while read -r plan expected; do
    echo "$plan: $expected"
    echo "$plan" >"$course/grader.plan"
    grade
    rm -rf "$out" "$course/grader.plan"
    [ "$status" -eq "$expected" ]
  done <<'END'
0,100,passed 0
1,60,failed 1
0,60,failed 3
1,100,passed 3
3,0,error 3
0,, 3
137,100,passed 3
END
}

@test "of more than 64 sources of a lab the rest is left out; a lab that is touched and not written counts" {
  local i
  stand_in lab01 <<'END'
ls "$3/lab01-single-server" >"$md"
echo '{"labs":[{"score":0,"max_score":100,"steps":[{"status":"not_written"}]}]}' >"$json"
exit 1
END
  for i in {100..170}; do
    echo "int x$i;" | plant 100644 "labs/lab01-single-server/x$i.h"
  done
  commit_planted
  grade
  [ "$status" -eq 1 ]
  [ "$(verdict lab01)" = "0/100 not_written" ]
  [ "$(wc -l <"$out/lab01.md")" -eq 64 ]
  [ "$(grep -c '^- ' "$out/summary.md")" -eq 12 ] # there were 5 before
  ignored labs/lab01-single-server/x159.h "is one too many: a lab has at most 64 files"
}

@test "a script that breaks off is no pass" {
  stand_in lab01 <<<'exit 0'
  # shellcheck disable=SC2016 # for that script
  sed -i 's/^raise() .*/&\n  : "$nonsense"/' "$course/.github/grade-request.sh"
  git -C "$course" commit -qam broken
  objects=$(count_objects)
  grade
  [ "$status" -eq 3 ]
  [[ $stderr == *"nonsense: unbound variable"* ]]
}

@test "what the grader says beside its report reaches the log and the summary as text only" {
  stand_in <<'END'
printf '::error::forged\n<b>\e[31m\n' >&2
exit 3
END
  grade
  [ "$status" -eq 3 ]
  local token
  token=$(sed -n 's/^::stop-commands:://p' <<<"$output" | head -n 1)
  [[ $token =~ ^[0-9a-f]{32}$ ]]
  [ "$(sed -n "/^::stop-commands::$token/,/^::$token::/p" <<<"$output" | grep -c '^::error::forged$')" -eq 1 ]
  [ "$(sed "/^::stop-commands::/,/^::[0-9a-f]*::/d" <<<"$output" | grep -c forged)" -eq 0 ]
  [[ $output == *'<b>?[31m'* ]]
  [[ $summary == *'&lt;b&gt;?[31m'* && $summary != *'<b>'* ]]
  grep -qxF '| lab00 | ?/? | error |' "$out/summary.md"
  [ "$(verdict lab00)" = "null/null error" ]
}

@test "a summary is never larger than GitHub takes: it ends between two labs, and says so" {
  stand_in <<'END'
echo '{"labs":[{"score":100,"max_score":100,"steps":[{"status":"passed"}]}]}' >"$json"
yes '### filler' | head -c 700000 >"$md"
END
  grade
  [ "$status" -eq 0 ]
  [ "$(stat -c %s "$out/summary.md")" -lt 1048576 ]
  grep -qxF 'The summary is full: lab01 and what comes after it are in the files of this run.' "$out/summary.md"
  [ "$(grep -c '^| lab0[01] | 100/100 | passed |$' "$out/summary.md")" -eq 2 ]
}

@test "the learners' copy of the course, which has no solutions, grades as well" {
  stand_in <<'END'
[ "$(tail -n 1 "$3/lab00-bytes/order.c")" = '// more' ] || exit 3
echo '{"labs":[{"score":100,"max_score":100,"steps":[{"status":"passed"}]}]}' >"$json"
END
  git -C "$course" rm -rq solutions
  git -C "$course" commit -qm handout
  objects=$(count_objects)
  grade
  [ "$status" -eq 0 ]
  [ "$(jq -c '[.labs[] | [.lab, .status]]' "$out/verdict.json")" = '[["lab00","passed"],["lab01","passed"]]' ]
}

@test "a signal ends the grader, too, and leaves nothing" {
  local pid status=0
  stand_in <<'END'
echo $$ >"$json"
exec tail -f /dev/null
END
  "$course/.github/grade-request.sh" "$(git rev-parse HEAD)" "$out" "$request" 3>&- &
  pid=$!
  wait_until test -s "$out/lab00.json"
  kill -TERM "$pid"
  wait "$pid" || status=$?
  [ "$status" -eq 143 ]
  run ! kill -0 "$(cat "$out/lab00.json")"
}

# --- The record -----------------------------------------------------------------------------------

@test "the record: a line for each lab, and none that is not a verdict on that commit" {
  local verdicts=$BATS_TEST_TMPDIR/verdicts i=0 verdict
  while read -r verdict; do
    i=$((i + 1))
    mkdir -p "$verdicts/request-$i"
    echo "$verdict" >"$verdicts/request-$i/verdict.json"
  done <<'END'
{"commit":"a1","labs":[{"lab":"lab00","score":100,"max_score":100,"status":"passed"},{"lab":"lab01","score":null,"max_score":null,"status":"error"}]}
{"commit":"a2","labs":[]}
{"commit":"b3","labs":[{"lab":"lab00","score":100,"max_score":100,"status":"passed"}]}
{"commit":"a4","labs":[{"lab":"=1+1","score":100,"max_score":100,"status":"passed"}]}
{"commit":"a5","labs":[{"lab":"lab00","score":"<b>","max_score":100,"status":"passed"}]}
{"commit":"a6","labs":[{"lab":"lab00","score":100,"max_score":100,"status":"| best |"}]}
no JSON
END
  jq -n '[range(1; 9) | {number: ., commit: "a\(.)"}]' >"$BATS_TEST_TMPDIR/requests.json"
  cd "$BATS_TEST_TMPDIR"
  run "$course/.github/grade-request.sh" --table requests.json verdicts "$out"
  echo "$output"
  [ "$status" -eq 0 ]
  diff - "$out/record.csv" <<'END'
request,commit,lab,score,max_score,status
1,"a1","lab00",100,100,"passed"
1,"a1","lab01",,,"error"
2,"a2",,,,"no lab"
3,"a3",,,,"no verdict"
4,"a4",,,,"no verdict"
5,"a5",,,,"no verdict"
6,"a6",,,,"no verdict"
7,"a7",,,,"no verdict"
8,"a8",,,,"no verdict"
END
  grep -qxF '| 1 | a1 | lab00 | 100 | 100 | passed |' "$out/summary.md"
}

@test "the record of no request, and of a list that is none" {
  cd "$BATS_TEST_TMPDIR"
  echo '[]' >requests.json
  "$course/.github/grade-request.sh" --table requests.json verdicts "$out"
  [ "$(cat "$out/record.csv")" = request,commit,lab,score,max_score,status ]
  echo '[{"number":"1;","commit":"a"}]' >requests.json
  run --separate-stderr "$course/.github/grade-request.sh" --table requests.json verdicts "$out.2"
  [ "$status" -eq 3 ]
  [ "$stderr" = "grade-request: the list of requests can't be read" ]
}

# --- The workflows --------------------------------------------------------------------------------

@test "the workflows: actions are pinned by commit, and no expression stands in a command" {
  local files=("$BATS_TEST_DIRNAME"/../.github/workflows/{grade,regrade,class}.yml)
  [ "$(cat "${files[@]}" | grep -c 'uses:')" -ge 8 ]
  [ "$(grep -h 'uses:' "${files[@]}" | grep -cvE 'uses: actions/[a-z-]+@[0-9a-f]{40} # v[0-9.]+$')" -eq 0 ]
  # shellcheck disable=SC2016 # GitHub's expressions, not the shell's
  [ "$(grep -hF '${{' "${files[@]}" |
    grep -cvE '^ *(- )?(if|group|name|ref|path|request|requests|HEAD|GH_TOKEN|REQUESTS?|LABS|SEED|PART|part): [^|>]*$')" -eq 0 ]
  [ "$(cat "${files[@]}" | grep -cE 'pull_request_target|secrets\.|: write|write-all')" -eq 0 ]
}
