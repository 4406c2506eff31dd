#include "echo_vector.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int pipe_fds[2];

static void on_child(int sig)
{
    int kept = errno;
    (void)sig;
    if (write(pipe_fds[1], "c", 1) == -1 && errno != EAGAIN)
        _exit(9);
    errno = kept;
}

static int listen_on(const char *port)
{
    struct addrinfo hints = {
        .ai_family = AF_INET, .ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV};
    struct addrinfo *list;
    const int on = 1;
    if (getaddrinfo(NULL, port, &hints, &list) != 0)
        return -1;
    int fd = socket(list->ai_family, list->ai_socktype, 0);
    if (fd != -1 &&
        (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
         bind(fd, list->ai_addr, list->ai_addrlen) != 0 || listen(fd, SOMAXCONN) != 0)) {
        close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    return fd;
}

static void reap(void)
{
    char dropped[64];
    while (read(pipe_fds[0], dropped, sizeof dropped) > 0)
        continue;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        continue;
}

static void start_worker(int listener, int client, struct sockaddr *peer, socklen_t size)
{
    char host[64], service[16];
    getnameinfo(peer, size, host, sizeof host, service, sizeof service,
                NI_NUMERICHOST | NI_NUMERICSERV);
    printf("+ %s:%s\n", host, service);
    fflush(stdout);
    pid_t pid = fork();
    if (pid == -1)
        perror("fork");
    if (pid == 0) {
        close(listener);
        close(pipe_fds[0]);
        close(pipe_fds[1]);
        signal(SIGCHLD, SIG_DFL);
        echo_vector(client);
        _exit(0);
    }
    close(client);
}

int main(int argc, char *argv[])
{
    size_t digits = argc == 2 ? strspn(argv[1], "0123456789") : 0;
    if (digits == 0 || digits > 5 || argv[1][digits] != '\0' || atoi(argv[1]) < 1 ||
        atoi(argv[1]) > USHRT_MAX) {
        fprintf(stderr, "A port, please.\n");
        return 64;
    }
    int listener = listen_on(argv[1]);
    if (listener == -1 || pipe(pipe_fds) == -1) {
        perror("select_server");
        return 1;
    }
    fcntl(listener, F_SETFL, O_NONBLOCK);
    fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK);
    fcntl(pipe_fds[1], F_SETFL, O_NONBLOCK);
    struct sigaction action = {.sa_handler = on_child};
    sigaction(SIGCHLD, &action, NULL);

    int paused = 0, told = 0;
    for (;;) {
        fd_set readable;
        FD_ZERO(&readable);
        FD_SET(pipe_fds[0], &readable);
        if (!paused)
            FD_SET(listener, &readable);
        struct timeval fifth = {.tv_usec = 200 * 1000};
        int n = select(FD_SETSIZE, &readable, NULL, NULL, paused ? &fifth : NULL);
        paused = 0;
        if (n <= 0)
            continue;
        if (FD_ISSET(pipe_fds[0], &readable))
            reap();
        if (!FD_ISSET(listener, &readable))
            continue;
        struct sockaddr_storage peer;
        socklen_t size = sizeof peer;
        int client = accept(listener, (struct sockaddr *)&peer, &size);
        if (client != -1) {
            told = 0;
            fcntl(client, F_SETFL, 0);
            start_worker(listener, client, (struct sockaddr *)&peer, size);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!told++)
                perror("accept: I look away for a while");
            paused = 1;
        }
    }
}
