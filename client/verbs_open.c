/*
 * verbs_open.c - connect, listen, accept; and whole visits. See verbs.h.
 */
#include "bytes.h"
#include "verbs.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Reads ADDRESS or ADDRESS:PORT. Returns false if it is none.
static bool parse_from(const char *text, struct sockaddr_in *from)
{
    char address[INET_ADDRSTRLEN];
    uint64_t port = 0;
    size_t size = strcspn(text, ":");
    if (size >= sizeof address || (text[size] == ':' && !parse_size(text + size + 1, &port)))
        return false;
    memcpy(address, text, size);
    address[size] = '\0';
    from->sin_port = htons((in_port_t)port);
    return inet_pton(AF_INET, address, &from->sin_addr) == 1;
}

static int make_socket(int family, uint64_t rcvbuf, const char *from)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int size = (int)rcvbuf, segment = 1460, on = 1;
    struct sockaddr_in local = {.sin_family = AF_INET};
    if (fd == -1)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (rcvbuf > 0) {
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
        setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
        // The other side's kernel takes twenty segments from its program, which on loopback are
        // megabytes. Let them be as on an Ethernet.
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &segment, sizeof segment);
    }
    if (from != NULL &&
        (!parse_from(from, &local) || bind(fd, (struct sockaddr *)&local, sizeof local) == -1)) {
        close(fd);
        return -1;
    }
    return fd;
}

// Resolves HOST and PORT to the first address of each. The caller frees the list.
static struct addrinfo *resolve(struct command *command, const char *host, const char *port,
                                int flags)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags}, *list;
    int error = getaddrinfo(host, port, &hints, &list);
    if (error == 0)
        return list;
    fprintf(command->got, "%s port %s: %s", host, port, gai_strerror(error));
    return NULL;
}

static enum script_result connect_to_address(struct command *command, const struct addrinfo *to,
                                             uint64_t rcvbuf, const char *from)
{
    int fd = make_socket(to->ai_family, rcvbuf, from), error = 0;
    socklen_t size = sizeof error;
    if (fd == -1)
        return invalid(command, "socket: %s", strerror(errno));
    if (connect(fd, to->ai_addr, to->ai_addrlen) == -1 && errno != EINPROGRESS)
        error = errno;
    struct pollfd ready = {.fd = fd, .events = POLLOUT};
    if (error == 0 && !connection_wait(command->session, &ready, 1))
        error = ETIMEDOUT;
    if (error == 0)
        getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size);
    // Who is not let in is refused. A reset comes from somebody who had taken the connection.
    if (error != 0 && error != ECONNRESET) {
        close(fd);
        errno = error;
        fprintf(command->expected, "a connection");
        return broke_off(command, -1, 0);
    }
    connection_add(command->session, command->name, fd, fd)->lost = error != 0;
    return SCRIPT_OK;
}

enum script_result do_connect(struct command *command)
{
    struct session *session = command->session;
    const char *host = session->host, *port = session->port, *from = NULL;
    uint64_t rcvbuf = 0;
    char *rest = command->text;
    int addresses = 0;

    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = next_word(&rest)) {
        if (strncmp(word, "rcvbuf=", 7) == 0 && parse_size(word + 7, &rcvbuf))
            continue;
        if (strncmp(word, "from=", 5) == 0)
            from = word + 5;
        else if (addresses++ == 0)
            host = word;
        else
            port = word;
    }
    if (*host == '\0' || *port == '\0')
        return invalid(command, "connect where? HOST PORT is missing");
    struct addrinfo *list = resolve(command, host, port, 0);
    if (list == NULL)
        return SCRIPT_INVALID;
    fprintf(command->did, "connected to %s port %s", host, port);
    enum script_result result = connect_to_address(command, list, rcvbuf, from);
    freeaddrinfo(list);
    if (result == SCRIPT_OK)
        fprintf(command->did, ", from port %ld",
                command->value = connection_port(connection_find(session, command->name), false));
    return result;
}

