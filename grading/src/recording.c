/*
 * recording.c - see recording.h.
 */
#include "recording.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void read_trace(struct recording *recording, const char *directory, const char *words)
{
    char *text = copy_text(words), *rest, *name = strtok_r(text, " ", &rest);
    char *pid = strtok_r(NULL, " ", &rest), *file = strtok_r(NULL, " ", &rest);
    char *path = file != NULL ? format_text("%s/%s", directory, file) : NULL;
    struct text bytes = {0};
    if (path != NULL && strchr(file, '/') == NULL)
        text_add_file(&bytes, path);
    if (name != NULL && pid != NULL)
        trace_read(&recording->trace, bytes.bytes, bytes.size, rest);
    text_free(&bytes);
    free(path);
    free(text);
}

static void add_client(struct recording *recording, const char *words)
{
    size_t name = strcspn(words, " ");
    long port = strtol(words + name, NULL, 10);
    for (size_t i = 0; i < recording->client_count; i++)
        if (recording->client[i].port == port)
            return;
    recording->client =
        grow(recording->client, recording->client_count + 1, sizeof *recording->client);
    recording->client[recording->client_count++] =
        (struct client){.name = clean_text(words, name, 40), .port = port};
}

static void add_deed(struct recording *recording, double time, const char *text)
{
    recording->deed = grow(recording->deed, recording->deed_count + 1, sizeof *recording->deed);
    recording->deed[recording->deed_count++] =
        (struct deed){.time = time, .text = clean_text(text, strlen(text), 200)};
}

static void read_line(struct recording *recording, const char *directory, char *line)
{
    char *at, *key;
    double time = strtod(line, &at);
    line[strcspn(line, "\n")] = '\0';
    if (*at != ' ')
        return;
    if (recording->begun == 0)
        recording->begun = time;
    if (recording->failed == NULL)
        recording->ended = time;
    key = at + 1;
    char *words = key + strcspn(key, " ");
    if (*words == ' ')
        *words++ = '\0';
    if (strcmp(key, "test") == 0 && recording->test == NULL)
        recording->test = clean_text(words, strlen(words), 200);
    else if (strcmp(key, "program") == 0)
        read_trace(recording, directory, words);
    else if (strcmp(key, "client") == 0)
        add_client(recording, words);
    else if (strcmp(key, "did") == 0)
        add_deed(recording, time, words);
    else if (strcmp(key, "failed") == 0 && recording->failed == NULL)
        recording->failed = clean_text(words, strlen(words), 200);
}

// Does it tell of an end that the grader has not made? strace may see that later than the check.
static bool is_own_end(const struct event *event)
{
    if (event->kind == EVENT_SIGNAL || event->kind == EVENT_KILLED)
        return strcmp(event->name, "SIGKILL") != 0 && strcmp(event->name, "SIGTERM") != 0 &&
               strcmp(event->name, "SIGCONT") != 0 && strcmp(event->name, "SIGCHLD") != 0;
    return event->kind == EVENT_EXIT;
}

// What came after the failure, or the last thing that was done, is the grader's tidying up.
static void cut_off(struct recording *recording)
{
    struct trace *trace = &recording->trace;
    size_t kept = 0;
    for (size_t i = 0; i < trace->count; i++) {
        struct event *event = &trace->event[i];
        if (event->begun <= recording->ended || is_own_end(event)) {
            if (event->ended > recording->ended)
                event->returned = false;
            struct event whole = *event;
            trace->event[i] = trace->event[kept];
            trace->event[kept++] = whole;
        }
    }
    while (trace->count > kept)
        event_free(&trace->event[--trace->count]);
}

int recording_read(struct recording *recording, const char *directory)
{
    char *path = format_text("%s/story", directory), *line = NULL;
    size_t size = 0;
    FILE *story = fopen(path, "re");
    free(path);
    *recording = (struct recording){0};
    if (story == NULL)
        return -1;
    while (getline(&line, &size, story) > 0)
        read_line(recording, directory, line);
    free(line);
    fclose(story);
    cut_off(recording);
    if (recording->test != NULL)
        return 0;
    recording_free(recording);
    return -1;
}

void recording_free(struct recording *recording)
{
    for (size_t i = 0; i < recording->deed_count; i++)
        free(recording->deed[i].text);
    for (size_t i = 0; i < recording->client_count; i++)
        free(recording->client[i].name);
    free(recording->deed);
    free(recording->client);
    free(recording->test);
    free(recording->failed);
    trace_free(&recording->trace);
    *recording = (struct recording){0};
}

static int compare_begin(const void *a, const void *b)
{
    const struct recording *first = a, *second = b;
    return first->begun < second->begun ? -1 : first->begun > second->begun ? 1 : 0;
}

void recordings_read(struct recordings *recordings, const char *directory)
{
    DIR *entries = opendir(directory);
    for (struct dirent *entry; entries != NULL && (entry = readdir(entries)) != NULL;) {
        struct recording one;
        char *path = format_text("%s/%s", directory, entry->d_name);
        if (entry->d_name[0] != '.' && recording_read(&one, path) == 0) {
            size_t count = recordings->count + 1;
            recordings->recording =
                grow(recordings->recording, count, sizeof *recordings->recording);
            recordings->recording[recordings->count++] = one;
        }
        free(path);
    }
    if (entries != NULL)
        closedir(entries);
    if (recordings->count > 0)
        qsort(recordings->recording, recordings->count, sizeof *recordings->recording,
              compare_begin);
}

void recordings_free(struct recordings *recordings)
{
    for (size_t i = 0; i < recordings->count; i++)
        recording_free(&recordings->recording[i]);
    free(recordings->recording);
    *recordings = (struct recordings){0};
}

bool recording_is_of(const struct recording *recording, const char *id)
{
    size_t size = strlen(id);
    return strncmp(recording->test, id, size) == 0 && recording->test[size] == ':';
}

const struct recording *recordings_failed(const struct recordings *recordings, const char *id)
{
    const struct recording *first = NULL;
    for (size_t i = 0; i < recordings->count; i++) {
        const struct recording *recording = &recordings->recording[i];
        if (!recording_is_of(recording, id))
            continue;
        if (recording->failed != NULL)
            return recording;
        first = first == NULL ? recording : first;
    }
    return first;
}

bool begins_with_name(const char *text, const char *name)
{
    size_t size = strlen(name);
    return strncmp(text, name, size) == 0 && (text[size] == ' ' || text[size] == ':');
}

bool deed_is_of(const struct deed *deed, const char *name)
{
    const char *dot = strrchr(name, '.'), *text = deed->text;
    char *end;
    if (begins_with_name(text, name))
        return true;
    size_t stem = dot != NULL ? (size_t)(dot + 1 - name) : 0;
    if (stem == 0 || strncmp(text, name, stem) != 0)
        return false;
    long number = strtol(name + stem, NULL, 10), first = strtol(text + stem, &end, 10);
    if (strncmp(end, " to ", 4) != 0 || strncmp(end + 4, name, stem) != 0)
        return false;
    return first <= number && number <= strtol(end + 4 + stem, NULL, 10);
}
