#!/usr/bin/env bats
# pages.bats - what compares pages with what really happens.

setup_file() {
  make -s -C "$BATS_TEST_DIRNAME/../.." build/tests/pages >/dev/null
}

setup() {
  pages=$BATS_TEST_DIRNAME/../../build/tests/pages
  cd "$BATS_TEST_TMPDIR" || return
  mkdir -p course/tests/pages
  cp "$BATS_TEST_DIRNAME/session.bash" course/tests/pages
}

# Runs the commands of a page that has one console block, of these lines.
run_block() { # LINE...
  { echo '```console' && printf '%s\n' "$@" && echo '```'; } >page.md
  run "$pages" run page.md course
}

good_block() { # LINE...
  run_block "$@"
  [ "$output" = '' ]
  [ "$status" -eq 0 ]
}

bad_block() { # LINE...
  run_block "$@"
  [ "$status" -eq 1 ]
}

# Looks at a page of these lines.
read_page() { # LINE...
  printf '%s\n' "$@" >page.md
  run "$pages" read page.md
}

@test "run: what each command prints is compared" {
  good_block '$ echo one; echo two' one two '$ printf three' three '$ true' '$ echo four >&2' four
  bad_block '$ echo one; echo two' one '$ echo three' three
  [ "${lines[0]}" = 'page.md:2: $ echo one; echo two' ]
  [ "${lines[1]}" = '    - one' ]
  [ "${lines[2]}" = '    + one' ]
  [ "${lines[3]}" = '    + two' ]
  [ "${#lines[@]}" -eq 4 ]
}

@test "run: one shell for the page, a command may have more lines, and standard input is empty" {
  good_block '$ a=5' '$ if [ $a = 5 ]; then' '>   echo yes' '> fi' yes '$ cat'
  bad_block 'echo one'
}

@test "run: numbers of the kernel are names, all others are literal" {
  good_block '$ echo 57 58 57' '4183 4184 4183' '$ echo 36001:58' '41000:4184'
  bad_block '$ echo 57 58 59' '4183 4184 4183'
  bad_block '$ echo 57 57' '4183 4184'
  bad_block '$ echo 6' 5
  bad_block '$ echo 56' 5
  bad_block '$ echo pid' 4183
}

@test "run: a number that was printed can stand in a later command" {
  good_block '$ echo 57' 4183 '$ echo $((4183 + 1))' 58
}

@test "run: times and seeds may be any, blanks any number, ... any lines" {
  good_block '$ echo 1.23 s and 15.0 ms --seed 77' '0.84 s and 2.5 ms --seed 3441479503'
  bad_block '$ echo 1.23 m' '0.84 m'
  good_block '$ echo "  a   b  "' 'a b'
  bad_block '$ echo ab' 'a b'
  good_block '$ seq 5' 1 ... 5
  bad_block '$ seq 5' 1 ... 4
}

@test "run: who is faster does not matter, but only when there are two" {
  good_block '$ echo one & wait; echo two' two one
  bad_block '$ echo one; echo two' two one
  bad_block '$ echo one & wait; echo one' two one
}

@test "run: the next command waits for a listener, and \$! stays" {
  good_block '$ nc -l 127.0.0.1 9876 &' '$ nc -N 127.0.0.1 9876' '$ wait $!'
  # One that never listens.
  good_block '$ false 9876 &' '$ echo on' on
}

@test "run: half a line of a program in the background gets its rest" {
  good_block '$ mkfifo never' '$ (printf "one "; read -t 0.5 <>never; echo two) &' 'one two' '$ printf "a\tb\n"' 'a b'
}

@test "run: looking is repeated until it sees" {
  good_block '$ mkfifo never' '$ (read -t 0.5 <>never; touch there) &' '$ ls' never tests there
}

@test "run: a shell's words about a script are those of a prompt" {
  good_block '$ nosuchcommand' 'bash: nosuchcommand: command not found' '$ nc -l 9876 &' '$ kill %1' '$ true'
}

