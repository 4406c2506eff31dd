#include <arpa/inet.h>
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int reserve;

static void note(int sig)
{
    (void)sig;
}

// One byte at a time, by stdio without a buffer.
static void echo_bytes(int fd)
{
    FILE *in = fdopen(fd, "r"), *out = fdopen(dup(fd), "w");
    if (in == NULL || out == NULL)
        return;
    setbuf(out, NULL);
    for (int c; (c = getc(in)) != EOF;)
        if (putc(c, out) == EOF)
            break;
    fclose(out);
    fclose(in);
}

static const char *strip(const char *text)
{
    return strncmp(text, "::ffff:", 7) == 0 ? text + 7 : text;
}

// Gives the reserve away, to be able to take the client and let it go.
static void turn_away(int lfd)
{
    warn("a client is turned away");
    close(reserve);
    int fd = accept(lfd, NULL, NULL);
    if (fd >= 0)
        close(fd);
    reserve = open("/dev/null", O_RDONLY);
    if (fd < 0)
        poll(NULL, 0, 100);
}

static void take(int lfd)
{
    struct sockaddr_in6 peer;
    socklen_t size = sizeof peer;
    char text[INET6_ADDRSTRLEN];
    int fd = accept(lfd, (struct sockaddr *)&peer, &size);
    if (fd < 0) {
        if (errno == EMFILE || errno == ENFILE || errno == ENOMEM || errno == ENOBUFS)
            turn_away(lfd);
        return;
    }
    inet_ntop(AF_INET6, &peer.sin6_addr, text, sizeof text);
    pid_t pid = fork();
    if (pid < 0)
        warn("fork");
    if (pid == 0) {
        close(lfd);
        close(reserve);
        fcntl(fd, F_SETFL, 0);
        echo_bytes(fd);
        _exit(0);
    }
    if (pid > 0) {
        printf("%s:%d\n", strip(text), ntohs(peer.sin6_port));
        fflush(stdout);
    }
    close(fd);
}

int main(int argc, char *argv[])
{
    char *end = NULL;
    unsigned long port =
        argc == 2 && isdigit((unsigned char)*argv[1]) ? strtoul(argv[1], &end, 10) : 0;
    if (port == 0 || port > 65535 || *end != '\0')
        errx(1, "PORT?");
    int lfd = socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK, 0), on = 1, off = 0;
    struct sockaddr_in6 any = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    setsockopt(lfd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    setsockopt(lfd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    if (bind(lfd, (struct sockaddr *)&any, sizeof any) != 0 || listen(lfd, 64) != 0)
        err(1, "port %lu", port);
    reserve = open("/dev/null", O_RDONLY);

    sigset_t chld, before;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, &before);
    signal(SIGCHLD, note);
    for (;;) {
        struct pollfd ready = {.fd = lfd, .events = POLLIN};
        int n = ppoll(&ready, 1, NULL, &before);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            continue;
        if (n == 1)
            take(lfd);
    }
}
