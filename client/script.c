/*
 * script.c - see script.h. One function a command; the table at the end names them.
 */
#include "script.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SHOWN = 48, CHUNK_SIZE = 1 << 16, MANY_MAX = 2000, FILL_MAX = 64 << 20 };

const char script_help[] =
    "  connect [HOST PORT] [rcvbuf=N] [from=ADDRESS]   open the connection\n"
    "  send TEXT            send bytes; C escapes are known: \\n \\0 \\xff\n"
    "  send-random N        send N bytes of the connection's own stream (4096, 64K, 1M)\n"
    "  drip TEXT            send byte by byte, each as a packet of its own\n"
    "  fill                 send and never read, until no more is taken; how much is answered\n"
    "  expect TEXT          the next bytes must be these\n"
    "  expect-echo N        ... the next N bytes of what send-random sent\n"
    "  expect-sent NAME N   ... the next N bytes of what NAME sent by send-random\n"
    "  echo N [SECONDS]     send N random bytes and expect them back at the same time; stop to\n"
    "                       send after SECONDS and be content with what was sent\n"
    "  expect-end           the peer must end its side, with no byte more\n"
    "  expect-gone          the peer must end or reset it; bytes before that are dropped\n"
    "  expect-refused       the peer must end or reset it, with no byte more\n"
    "  expect-taken         all that was sent must arrive: at the peer's machine, or, if this is\n"
    "                       a program's stdin, in the program\n"
    "  shut                 end our direction only: shutdown(SHUT_WR)\n"
    "  close                close it\n"
    "  reset                close it with a reset (RST) instead of an end (FIN)\n"
    "  visit N BYTES        N times: connect, echo BYTES, shut, expect-end, close\n"
    "  listen [HOST] PORT   be a server: listen\n"
    "  accept NAME          take the next connection of the listener NAME\n"
    "  reflect              from now on send back all that comes, and the end too\n"
    "  pause MS             wait (for demonstrations by hand)\n";

// One command on one connection.
struct command {
    struct session *session;
    struct connection *c; // NULL if no connection of that name exists yet
    const char *name;
    char *text; // what stands behind the verb; may be changed
    FILE *did, *expected, *got;
    long value;
};

typedef enum script_result verb_function(struct command *command);

// --- Showing bytes --------------------------------------------------------------------------

// Prints one byte as it stands in a C string. Returns how many columns that took.
static int print_byte(FILE *to, unsigned char byte)
{
    switch (byte) {
    case '\n':
        return fprintf(to, "\\n");
    case '\r':
        return fprintf(to, "\\r");
    case '\t':
        return fprintf(to, "\\t");
    case '\0':
        return fprintf(to, "\\0");
    case '"':
    case '\\':
        return fprintf(to, "\\%c", byte);
    default:
        return isprint(byte) ? fprintf(to, "%c", byte) : fprintf(to, "\\x%02x", byte);
    }
}

void script_print_bytes(FILE *to, const unsigned char *data, size_t size, size_t most)
{
    fputc('"', to);
    for (size_t i = 0; i < size && i < most; i++)
        print_byte(to, data[i]);
    fputc('"', to);
    if (size > most)
        fprintf(to, "... (%zu bytes)", size);
}

// Prints what came, and on a second line a caret under the byte at `where`.
static void print_with_caret(FILE *to, const unsigned char *data, size_t size, size_t where)
{
    int column = 1;
    fputc('"', to);
    for (size_t i = 0; i < size; i++) {
        int width = print_byte(to, data[i]);
        if (i < where)
            column += width;
    }
    fprintf(to, "\"\n%*s", column + 1, "^");
}

static enum script_result invalid(struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(command->got, format, args);
    va_end(args);
    return SCRIPT_INVALID;
}

// --- Words and numbers ----------------------------------------------------------------------

static int hex_digit(char c)
{
    const char *digits = "0123456789abcdef", *at = strchr(digits, tolower((unsigned char)c));
    return c != '\0' && at != NULL ? (int)(at - digits) : -1;
}

ssize_t script_unescape(char *text)
{
    static const char letters[] = "nrt0\\", values[] = "\n\r\t\0\\";
    char *out = text;
    for (const char *in = text; *in != '\0';) {
        if (*in != '\\') {
            *out++ = *in++;
            continue;
        }
        const char *letter = in[1] != '\0' ? strchr(letters, in[1]) : NULL;
        if (letter != NULL) {
            *out++ = values[letter - letters];
            in += 2;
        } else if (in[1] == 'x' && hex_digit(in[2]) >= 0 && hex_digit(in[3]) >= 0) {
            *out++ = (char)(hex_digit(in[2]) * 16 + hex_digit(in[3]));
            in += 4;
        } else {
            return -1;
        }
    }
    return out - text;
}

