/*
 * verbs.c - what all verbs share; sending, and ending. See verbs.h.
 */
#include "verbs.h"

#include "bytes.h"
#include "clock.h"

#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILL_MAX = 64 << 20 };

enum script_result invalid(struct command *command, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(command->got, format, args);
    va_end(args);
    return SCRIPT_INVALID;
}

bool parse_size(const char *text, uint64_t *size)
{
    char *end;
    if (text == NULL || !isdigit((unsigned char)*text))
        return false;
    *size = strtoull(text, &end, 10);
    if (*end == 'K' || *end == 'M')
        *size <<= *end++ == 'K' ? 10 : 20;
    return *end == '\0' && *size < (uint64_t)1 << 40;
}

const char *name_end(const struct connection *c)
{
    return c == NULL || c->rfd == c->wfd ? "the end of the connection" : "the end of stdout";
}

enum script_result broke_off(struct command *command, ssize_t n, uint64_t so_far)
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

// --- Sending --------------------------------------------------------------------------------

static enum script_result sent_or_not(struct command *command, int done, uint64_t size)
{
    if (done == 0)
        return SCRIPT_OK;
    fprintf(command->expected, "%llu bytes to be taken", (unsigned long long)size);
    return broke_off(command, -1, 0);
}

enum script_result do_send(struct command *command)
{
    ssize_t size = bytes_unescape(command->text);
    if (size == -1)
        return invalid(command, "malformed escape in the text");
    fprintf(command->did, "sent ");
    bytes_print(command->did, (unsigned char *)command->text, (size_t)size, SHOWN);
    return sent_or_not(command,
                       connection_write(command->session, command->c, command->text, (size_t)size),
                       (uint64_t)size);
}

enum script_result do_send_random(struct command *command)
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

enum script_result do_drip(struct command *command)
{
    ssize_t size = bytes_unescape(command->text);
    int done = 0;
    if (size == -1)
        return invalid(command, "malformed escape in the text");
    fprintf(command->did, "sent one byte at a time: ");
    bytes_print(command->did, (unsigned char *)command->text, (size_t)size, SHOWN);
    for (ssize_t i = 0; i < size && done == 0; i++)
        done = connection_write(command->session, command->c, command->text + i, 1);
    return sent_or_not(command, done, (uint64_t)size);
}

// Never reads, so that both sides' buffers fill up and the peer must hold bytes back.
enum script_result do_fill(struct command *command)
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

// --- Ending, and the rest -------------------------------------------------------------------

enum script_result do_shut(struct command *command)
{
    bool is_socket = command->c->rfd == command->c->wfd;
    fputs(is_socket ? "ended its sending side (FIN)" : "ended stdin", command->did);
    connection_shut(command->c);
    return SCRIPT_OK;
}

enum script_result do_close(struct command *command)
{
    fprintf(command->did, "closed the connection");
    connection_close(command->c, false);
    return SCRIPT_OK;
}

enum script_result do_reset(struct command *command)
{
    fprintf(command->did, "reset the connection (RST)");
    connection_close(command->c, true);
    return SCRIPT_OK;
}

enum script_result do_reflect(struct command *command)
{
    fprintf(command->did, "sends back whatever comes from now on");
    command->c->reflecting = true;
    return SCRIPT_OK;
}

enum script_result do_pause(struct command *command)
{
    uint64_t ms;
    if (!parse_size(command->text, &ms) || ms > 600000)
        return invalid(command, "pause: \"%s\" is no number of milliseconds", command->text);
    fprintf(command->did, "said nothing for %llu ms", (unsigned long long)ms);
    double end = now_seconds() + (double)ms / 1e3, left;
    while ((left = end - now_seconds()) > 0)
        connection_serve(command->session, NULL, 0, 1 + (int)(left * 1e3));
    return SCRIPT_OK;
}
