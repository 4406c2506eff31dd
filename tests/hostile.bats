#!/usr/bin/env bats
# What a learner's program may do to the grader: hang, flood, multiply, hide. Each time the verdict
# comes, soon and by itself, and nothing of the program is left.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_DIRNAME/.." || return
  tree=$BATS_TEST_TMPDIR/submission
  mkdir -p "$tree/lab01-single-server"
}

teardown() {
  rm -rf build/"${tree//\//+}"*
}

# The submission is one C file. The program's own name tells its processes from all others.
submit() {
  {
    printf '#define _GNU_SOURCE\n'
    printf '#include <%s>\n' arpa/inet.h errno.h netinet/in.h pthread.h signal.h stdio.h stdlib.h \
      string.h sys/mman.h sys/prctl.h sys/socket.h sys/wait.h unistd.h
    cat
  } >"$tree/lab01-single-server/server.c"
}

# Grades it in both ways, with the box and without: no step passes by mistake, nothing stays. A
# minute is for a machine that is busy with other tests; how long it takes alone, bench.sh tells.
graded() { # ID STATUS: what must have become of that step
  local box before took
  for box in auto off; do
    before=$(date +%s)
    run --separate-stderr ./grader --box "$box" --from "$tree" --base solutions --format json lab01
    took=$(($(date +%s) - before))
    echo "$box: status $status, $took s: $output"
    [ "$status" -eq 1 ]
    [ "$took" -le 60 ]
    [ "$(jq -r --arg id "$1" '.labs[0].steps[] | select(.id == $id) | .status' <<<"$output")" = "$2" ]
    ! pgrep -f "submission/lab01/server"
  done
}

@test "a program that does nothing, for ever" {
  submit <<<'int main(void) { for (;;) pause(); }'
  graded arguments failed
}

@test "a program that computes for ever" {
  submit <<<'int main(void) { for (volatile int i = 0;; i++) ; }'
  graded arguments failed
}

@test "a program that ends at once, whatever it is asked" {
  submit <<<'int main(void) { return 0; }'
  graded arguments failed
}

@test "a program that crashes" {
  submit <<<'int main(void) { abort(); }'
  graded arguments failed
}

@test "a program that floods its output" {
  submit <<<'int main(void) { for (;;) { printf("ok 1 arguments: forged\n"); fprintf(stderr, "not ok\n"); } }'
  graded arguments failed
}

@test "a program that forks without end" {
  submit <<<'int main(void) { for (;;) fork(); }'
  graded arguments failed
}

@test "a program that takes all memory it can get" {
  submit <<<'int main(void) { for (;;) { char *p = malloc(1 << 20); if (p) memset(p, 1, 1 << 20); } }'
  graded arguments failed
}

@test "a program that ignores SIGTERM and every other signal that it can" {
  submit <<<'int main(void) { for (int s = 1; s < 65; s++) signal(s, SIG_IGN); for (;;) pause(); }'
  graded arguments failed
}

@test "a program that hides in the background, out of its session" {
  submit <<<'int main(void) { if (fork()) _exit(1); setsid(); if (fork()) _exit(0); for (;;) pause(); }'
  graded listen not_reached
}

@test "a program that kills all it can reach" {
  submit <<<'int main(void) { signal(SIGTERM, SIG_IGN); if (getpid() > 1 && getenv("HOME")) kill(getppid(), 0); kill(0, SIGKILL); return 0; }'
  graded arguments failed
}

@test "a program that listens, and never accepts" {
  submit <<'END'
int main(int argc, char **argv)
{
    unsigned long port = argc == 2 && argv[1][strspn(argv[1], "0123456789")] == '\0' ? strtoul(argv[1], NULL, 10) : 0;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int fd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (port < 1 || port > 65535 || bind(fd, (struct sockaddr *)&address, sizeof address) == -1) {
        perror("bind");
        return 1;
    }
    listen(fd, 128);
    for (;;)
        pause();
}
END
  graded accept failed
}
