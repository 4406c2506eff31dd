#!/usr/bin/env bats
# todo.bats - TODO(step, ...): clean to compile, and the end of the process wherever it stands.

setup() {
  cd "$BATS_TEST_TMPDIR"
}

warnings="-Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wconversion"

compile() { # COMPILER: standard input becomes ./program
  local lib=$BATS_TEST_DIRNAME/../grading/lib
  cat >program.c
  # shellcheck disable=SC2086 # the warnings are words
  "$1" -std=c11 -D_GNU_SOURCE -O1 -g $warnings -Werror -I "$lib" -o program program.c "$lib/todo.c" -pthread
}

# Everything that an open step may leave unused: parameters, variables not yet set, functions,
# values of any type, and a function without its return.
open_steps() {
  cat <<'END'
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>
#include "todo.h"

struct pair { char a; long b; };

static void on_signal(int sig)
{
    (void)sig;
}

static int parse(const char *text, uint16_t *port, struct pair pair)
{
    TODO(1, text, port, pair, on_signal);
}

static void *run(void *argument)
{
    struct sigaction action;
    volatile sig_atomic_t flag;
    const char *text;
    char buffer[10];
    TODO(2, argument, action, flag, text, buffer);
    return argument;
}

int main(int argc, char *argv[])
{
    int number;
    uint16_t port;
    struct pair pair = {0};

    printf("in a buffer;");
    if (argc == 2) {
        pthread_t thread;
        pthread_create(&thread, NULL, run, argv[1]);
        pthread_join(thread, NULL);
    } else if (argc == 3) {
        int status;
        if (fork() == 0)
            return parse(argv[1], &port, pair);
        wait(&status);
        return WEXITSTATUS(status) + 1;
    } else {
        TODO(3);
    }
    for (int i = 0;; i++) {
        TODO(4, i, number);
        number = i;
    }
}
END
}

@test "gcc compiles TODO without a warning" {
  open_steps | compile gcc
}

@test "clang compiles TODO without a warning" {
  command -v clang >/dev/null || skip "clang is not installed"
  open_steps | compile clang
}

@test "TODO says file, line and step, and ends the process with status 86" {
  open_steps | compile gcc
  line=$(grep -n 'TODO(3)' program.c | cut -d : -f 1)
  run ./program
  [ "$status" -eq 86 ]
  [ "$output" = "program.c:$line: step 3 is not written yet" ]
}

@test "TODO in a thread ends the whole process" {
  open_steps | compile gcc
  run ./program thread
  [ "$status" -eq 86 ]
  [[ $output == program.c:*": step 2 is not written yet" ]]
}

@test "TODO in a child ends the child, and flushes nothing of its parent" {
  open_steps | compile gcc
  run ./program forked child
  [ "$status" -eq 87 ]
  [[ $output == program.c:*": step 1 is not written yet"*"in a buffer;" ]]
  [ "$(grep -o 'in a buffer' <<<"$output" | wc -l)" -eq 1 ]
}
