// As the first book on the subject has it: signal, a loop over getaddrinfo, `if (!fork())`, one
// function, and a child that leaves by exit. IPv6 and IPv4 by one socket.
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static void sigchld_handler(int s)
{
    int saved_errno = errno;
    (void)s;
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ;
    errno = saved_errno;
}

int main(int argc, char *argv[])
{
    int sockfd = -1, new_fd, rv, yes = 1, complained = 0;
    struct addrinfo hints, *servinfo, *p;
    struct sockaddr_in6 their_addr;
    socklen_t sin_size;
    char s[INET6_ADDRSTRLEN], buf[100], *end;

    if (argc != 2 || argv[1][0] < '0' || argv[1][0] > '9' || strtol(argv[1], &end, 10) < 1 ||
        *end != 0 || strtol(argv[1], NULL, 10) > 65535) {
        fprintf(stderr, "usage: server PORT\n");
        exit(1);
    }
    memset(&hints, 0, sizeof hints);
    hints.ai_family = AF_INET6;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = AI_PASSIVE;
    if ((rv = getaddrinfo(NULL, argv[1], &hints, &servinfo)) != 0) {
        fprintf(stderr, "getaddrinfo: %s\n", gai_strerror(rv));
        return 1;
    }
    for (p = servinfo; p != NULL; p = p->ai_next) {
        if ((sockfd = socket(p->ai_family, p->ai_socktype, p->ai_protocol)) == -1) {
            perror("server: socket");
            continue;
        }
        if (setsockopt(sockfd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes) == -1) {
            perror("setsockopt");
            exit(1);
        }
        if (bind(sockfd, p->ai_addr, p->ai_addrlen) == -1) {
            close(sockfd);
            perror("server: bind");
            continue;
        }
        break;
    }
    freeaddrinfo(servinfo);
    if (p == NULL) {
        fprintf(stderr, "server: failed to bind\n");
        exit(1);
    }
    if (listen(sockfd, 10) == -1) {
        perror("listen");
        exit(1);
    }
    signal(SIGCHLD, sigchld_handler);
    signal(SIGPIPE, SIG_IGN);
    printf("server: waiting for connections...\n");
    while (1) {
        sin_size = sizeof their_addr;
        new_fd = accept(sockfd, (struct sockaddr *)&their_addr, &sin_size);
        if (new_fd == -1) {
            if (errno == EINTR || errno == ECONNABORTED)
                continue;
            if (!complained)
                perror("accept");
            complained = 1;
            sleep(1);
            continue;
        }
        complained = 0;
        inet_ntop(AF_INET6, &their_addr.sin6_addr, s, sizeof s);
        printf("server: got connection from %s:%d\n", s, ntohs(their_addr.sin6_port));
        fflush(stdout);
        rv = fork();
        if (rv == -1)
            perror("fork");
        if (!rv) {
            ssize_t n, m, k;
            close(sockfd);
            while ((n = recv(new_fd, buf, sizeof buf, 0)) > 0)
                for (m = 0; m < n; m += k)
                    if ((k = send(new_fd, buf + m, (size_t)(n - m), 0)) == -1)
                        exit(1);
            close(new_fd);
            exit(0);
        }
        close(new_fd);
    }
    return 0;
}
