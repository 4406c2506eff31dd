/*
 * options.c - see options.h.
 */
#include "options.h"

#include "status.h"

#include <ctype.h>
#include <err.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// Long options without a letter
enum {
    OPT_BASE = 256,
    OPT_HINT,
    OPT_REPLAY,
    OPT_RUN,
    OPT_WATCH,
    OPT_PICTURE,
    OPT_BOX,
    OPT_SEED,
    OPT_NO_TRACE,
    OPT_CLASS,
    OPT_SHARD,
    OPT_VERSION
};

static const char help[] =
    "Usage: ./grader [OPTION]... LAB... [STEP]\n"
    "Builds a lab, runs its checks and says which steps hold.\n"
    "\n"
    "LAB is lab03, 3, or all. STEP is a number or a name from --list.\n"
    "\n"
    "  -s, --from DIR       whose work to grade (labs)\n"
    "      --base DIR       whose earlier labs to link with it (the same)\n"
    "  -l, --list           list labs, steps and points\n"
    "      --hint LAB STEP  the next hint of that step; each call tells more\n"
    "      --replay LAB STEP  what that step's checks do, as command lines for a shell\n"
    "      --run            with --replay: play these lines in a box, slowly enough to watch\n"
    "      --picture FILE   grade one lab, or a step of it, and draw what the programs did as\n"
    "                       a page of HTML; or only the first timeline, if it ends in .svg\n"
    "      --watch[=poll]   grade again at every save, until q; poll looks for saves where the\n"
    "                       system does not tell of them\n"
    "  -f, --format FORMAT  %s\n"
    "  -o, --output FILE    write the report to FILE; several formats and files go in pairs\n"
    "      --class DIR      grade every directory in DIR, some at a time, into the directory\n"
    "                       of -o (class); what is graded already is kept\n"
    "      --shard I/N      with --class: the I-th of N parts\n"
    "      --box MODE       auto, require, off: run the checks in a box of their own\n"
    "                       (bubblewrap); auto does without where it is not possible\n"
    "      --seed N         repeat the random choices of another run\n"
    "      --no-trace       do not run a failed step once more to show its system calls\n"
    "      --help, --version\n"
    "\n"
    "Exit status: 0 every step passed, 1 some step did not, 2 wrong usage,\n"
    "3 the grader itself could not do its work.\n";

static const struct option long_options[] = {
    {"from", required_argument, NULL, 's'},
    {"base", required_argument, NULL, OPT_BASE},
    {"list", no_argument, NULL, 'l'},
    {"hint", no_argument, NULL, OPT_HINT},
    {"replay", no_argument, NULL, OPT_REPLAY},
    {"run", no_argument, NULL, OPT_RUN},
    {"watch", optional_argument, NULL, OPT_WATCH},
    {"picture", required_argument, NULL, OPT_PICTURE},
    {"format", required_argument, NULL, 'f'},
    {"output", required_argument, NULL, 'o'},
    {"box", required_argument, NULL, OPT_BOX},
    {"seed", required_argument, NULL, OPT_SEED},
    {"no-trace", no_argument, NULL, OPT_NO_TRACE},
    {"class", required_argument, NULL, OPT_CLASS},
    {"shard", required_argument, NULL, OPT_SHARD},
    {"help", no_argument, NULL, 'h'},
    {"version", no_argument, NULL, OPT_VERSION},
    {NULL, 0, NULL, 0},
};

static _Noreturn void print_help(void)
{
    char *names = format_names();
    printf(help, names);
    free(names);
    exit(EXIT_ALL_PASSED);
}

static enum box_mode read_box_mode(const char *word)
{
    for (enum box_mode mode = 0; mode < BOX_MODES; mode++)
        if (strcmp(word, box_mode_word(mode)) == 0)
            return mode;
    errx(EXIT_USAGE, "--box %s: no such mode (auto, require or off)", word);
}

// Is it --watch=poll?
static bool read_watch_mode(const char *word)
{
    if (word != NULL && strcmp(word, "poll") != 0)
        errx(EXIT_USAGE, "--watch=%s: no such mode (--watch or --watch=poll)", word);
    return word != NULL;
}

static const struct format *read_format(const char *word)
{
    const struct format *format = format_find(word);
    if (format == NULL) {
        char *names = format_names();
        errx(EXIT_USAGE, "--format %s: no such format (%s)", word, names);
    }
    return format;
}