// 4096, 64K or 1M. Returns false if the text is no such size.
static bool parse_size(const char *text, uint64_t *size)
{
    char *end;
    if (text == NULL || !isdigit((unsigned char)*text))
        return false;
    *size = strtoull(text, &end, 10);
    if (*end == 'K' || *end == 'M')
        *size <<= *end++ == 'K' ? 10 : 20;
    return *end == '\0' && *size < (uint64_t)1 << 40;
}

static char *next_word(char **text)
{
    return strtok_r(NULL, " ", text);
}

// --- What went wrong ------------------------------------------------------------------------

// What reading ends with: a connection has one descriptor, a program's stdin and stdout are two.
static const char *name_end(const struct connection *c)
{
    return c == NULL || c->rfd == c->wfd ? "the end of the connection" : "the end of stdout";
}

// Says why reading or writing ended, after `so_far` bytes of what was wanted.
static enum script_result broke_off(struct command *command, ssize_t n, uint64_t so_far)
{
    FILE *got = command->got;
    if (so_far > 0)
        fprintf(got, "%llu bytes, then ", (unsigned long long)so_far);
    if (n == 0)
        fputs(name_end(command->c), got);
    else if (errno == ETIMEDOUT && command->session->gave_up[0] != '\0')
        fprintf(got, "nothing%s (%s)", so_far > 0 ? " more" : "", command->session->gave_up);
    else if (errno == ECONNRESET)
        fprintf(got, "a reset of the connection (ECONNRESET)");
    else
        fprintf(got, "%s", strerror(errno));
    return SCRIPT_FAILED;
}

// --- Opening --------------------------------------------------------------------------------

static int make_socket(int family, uint64_t rcvbuf, const char *from)
{
    int fd = socket(family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int size = (int)rcvbuf, on = 1;
    struct sockaddr_in local = {.sin_family = AF_INET};
    if (fd == -1)
        return -1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (rcvbuf > 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (from != NULL && (inet_pton(AF_INET, from, &local.sin_addr) != 1 ||
                         bind(fd, (struct sockaddr *)&local, sizeof local) == -1)) {
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

static int port_of(int fd, bool peer)
{
    struct sockaddr_storage address = {.ss_family = AF_UNSPEC};
    socklen_t size = sizeof address;
    int got = peer ? getpeername(fd, (struct sockaddr *)&address, &size)
                   : getsockname(fd, (struct sockaddr *)&address, &size);
    // sin_port and sin6_port stand at the same place.
    return got == -1 ? 0 : ntohs(((struct sockaddr_in *)&address)->sin_port);
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
    if (error != 0) {
        close(fd);
        errno = error;
        fprintf(command->expected, "a connection");
        return broke_off(command, -1, 0);
    }
    connection_add(command->session, command->name, fd, fd);
    return SCRIPT_OK;
}

static enum script_result do_connect(struct command *command)
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
                command->value = port_of(connection_find(session, command->name)->rfd, false));
    return result;
}

static enum script_result do_listen(struct command *command)
{
    char *rest = command->text, *first = strtok_r(rest, " ", &rest), *second = next_word(&rest);
    const char *host = second != NULL ? first : "127.0.0.1", *port = second ? second : first;
    if (port == NULL)
        return invalid(command, "listen where? PORT is missing");
    struct addrinfo *list = resolve(command, host, port, AI_PASSIVE);
    if (list == NULL)
        return SCRIPT_INVALID;
    int fd = make_socket(list->ai_family, 0, NULL);
    int failed = fd == -1 || bind(fd, list->ai_addr, list->ai_addrlen) == -1 || listen(fd, 512);
    freeaddrinfo(list);
    if (failed)
        return invalid(command, "listen on port %s: %s", port, strerror(errno));
    connection_add(command->session, command->name, fd, fd)->listening = true;
    fprintf(command->did, "listens on %s port %s", host, port);
    return SCRIPT_OK;
}

static enum script_result do_accept(struct command *command)
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
                port_of(listener->rfd, false));
        return broke_off(command, -1, 0);
    }
    connection_add(command->session, command->name, fd, fd);
    fprintf(command->did, " from port %ld", command->value = port_of(fd, true));
    return SCRIPT_OK;
}

