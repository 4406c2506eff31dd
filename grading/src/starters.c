/*
 * starters.c - write the starters of the labs: the solutions with the steps cut out.
 *
 * usage: starters SOLUTIONS_DIR OUT_DIR [--lab LAB] [--cut STEP]
 *
 *     starters solutions labs                               every step of every lab is open
 *     starters solutions build/cut --lab lab03 --cut 4      one step is open, all else is finished
 *
 * A step stands in the solution between two marker lines:
 *
 *         // Make the socket, bind it and listen.             // Make the socket, bind it and listen.
 *         // [step 2] TODO(2, port, lfd);              -->    TODO(2, port, lfd);
 *         lfd = socket(AF_INET, SOCK_STREAM, 0);
 *         // [/step 2]
 *
 * The lines from one marker to the other give way to the text after the first. With no text they
 * vanish. Where a step is not cut only its marker lines are left out. Markers are looked for in .c
 * and .h files; all other files are copied as they are, all but hidden ones (.x) and backups (x~).
 *
 * Everything is read and cut before anything is written, and a file is written only when that
 * changes it: a wrong marker costs no file, and make finds nothing to do after an idle run.
 * What is in OUT_DIR and not in SOLUTIONS_DIR stays.
 *
 * Exit status: 0 done, 1 a file could not be read or written, 2 usage or a wrong marker.
 */
#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <fcntl.h>
#include <fts.h>
#include <getopt.h>
#include <limits.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

// Which steps are cut. NULL and 0 stand for all.
struct choice {
    const char *lab;
    long step;
};

// A file of the tree that is to be written.
struct output {
    struct output *next;
    char *path; // below OUT_DIR
    char *data;
    size_t size;
    mode_t mode;
};

// A file of the solutions, and how far its cutting is.
struct source {
    const char *path; // as it is named in messages
    FILE *in;
    FILE *out;
    bool chosen;         // it is in a lab whose steps are cut,
    long cut;            // this one, or all when it is 0
    long line;           // number of the line that was read last
    long step;           // the step it is in, or 0
    long step_line;      // where that step opened
    bool cutting;        // that step is cut
    bool vanished;       // the lines just before were cut, and nothing took their place
    bool after_blank;    // the line that was written last is blank
    size_t includes_end; // where the last #include that was written ends, or 0
    bool uses_todo;
    int steps_cut;
    int wrong; // how many wrong markers were reported
};

enum marker { NO_MARKER, OPENING, CLOSING, MALFORMED };

static void usage(FILE *to)
{
    fputs("usage: starters SOLUTIONS_DIR OUT_DIR [--lab LAB] [--cut STEP]\n", to);
}

// --- Markers ---------------------------------------------------------------------------------

