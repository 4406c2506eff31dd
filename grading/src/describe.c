/*
 * describe.c - see describe.h.
 */
#include "describe.h"

#include "text.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

enum { DATA_SHOWN = 12 };

// The quoted data of a read or write, shortened: `, "hello\n"`. "" if there is none.
static char *quote_data(const struct event *event)
{
    const char *open = strchr(event->arguments, '"'), *at = open != NULL ? open + 1 : NULL;
    while (at != NULL && *at != '\0' && *at != '"')
        at += *at == '\\' && at[1] != '\0' ? 2 : 1;
    if (at == NULL || *at != '"')
        return copy_text("");
    size_t size = (size_t)(at - open - 1);
    // What is not text tells nothing by its bytes.
    for (const char *c = open + 1; c < at - 1; c++)
        if (*c == '\\' && (c[1] == 'x' || (c[1] >= '0' && c[1] <= '9')))
            return copy_text("");
    bool is_long = size > DATA_SHOWN || strncmp(at + 1, "...", 3) == 0;
    if (size > DATA_SHOWN) {
        size = 0; // not in the middle of an escape
        while (size < DATA_SHOWN - 4)
            size += open[1 + size] == '\\' ? 2 : 1;
    }
    return format_text(", \"%.*s\"%s", (int)size, open + 1, is_long ? "..." : "");
}

static char *call_result(const struct event *event)
{
    if (!event->returned)
        return copy_text(event->interrupted ? " interrupted" : "");
    if (event->error != NULL)
        return format_text(" = -1 %s", event->error);
    return format_text(" = %ld", event->result);
}

// The function that a program calls for it.
static const char *call_name(const struct event *event)
{
    static const char *const names[][2] = {{"rt_sigaction", "sigaction"},
                                           {"pselect6", "pselect"},
                                           {"wait4", "waitpid"},
                                           {"clone", "fork"},
                                           {"clone3", "fork"},
                                           {"vfork", "fork"},
                                           {"accept4", "accept"},
                                           {"sendto", "send"},
                                           {"recvfrom", "recv"},
                                           {"clock_nanosleep", "nanosleep"}};
    if (event_is_thread_start(event))
        return "pthread_create";
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(event->name, names[i][0]) == 0)
            return names[i][1];
    return event->name;
}

// As a learner would write it: `fork() = 4190`, `read(4, "hello\n") = 6`.
static char *describe_call(const struct event *event)
{
    char *result = call_result(event), *text;
    long first = event_argument(event, 0);
    const char *name = call_name(event);
    if (event_is_thread_start(event)) {
        text = format_text("pthread_create makes thread %ld", event->result);
    } else if (strcmp(name, "fork") == 0) {
        text = format_text("fork()%s", result);
    } else if (strncmp(event->name, "exit", 4) == 0) {
        text = format_text("exit(%ld)", first);
    } else if (strcmp(event->name, "wait4") == 0) {
        text = format_text("waitpid(%ld%s)%s", first,
                           strstr(event->arguments, "WNOHANG") != NULL ? ", WNOHANG" : "", result);
    } else if (strcmp(event->name, "accept4") == 0 || strcmp(event->name, "accept") == 0) {
        text = first >= 0 ? format_text("accept(%ld)%s", first, result)
                          : format_text("accept%s", result);
    } else if (isupper((unsigned char)event->arguments[0])) { // socket(AF_INET) = 3
        size_t word = strspn(event->arguments, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_");
        text = format_text("%s(%.*s)%s", name, (int)word, event->arguments, result);
    } else if (first < 0 && event->arguments[0] != '-') {
        text = format_text("%s%s", name, result);
    } else {
        char *data = quote_data(event);
        text = format_text("%s(%ld%s)%s", name, first, data, result);
        free(data);
    }
    free(result);
    return text;
}

char *describe_event(const struct event *event)
{
    switch (event->kind) {
    case EVENT_CALL:
        return describe_call(event);
    case EVENT_SIGNAL:
        return format_text("%s comes", event->name);
    case EVENT_EXIT:
        return format_text("ended, exit status %ld", event->result);
    case EVENT_KILLED:
        return format_text("killed by %s", event->name);
    }
    return copy_text("");
}

const char *deed_words(const struct scene *scene, size_t deed)
{
    const char *text = scene->recording->deed[deed].text;
    size_t client = scene->doer_of[deed];
    return client != NOBODY ? text + strlen(scene->recording->client[client].name) + 1 : text;
}

char *describe_deed(const struct scene *scene, size_t deed)
{
    const char *words = deed_words(scene, deed), *from = strstr(words, ", from port ");
    if (from != NULL && strncmp(words, "connected to ", 13) == 0)
        return format_text("connected%s", from);
    return copy_text(words);
}

char *describe_manual(const struct event *event)
{
    if (event->kind == EVENT_EXIT)
        return copy_text("man 3 exit");
    if (event->kind != EVENT_CALL)
        return copy_text("man 7 signal");
    const char *name = call_name(event);
    char *page = format_text("man %d %s", strncmp(name, "pthread", 7) == 0 ? 3 : 2, name);
    if (!event->returned || event->error == NULL)
        return page;
    char *section = format_text("%s, ERRORS: %s", page, event->error);
    free(page);
    return section;
}
