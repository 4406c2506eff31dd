/*
 * options.c - see options.h.
 */
#include "options.h"

#include "status.h"

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
    "  -o, --output FILE    write the report to FILE\n"
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
    static const char *const words[] = {
        [BOX_AUTO] = "auto", [BOX_REQUIRE] = "require", [BOX_OFF] = "off"};
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        if (strcmp(word, words[i]) == 0)
            return (enum box_mode)i;
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

static void read_option(struct options *options, int option)
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
        options->format = read_format(optarg);
        break;
    case 'o':
        options->output = optarg;
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
    int option;

    *options = (struct options){.from = "labs", .format = format_find("text")};
    argv[0] = name; // messages name the command, not the place of the program
    program_invocation_name = program_invocation_short_name = name;
    while ((option = getopt_long(argc, argv, "s:lf:o:h", long_options, NULL)) != -1)
        read_option(options, option);
    if (options->run && options->task != DO_REPLAY)
        errx(EXIT_USAGE, "--run goes with --replay LAB STEP");
    options->words = argv + optind;
    options->count = argc - optind;
}
