#!/bin/bash
# grade-request.sh - grade a pull request: the labs in which it changes something.
#
# usage: .github/grade-request.sh HEAD OUT [REPOSITORY]
#        .github/grade-request.sh --table REQUESTS VERDICTS OUT
#
#   HEAD         the commit to grade
#   OUT          a new directory: summary.md, verdict.json, and LAB.json, LAB.md, LAB.html of each lab
#   REPOSITORY   a clone that has the commit, if the course's own has not
#   BOX=MODE     in the environment: another box than `require`
#   SEED=N       in the environment: repeat the random choices of another run
#
# Whoever sends a request may send anything. So whatever is run comes from the course as it is checked
# out here, at the base: the grader, its checks and plans, the Makefile, this script. Of HEAD nothing
# is checked out. Its C sources are read out of git one by one into a tree of their own:
#
#     HEAD:labs/lab03-processes/*.[ch]  ->  build/request-X/labs  ->  ./grader --box=require --from
#
# All else that the request changes has no effect, and is named in the summary with the reason. Graded
# is each lab of whose sources the request changes one, and each that links such a lab. One that is
# only linked and not written yet is shown, but does not count.
#
# --table makes record.csv and summary.md of many requests. REQUESTS is a file of JSON,
# [{"number":1,"commit":"..."}], and VERDICTS/request-1 was OUT of the first.
#
# Exit status: 0 every step passed, or there is nothing to grade; 1 some step did not pass; 3 there is
# no verdict, and a sentence says why; 128 + N signal N stopped it.
set -u
export LC_ALL=C # names are bytes
umask 022       # the grader runs programs as a user who must be able to read them

readonly MOST_BYTES=$((256 * 1024)) MOST_FILES=64      # of a source, and of a lab
readonly MOST_NAMED=100 MOST_NAME=200                  # ignored paths that are named, and bytes of each
readonly MOST_SUMMARY=$((1024 * 1024)) MOST_SAID=16384 # GitHub takes no larger summary
readonly SOURCE_NAME='^[A-Za-z0-9_][A-Za-z0-9_.-]*\.[ch]$'

from=$PWD
cd "$(dirname "${BASH_SOURCE[0]}")/.." || exit 3
out='' work='' tree='' child='' ended=''
base='' commit='' fork='' seed=''
worst=0
labs=()              # lab00 lab01 ...
declare -A directory # [lab00]=lab00-bytes
declare -A lab_of    # [lab00-bytes]=lab00
declare -A touched   # [lab00]=1
declare -A taken     # [path]=1: its bytes are in the tree
declare -A refused   # [path]=reason: an entry of a lab's directory that is not
declare -A named     # [path]=1: it is in `ignored`, or counted there
ignored=() ignored_count=0
graded=() rows=()

# --- Beginning and end --------------------------------------------------------------------------

# There is no verdict: one line says why, in the summary, too.
complain() { # SENTENCE
  printf 'grade-request: %s\n' "$1" >&2
  if [ -n "$out" ]; then
    encode "$1"
    printf '**No verdict**: %s\n' "$REPLY" >"$out/summary.md"
    publish
  fi
  end 3
}

# Every exit is through here. Where bash itself gives up, with status 1, there is no verdict.
end() { # STATUS
  ended=1
  exit "$1"
}

publish() {
  [ -z "${GITHUB_STEP_SUMMARY:-}" ] || cat "$out/summary.md" >>"$GITHUB_STEP_SUMMARY"
}

# What make builds of a tree goes to directories that are named after it.
clean() {
  [ -z "$work" ] || rm -rf "$work" "build/${tree//\//+}"*
  [ -n "$ended" ] || exit 3
}

stop() { # STATUS
  trap '' HUP INT TERM
  if [ -n "$child" ]; then
    kill -TERM "$child"
    wait "$child"
  fi 2>/dev/null
  end "$1"
}

# Runs what takes long. bash would hear of a signal only when it has ended.
await() { # COMMAND...
  local status=0
  "$@" &
  child=$!
  wait "$child" || status=$?
  child=''
  return "$status"
}