enum script_result do_listen(struct command *command)
{
    char *rest = command->text, *words[2] = {NULL, NULL};
    uint64_t mss = 0;
    int count = 0;
    for (char *word = strtok_r(rest, " ", &rest); word != NULL; word = next_word(&rest))
        if (strncmp(word, "mss=", 4) == 0 && parse_size(word + 4, &mss))
            continue;
        else if (count < 2)
            words[count++] = word;
    const char *host = count == 2 ? words[0] : "127.0.0.1", *port = words[count == 2];
    if (port == NULL)
        return invalid(command, "listen where? PORT is missing");
    struct addrinfo *list = resolve(command, host, port, AI_PASSIVE);
    if (list == NULL)
        return SCRIPT_INVALID;
    int fd = make_socket(list->ai_family, 0, NULL), size = (int)mss;
    // Loopback's packets are huge, and the kernel's buffers hold some of them: megabytes.
    if (mss > 0)
        setsockopt(fd, IPPROTO_TCP, TCP_MAXSEG, &size, sizeof size);
    int failed = fd == -1 || bind(fd, list->ai_addr, list->ai_addrlen) == -1 || listen(fd, 512);
    freeaddrinfo(list);
    if (failed)
        return invalid(command, "listen on port %s: %s", port, strerror(errno));
    connection_add(command->session, command->name, fd, fd)->listening = true;
    fprintf(command->did, "listens on %s port %s", host, port);
    return SCRIPT_OK;
}

enum script_result do_accept(struct command *command)
{
    struct connection *listener = connection_find(command->session, command->text);
    int fd;
    if (listener == NULL || !listener->listening)
        return invalid(command, "accept: %s does not listen", command->text);
    fprintf(command->did, "accepted a connection");
    while ((fd = accept4(listener->rfd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) == -1) {
        struct pollfd ready = {.fd = listener->rfd, .events = POLLIN};
        if (errno == EAGAIN) {
            if (connection_wait(command->session, &ready, 1))
                continue;
            errno = ETIMEDOUT;
        }
        fprintf(command->expected, "the program to connect to port %d",
                connection_port(listener, false));
        return broke_off(command, -1, 0);
    }
    struct connection *accepted = connection_add(command->session, command->name, fd, fd);
    fprintf(command->did, " from port %ld", command->value = connection_port(accepted, true));
    return SCRIPT_OK;
}

static enum script_result visit_once(struct command *visit, const struct addrinfo *to)
{
    enum script_result result = connect_to_address(visit, to, 0, NULL);
    if (result != SCRIPT_OK)
        return result;
    visit->c = connection_find(visit->session, visit->name);
    if ((result = do_echo(visit)) != SCRIPT_OK)
        return result;
    connection_shut(visit->c);
    if ((result = do_expect_end(visit)) == SCRIPT_OK)
        connection_close(visit->c, false);
    return result;
}

enum script_result do_visit(struct command *command)
{
    struct session *session = command->session;
    char *rest = command->text, *count_word = strtok_r(rest, " ", &rest), *size_word;
    struct command visit = *command;
    uint64_t count, size, visits = 0;
    enum script_result result = SCRIPT_OK;

    if (!parse_size(count_word, &count) || !parse_size(size_word = next_word(&rest), &size))
        return invalid(command, "visit wants how many times, and a size");
    struct addrinfo *list = resolve(command, session->host, session->port, 0);
    if (list == NULL)
        return SCRIPT_INVALID;
    fprintf(command->did, "%llu times connected, had %llu bytes echoed, and ended",
            (unsigned long long)count, (unsigned long long)size);
    // The story of each is all the same.
    visit.did = fopen("/dev/null", "we");
    visit.text = size_word;
    while (result == SCRIPT_OK && visit.did != NULL && visits++ < count)
        result = visit_once(&visit, list);
    if (result != SCRIPT_OK)
        fprintf(command->got, " (visit %llu of %llu)", (unsigned long long)visits,
                (unsigned long long)count);
    freeaddrinfo(list);
    if (visit.did == NULL)
        return invalid(command, "/dev/null: %s", strerror(errno));
    fclose(visit.did);
    return result;
}