// --- Sending --------------------------------------------------------------------------------

static enum script_result sent_or_not(struct command *command, int done, uint64_t size)
{
    if (done == 0)
        return SCRIPT_OK;
    fprintf(command->expected, "%llu bytes to be taken", (unsigned long long)size);
    return broke_off(command, -1, 0);
}

static enum script_result do_send(struct command *command)
{
    ssize_t size = script_unescape(command->text);
    if (size == -1)
        return invalid(command, "malformed escape in the text");
    fprintf(command->did, "sent ");
    script_print_bytes(command->did, (unsigned char *)command->text, (size_t)size, SHOWN);
    return sent_or_not(command,
                       connection_write(command->session, command->c, command->text, (size_t)size),
                       (uint64_t)size);
}

static enum script_result do_send_random(struct command *command)
{
    static unsigned char chunk[CHUNK_SIZE];
    uint64_t size;
    int done = 0;
    if (!parse_size(command->text, &size))
        return invalid(command, "send-random: \"%s\" is no size", command->text);
    fprintf(command->did, "sent %llu random bytes", (unsigned long long)size);
    for (uint64_t left = size; left > 0 && done == 0;) {
        size_t part = left < sizeof chunk ? (size_t)left : sizeof chunk;
        stream_fill(&command->c->sent, chunk, part);
        done = connection_write(command->session, command->c, chunk, part);
        left -= part;
    }
    return sent_or_not(command, done, size);
}

static enum script_result do_drip(struct command *command)
{
    ssize_t size = script_unescape(command->text);
    int done = 0;
    if (size == -1)
        return invalid(command, "malformed escape in the text");
    fprintf(command->did, "sent one byte at a time: ");
    script_print_bytes(command->did, (unsigned char *)command->text, (size_t)size, SHOWN);
    for (ssize_t i = 0; i < size && done == 0; i++)
        done = connection_write(command->session, command->c, command->text + i, 1);
    return sent_or_not(command, done, (uint64_t)size);
}

// Never reads, so that both sides' buffers fill up and the peer must hold bytes back.
static enum script_result do_fill(struct command *command)
{
    static unsigned char chunk[CHUNK_SIZE];
    struct stream *stream = &command->c->sent;
    struct pollfd room = {.fd = command->c->wfd, .events = POLLOUT};
    uint64_t start = stream->offset;
    // "No more is taken" means: not within 20 ms. Nothing depends on the exact amount.
    while (stream->offset - start < FILL_MAX && poll(&room, 1, 20) == 1 &&
           (room.revents & POLLOUT) != 0) {
        struct stream ahead = *stream;
        stream_fill(&ahead, chunk, sizeof chunk);
        ssize_t n = write(command->c->wfd, chunk, sizeof chunk);
        if (n == -1 && errno != EAGAIN)
            break;
        stream->offset += n > 0 ? (uint64_t)n : 0;
    }
    command->value = (long)(stream->offset - start);
    fprintf(command->did, "sent %ld bytes without reading any", command->value);
    return SCRIPT_OK;
}

// --- Expecting ------------------------------------------------------------------------------

// Shows two stretches of bytes round the first difference, `at` bytes into the conversation.
static enum script_result differs(struct command *command, const unsigned char *wanted,
                                  const unsigned char *came, size_t size, size_t where)
{
    size_t from = where > 16 ? where - 16 : 0;
    size_t part = size - from < 32 ? size - from : 32;
    if (size > 32) {
        fprintf(command->expected, "from byte %zu on: ", from);
        fprintf(command->got, "another byte at %zu:\n", where);
    }
    script_print_bytes(command->expected, wanted + from, part, part);
    print_with_caret(command->got, came + from, part, where - from);
    return SCRIPT_FAILED;
}

static enum script_result do_expect(struct command *command)
{
    ssize_t unescaped = script_unescape(command->text);
    size_t size = (size_t)unescaped, have = 0;
    unsigned char *came = malloc(size + 1);
    const unsigned char *wanted = (unsigned char *)command->text;
    enum script_result result = SCRIPT_OK;

