#!/usr/bin/env bats
# picture.bats - ./grader --picture: what stands in the page, and that a browser shows it so.

load planted

setup() {
  use_tree
  strace -o /dev/null true || skip "this machine does not allow ptrace(2)"
  page=$BATS_TEST_TMPDIR/page.html
}

# Elements of a class in the page, or in what the browser has made of it.
count() { # CLASS FILE
  grep -oE "class=\"$1[ \"]" "$2" | wc -l
}

# Opens the page as a browser with so many pixels of width. Leaves what it made of it in page.dom.
open_page() { # WIDTH
  local browser found=()
  for browser in chromium chromium-browser google-chrome; do
    ! command -v "$browser" >/dev/null || found+=("$browser")
  done
  [ ${#found[@]} -gt 0 ] || skip "there is no browser: make test-deps"
  timeout 300 "${found[0]}" --headless --no-sandbox --disable-gpu --disable-dev-shm-usage \
    --user-data-dir="$BATS_TEST_TMPDIR/browser" --enable-logging=stderr --v=0 --window-size="$1",900 \
    --virtual-time-budget=2000 --dump-dom "file://$page" >"$page.dom" 2>"$page.log"
  ! grep -E 'CONSOLE' "$page.log"
  [[ $(<"$page.dom") == *'class="told"'* ]] # the script has run to its end
}

# The browser finds what was written, and no more: nothing of a program's became markup.
browser_agrees() { # WIDTH
  local class
  open_page "$1"
  for class in lane event zombie arrow wait failed marked; do
    [ "$(count "$class" "$page")" -eq "$(count "$class" "$page.dom")" ]
  done
}

@test "a zombie is seen as one, in the lane of the child that nobody waited for" {
  plant lab03/reap-once
  run ./grader --from "$tree" --picture "$page" lab03 reap
  [ "$status" -eq 1 ]
  [[ $output == *'zombie: no waitpid'* ]]
  [[ ${lines[-1]} == "The picture is in $page" ]]
  [ "$(count zombie "$page")" -ge 1 ]
  grep -q '<tspan class="mark"[^>]*>← zombie: no waitpid</tspan>' "$page"
  grep -qE '<tspan class="place"[^>]*>server\.c:[0-9]+</tspan>' "$page"
  grep -q 'man 2 accept' "$page"
  # Every process that is made in these pictures has a lane, or shares the last one.
  [ "$(count 'lane process' "$page")" -ge 3 ]
  browser_agrees 1280
}

@test "a whole lab that passes: every step has its picture, and the page is small" {
  run ./grader --from solutions --picture "$page" lab04
  [ "$status" -eq 0 ]
  [ "$(stat -c %s "$page")" -lt 500000 ]
  [ "$(grep -c '<section class="passed"' <(sed 's/<section/\n&/g' "$page"))" -eq 11 ]
  [ "$(count 'lane thread' "$page")" -ge 10 ]
  [ "$(count 'mark' "$page")" -eq 0 ]
  [ "$(grep -c 'https\?://' "$page")" -eq 0 ]
  browser_agrees 390
}

@test "functions have no picture, and the page says so" {
  run ./grader --from solutions --picture "$page" lab00 port
  [ "$status" -eq 0 ]
  [ "$(count timeline "$page")" -eq 0 ]
  grep -q 'No picture: ' "$page"
}

@test "a page that cannot be written, or would be of several labs, is refused before the work" {
  run ./grader --picture "$BATS_TEST_TMPDIR/no/such/page.html" lab00 port
  [ "$status" -eq 2 ]
  [ "$output" = "grader: $BATS_TEST_TMPDIR/no/such/page.html: No such file or directory" ]
  run ./grader --picture "$page" lab00 lab01
  [ "$status" -eq 2 ]
  [ "$output" = 'grader: --picture shows one lab, such as: ./grader --picture FILE.html lab00' ]
  [ ! -e "$page" ]
}

@test "a drawing is one timeline, for a page, with its style in it" {
  page=$BATS_TEST_TMPDIR/drawing.svg
  run ./grader --from solutions --picture "$page" lab01 next
  [ "$status" -eq 0 ]
  [[ ${lines[-1]} == "The picture is in $page" ]]
  [[ $(head -c 500 "$page") == '<?xml '*'<svg '*'xmlns="http://www.w3.org/2000/svg"'*'<style>'* ]]
  [ "$(grep -c '<html' "$page")" -eq 0 ]
  for lane in client listener process; do
    [ "$(count "lane $lane" "$page")" -ge 1 ]
  done
}

@test "a step that calls functions has no drawing, and this is said" {
  run ./grader --from solutions --picture "$BATS_TEST_TMPDIR/no.svg" lab00 order
  [ "$status" -eq 3 ]
  [[ $output == *'no.svg: there is nothing to draw: the checks of this step call functions'* ]]
  [ ! -e "$BATS_TEST_TMPDIR/no.svg" ]
}
