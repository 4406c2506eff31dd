// The child does not use the connection that it inherits: it is handed one through a socketpair
// (SCM_RIGHTS), and waits for it. getpeername instead of accept's address; one MiB at a time.
#include <arpa/inet.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

union control {
    char room[CMSG_SPACE(sizeof(int))];
    struct cmsghdr head;
};

static void hand_over(int channel, int fd)
{
    union control control = {.head = {.cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS}};
    struct iovec part = {"!", 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    control.head.cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(CMSG_FIRSTHDR(&message)), &fd, sizeof fd);
    if (sendmsg(channel, &message, MSG_NOSIGNAL) == -1)
        perror("sendmsg");
}

static int take_over(int channel)
{
    union control control;
    char byte;
    int fd = -1;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    if (recvmsg(channel, &message, 0) == 1 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    close(channel);
    return fd;
}

static void echo(int fd)
{
    size_t room = 1 << 20;
    char *bytes = malloc(room);
    ssize_t n = -1;
    while (bytes != NULL && ((n = read(fd, bytes, room)) > 0 || (n == -1 && errno == EINTR)))
        for (ssize_t at = 0, m; at<n; at += m> 0 ? m : 0)
            if ((m = write(fd, bytes + at, (size_t)(n - at))) == -1 && errno != EINTR)
                n = at;
    free(bytes);
    close(fd);
}

static void on_sigchld(int sig)
{
    int kept = errno;
    pid_t pid;
    do
        pid = waitpid(-1, &sig, WNOHANG);
    while (pid > 0);
    errno = kept;
}

static void serve(int lfd, int fd, const char *name)
{
    int channel[2];
    pid_t pid = -1;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, channel) == 0) {
        pid = fork();
        if (pid != 0)
            close(channel[1]);
        if (pid == -1)
            close(channel[0]);
    }
    if (pid == 0) {
        signal(SIGCHLD, SIG_DFL);
        close(lfd);
        close(fd);
        close(channel[0]);
        if ((fd = take_over(channel[1])) == -1)
            _exit(1);
        echo(fd);
        _exit(0);
    }
    if (pid == -1) {
        perror(name);
    } else {
        hand_over(channel[0], fd);
        close(channel[0]);
        fprintf(stderr, "%s: process %d\n", name, (int)pid);
        puts(name);
        fflush(stdout);
    }
    close(fd);
}

int main(int argc, char **argv)
{
    unsigned port = 0;
    for (const char *c = argc == 2 ? argv[1] : ""; *c != '\0'; c++)
        port = *c >= '0' && *c <= '9' && port < 65536 ? port * 10 + (unsigned)(*c - '0') : 65536;
    if (port == 0 || port > 65535)
        return fputs("A port from 1 to 65535, and nothing else\n", stderr), 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int lfd = socket(AF_INET, SOCK_STREAM, 0), yes = 1;
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(lfd, (struct sockaddr *)&at, sizeof at) != 0 || listen(lfd, 1024) != 0)
        return perror("server"), 1;
    sigaction(SIGCHLD, &(struct sigaction){.sa_handler = on_sigchld, .sa_flags = SA_RESTART}, NULL);
    for (int shortage = 0;;) {
        int fd = accept(lfd, NULL, NULL);
        if (fd == -1 && (errno == EINTR || errno == ECONNABORTED))
            continue;
        if (fd == -1 && errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
            return perror("accept"), 1;
        if (fd == -1) {
            if (!shortage)
                perror("accept");
            shortage = 1;
            usleep(400000);
            continue;
        }
        shortage = 0;
        struct sockaddr_in peer = {0};
        socklen_t size = sizeof peer;
        char name[32];
        // Who has gone already has no name, and needs no process.
        if (getpeername(fd, (struct sockaddr *)&peer, &size) == -1) {
            close(fd);
            continue;
        }
        snprintf(name, sizeof name, "%s:%d", inet_ntoa(peer.sin_addr), ntohs(peer.sin_port));
        serve(lfd, fd, name);
    }
}
