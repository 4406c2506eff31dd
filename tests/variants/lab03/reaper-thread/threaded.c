// A thread does nothing but reap: it sleeps on a condition while there are no children, and in
// waitid else. The child echoes with poll and non-blocking calls, a byte or a block at a time.
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t born = PTHREAD_COND_INITIALIZER;
static long children;

static void *reap(void *unused)
{
    for (;;) {
        pthread_mutex_lock(&lock);
        while (children == 0)
            pthread_cond_wait(&born, &lock);
        pthread_mutex_unlock(&lock);
        siginfo_t ended;
        if (waitid(P_ALL, 0, &ended, WEXITED) == 0) {
            pthread_mutex_lock(&lock);
            children--;
            pthread_mutex_unlock(&lock);
        }
    }
    return unused;
}

// Holds what could not be sent yet, and reads no more meanwhile.
static void echo(int fd)
{
    char held[3000];
    size_t start = 0, end = 0;
    fcntl(fd, F_SETFL, O_NONBLOCK);
    for (;;) {
        struct pollfd ready = {.fd = fd, .events = start < end ? POLLOUT : POLLIN};
        if (poll(&ready, 1, -1) == -1 && errno != EINTR)
            _exit(1);
        ssize_t n =
            start < end ? send(fd, held + start, end - start, 0) : recv(fd, held, sizeof held, 0);
        if (n == -1 && (errno == EAGAIN || errno == EINTR))
            continue;
        if (n == -1 || (n == 0 && start == end))
            _exit(n == -1);
        if (start < end) {
            start += (size_t)n;
        } else {
            start = 0;
            end = (size_t)n;
        }
    }
}

static void serve(int lfd, int fd, const struct sockaddr_in *peer)
{
    pid_t pid = fork();
    if (pid == 0) {
        close(lfd);
        echo(fd);
    }
    if (pid == -1) {
        perror("fork");
    } else {
        pthread_mutex_lock(&lock);
        children++;
        pthread_cond_signal(&born);
        pthread_mutex_unlock(&lock);
        dprintf(STDOUT_FILENO, "[%d] %s:%d\n", (int)pid, inet_ntoa(peer->sin_addr),
                ntohs(peer->sin_port));
    }
    close(fd);
}

int main(int argc, char *argv[])
{
    char *end = NULL;
    unsigned long port =
        argc == 2 && argv[1][0] >= '0' && argv[1][0] <= '9' ? strtoul(argv[1], &end, 10) : 0;
    if (port < 1 || port > 65535 || *end != '\0') {
        // Without a newline: that is a message too.
        fprintf(stderr, "%s wants a port", argv[0]);
        return 2;
    }
    int lfd = socket(AF_INET, SOCK_STREAM, 0), on = 1;
    struct sockaddr_in any = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) == -1 || listen(lfd, SOMAXCONN) == -1) {
        perror("cannot listen");
        return 1;
    }
    pthread_t reaper;
    if (pthread_create(&reaper, NULL, reap, NULL) != 0)
        return 1;
    for (int silent = 0;;) {
        struct sockaddr_in peer;
        socklen_t size = sizeof peer;
        int fd = accept4(lfd, (struct sockaddr *)&peer, &size, SOCK_CLOEXEC);
        if (fd != -1) {
            silent = 0;
            serve(lfd, fd, &peer);
        } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
            if (!silent++)
                perror("no room");
            sleep(1);
        } else if (errno != EINTR && errno != ECONNABORTED) {
            perror("accept");
            return 1;
        }
    }
}
