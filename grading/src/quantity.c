/*
 * quantity.c - see quantity.h. One function a quantity; the table at the end names them.
 */
#include "quantity.h"

#include "bytes.h"
#include "clock.h"
#include "script.h"

#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/stat.h>

enum { SOCKETS_MAX = 8192 };

struct question {
    const struct program *program;
    struct session *session;
    const char *about; // what stands behind the colon, "" if nothing
    struct family family;
    struct family *who;
    FILE *words;
};

typedef long measure_function(struct question *question);

static void name_process(struct question *question, pid_t pid)
{
    if (question->who->count < FAMILY_SIZE)
        question->who->pids[question->who->count++] = pid;
}

static pid_t first_process(const struct question *question)
{
    return question->program->process.pid;
}

static long measure_processes(struct question *question)
{
    for (size_t i = 0; i < question->family.count; i++)
        if (!observe_is_zombie(question->family.pids[i]))
            name_process(question, question->family.pids[i]);
    return (long)question->who->count;
}

static long measure_children(struct question *question)
{
    for (size_t i = 0; i < question->family.count; i++) {
        pid_t pid = question->family.pids[i];
        if (observe_parent(pid) == first_process(question) && !observe_is_zombie(pid))
            name_process(question, pid);
    }
    return (long)question->who->count;
}

static long measure_zombies(struct question *question)
{
    for (size_t i = 0; i < question->family.count; i++)
        if (question->family.pids[i] != first_process(question) &&
            observe_is_zombie(question->family.pids[i]))
            name_process(question, question->family.pids[i]);
    return (long)question->who->count;
}

static long measure_threads(struct question *question)
{
    return (long)observe_threads(first_process(question));
}

static long measure_sockets(struct question *question)
{
    return (long)observe_descriptors(first_process(question), true);
}

static long measure_descriptors(struct question *question)
{
    return (long)observe_descriptors(first_process(question), false);
}

static bool family_holds(const struct question *question, ino_t inode)
{
    for (size_t i = 0; i < question->family.count; i++)
        if (inode != 0 && observe_holds(question->family.pids[i], inode))
            return true;
    return false;
}

// Fills list with the family's own listeners. Returns how many.
static size_t list_listeners(struct question *question, struct tcp_socket *list, size_t size)
{
    ssize_t all = sockets_list(true, list, size);
    size_t own = 0;
    for (ssize_t i = 0; i < all && (size_t)i < size; i++)
        if (family_holds(question, list[i].inode))
            list[own++] = list[i];
    return own;
}

static long measure_listening(struct question *question)
{
    struct tcp_socket list[64];
    uint16_t port = (uint16_t)atoi(question->about), other = 0;
    size_t own = list_listeners(question, list, 64);
    long count = 0;

    if (*question->about == '\0') {
        for (size_t i = 0; i < own; i++)
            fprintf(question->words, "%s %d", i == 0 ? " on port" : " and", list[i].local_port);
        return (long)own;
    }
    for (size_t i = 0; i < own; i++)
        if (list[i].local_port == port)
            count++;
        else
            other = list[i].local_port;
    fprintf(question->words, " on port %d", port);
    if (count == 0 && other != 0) {
        fprintf(question->words, " (it listens on port %d instead", other);
        fprintf(question->words,
                other == htons(port) ? ", which is %d with its bytes swapped)" : ")", port);
    }
    return count;
}

static long measure_queue(struct question *question, bool limit)
{
    struct tcp_socket list[64];
    uint16_t port = (uint16_t)atoi(question->about);
    size_t own = list_listeners(question, list, 64);
    fprintf(question->words, " on port %d", port);
    for (size_t i = 0; i < own; i++)
        if (list[i].local_port == port)
            return limit ? list[i].backlog : list[i].queued;
    return 0;
}

static long measure_backlog(struct question *question)
{
    return measure_queue(question, true);
}

static long measure_queued(struct question *question)
{
    return measure_queue(question, false);
}