static uint32_t read_seed(const char *word)
{
    char *end;
    errno = 0;
    unsigned long long seed = strtoull(word, &end, 10);
    if (word[0] < '0' || word[0] > '9' || *end != '\0' || errno != 0 || seed > UINT32_MAX)
        errx(EXIT_USAGE, "--seed %s: not a number from 0 to %u", word, UINT32_MAX);
    return (uint32_t)seed;
}

// Reads 2/3: the second of three parts.
static void read_shard(struct options *options, const char *word)
{
    char *end = NULL;
    errno = 0;
    options->shard = strtoul(word, &end, 10);
    bool well = isdigit((unsigned char)word[0]) && *end == '/' && isdigit((unsigned char)end[1]);
    options->shard_count = well ? strtoul(end + 1, &end, 10) : 0;
    if (!well || *end != '\0' || errno != 0 || options->shard < 1 ||
        options->shard > options->shard_count)
        errx(EXIT_USAGE, "--shard %s: not a part such as 1/4", word);
}

// A format and a file, in either order, are one output.
struct outputs_read {
    size_t formats, files;
};

static struct output *next_output(struct options *options, size_t *count, const char *option)
{
    if (*count == OUTPUTS_MAX)
        errx(EXIT_USAGE, "%s %s: %d outputs are the most", option, optarg, OUTPUTS_MAX);
    return &options->output[(*count)++];
}

// The last format may have no file: it goes to stdout.
static void pair_outputs(struct options *options, const struct outputs_read *read)
{
    size_t formats = read->formats, files = read->files;
    if (formats == 0)
        options->output[formats++].format = format_find("text");
    if (files > formats)
        errx(EXIT_USAGE, "--output %s: in which format? Say --format before it",
             options->output[formats].file);
    if (formats > files + 1)
        errx(EXIT_USAGE,
             "--format %s: only the last format goes to the terminal, give this one "
             "an --output FILE",
             options->output[files].format->name);
    options->outputs = formats;
}

static void read_option(struct options *options, int option, struct outputs_read *outputs)
{
    switch (option) {
    case 's':
        options->from = optarg;
        break;
    case OPT_BASE:
        options->base = optarg;
        break;
    case 'l':
        options->task = DO_LIST;
        break;
    case OPT_HINT:
        options->task = DO_HINT;
        break;
    case OPT_WATCH:
        options->task = DO_WATCH;
        options->watch_polls = read_watch_mode(optarg);
        break;
    case OPT_RUN:
        options->run = true;
        break;
    case OPT_REPLAY:
        options->task = DO_REPLAY;
        break;
    case 'f':
        next_output(options, &outputs->formats, "--format")->format = read_format(optarg);
        break;
    case 'o':
        next_output(options, &outputs->files, "--output")->file = optarg;
        break;
    case OPT_PICTURE:
        options->picture = optarg;
        break;
    case OPT_BOX:
        options->box = read_box_mode(optarg);
        break;
    case OPT_SEED:
        options->seed_given = true;
        options->seed = read_seed(optarg);
        break;
    case OPT_CLASS:
        options->task = DO_CLASS;
        options->class = optarg;
        break;
    case OPT_SHARD:
        read_shard(options, optarg);
        break;
    case OPT_NO_TRACE:
        options->no_trace = true;
        break;
    case 'h':
        print_help();
    case OPT_VERSION:
        puts("grader " GRADER_VERSION);
        exit(EXIT_ALL_PASSED);
    default: // getopt has said what is wrong
        fputs("Try ./grader --help\n", stderr);
        exit(EXIT_USAGE);
    }
}

void options_read(struct options *options, int argc, char **argv)
{
    static char name[] = "grader";
    struct outputs_read outputs = {0};
    int option;

    *options = (struct options){.from = "labs"};
    argv[0] = name; // messages name the command, not the place of the program
    program_invocation_name = program_invocation_short_name = name;
    while ((option = getopt_long(argc, argv, "s:lf:o:h", long_options, NULL)) != -1)
        read_option(options, option, &outputs);
    pair_outputs(options, &outputs);
    if (options->run && options->task != DO_REPLAY)
        errx(EXIT_USAGE, "--run goes with --replay LAB STEP");
    if (options->shard != 0 && options->task != DO_CLASS)
        errx(EXIT_USAGE, "--shard goes with --class DIR");
    if (options->task == DO_CLASS && outputs.formats > 0)
        errx(EXIT_USAGE, "--class writes JSON, CSV and HTML, and takes no --format");
    options->words = argv + optind;
    options->count = argc - optind;
}
