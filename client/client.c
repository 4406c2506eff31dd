/*
 * client.c - a TCP client that does what it is told, also what nc cannot: reset, drip, never
 * read, half-close, a thousand at once.
 *
 *     client 127.1 9876 connect 'send hello\n' 'expect hello\n' shut expect-end
 *     client 127.1 9876 'crowd*50: connect' 'crowd: send hi' 'crowd: expect hi' 'crowd: reset'
 *     client 127.1 9876 < script
 *
 * Exit status: 0 all went as expected, 1 something did not, 2 usage.
 */
#include "clock.h"
#include "script.h"

#include <err.h>
#include <getopt.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

static double patience_seconds = 10;

static bool go_on(void *arg, double since, char *why_not, size_t size)
{
    (void)arg;
    if (now_seconds() - since < patience_seconds)
        return true;
    snprintf(why_not, size, "waited %g s", patience_seconds);
    return false;
}

static void print_lines(const char *label, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    for (const char *line = text; *line != '\0';) {
        size_t length = strcspn(line, "\n");
        fprintf(stderr, "  %-9s %.*s\n", line == text ? label : "", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

// Runs one command and tells it. Returns the exit status so far.
static int run(struct session *session, const char *line)
{
    struct outcome outcome = {0};
    enum script_result result = script_run(session, line, &outcome);
    int status = 0;
    if (result == SCRIPT_OK) {
        printf("%s\n", outcome.did);
        fflush(stdout);
    } else if (result == SCRIPT_FAILED) {
        fprintf(stderr, "client: %s\n", line);
        print_lines("expected", outcome.expected);
        print_lines("got", outcome.got);
        status = 1;
    } else {
        fprintf(stderr, "client: %s: %s (see client --help)\n", line, outcome.got);
        status = 2;
    }
    outcome_clear(&outcome);
    return status;
}

static int run_stdin(struct session *session)
{
    char *line = NULL;
    size_t size = 0;
    ssize_t length;
    int status = 0;
    while (status == 0 && (length = getline(&line, &size, stdin)) > 0) {
        if (line[length - 1] == '\n')
            line[length - 1] = '\0';
        if (line[strspn(line, " ")] != '\0' && line[0] != '#')
            status = run(session, line);
    }
    free(line);
    return status;
}

static void help(void)
{
    printf("usage: client [-t SECONDS] [-s SEED] [HOST PORT] [COMMAND]...\n"
           "A TCP client that does what it is told. Without a COMMAND it reads them from standard\n"
           "input, a line each. HOST and PORT are what `connect` means.\n\n"
           "  -t, --timeout SECONDS   how long to wait for anything (default 10)\n"
           "  -s, --seed SEED         start of the random bytes\n"
           "  -h, --help\n\n"
           "Commands, with `NAME: ` before them to have several connections, or `NAME*200: `\n"
           "for two hundred, `NAME+8: ` for eight more:\n%s",
           script_help);
}

int main(int argc, char **argv)
{
    static const struct option options[] = {
        {"timeout", required_argument, NULL, 't'},
        {"seed", required_argument, NULL, 's'},
        {"help", no_argument, NULL, 'h'},
        {0},
    };
    struct session session = {.patience = {.go_on = go_on}};
    int option, status = 0;
    char *end = NULL;

    while ((option = getopt_long(argc, argv, "+t:s:h", options, NULL)) != -1) {
        switch (option) {
        case 't':
            patience_seconds = strtod(optarg, &end);
            if (end == optarg || *end != '\0' || !(patience_seconds > 0))
                errx(2, "--timeout: \"%s\" is no number of seconds", optarg);
            break;
        case 's':
            session.seed = strtoull(optarg, &end, 10);
            if (end == optarg || *end != '\0')
                errx(2, "--seed: \"%s\" is no number", optarg);
            break;
        case 'h':
            help();
            return 0;
        default:
            return 2;
        }
    }
    signal(SIGPIPE, SIG_IGN);
    if (argc - optind == 1)
        errx(2, "PORT is missing: client [HOST PORT] [COMMAND]...");
    if (argc - optind >= 2) {
        if (strlen(argv[optind]) >= sizeof session.host ||
            strlen(argv[optind + 1]) >= sizeof session.port)
            errx(2, "HOST or PORT is too long");
        strcpy(session.host, argv[optind]);
        strcpy(session.port, argv[optind + 1]);
        optind += 2;
    }
    if (optind == argc)
        status = run_stdin(&session);
    while (optind < argc && status == 0)
        status = run(&session, argv[optind++]);
    session_end(&session);
    return status;
}