    if (unescaped == -1 || came == NULL) {
        free(came);
        return invalid(command, "malformed escape in the text");
    }
    fprintf(command->did, "received ");
    script_print_bytes(command->did, wanted, size, SHOWN);
    while (have < size && result == SCRIPT_OK) {
        ssize_t n = connection_read(command->session, command->c, came + have, size - have);
        if (n <= 0) {
            script_print_bytes(command->expected, wanted, size, SHOWN);
            if (have > 0) {
                script_print_bytes(command->got, came, have, SHOWN);
                fprintf(command->got, ", then ");
            }
            result = broke_off(command, n, 0);
            break;
        }
        have += (size_t)n;
        size_t same = 0;
        while (same < have && came[same] == wanted[same])
            same++;
        if (same < have)
            result = differs(command, wanted, came, have, same);
    }
    free(came);
    return result;
}

// Reads size bytes and compares them with a stream.
static enum script_result expect_stream(struct command *command, struct stream *stream,
                                        uint64_t size, const char *whose)
{
    static unsigned char came[CHUNK_SIZE], wanted[CHUNK_SIZE];
    fprintf(command->did, "received %llu bytes as sent%s", (unsigned long long)size, whose);
    for (uint64_t have = 0; have < size;) {
        size_t part = size - have < sizeof came ? (size_t)(size - have) : sizeof came;
        ssize_t n = connection_read(command->session, command->c, came, part);
        if (n <= 0) {
            fprintf(command->expected, "%llu bytes, as they were sent%s", (unsigned long long)size,
                    whose);
            return broke_off(command, n, have);
        }
        stream_fill(stream, wanted, (size_t)n);
        if (memcmp(came, wanted, (size_t)n) != 0) {
            size_t same = 0;
            while (came[same] == wanted[same])
                same++;
            if (have > 0)
                fprintf(command->got, "after %llu right bytes, ", (unsigned long long)have);
            return differs(command, wanted, came, (size_t)n, same);
        }
        have += (uint64_t)n;
    }
    return SCRIPT_OK;
}

static enum script_result do_expect_echo(struct command *command)
{
    uint64_t size;
    if (!parse_size(command->text, &size))
        return invalid(command, "expect-echo: \"%s\" is no size", command->text);
    return expect_stream(command, &command->c->expected, size, "");
}

static enum script_result do_expect_sent(struct command *command)
{
    char *rest = command->text, *name = strtok_r(rest, " ", &rest), whose[NAME_SIZE + 4];
    uint64_t size;
    struct connection *from = name ? connection_find(command->session, name) : NULL;
    if (from == NULL || !parse_size(next_word(&rest), &size))
        return invalid(command, "expect-sent wants the NAME of a connection and a size");
    snprintf(whose, sizeof whose, " by %s", name);
    return expect_stream(command, &from->expected, size, whose);
}

static enum script_result do_echo(struct command *command)
{
    char *rest = command->text, *size_word = strtok_r(rest, " ", &rest);
    char *seconds_word = next_word(&rest);
    uint64_t size, seconds = 0, where, start = command->c->expected.offset;
    if (!parse_size(size_word, &size) ||
        (seconds_word != NULL && !parse_size(seconds_word, &seconds)))
        return invalid(command, "echo wants a size, and maybe seconds");
    int done = connection_echo(command->session, command->c, size, (double)seconds, &where);
    size = command->c->sent.offset - start;
    fprintf(command->did, "sent %llu random bytes and read at the same time",
            (unsigned long long)size);
    if (done == 0)
        return SCRIPT_OK;
    fprintf(command->expected, "the same %llu bytes back", (unsigned long long)size);
    if (done == -1)
        return broke_off(command, errno == 0 ? 0 : -1, where - start);
    fprintf(command->got, "another byte after %llu right ones",
            (unsigned long long)(where - start));
    return SCRIPT_FAILED;
}

static enum script_result do_expect_end(struct command *command)
{
    unsigned char bytes[SHOWN];
    fprintf(command->did, "saw %s", name_end(command->c));
    ssize_t n = connection_read(command->session, command->c, bytes, sizeof bytes);
    if (n == 0)
        return SCRIPT_OK;
    fprintf(command->expected, "%s (read returns 0)", name_end(command->c));
    if (n == -1)
        return broke_off(command, n, 0);
    fprintf(command->got, "%zd more byte%s: ", n, n == 1 ? "" : "s");
    script_print_bytes(command->got, bytes, (size_t)n, SHOWN);
    return SCRIPT_FAILED;
}