static void report(struct source *source, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

static void report(struct source *source, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fprintf(stderr, "%s:%ld: ", source->path, source->line);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
    source->wrong++;
}

/* Reads the 4 of "4]". Returns what follows the bracket, or NULL when it is no step number. */
static char *parse_step(char *text, long *step)
{
    char *end;

    if (!isdigit((unsigned char)*text))
        return NULL;
    errno = 0;
    *step = strtol(text, &end, 10);
    if (errno != 0 || *step < 1 || *end != ']')
        return NULL;
    return end + 1;
}

/*
 * Tells what a line without its newline is. For a marker *step is set, and for an opening one
 * *text, which is empty when the step's lines are to vanish.
 */
static enum marker parse_marker(char *line, long *step, char **text)
{
    char *start = line + strspn(line, " \t");
    char *rest;
    char *comment;

    if (strncmp(start, "// [step ", 9) == 0 && (rest = parse_step(start + 9, step)) != NULL &&
        (*rest == '\0' || (rest[0] == ' ' && rest[1] != '\0' && rest[1] != ' '))) {
        *text = *rest == '\0' ? rest : rest + 1;
        return OPENING;
    }
    if (strncmp(start, "// [/step ", 10) == 0 && (rest = parse_step(start + 10, step)) != NULL &&
        *rest == '\0')
        return CLOSING;
    // Anything that looks like one and is none would leave a solution in the starter.
    comment = strstr(line, "//");
    if (comment != NULL && (strcasestr(comment, "[step") || strcasestr(comment, "[/step")))
        return MALFORMED;
    return NO_MARKER;
}

static bool is_include(const char *line)
{
    line += strspn(line, " \t");
    if (*line++ != '#')
        return false;
    line += strspn(line, " \t");
    return strncmp(line, "include", 7) == 0;
}

/* Puts `#include "todo.h"` at the end of the includes. */
static void add_include(struct source *source, struct output *output)
{
    static const char include[] = "#include \"todo.h\"\n";
    size_t length = sizeof(include) - 1;
    size_t before = source->includes_end;
    char *data;

    if (before == 0) {
        report(source, "uses TODO, but has no #include after which todo.h could stand");
        return;
    }
    data = malloc(output->size + length);
    if (data == NULL)
        err(1, "malloc");
    memcpy(data, output->data, before);
    memcpy(data + before, include, length);
    memcpy(data + before + length, output->data + before, output->size - before);
    free(output->data);
    output->data = data;
    output->size += length;
}

static void open_step(struct source *source, const char *line, long step, const char *text)
{
    const char *todo = strstr(text, "TODO(");

    if (source->step != 0)
        report(source, "[step %ld] opens inside [step %ld] of line %ld", step, source->step,
               source->step_line);
    if (todo != NULL && strtol(todo + 5, NULL, 10) != step)
        report(source, "the TODO that stands for [step %ld] names another step", step);
    source->step = step;
    source->step_line = source->line;
    source->cutting = source->chosen && (source->cut == 0 || source->cut == step);
    if (!source->cutting)
        return;
    source->steps_cut++;
    source->vanished = *text == '\0';
    if (source->vanished)
        return;
    fprintf(source->out, "%.*s%s\n", (int)strspn(line, " \t"), line, text);
    source->after_blank = false;
    if (todo != NULL)
        source->uses_todo = true;
}

static void close_step(struct source *source, long step)
{
    if (source->step == 0)
        report(source, "[/step %ld] closes nothing", step);
    else if (source->step != step)
        report(source, "[/step %ld] closes [step %ld] of line %ld", step, source->step,
               source->step_line);
    source->step = 0;
    source->cutting = false;
}

static void keep_line(struct source *source, const char *line)
{
    bool blank = line[strspn(line, " \t")] == '\0';

    if (source->cutting)
        return;
    // Lines that vanish between two blank ones take one of these with them.
    if (source->vanished && source->after_blank && blank)
        return;
    source->vanished = false;
    source->after_blank = blank;
    fprintf(source->out, "%s\n", line);
    if (is_include(line))
        source->includes_end = (size_t)ftell(source->out);
}

/* Fills output with the file, its markers gone and the chosen steps cut. */
static void cut_file(struct source *source, struct output *output)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t length;
    long step;
    char *text;

    source->out = open_memstream(&output->data, &output->size);
    if (source->out == NULL)
        err(1, "open_memstream");
    while ((length = getline(&line, &room, source->in)) != -1) {
        source->line++;
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        switch (parse_marker(line, &step, &text)) {
        case OPENING:
            open_step(source, line, step, text);
            break;
        case CLOSING:
            close_step(source, step);
            break;
        case MALFORMED:
            report(source, "no marker: write `// [step N] TODO(N, ...);` or `// [/step N]`");
            break;
        case NO_MARKER:
            keep_line(source, line);
            break;
        }
    }
    free(line);
    if (ferror(source->in))
        err(1, "read %s", source->path);
    if (fclose(source->out) != 0)
        err(1, "%s", source->path);
    if (source->step != 0) {
        source->line = source->step_line;
        report(source, "[step %ld] is never closed", source->step);
    }
    if (source->uses_todo)
        add_include(source, output);
}

// --- Reading the solutions -------------------------------------------------------------------

static bool ends_with(const char *text, const char *end)
{
    size_t length = strlen(text);
    size_t end_length = strlen(end);

    return length >= end_length && strcmp(text + length - end_length, end) == 0;
}