// The other end of one of our connections. Its inode is 0 if no process holds it.
static struct tcp_socket other_end(struct question *question, const char *name)
{
    static struct tcp_socket list[SOCKETS_MAX];
    static const struct tcp_socket none;
    struct connection *c = connection_find(question->session, name);
    struct sockaddr_in6 local = {0}, peer = {0};
    socklen_t size = sizeof local, peer_size = sizeof peer;
    if (c == NULL || c->rfd == -1 || getsockname(c->rfd, (struct sockaddr *)&local, &size) == -1 ||
        getpeername(c->rfd, (struct sockaddr *)&peer, &peer_size) == -1)
        return none;
    ssize_t count = sockets_list(false, list, SOCKETS_MAX);
    for (ssize_t i = 0; i < count && i < SOCKETS_MAX; i++)
        // sin_port and sin6_port stand at the same place.
        if (list[i].local_port == ntohs(peer.sin6_port) &&
            list[i].remote_port == ntohs(local.sin6_port))
            return list[i];
    return none;
}

static long measure_taken(struct question *question)
{
    struct tcp_socket end = other_end(question, question->about);
    fprintf(question->words, " from %s", question->about);
    return (long)end.received - (long)end.queued;
}

static long measure_unread(struct question *question)
{
    struct connection *c = connection_find(question->session, question->about);
    int bytes = 0;
    fprintf(question->words, " for %s", question->about);
    if (c != NULL && c->rfd != -1)
        ioctl(c->rfd, FIONREAD, &bytes);
    return bytes;
}

static long measure_holders(struct question *question)
{
    struct tcp_socket listeners[64];
    size_t count = 1;
    if (strcmp(question->about, "listener") == 0) {
        count = list_listeners(question, listeners, 64);
        fprintf(question->words, " the listening socket");
    } else {
        listeners[0] = other_end(question, question->about);
        fprintf(question->words, " the connection of client %s", question->about);
    }
    for (size_t i = 0; i < question->family.count; i++)
        for (size_t j = 0; j < count; j++)
            if (listeners[j].inode != 0 &&
                observe_holds(question->family.pids[i], listeners[j].inode)) {
                name_process(question, question->family.pids[i]);
                break;
            }
    return (long)question->who->count;
}

static long measure_blocked(struct question *question)
{
    fprintf(question->words, " in %s", question->about);
    return (long)observe_blocked_in(&question->family, question->about);
}

static long measure_stopped(struct question *question)
{
    for (size_t i = 0; i < question->family.count; i++)
        if (observe_is_stopped(question->family.pids[i]))
            name_process(question, question->family.pids[i]);
    return (long)question->who->count;
}

static void observe_one(pid_t pid, struct activity *activity)
{
    static struct family one = {.count = 1};
    one.pids[0] = pid;
    observe_activity(&one, activity);
}

// Has it used more than a twentieth of the time that it could have had since `before`, or woken up
// twice a millisecond? To wait for a processor is no use of it: on a busy machine all do.
static bool is_restless(const struct activity *before, const struct activity *after, double seconds)
{
    double used = ((double)after->cpu_ns - (double)before->cpu_ns) / 1e9;
    double delayed = ((double)after->delay_ns - (double)before->delay_ns) / 1e9;
    double turns = (double)after->turns - (double)before->turns;
    return after->runnable || used > (seconds - delayed) / 20 || turns > 2 * seconds * 1e3;
}

// Who asks again and again with short naps between, or in a wait that returns at once, is mostly
// found asleep. So this looks twice, and at what has happened meanwhile.
static long measure_busy(struct question *question)
{
    static struct activity before[FAMILY_SIZE];
    struct activity after;
    double start = now_seconds();
    for (size_t i = 0; i < question->family.count; i++)
        observe_one(question->family.pids[i], &before[i]);
    poll(NULL, 0, 2);
    for (size_t i = 0; i < question->family.count; i++) {
        observe_one(question->family.pids[i], &after);
        if (is_restless(&before[i], &after, now_seconds() - start) ||
            observe_is_running(question->family.pids[i]))
            name_process(question, question->family.pids[i]);
    }
    return (long)question->who->count;
}

static long count_text(struct question *question, const char *path, const char *where)
{
    char *text = strdup(question->about);
    ssize_t size = text != NULL ? bytes_unescape(text) : -1;
    fprintf(question->words, " \"%s\" on its %s", question->about, where);
    long count = size > 0 ? (long)program_count_text(path, text, (size_t)size) : 0;
    free(text);
    return count;
}

static long measure_out(struct question *question)
{
    return count_text(question, question->program->out, "stdout");
}

static long measure_err(struct question *question)
{
    return count_text(question, question->program->err, "stderr");
}

