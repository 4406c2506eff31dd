/*
 * verbs_expect.c - what the other side must send, and how it must end. See verbs.h.
 */
#include "bytes.h"
#include "clock.h"
#include "verbs.h"

#include <errno.h>
#include <linux/sockios.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>

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
    bytes_print(command->expected, wanted + from, part, part);
    bytes_print_with_caret(command->got, came + from, part, where - from);
    return SCRIPT_FAILED;
}

enum script_result do_expect(struct command *command)
{
    ssize_t unescaped = bytes_unescape(command->text);
    size_t size = (size_t)unescaped, have = 0;
    unsigned char *came = malloc(size + 1);
    const unsigned char *wanted = (unsigned char *)command->text;
    enum script_result result = SCRIPT_OK;

    if (unescaped == -1 || came == NULL) {
        free(came);
        return invalid(command, "malformed escape in the text");
    }
    fprintf(command->did, "received ");
    bytes_print(command->did, wanted, size, SHOWN);
    while (have < size && result == SCRIPT_OK) {
        ssize_t n = connection_read(command->session, command->c, came + have, size - have);
        if (n <= 0) {
            bytes_print(command->expected, wanted, size, SHOWN);
            if (have > 0) {
                bytes_print(command->got, came, have, SHOWN);
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

enum script_result do_expect_echo(struct command *command)
{
    uint64_t size;
    if (!parse_size(command->text, &size))
        return invalid(command, "expect-echo: \"%s\" is no size", command->text);
    return expect_stream(command, &command->c->expected, size, "");
}

enum script_result do_expect_sent(struct command *command)
{
    char *rest = command->text, *name = strtok_r(rest, " ", &rest), whose[NAME_SIZE + 4];
    uint64_t size;
    struct connection *from = name ? connection_find(command->session, name) : NULL;
    if (from == NULL || !parse_size(next_word(&rest), &size))
        return invalid(command, "expect-sent wants the NAME of a connection and a size");
    snprintf(whose, sizeof whose, " by %s", name);
    return expect_stream(command, &from->expected, size, whose);
}

enum script_result do_echo(struct command *command)
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

enum script_result do_expect_end(struct command *command)
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
    bytes_print(command->got, bytes, (size_t)n, SHOWN);
    return SCRIPT_FAILED;
}

enum script_result do_expect_refused(struct command *command)
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
    bytes_print(command->got, &byte, 1, SHOWN);
    return SCRIPT_FAILED;
}

enum script_result do_expect_gone(struct command *command)
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

enum script_result do_expect_taken(struct command *command)
{
    struct session *session = command->session;
    double since = now_seconds();
    int left;

    fprintf(command->did, "knows that all it sent has arrived");
    session->gave_up[0] = '\0';
    while ((left = count_untaken(command->c)) > 0) {
        if (!session->patience.go_on(session->patience.arg, since, session->gave_up,
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