@test "run: a block to be saved is a file for the commands that follow" {
  printf '%s\n' '<!-- save a.txt -->' '```text' one '' two '```' '```console' '$ cat a.txt' one '' two '```' >page.md
  run "$pages" run page.md course
  [ "$output" = '' ]
  sed -i 's/save a/save nowhere\/a/' page.md
  run "$pages" run page.md course
  [ "${lines[0]}" = 'page.md:3: nowhere/a.txt: No such file or directory' ]
}

@test "run: a command that ends the shell is told" {
  bad_block '$ exit 3' '$ echo on' on
  [[ ${lines[0]} == 'page.md:2: this did not end within a minute, or ended the shell' ]]
}

@test "run -w: what came is written, with the names that are known" {
  printf '%s\n' before '```console' '$ echo 57' 4183 '$ echo 57 x' 'old' 'lines' '$ true' '```' after >page.md
  run "$pages" run -w page.md course
  [ "$status" -eq 1 ]
  printf '%s\n' before '```console' '$ echo 57' 4183 '$ echo 57 x' '4183 x' '$ true' '```' after | diff page.md -
}

@test "read: links to files and headings" {
  read_page '# One `two`, three' '# Four' '# Four' '<a id="five"></a>' '## 六 seven' '[a](#one-two-three) [b](#four-1)' \
    '[c](page.md#five) [d](course) [e](https://example.org/x#y) [f](#六-seven)'
  [ "$output" = '' ]
  read_page '# One' 'x' '' '[a](#two)' '' '| a |' '|---|' '| [b](nowhere.md) |' '' '```' '[c](#never)' '```'
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = 'page.md:4: page.md has no #two' ]
  [ "${lines[1]}" = 'page.md:8: the link nowhere.md leads nowhere' ]
  [ "${#lines[@]}" -eq 2 ]
}

@test "read: C blocks are as in their source, and a solution is hidden" {
  mkdir -p solutions
  printf '%s\n' 'int other(void);' '' 'static int add(int a)' '{' '    // [step 2] TODO(2, a);' '    return a;' \
    '    // [/step 2]' '}' '' 'int main(void)' '{' '}' >solutions/a.c
  function=('static int add(int a)' '{' '    return a;' '}')
  page=('<details>' '' '<!-- from solutions/a.c: add -->' '```c' "${function[@]}" '```' '' '</details>')
  read_page "${page[@]}"
  [ "$output" = '' ]
  read_page "${page[@]:2:7}"
  [ "${lines[0]}" = 'page.md:3: a solution stands only in a closed <details>' ]
  read_page "${page[@]/return a/return 5}"
  [ "${lines[0]}" = 'page.md:5: this is not as in solutions/a.c: add' ]
  "$pages" read -w page.md || true
  printf '%s\n' "${page[@]}" | diff page.md -
  read_page "${page[@]/: add/: sub}"
  [ "${lines[0]}" = 'page.md:5: there is no solutions/a.c: sub' ]
}

@test "twin: the same blocks, ids and headings" {
  printf '%s\n' '<a id="x"></a>' '# One' '```console' '$ true' '```' '```text' picture '```' >one.md
  printf '%s\n' '<a id="x"></a>' '# 一' '```console' '$ true' '```' '```text' 图 '```' >two.md
  run "$pages" twin one.md two.md
  [ "$output" = '' ]
  sed 's/true/false/; s/"x"/"y"/' two.md >three.md
  echo '# more' >>three.md
  run "$pages" twin one.md three.md
  [ "$status" -eq 1 ]
  [ "${lines[0]}" = 'three.md:4: this is not the block of one.md, line 4' ]
  [ "${lines[1]}" = 'three.md: its <a id=...> are not those of one.md' ]
  [ "${lines[2]}" = 'three.md: it has 2 headings, and one.md has 1' ]
}

@test "wrong words are one line" {
  run "$pages" run page.md
  [ "$status" -eq 2 ]
  run "$pages" read nosuch.md
  [ "$status" -eq 1 ]
  [ "$output" = 'pages: nosuch.md: No such file or directory' ]
}