absolute() { # PATH; sets REPLY
  REPLY=$1
  [[ $1 == /* ]] || REPLY=$from/$1
}

make_out() { # DIRECTORY
  absolute "$1"
  out=$REPLY
  if ! { mkdir -p -- "${out%/*}" && mkdir -- "$out"; } 2>/dev/null; then
    out=''
    quote "$1"
    complain "$REPLY: can't make this directory, it must be new"
  fi
}

make_work() {
  trap 'stop 129' HUP
  trap 'stop 130' INT
  trap 'stop 143' TERM
  if ! { mkdir -p build && work=$(mktemp -d build/request-XXXXXX) && chmod 755 "$work"; }; then
    complain "can't make a directory in build/"
  fi
  tree=$work/labs
}

# --- Foreign text -------------------------------------------------------------------------------

# One line of printable ASCII, not too long: what is not so already, as the shell would write it.
quote() { # TEXT; sets REPLY
  REPLY=${1:0:MOST_NAME}
  [[ -n $REPLY && $REPLY != *[![:print:]]* ]] || printf -v REPLY %q "$REPLY"
  [ ${#1} -le "$MOST_NAME" ] || REPLY+=...
}

# As Markdown that means only itself: what might be markup becomes character references.
encode() { # TEXT; sets REPLY
  local text=$1 i character
  REPLY=
  for ((i = 0; i < ${#text}; i++)); do
    character=${text:i:1}
    case $character in
    [A-Za-z0-9./_\ -]) ;;
    *) printf -v character '&#%d;' "'$character" ;;
    esac
    REPLY+=$character
  done
}

# What the grader said beside its report: no line of it is a command to the runner.
pass_on() { # FILE
  local token
  [ -s "$1" ] || return 0
  token=$(od -An -N16 -tx1 /dev/urandom | tr -d ' \n')
  printf '::stop-commands::%s\n' "$token"
  head -c "$MOST_SAID" "$1" | tr -c '[:print:]\n' '?'
  printf '\n::%s::\n' "$token"
}

# The same for the summary. In a <pre> nothing is Markdown.
preformat() { # FILE
  printf '<pre>\n'
  head -c 2000 "$1" | tr -c '[:print:]\n' '?' | sed 's/&/\&amp;/g; s/</\&lt;/g; s/>/\&gt;/g'
  printf '\n</pre>\n'
}

# --- The commits --------------------------------------------------------------------------------

find_commit() { # NAME REPOSITORY
  git -C "$2" rev-parse --quiet --verify --end-of-options "$1^{commit}" 2>/dev/null
}

# Objects go to a store of their own, which ends with this script. git has then made sure of each that
# it is what its hash says; those of the course stand before them.
fetch() { # COMMIT REPOSITORY
  local objects
  mkdir -p "$work/objects/info" &&
    objects=$(git rev-parse --path-format=absolute --git-path objects) &&
    printf '%s\n' "$objects" >"$work/objects/info/alternates" || return
  export GIT_OBJECT_DIRECTORY=$PWD/$work/objects
  await git -c gc.auto=0 -c maintenance.auto=false -c fetch.unpackLimit=1 -c core.bigFileThreshold=1m \
    -c protocol.version=2 fetch --quiet --no-tags --no-write-fetch-head --no-recurse-submodules -- "$2" "$1"
}

# Sets base, where the checks come from; commit, which is graded; and fork, where it left the base.
find_commits() { # HEAD [REPOSITORY]
  local repository=. name
  if [ -n "${2:-}" ]; then
    absolute "$2"
    repository=$REPLY
  fi
  quote "$1"
  name=$REPLY
  # shellcheck disable=SC2046 # names of variables, such as GIT_DIR
  unset $(git rev-parse --local-env-vars)
  [ "$(git rev-parse --show-prefix 2>&1)" = '' ] || complain "the course is not the top of a git repository"
  base=$(find_commit HEAD .) || complain "the course has no commit"
  commit=$(find_commit "$1" "$repository") || complain "$name: no such commit"
  if [ "$repository" != . ] && ! fetch "$commit" "$repository" 2>"$work/said"; then
    pass_on "$work/said"
    complain "$name: can't be fetched"
  fi
  fork=$(git merge-base "$base" "$commit") || complain "$name has no commit in common with the course"
}

# --- What the request brings --------------------------------------------------------------------

# The learners' copy of the course has no solutions.
find_labs() {
  local path name tree=solutions
  [ -d solutions ] || tree=labs
  for path in "$tree"/lab*-*/; do
    name=$(basename "$path")
    labs+=("${name%%-*}")
    directory[${name%%-*}]=$name
    lab_of[$name]=${name%%-*}
  done
}

ignore() { # PATH REASON
  [ -z "${named[$1]:-}" ] || return 0
  named[$1]=1
  ignored_count=$((ignored_count + 1))
  [ "$ignored_count" -gt "$MOST_NAMED" ] || ignored+=("$1" "$2")
}

is_source() { # MODE NAME
  [[ ($1 == 100644 || $1 == 100755) && $2 =~ $SOURCE_NAME ]]
}

# Why an entry of a lab's directory is not taken; nothing if it is.
why_not() { # MODE NAME SIZE COUNT: so many were taken already; sets REPLY
  case $1 in
  120000) REPLY="is a symbolic link" ;;
  160000) REPLY="is a submodule" ;;
  040000) REPLY="is a directory" ;;
  *)
    if ! is_source "$1" "$2"; then
      REPLY="has not the name of a source file"
    elif [ "$3" -gt "$MOST_BYTES" ]; then
      REPLY="is larger than 256 KiB"
    elif [ "$4" -ge "$MOST_FILES" ]; then
      REPLY="is one too many: a lab has at most $MOST_FILES files"
    else
      REPLY=
    fi
    ;;
  esac
}