static enum script_result do_expect_refused(struct command *command)
{
    unsigned char byte;
    fprintf(command->did, "saw that the other side has closed it");
    ssize_t n = connection_read(command->session, command->c, &byte, sizeof byte);
    if (n == 0 || (n == -1 && (errno == ECONNRESET || errno == EPIPE)))
        return SCRIPT_OK;
    fprintf(command->expected, "the other side to close the connection, and no byte");
    if (n == -1)
        return broke_off(command, n, 0);
    fprintf(command->got, "a byte: ");
    script_print_bytes(command->got, &byte, 1, SHOWN);
    return SCRIPT_FAILED;
}

static enum script_result do_expect_gone(struct command *command)
{
    static unsigned char dropped[CHUNK_SIZE];
    ssize_t n;
    fprintf(command->did, "saw that the other side is gone");
    while ((n = connection_read(command->session, command->c, dropped, sizeof dropped)) > 0)
        ;
    if (n == 0 || errno == ECONNRESET || errno == EPIPE)
        return SCRIPT_OK;
    fprintf(command->expected, "the other side to close the connection");
    return broke_off(command, n, 0);
}

// How many bytes are still on their way, tcp(7) and pipe(7): what the other machine has taken is
// acknowledged, what a program has taken is no longer in its pipe.
static int count_untaken(const struct connection *c)
{
    int left = 0;
    return ioctl(c->wfd, c->wfd == c->rfd ? SIOCOUTQ : FIONREAD, &left) == 0 ? left : 0;
}

static enum script_result do_expect_taken(struct command *command)
{
    struct session *session = command->session;
    int left;

    fprintf(command->did, "knows that all it sent has arrived");
    session->gave_up[0] = '\0';
    for (int ms = 0; (left = count_untaken(command->c)) > 0; ms++) {
        if (!session->patience.go_on(session->patience.arg, ms / 1e3, session->gave_up,
                                     sizeof session->gave_up)) {
            fprintf(command->expected, "all that was sent to arrive");
            fprintf(command->got, "%d bytes that did not (%s)", left, session->gave_up);
            return SCRIPT_FAILED;
        }
        // No descriptor tells when that changes.
        connection_serve(session, NULL, 0, 1);
    }
    return SCRIPT_OK;
}

// --- Ending ---------------------------------------------------------------------------------

static enum script_result do_shut(struct command *command)
{
    bool is_socket = command->c->rfd == command->c->wfd;
    fputs(is_socket ? "ended its sending side (FIN)" : "ended stdin", command->did);
    connection_shut(command->c);
    return SCRIPT_OK;
}

static enum script_result do_close(struct command *command)
{
    fprintf(command->did, "closed the connection");
    connection_close(command->c, false);
    return SCRIPT_OK;
}

