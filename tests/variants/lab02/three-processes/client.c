// Three processes: one carries up, one carries down, and the parent does nothing but wait. SIGCHLD
// comes to it as bytes of a signalfd.
#include <err.h>
#include <errno.h>
#include <netdb.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int dial(const char *host, const char *port)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV};
    struct addrinfo *list;
    int error = getaddrinfo(host, port, &hints, &list);
    if (error == EAI_SYSTEM)
        err(1, "%s", host);
    if (error != 0)
        errx(1, "%s: %s", host, gai_strerror(error));
    for (const struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        int fd = socket(a->ai_family, a->ai_socktype | SOCK_CLOEXEC, a->ai_protocol);
        if (fd != -1 && connect(fd, a->ai_addr, a->ai_addrlen) == 0) {
            freeaddrinfo(list);
            return fd;
        }
        error = errno;
        if (fd != -1)
            close(fd);
    }
    freeaddrinfo(list);
    errno = error;
    err(1, "%s port %s", host, port);
}

// The child's whole life. Its status says whether all went well.
static pid_t carry(int from, int to)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    prctl(PR_SET_PDEATHSIG, SIGKILL); // nor does it outlive a parent that was killed
    char *data = malloc(100000);
    ssize_t n = data == NULL ? -1 : 1;
    while (n > 0 && (n = read(from, data, 100000)) > 0)
        for (ssize_t at = 0, m; at < n; at += m)
            if ((m = write(to, data + at, (size_t)(n - at))) == -1) {
                n = -1;
                break;
            }
    int error = errno;
    shutdown(to, SHUT_WR); // stdout is no socket: there this does nothing
    free(data);
    errno = error;
    if (n == -1)
        warn("%s", to == STDOUT_FILENO ? "from the server" : "to the server");
    _exit(n == -1);
}

static int port_is_good(const char *text)
{
    size_t size = strlen(text);
    return size > 0 && size <= 5 && strspn(text, "0123456789") == size && atoi(text) > 0 &&
           atoi(text) <= 65535;
}

int main(int argc, char *argv[])
{
    if (argc != 3 || !port_is_good(argv[2]))
        errx(64, "usage: client HOST PORT");
    int fd = dial(argv[1], argv[2]), status, failed = 0;
    sigset_t chld;
    sigemptyset(&chld);
    sigaddset(&chld, SIGCHLD);
    sigprocmask(SIG_BLOCK, &chld, NULL);
    signal(SIGPIPE, SIG_IGN);
    int news = signalfd(-1, &chld, SFD_CLOEXEC);
    pid_t up = carry(STDIN_FILENO, fd), down = carry(fd, STDOUT_FILENO);
    if (news == -1 || up == -1 || down == -1)
        err(1, "signalfd or fork");
    close(fd);
    for (;;) {
        struct signalfd_siginfo info;
        if (read(news, &info, sizeof info) == -1 && errno != EINTR)
            err(1, "signalfd");
        for (pid_t ended; (ended = waitpid(-1, &status, WNOHANG)) > 0;) {
            failed = failed || status != 0;
            if (ended == up) {
                up = -1;
                continue;
            }
            // Nothing will come any more, and nothing need go.
            if (up != -1) {
                kill(up, SIGKILL);
                waitpid(up, NULL, 0);
            }
            return failed;
        }
    }
}