static long measure_lines(struct question *question)
{
    bool err = strcmp(question->about, "stderr") == 0;
    fprintf(question->words, " on its %s", question->about);
    return (long)program_count_lines(err ? question->program->err : question->program->out);
}

static long measure_memory(struct question *question)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < question->family.count; i++)
        sum += observe_memory(question->family.pids[i], false);
    return (long)(sum >> 10);
}

static long measure_resident(struct question *question)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < question->family.count; i++) {
        pid_t pid = question->family.pids[i];
        uint64_t exact = observe_pages(pid, "Rss");
        sum += exact > 0 ? exact : observe_memory(pid, true);
    }
    return (long)(sum >> 10);
}

static long measure_private(struct question *question)
{
    uint64_t sum = 0;
    measure_children(question);
    for (size_t i = 0; i < question->who->count; i++)
        sum += observe_pages(question->who->pids[i], "Private_Dirty");
    return (long)(sum >> 10);
}

static long measure_cpu(struct question *question)
{
    struct activity activity;
    observe_activity(&question->family, &activity);
    return (long)(activity.cpu_ns / 1000000);
}

static long measure_running(struct question *question)
{
    return !question->program->process.ended;
}

static const struct {
    const char *name, *one, *many; // in words: "1 zombie", "3 zombies"
    measure_function *measure;
} quantities[] = {
    {"processes", "process", "processes", measure_processes},
    {"children", "child process", "child processes", measure_children},
    {"zombies", "zombie", "zombies", measure_zombies},
    {"threads", "thread", "threads", measure_threads},
    {"sockets", "open socket", "open sockets", measure_sockets},
    {"descriptors", "open descriptor", "open descriptors", measure_descriptors},
    {"listening", "listening socket", "listening sockets", measure_listening},
    {"backlog", "place in the queue", "places in the queue", measure_backlog},
    {"queued", "client that waits", "clients that wait", measure_queued},
    {"taken", "byte taken", "bytes taken", measure_taken},
    {"unread", "byte unread", "bytes unread", measure_unread},
    {"holders", "process that holds", "processes that hold", measure_holders},
    {"blocked", "thread that waits", "threads that wait", measure_blocked},
    {"stopped", "stopped process", "stopped processes", measure_stopped},
    {"busy", "process that computes", "processes that compute", measure_busy},
    {"out", "time", "times", measure_out},
    {"err", "time", "times", measure_err},
    {"lines", "line", "lines", measure_lines},
    {"memory-kb", "KiB of address space", "KiB of address space", measure_memory},
    {"resident-kb", "KiB of memory", "KiB of memory", measure_resident},
    {"private-kb", "KiB of memory of a child's own", "KiB of memory of a child's own",
     measure_private},
    {"cpu-ms", "ms of processor time", "ms of processor time", measure_cpu},
    {"running", "running program", "running programs", measure_running},
};

// Finds a quantity's place in the table, -1 if there is none of that name.
static ssize_t find_quantity(const char *quantity)
{
    size_t size = strcspn(quantity, ":");
    for (size_t i = 0; i < sizeof quantities / sizeof *quantities; i++)
        if (strlen(quantities[i].name) == size && strncmp(quantities[i].name, quantity, size) == 0)
            return (ssize_t)i;
    return -1;
}

const char *quantity_noun(const char *quantity, long count)
{
    ssize_t i = find_quantity(quantity);
    return i == -1 ? "" : (count == 1 ? quantities[i].one : quantities[i].many);
}

// Measures number i and puts what it means into words.
static long measure(ssize_t i, struct question *question, FILE *words)
{
    char *tail = NULL;
    size_t size;
    question->words = open_memstream(&tail, &size);
    long value = quantities[i].measure(question);
    fclose(question->words);
    fprintf(words, "%s%s", value == 1 ? quantities[i].one : quantities[i].many, tail);
    free(tail);
    return value;
}

bool quantity_measure(const char *quantity, const struct program *program, struct session *session,
                      long *value, struct family *who, FILE *words)
{
    static struct question question;
    ssize_t i = find_quantity(quantity);
    if (i == -1)
        return false;
    who->count = 0;
    question.program = program;
    question.session = session;
    question.about = quantity + strcspn(quantity, ":");
    question.about += *question.about == ':';
    question.who = who;
    observe_family(&question.family, program->process.pid, true);
    *value = measure(i, &question, words);
    return true;
}
