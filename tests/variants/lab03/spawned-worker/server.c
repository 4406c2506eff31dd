// No fork of its own: posix_spawn starts the program again as a worker, with the connection as its
// standard input and output. SIGCHLD is waited for by ppoll's mask. The worker echoes by splice.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static volatile sig_atomic_t ended;

static void on_child(int sig)
{
    ended = sig;
}

static int work(void)
{
    int ends[2];
    ssize_t n, m;
    if (pipe(ends) == -1)
        return 1;
    while ((n = splice(0, NULL, ends[1], NULL, 4096, 0)) > 0)
        for (; n > 0; n -= m)
            if ((m = splice(ends[0], NULL, 0, NULL, (size_t)n, 0)) <= 0)
                return 1;
    return n < 0;
}

static void hire(const char *program, int fd, const struct sockaddr_in *peer)
{
    char *const argv[] = {"worker", NULL}, *const env[] = {NULL};
    char ip[INET_ADDRSTRLEN], line[64];
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    sigset_t none;
    pid_t pid;
    sigemptyset(&none);
    posix_spawnattr_init(&attributes);
    posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigmask(&attributes, &none);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, fd, 0);
    errno = posix_spawn(&pid, program, &actions, &attributes, argv, env);
    if (errno != 0) {
        perror("no worker");
    } else {
        int size =
            snprintf(line, sizeof line, "%s:%d\n",
                     inet_ntop(AF_INET, &peer->sin_addr, ip, sizeof ip), ntohs(peer->sin_port));
        if (write(STDOUT_FILENO, line, (size_t)size) != size)
            perror("stdout");
    }
    posix_spawn_file_actions_destroy(&actions);
    posix_spawnattr_destroy(&attributes);
}

int main(int argc, char *argv[])
{
    if (argc == 1 && strcmp(argv[0], "worker") == 0)
        return work();
    char *end = "?";
    long port = argc == 2 && strchr("0123456789", argv[1][0]) ? strtol(argv[1], &end, 10) : 0;
    if (*end != '\0' || port < 1 || port > 65535) {
        fputs("Usage: server PORT\n", stderr);
        return EXIT_FAILURE;
    }
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int lfd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) == -1 || listen(lfd, 200) == -1) {
        perror("listening");
        return EXIT_FAILURE;
    }
    sigset_t chld, open;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &open);
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = on_child}, NULL);
    for (int patient = 0, told = 0;;) {
        struct pollfd ready = {.fd = lfd, .events = patient ? 0 : POLLIN};
        struct timespec half = {.tv_nsec = 500000000};
        ppoll(&ready, 1, patient ? &half : NULL, &open);
        patient = 0;
        if (ended) {
            ended = 0;
            while (waitpid(-1, NULL, WNOHANG) > 0)
                ;
        }
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd >= 0) {
            told = 0;
            hire(argv[0], fd, &peer);
            close(fd);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            patient = 1;
            if (told++ == 0)
                perror("accept, I try again later");
        }
    }
}
