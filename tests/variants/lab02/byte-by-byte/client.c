// One byte at a time, by stdio without buffers: slow, and right. The thread for stdin is cancelled
// when the server has ended, and then joined.
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static FILE *to_server, *from_server;

// Returns 0 at the end of in, or the errno that ended it.
static int carry(FILE *in, FILE *out)
{
    for (int c; (c = getc_unlocked(in)) != EOF;)
        if (putc_unlocked(c, out) == EOF)
            return errno;
    return ferror(in) ? errno : 0;
}

static void *carry_up(void *arg)
{
    int *error = arg;
    *error = carry(stdin, to_server);
    shutdown(fileno(to_server), SHUT_WR);
    return NULL;
}

static int dial(char *argv[])
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_ADDRCONFIG}, *list;
    int found = getaddrinfo(argv[1], argv[2], &hints, &list), fd = -1, error = 0;
    if (found != 0) {
        fprintf(stderr, "%s: %s\n", argv[1], gai_strerror(found));
        exit(2);
    }
    for (struct addrinfo *a = list; a != NULL && fd == -1; a = a->ai_next) {
        fd = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (fd != -1 && connect(fd, a->ai_addr, a->ai_addrlen) == 0)
            break;
        error = errno;
        if (fd != -1)
            close(fd);
        fd = -1;
    }
    freeaddrinfo(list);
    if (fd == -1) {
        fprintf(stderr, "%s: %s\n", argv[1], strerror(error));
        exit(2);
    }
    return fd;
}

int main(int argc, char *argv[])
{
    char rest;
    int port = 0, error = 0;
    if (argc != 3 || strspn(argv[2], "0123456789") != strlen(argv[2]) || strlen(argv[2]) > 5 ||
        sscanf(argv[2], "%d%c", &port, &rest) != 1 || port < 1 || port > 65535) {
        fputs("client HOST PORT", stderr);
        return 1;
    }
    signal(SIGPIPE, SIG_IGN);
    int fd = dial(argv);
    to_server = fdopen(fd, "w");
    from_server = fdopen(dup(fd), "r");
    FILE *all[] = {stdin, stdout, to_server, from_server};
    for (int i = 0; i < 4; i++)
        if (all[i] == NULL || setvbuf(all[i], NULL, _IONBF, 0) != 0)
            return 1;
    pthread_t up;
    if (pthread_create(&up, NULL, carry_up, &error) != 0)
        return 1;
    int broken = carry(from_server, stdout);
    pthread_cancel(up);
    pthread_join(up, NULL);
    if (broken == 0)
        broken = error;
    if (broken != 0)
        fprintf(stderr, "the connection broke: %s\n", strerror(broken));
    return broken != 0;
}