# Fills the tree's directory of one lab. It is made even if nothing comes: the grader then says what
# is missing.
take_lab() { # DIRECTORY
  local entry mode object size path count=0
  mkdir -p "$tree/$1" || complain "can't write to $tree"
  git ls-tree -z --long "$commit" -- "labs/$1/" >"$work/listing" ||
    complain "can't read labs/$1 of the commit"
  while IFS= read -rd '' entry; do
    [[ $entry =~ ^([0-7]+)\ [a-z]+\ ([0-9a-f]+)\ +([0-9-]+)$'\t'(.*)$ ]] ||
      complain "git ls-tree says what is not understood"
    mode=${BASH_REMATCH[1]} object=${BASH_REMATCH[2]} size=${BASH_REMATCH[3]} path=${BASH_REMATCH[4]}
    [[ $path == "labs/$1/"* ]] || continue # the directory itself is none
    why_not "$mode" "${path#"labs/$1/"}" "$size" "$count"
    if [ -z "$REPLY" ]; then
      git cat-file blob "$object" >"$tree/${path#labs/}" ||
        complain "can't read a source of labs/$1"
      taken[$path]=1 count=$((count + 1))
    else
      refused[$path]=$REPLY
      # A source that is left out is told of even if this request has not changed it.
      [[ $path != *.[ch] ]] || ignore "$path" "$REPLY"
    fi
  done <"$work/listing"
}

# Is the change one of a lab's sources, now or before? If not, it has no effect, and REPLY says why.
is_work() { # OLD-MODE PATH; sets lab
  local path=$2 name
  lab='' REPLY="is the course's"
  [[ $path == labs/* ]] || return
  REPLY="is in no lab's directory"
  [[ $path =~ ^labs/([A-Za-z0-9_.-]+)/(.+)$ ]] || return
  lab=${lab_of[${BASH_REMATCH[1]}]:-} name=${BASH_REMATCH[2]}
  [ -n "$lab" ] || return
  REPLY="is in a directory below the lab's"
  [[ $name != */* ]] || return
  REPLY=${refused[$path]:-is gone, and was no source file}
  [ -n "${taken[$path]:-}" ] || is_source "$1" "$name"
}

# What the request itself changes, whatever the base has become since.
read_changes() {
  local modes path lab
  git diff-tree -r -z --no-renames --ignore-submodules=none "$fork" "$commit" >"$work/changes" ||
    complain "can't compare the commit with the base"
  while IFS= read -rd '' modes && IFS= read -rd '' path; do
    if is_work "${modes:1:6}" "$path"; then # :100644 120000 ...
      touched[$lab]=1
      [ -z "${refused[$path]:-}" ] || ignore "$path" "${refused[$path]}"
    else
      ignore "$path" "$REPLY"
    fi
  done <"$work/changes"
}

# The labs to grade: those touched, and those that link them, as their lab.mk has it.
choose_labs() {
  local lab link
  for lab in "${labs[@]}"; do
    for link in "$lab" $(sed -n "s/^ *$lab\.links *:\{0,1\}= *//p" "grading/$lab/lab.mk"); do
      [ -z "${touched[$link]:-}" ] || {
        graded+=("$lab")
        break
      }
    done
  done
}

