// What could go wrong with a name goes wrong in a child: it makes the connection and sends the
// descriptor. The parent relays, with pselect, and with signals let in nowhere else.
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static _Noreturn void connect_and_send(const char *host, const char *port, int to)
{
    struct addrinfo hints = {.ai_family = AF_UNSPEC, .ai_socktype = SOCK_STREAM}, *list;
    int fd = -1, found = getaddrinfo(host, port, &hints, &list);
    if (found != 0)
        errx(1, "%s: %s", host, gai_strerror(found));
    for (struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd == -1 || connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            continue;
        int error = errno;
        close(fd);
        fd = -1;
        errno = error;
    }
    if (fd == -1)
        err(1, "%s", host);
    char byte = '!';
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control = {0};
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof fd);
    memcpy(CMSG_DATA(rights), &fd, sizeof fd);
    if (sendmsg(to, &message, 0) == -1)
        err(1, "sendmsg");
    _exit(0);
}

static int receive(int from)
{
    char byte;
    union {
        struct cmsghdr header;
        char room[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec part = {&byte, 1};
    struct msghdr message = {.msg_iov = &part,
                             .msg_iovlen = 1,
                             .msg_control = control.room,
                             .msg_controllen = sizeof control.room};
    int fd = -1;
    if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) == 1 && CMSG_FIRSTHDR(&message) != NULL)
        memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof fd);
    return fd;
}

static void write_out(const char *data, size_t size)
{
    while (size > 0) {
        ssize_t n = write(STDOUT_FILENO, data, size);
        if (n == -1)
            err(1, "stdout");
        data += n;
        size -= (size_t)n;
    }
}

int main(int argc, char *argv[])
{
    int pair[2], ended = 0, told = 0;
    const char *digit = argc == 3 ? argv[2] : "";
    long port = 0;
    for (; *digit >= '0' && *digit <= '9' && port <= 65535; digit++)
        port = 10 * port + (*digit - '0');
    if (argc != 3 || *digit != '\0' || port == 0 || port > 65535)
        errx(1, "HOST PORT");
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) == -1)
        err(1, "socketpair");
    pid_t child = fork();
    if (child == -1)
        err(1, "fork");
    if (child == 0) {
        close(pair[0]);
        connect_and_send(argv[1], argv[2], pair[1]);
    }
    close(pair[1]);
    int fd = receive(pair[0]);
    waitpid(child, NULL, 0);
    if (fd == -1)
        exit(1); // the child has said why
    // pair[0] stays open: a second socket, to nobody.

    static char up[1 << 14], down[400];
    size_t up_at = 0, up_end = 0, down_at = 0, down_end = 0;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    sigaddset(&none, SIGPIPE);
    sigprocmask(SIG_SETMASK, &all, NULL);
    for (;;) {
        fd_set in, out;
        FD_ZERO(&in);
        FD_ZERO(&out);
        if (up_at < up_end)
            FD_SET(fd, &out);
        else if (!ended)
            FD_SET(STDIN_FILENO, &in);
        if (down_at < down_end)
            FD_SET(STDOUT_FILENO, &out);
        else
            FD_SET(fd, &in);
        if (pselect(fd + 1, &in, &out, NULL, NULL, &none) == -1)
            continue;
        if (FD_ISSET(STDOUT_FILENO, &out)) {
            ssize_t n = write(STDOUT_FILENO, down + down_at, down_end - down_at);
            if (n == -1)
                err(1, "stdout");
            down_at += (size_t)n;
        }
        if (FD_ISSET(fd, &in)) {
            ssize_t n = recv(fd, down, sizeof down, MSG_DONTWAIT);
            if (n == 0)
                return 0;
            if (n == -1 && errno != EAGAIN)
                err(1, "server");
            down_at = 0;
            down_end = n > 0 ? (size_t)n : 0;
        }
        if (FD_ISSET(fd, &out)) {
            ssize_t n = send(fd, up + up_at, up_end - up_at, MSG_DONTWAIT);
            if (n == -1 && errno != EAGAIN) {
                int error = errno;
                write_out(down + down_at, down_end - down_at);
                errno = error;
                err(1, "server");
            }
            up_at += n > 0 ? (size_t)n : 0;
        }
        if (FD_ISSET(STDIN_FILENO, &in)) {
            ssize_t n = read(STDIN_FILENO, up, sizeof up);
            if (n == -1)
                err(1, "stdin");
            ended = n == 0;
            up_at = 0;
            up_end = (size_t)n;
        }
        if (ended && up_at == up_end && !told)
            told = shutdown(fd, SHUT_WR) == 0 || errno == ENOTCONN;
    }
}