/* Tells whether a path below SOLUTIONS_DIR is in the lab: lab03 is in lab03-processes. */
static bool in_lab(const char *path, const char *lab)
{
    size_t length = strlen(lab);

    return strncmp(path, lab, length) == 0 && strchr("-/", path[length]) != NULL &&
           path[length] != '\0';
}

static void copy_file(struct source *source, struct output *output)
{
    char buffer[BUFSIZ];
    size_t size;
    FILE *out = open_memstream(&output->data, &output->size);

    if (out == NULL)
        err(1, "open_memstream");
    while ((size = fread(buffer, 1, sizeof(buffer), source->in)) > 0)
        fwrite(buffer, 1, size, out);
    if (ferror(source->in))
        err(1, "read %s", source->path);
    if (fclose(out) != 0)
        err(1, "%s", source->path);
}

/* Reads one file of the solutions and cuts it. Returns how many wrong markers it has. */
static int read_file(const FTSENT *entry, struct output *output, const struct choice *choice,
                     int *steps_cut)
{
    struct source source = {.path = entry->fts_path, .cut = choice->step};

    source.chosen = choice->lab == NULL || in_lab(output->path, choice->lab);
    source.in = fopen(entry->fts_accpath, "r");
    if (source.in == NULL)
        err(1, "open %s", entry->fts_path);
    output->mode = entry->fts_statp->st_mode & 0777;
    if (ends_with(output->path, ".c") || ends_with(output->path, ".h"))
        cut_file(&source, output);
    else
        copy_file(&source, output);
    fclose(source.in);
    *steps_cut += source.steps_cut;
    return source.wrong;
}

static int compare_names(const FTSENT **a, const FTSENT **b)
{
    return strcmp((*a)->fts_name, (*b)->fts_name);
}

/*
 * Reads the whole tree into *outputs, in the order of the names. Returns how many wrong markers
 * there are; *steps_cut counts the steps that were cut.
 */
static int read_tree(char *directory, const struct choice *choice, struct output **outputs,
                     int *steps_cut)
{
    char *roots[] = {directory, NULL};
    size_t skip = strlen(directory) + 1;
    FTS *tree = fts_open(roots, FTS_PHYSICAL | FTS_NOCHDIR, compare_names);
    FTSENT *entry;
    int wrong = 0;

    if (tree == NULL)
        err(1, "open %s", directory);
    while ((errno = 0, entry = fts_read(tree)) != NULL) {
        struct output *output;

        if (entry->fts_level > 0 &&
            (entry->fts_name[0] == '.' || ends_with(entry->fts_name, "~"))) {
            fts_set(tree, entry, FTS_SKIP);
            continue;
        }
        if (entry->fts_info == FTS_D || entry->fts_info == FTS_DP)
            continue;
        if (entry->fts_info != FTS_F)
            errx(1, "%s: %s", entry->fts_path,
                 entry->fts_errno != 0 ? strerror(entry->fts_errno) : "not a regular file");
        if (entry->fts_level == 0)
            errx(1, "%s: not a directory", directory);
        output = calloc(1, sizeof(*output));
        if (output == NULL || (output->path = strdup(entry->fts_path + skip)) == NULL)
            err(1, "malloc");
        wrong += read_file(entry, output, choice, steps_cut);
        *outputs = output;
        outputs = &output->next;
    }
    if (errno != 0)
        err(1, "read %s", directory);
    fts_close(tree);
    return wrong;
}

// --- Writing the starters --------------------------------------------------------------------

/* Tells whether the file is there with this very content. */
static bool is_written(const char *path, const struct output *output)
{
    FILE *file = fopen(path, "r");
    char *data;
    bool same;

    if (file == NULL)
        return false;
    data = malloc(output->size + 1); // one more, to see that the file ends where it should
    if (data == NULL)
        err(1, "malloc");
    same = fread(data, 1, output->size + 1, file) == output->size &&
           memcmp(data, output->data, output->size) == 0;
    free(data);
    fclose(file);
    return same;
}