tell_ignored() {
  local i
  for ((i = 0; i < ${#ignored[@]}; i += 2)); do
    quote "${ignored[i]}"
    printf '::notice title=not graded::%s %s\n' "${REPLY//%/%25}" "${ignored[i + 1]}"
  done
}

# --- The verdict --------------------------------------------------------------------------------

# Score, maximum and status of the lab: that of the step which the report shows first.
read -rd '' verdict_of_lab <<'END'
  .labs[0] | [.steps[].status] as $all
  | [.score, .max_score,
     ([$all[] | select(. != "passed" and . != "not_reached")] + [$all[] | select(. == "not_reached")]
      + [if $all == [] then "error" else "passed" end])[0]]
  | select((.[0] | type) == "number" and (.[1] | type) == "number")
END

raise() { # STATUS
  [ "$1" -le "$worst" ] || worst=$1
}

# The tree's name is nothing to the learner, who has the same files in labs/ and builds in build/labs.
# The Markdown has the + of the second as a reference.
as_at_home() { # [OPTION... FILE...]
  local plus='\(+\|&#43;\)'
  sed -e "s,$tree,labs,g" -e "s,build/build$plus${work#build/}${plus}labs,build/labs,g" "$@"
}

grade_lab() { # LAB
  local lab=$1 status=0 score='' most='' verdict=''
  LC_ALL=C.UTF-8 await ./grader --box="${BOX:-require}" --from "$tree" --seed "$seed" \
    -f json -o "$out/$lab.json" -f markdown -o "$out/$lab.md" -f github \
    --picture "$out/$lab.html" "$lab" >"$work/commands" 2>"$work/said" || status=$?
  as_at_home "$work/commands"
  pass_on "$work/said"
  as_at_home -i "$out/$lab".*
  read -r score most verdict < <(jq -r "$verdict_of_lab | @tsv" "$out/$lab.json" 2>/dev/null)
  # What the status says and what the report says must be the same.
  case $status:$verdict:$((${score:-0} == ${most:-1})) in
  0:passed:1 | 1:failed:0 | 1:not_written:0 | 1:not_reached:0) ;;
  *) status=3 ;;
  esac
  [ "$status" -ne 3 ] || verdict=error
  printf '%s\t%s\t%s\t%s\n' "$lab" "$score" "$most" "$verdict" >>"$work/results"
  if [ "$status:$verdict:$score" = 1:not_written:0 ] && [ -z "${touched[$lab]:-}" ]; then
    status=0 verdict="not written yet, does not count"
  fi
  raise "$status"
  rows+=("| $lab | ${score:-?}/${most:-?} | ${verdict//_/ } |")
  [ -s "$out/$lab.md" ] || {
    printf '### %s: no verdict\n\n' "$lab"
    preformat "$work/said"
  } >"$out/$lab.md"
}

# --- The summary --------------------------------------------------------------------------------

write_head() {
  local changed=''
  git diff --quiet --no-ext-diff HEAD -- 2>/dev/null || changed=", with changes that are in no commit"
  printf 'Graded commit %s with the checks of commit %s%s, seed %s.\n\n' "$commit" "$base" "$changed" "$seed"
  if [ ${#graded[@]} -eq 0 ]; then
    printf 'The request changes no source of a lab: there is nothing to grade.\n\n'
  else
    printf '| lab | points | status |\n|---|---:|---|\n'
    printf '%s\n' "${rows[@]}" ''
  fi
}

write_ignored() {
  local i
  [ "$ignored_count" -gt 0 ] || return 0
  printf '<details><summary>Not graded: paths %s</summary>\n\n' "$ignored_count"
  for ((i = 0; i < ${#ignored[@]}; i += 2)); do
    quote "${ignored[i]}"
    encode "$REPLY"
    printf -- '- %s %s\n' "$REPLY" "${ignored[i + 1]}"
  done
  [ "$ignored_count" -le "$MOST_NAMED" ] || printf -- '- and %s more\n' $((ignored_count - MOST_NAMED))
  printf '\n</details>\n'
}

write_summary() {
  local summary=$out/summary.md lab room
  write_head >"$summary" && write_ignored >"$work/ignored" || return
  room=$((MOST_SUMMARY - $(cat "$summary" "$work/ignored" | wc -c) - 1000))
  for lab in "${graded[@]}"; do
    room=$((room - $(wc -c <"$out/$lab.md") - 1))
    if [ "$room" -lt 0 ]; then
      printf 'The summary is full: %s and what comes after it are in the files of this run.\n\n' "$lab"
      break
    fi
    cat "$out/$lab.md" && echo || return
  done >>"$summary"
  cat "$work/ignored" >>"$summary"
}

# For programs: the table, and what came of it.
write_verdict() {
  jq -Rn --arg commit "$commit" --arg base "$base" --arg seed "$seed" --argjson status "$worst" '
    {commit: $commit, base: $base, seed: ($seed | tonumber), status: $status,
     labs: [inputs | split("\t") | {lab: .[0], score: (.[1] | tonumber? // null),
       max_score: (.[2] | tonumber? // null), status: .[3]}]}' "$work/results" >"$out/verdict.json"
}

# --- Many requests ------------------------------------------------------------------------------

# The lines of one request. A verdict on another commit than that which was asked for is none; and as
# it comes from a job that ran a stranger's program, it has to look like one.
read -rd '' lines_of_request <<'END'
  def is_verdict: (.lab | test("\\Alab[0-9]+\\z"))
    and ([.score, .max_score] | all(. == null or type == "number"))
    and (.status | IN("passed", "failed", "not_written", "not_reached", "error"));
  [$number, $commit] as $who
  | if .commit != $commit or (.labs | all(is_verdict) | not) then $who + [null, null, null, "no verdict"]
    elif .labs == [] then $who + [null, null, null, "no lab"]
    else .labs[] | $who + [.lab, .score, .max_score, .status]
    end
  | @csv
END

list_request() { # NUMBER COMMIT VERDICT
  jq -r --argjson number "$1" --arg commit "$2" "$lines_of_request" "$3" 2>/dev/null ||
    printf '%s,"%s",,,,"no verdict"\n' "$1" "$2"
}

make_table() { # REQUESTS VERDICTS
  local number commit
  echo request,commit,lab,score,max_score,status
  jq -r '.[] | "\(.number) \(.commit)"' "$1" >"$work/requests" || return
  while read -r number commit; do
    [[ $number =~ ^[0-9]+$ && $commit =~ ^[0-9a-f]+$ ]] || return
    list_request "$number" "$commit" "$2/request-$number/verdict.json"
  done <"$work/requests"
}

# A table of the CSV: numbers, hashes, and words of the grader's.
tabulate() {
  local summary=$out/summary.md
  sed -e 's/"//g; s/,/ | /g; s/.*/| & |/' -e '1a |---:|---|---|---:|---:|---|' "$out/record.csv" >"$summary"
  [ "$(wc -c <"$summary")" -lt "$MOST_SUMMARY" ] ||
    echo "The table is too long to be shown: it is record.csv in the files of this run." >"$summary"
}

table() { # REQUESTS VERDICTS OUT
  local requests verdicts
  make_out "$3"
  make_work
  absolute "$1"
  requests=$REPLY
  absolute "$2"
  verdicts=$REPLY
  make_table "$requests" "$verdicts" >"$out/record.csv" || complain "the list of requests can't be read"
  tabulate
  publish
  end 0
}

# --- One request --------------------------------------------------------------------------------

grade_request() { # HEAD OUT [REPOSITORY]
  local lab
  make_out "$2"
  make_work
  find_commits "$1" "${3:-}"
  find_labs
  for lab in "${labs[@]}"; do
    take_lab "${directory[$lab]}"
  done
  read_changes
  choose_labs
  tell_ignored
  : >"$work/results"
  seed=${SEED:-$(od -An -N4 -tu4 /dev/urandom | tr -d ' ')}
  echo "commit $commit, checks of $base, seed $seed: ${graded[*]:-nothing to grade}"
  for lab in "${graded[@]}"; do
    grade_lab "$lab"
  done
  if ! { write_verdict && write_summary && publish; }; then
    quote "$2"
    complain "can't write to $REPLY"
  fi
  end "$worst"
}

trap clean EXIT
command -v jq >/dev/null || complain "jq is not installed"
if [ $# -eq 4 ] && [ "$1" = --table ]; then
  table "$2" "$3" "$4"
elif [ $# -eq 2 ] || [ $# -eq 3 ]; then
  grade_request "$@"
else
  complain "usage: .github/grade-request.sh HEAD OUT [REPOSITORY]"
fi