static enum script_result do_reset(struct command *command)
{
    fprintf(command->did, "reset the connection (RST)");
    connection_close(command->c, true);
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

static enum script_result do_visit(struct command *command)
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

static enum script_result do_reflect(struct command *command)
{
    fprintf(command->did, "sends back whatever comes from now on");
    command->c->reflecting = true;
    return SCRIPT_OK;
}

static enum script_result do_pause(struct command *command)
{
    uint64_t ms;
    if (!parse_size(command->text, &ms) || ms > 600000)
        return invalid(command, "pause: \"%s\" is no number of milliseconds", command->text);
    poll(NULL, 0, (int)ms);
    return SCRIPT_OK;
}

// --- The table ------------------------------------------------------------------------------

enum { WANTS_OPEN = 1 }; // the connection must exist

static const struct {
    const char *name;
    verb_function *run;
    int wants;
} verbs[] = {
    {"connect", do_connect, 0},
    {"listen", do_listen, 0},
    {"accept", do_accept, 0},
    {"send", do_send, WANTS_OPEN},
    {"send-random", do_send_random, WANTS_OPEN},
    {"drip", do_drip, WANTS_OPEN},
    {"fill", do_fill, WANTS_OPEN},
    {"expect", do_expect, WANTS_OPEN},
    {"expect-echo", do_expect_echo, WANTS_OPEN},
    {"expect-sent", do_expect_sent, WANTS_OPEN},
    {"echo", do_echo, WANTS_OPEN},
    {"expect-end", do_expect_end, WANTS_OPEN},
    {"expect-gone", do_expect_gone, WANTS_OPEN},
    {"expect-refused", do_expect_refused, WANTS_OPEN},
    {"expect-taken", do_expect_taken, WANTS_OPEN},
    {"shut", do_shut, WANTS_OPEN},
    {"close", do_close, WANTS_OPEN},
    {"reset", do_reset, WANTS_OPEN},
    {"visit", do_visit, 0},
    {"reflect", do_reflect, WANTS_OPEN},
    {"pause", do_pause, 0},
};

// Runs one verb for one name, on a copy of the text, which the verb may change.
static enum script_result run_one(struct command *command, const char *name, const char *verb,
                                  const char *text)
{
    enum script_result result = SCRIPT_INVALID;
    size_t i = 0;
    while (i < sizeof verbs / sizeof *verbs && strcmp(verbs[i].name, verb) != 0)
        i++;
    if (i == sizeof verbs / sizeof *verbs)
        return invalid(command, "no such command: %s", verb);
    command->name = name;
    command->c = connection_find(command->session, name);
    if (verbs[i].wants == WANTS_OPEN && (command->c == NULL || command->c->rfd == -1))
        return invalid(command, "%s: %s has no open connection", verb, name);
    if ((command->text = strdup(text)) != NULL)
        result = verbs[i].run(command);
    free(command->text);
    return result;
}

// Runs a verb for crowd.FIRST to crowd.LAST; only the first one's story and the failing one's are
// told.
static enum script_result run_many(struct command *command, const char *name, unsigned long first,
                                   unsigned long last, const char *verb, const char *text)
{
    char member[NAME_SIZE + 16];
    enum script_result result = SCRIPT_OK;
    FILE *quiet = fopen("/dev/null", "we"), *did = command->did;

    fprintf(did, "%s.%lu to %s.%lu: each ", name, first, name, last);
    for (unsigned long i = first; i <= last && result == SCRIPT_OK; i++) {
        snprintf(member, sizeof member, "%s.%lu", name, i);
        command->did = i == first || quiet == NULL ? did : quiet;
        result = run_one(command, member, verb, text);
        if (result != SCRIPT_OK)
            fprintf(command->got, " (%s)", member);
    }
    command->did = did;
    if (quiet != NULL)
        fclose(quiet);
    return result;
}

// How many crowd.1, crowd.2 ... there are.
static unsigned long count_members(struct session *session, const char *name)
{
    char member[NAME_SIZE + 16];
    unsigned long count = 0;
    do
        snprintf(member, sizeof member, "%s.%lu", name, ++count);
    while (connection_find(session, member) != NULL);
    return count - 1;
}

// Splits "NAME: verb text" and "verb text" in place; the name may be "crowd*200".
static const char *split(char *line, const char **name, const char **verb)
{
    char *at = line + strspn(line, " "), *end = at + strcspn(at, " ");
    *name = "client";
    if (end > at && end[-1] == ':') {
        end[-1] = '\0';
        *name = at;
        at = end + strspn(end, " ");
        end = at + strcspn(at, " ");
    }
    *verb = at;
    if (*end != '\0')
        *end++ = '\0';
    return end;
}

enum script_result script_run(struct session *session, const char *line, struct outcome *outcome)
{
    size_t sizes[3];
    struct command command = {
        .session = session,
        .did = open_memstream(&outcome->did, &sizes[0]),
        .expected = open_memstream(&outcome->expected, &sizes[1]),
        .got = open_memstream(&outcome->got, &sizes[2]),
    };
    char *copy = strdup(line), *mark;
    const char *name, *verb, *text = split(copy, &name, &verb);
    unsigned long before = 0, many = 0;
    enum script_result result;

    if ((mark = strpbrk(name, "*+")) != NULL) {
        many = strtoul(mark + 1, NULL, 10);
        bool more = *mark == '+';
        *mark = '\0';
        before = more ? count_members(session, name) : 0;
    } else if (connection_find(session, name) == NULL) {
        many = count_members(session, name);
    }
    if (strlen(name) >= NAME_SIZE - 8 || before + many > MANY_MAX || (mark != NULL && many == 0)) {
        result = invalid(&command, "a name is short, and many are 1 to %d", MANY_MAX);
    } else if (many > 0) {
        result = run_many(&command, name, before + 1, before + many, verb, text);
    } else {
        fprintf(command.did, "%s ", name);
        result = run_one(&command, name, verb, text);
    }
    outcome->value = command.value;
    free(copy);
    fclose(command.did);
    fclose(command.expected);
    fclose(command.got);
    return result;
}

void outcome_clear(struct outcome *outcome)
{
    free(outcome->did);
    free(outcome->expected);
    free(outcome->got);
    *outcome = (struct outcome){0};
}