/* Makes the directories that the file `path` stands in. */
static void make_parents(const char *path)
{
    char parent[PATH_MAX];

    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        snprintf(parent, sizeof(parent), "%.*s", (int)(slash - path), path);
        if (mkdir(parent, 0777) == -1 && errno != EEXIST)
            err(1, "mkdir %s", parent);
    }
}

/* Writes one file, by way of another name: whoever looks sees the old file or the new one. */
static void write_file(const char *path, const struct output *output)
{
    char temporary[PATH_MAX];
    FILE *file;
    int fd;
    int length = snprintf(temporary, sizeof(temporary), "%s.new~", path);

    if (length < 0 || (size_t)length >= sizeof(temporary))
        errx(1, "%s: the path is too long", path);
    make_parents(path);
    unlink(temporary);
    fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, output->mode);
    if (fd == -1 || (file = fdopen(fd, "w")) == NULL)
        err(1, "create %s", temporary);
    if (fwrite(output->data, 1, output->size, file) != output->size || fclose(file) != 0 ||
        rename(temporary, path) == -1) {
        int saved = errno;

        unlink(temporary);
        errno = saved;
        err(1, "write %s", path);
    }
    printf("wrote %s\n", path);
}

static void write_tree(const char *directory, const struct output *output)
{
    char path[PATH_MAX];

    for (; output != NULL; output = output->next) {
        int length = snprintf(path, sizeof(path), "%s/%s", directory, output->path);

        if (length < 0 || (size_t)length >= sizeof(path))
            errx(1, "%s/%s: the path is too long", directory, output->path);
        if (!is_written(path, output))
            write_file(path, output);
    }
}

static void free_outputs(struct output *output)
{
    while (output != NULL) {
        struct output *next = output->next;

        free(output->path);
        free(output->data);
        free(output);
        output = next;
    }
}

// --- The command -----------------------------------------------------------------------------

static void parse_options(int argc, char *argv[], struct choice *choice)
{
    static const struct option options[] = {
        {"lab", required_argument, NULL, 'l'},
        {"cut", required_argument, NULL, 'c'},
        {"help", no_argument, NULL, 'h'},
        {NULL, 0, NULL, 0},
    };
    char *end;
    int option;

    while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
        switch (option) {
        case 'l':
            choice->lab = optarg;
            break;
        case 'c':
            choice->step = strtol(optarg, &end, 10);
            if (!isdigit((unsigned char)*optarg) || *end != '\0' || choice->step < 1)
                errx(2, "--cut %s: a step is a number from 1", optarg);
            break;
        case 'h':
            usage(stdout);
            exit(0);
        default:
            usage(stderr);
            exit(2);
        }
    }
    if (argc - optind != 2) {
        usage(stderr);
        exit(2);
    }
    if (choice->step != 0 && choice->lab == NULL)
        errx(2, "--cut %ld: of which lab? Say --lab LAB too", choice->step);
}

/* The solutions are the only source: a slip of the command line must not cut them. */
static void refuse_same_directory(const char *from, const char *to)
{
    struct stat a;
    struct stat b;

    if (stat(from, &a) == -1)
        err(1, "%s", from);
    if (stat(to, &b) == 0 && a.st_dev == b.st_dev && a.st_ino == b.st_ino)
        errx(2, "%s and %s are the same directory", from, to);
}

int main(int argc, char *argv[])
{
    struct choice choice = {0};
    struct output *outputs = NULL;
    int steps_cut = 0;
    char *from;
    char *to;

    parse_options(argc, argv, &choice);
    from = argv[optind];
    to = argv[optind + 1];
    for (size_t length = strlen(from); length > 1 && from[length - 1] == '/'; length--)
        from[length - 1] = '\0';
    refuse_same_directory(from, to);
    if (read_tree(from, &choice, &outputs, &steps_cut) > 0)
        errx(2, "nothing was written");
    if (choice.lab != NULL && steps_cut == 0) {
        if (choice.step != 0)
            errx(2, "%s: %s has no step %ld that could be cut", from, choice.lab, choice.step);
        errx(2, "%s: %s has no step that could be cut", from, choice.lab);
    }
    write_tree(to, outputs);
    free_outputs(outputs);
    return 0;
}
