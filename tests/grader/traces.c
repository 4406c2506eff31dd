/*
 * traces.c - what reads a recording, fed with what strace writes and with what nobody should.
 *
 * Built and run by traces.bats.
 */
#include "recorded.h"

#include "evidence.h"
#include "scene.h"
#include "trace.h"

#include <criterion/criterion.h>

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static struct trace read_text(const char *text)
{
    struct trace trace = {0};
    trace_read(&trace, text, strlen(text), "/course/server");
    return trace;
}

// --- trace --------------------------------------------------------------------------------------

Test(trace, reads_calls_with_their_place)
{
    struct trace trace = read_text(
        "7  100.000001 accept(3<TCP:[0.0.0.0:9876]>, {sa_family=AF_INET, sin_port=htons(40000), "
        "sin_addr=inet_addr(\"127.0.0.1\")}, [16]) = 4<TCP:[127.0.0.1:9876->127.0.0.1:40000]> "
        "<1.500000>\n"
        " > /usr/lib/libc.so.6(accept+0x10) [0x10a6f0]\n"
        " > /course/server(accept_client+0x2b) [0x1716]\n"
        " > /course/server(main+0xe4) [0x1436]\n"
        "7  102.000000 read(4<TCP:[127.0.0.1:9876->127.0.0.1:40000]>, 0x1, 5) = -1 ECONNRESET "
        "(Connection reset by peer) <0.000010>\n");
    cr_assert_eq(trace.count, 2);
    cr_assert_eq(trace.skipped, 0);
    cr_assert_str_eq(trace.event[0].name, "accept");
    cr_assert_eq(trace.event[0].result, 4);
    cr_assert_str_eq(trace.event[0].result_note, "TCP:[127.0.0.1:9876->127.0.0.1:40000]");
    cr_assert_float_eq(trace.event[0].ended, 101.500001, 1e-6);
    cr_assert_eq(trace.event[0].address, 0x1716);
    cr_assert_str_eq(trace.event[1].error, "ECONNRESET");
    cr_assert_eq(event_argument(&trace.event[1], 0), 4);
    cr_assert_eq(event_argument(&trace.event[1], 2), 5);
    cr_assert_null(trace.event[1].program);
    trace_free(&trace);
}

Test(trace, joins_what_other_threads_broke_off)
{
    struct trace trace = read_text("7  1.0 read(4,  <unfinished ...>\n"
                                   "8  1.5 write(5, \"a) = 3\\\"\\n\", 9 <unfinished ...>\n"
                                   "7  2.0 <... read resumed>\"x\", 10) = 1 <1.000000>\n"
                                   "8  2.5 <... write resumed>) = 9 <1.000000>\n"
                                   "7  3.0 accept(3,  <unfinished ...>\n"
                                   "8  3.5 read(5,  <unfinished ...>\n"
                                   "8  4.0 <... read resumed> <unfinished ...>) = ?\n"
                                   "8  4.5 +++ killed by SIGKILL +++\n");
    cr_assert_eq(trace.count, 5);
    cr_assert_str_eq(trace.event[0].arguments, "4, \"x\", 10");
    cr_assert_eq(trace.event[0].result, 1);
    cr_assert_eq(trace.event[1].result, 9);
    cr_assert(!trace.event[2].returned);
    cr_assert(!trace.event[3].returned);
    cr_assert_eq(trace.event[4].kind, EVENT_KILLED);
    trace_free(&trace);
}

Test(trace, knows_a_call_that_a_signal_interrupted)
{
    struct trace trace =
        read_text("7  1.0 accept(3, NULL, NULL) = ? ERESTARTSYS (To be restarted if "
                  "SA_RESTART is set) <0.5>\n"
                  "7  2.0 exit_group(1) = ?\n");
    cr_assert(trace.event[0].interrupted && !trace.event[0].returned);
    cr_assert(!trace.event[1].interrupted);
    trace_free(&trace);
}

Test(trace, tells_forks_from_threads)
{
    struct trace trace =
        read_text("7  1.0 clone(child_stack=NULL, flags=CLONE_CHILD_SETTID|SIGCHLD) = 8 <0.1>\n"
                  "7  2.0 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7}, 88) = 9 <0.1>\n"
                  "7  3.0 clone(child_stack=NULL, flags=SIGCHLD) = -1 EAGAIN (Resource) <0.1>\n");
    cr_assert(event_is_fork(&trace.event[0]) && !event_is_thread_start(&trace.event[0]));
    cr_assert(!event_is_fork(&trace.event[1]) && event_is_thread_start(&trace.event[1]));
    cr_assert(!event_is_fork(&trace.event[2]) && !event_is_thread_start(&trace.event[2]));
    trace_free(&trace);
}

Test(trace, knows_calls_that_were_let_fail)
{
    struct trace trace = read_text(
        "7  1.0 write(-1, \"misbehave: accept EMFILE\", 24) = -1 EBADF (Bad file) <0.1>\n");
    cr_assert_str_eq(trace.event[0].name, "accept");
    cr_assert_str_eq(trace.event[0].error, "EMFILE");
    trace_free(&trace);
}

Test(trace, knows_threads_by_name)
{
    struct trace trace = read_text("7<server> 1.0 read(4,  <unfinished ...>\n"
                                   "8<a\\76 1.0 \\74(> 1.5 close(5) = 0 <0.1>\n"
                                   "7<server> 2.0 <... read resumed>\"x\", 10) = 1 <1.0>\n"
                                   "8<> 3.0 +++ exited with 0 +++\n"
                                   "8<broken 3.0 close(5) = 0 <0.1>\n"
                                   "8<broken>3.0 close(5) = 0 <0.1>\n"
                                   "7  4.0 close(4) = 0 <0.1>\n");
    cr_assert_eq(trace.count, 4);
    cr_assert_eq(trace.skipped, 2);
    cr_assert_str_eq(trace.event[0].thread, "server");
    cr_assert_eq(trace.event[0].result, 1);
    cr_assert_str_eq(trace.event[1].thread, "a\\76 1.0 \\74(");
    cr_assert_eq(trace.event[1].pid, 8);
    cr_assert_str_eq(trace.event[2].thread, "");
    cr_assert_null(trace.event[3].thread);
    trace_free(&trace);
}

Test(trace, skips_what_is_no_trace)
{
    struct trace trace = read_text("\n"
                                   "no number\n"
                                   "7 no time\n"
                                   "7  1.0 \n"
                                   "7  1.0 read(\n"
                                   "7  1.0 read(4\n"
                                   "7  1.0 read(4) + 5\n"
                                   "7  1.0 read(4]) = 5\n"
                                   "7  1.0 <... read resumed>) = 5\n"
                                   "7  1.0 +++ something +++\n"
                                   "7  1.0 --- nothing ---\n"
                                   " > /course/server(main+0x1) [0x2]\n"
                                   "7  1.0 read(4) = 5 <0.1>\n"
                                   "7  2.0 read(4) = 5"); // cut in the middle
    cr_assert_eq(trace.count, 1);
    cr_assert_eq(trace.skipped, 13);
    trace_free(&trace);
}

Test(trace, makes_bytes_safe)
{
    static const char bytes[] =
        "7  1.0 read(4, \"</script>\033[31m\xff\xc3(\342\200\256\") = 5 <0.1>\n"
        "7  2.0 read(4, \"a\0b\") = 5 <0.1>\n";
    struct trace trace = {0};
    trace_read(&trace, bytes, sizeof bytes - 1, NULL);
    cr_assert_eq(trace.count, 1);
    cr_assert_eq(trace.skipped, 1);
    cr_assert(strpbrk(trace.event[0].arguments, "\033\xff") == NULL);
    cr_assert_not_null(strstr(trace.event[0].arguments, "</script>"));
    trace_free(&trace);
}

// A trace with bytes changed, left out and cut at random must be read without harm.
Test(trace, stands_what_is_damaged)
{
    static const char good[] =
        "7  1.0 accept(3<TCP:[0.0.0.0:9876]>, NULL, NULL) = 4<TCP:[a->b]> <1.0>\n"
        " > /course/server(main+0xe4) [0x1436]\n"
        "7  1.5 read(4,  <unfinished ...>\n"
        "8  2.0 --- SIGCHLD {si_signo=SIGCHLD, si_pid=9} ---\n"
        "7  2.5 <... read resumed>\"x\\\"\", 10) = 1 <1.0>\n"
        "8  3.0 +++ exited with 0 +++\n";
    uint32_t random = 2463534242;
    for (int turn = 0; turn < 20000; turn++) {
        char bytes[sizeof good];
        size_t size = sizeof good - 1;
        memcpy(bytes, good, sizeof good);
        for (int i = 0; i < 4; i++) {
            random ^= random << 13, random ^= random >> 17, random ^= random << 5;
            bytes[random % size] = (char)(random >> 24);
            size -= random >> 28 == 0 ? random % size / 2 : 0;
        }
        struct trace trace = {0};
        trace_read(&trace, bytes, size, "/course/server");
        trace_free(&trace);
    }
}

Test(trace, reads_200000_lines_soon)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    for (int i = 0; i < 100000; i++)
        fprintf(to,
                "%d  %d.5 read(4<TCP:[127.0.0.1:9876->127.0.0.1:40000]>, \"hello\\n\", 16384) = 6 "
                "<0.000070>\n > /course/server(echo+0x32) [0x155d]\n",
                7 + i % 50, i);
    fclose(to);
    struct recording recording = {.client = &(struct client){(char[]){"A"}, 40000},
                                  .client_count = 1};
    struct evidence evidence;
    double before = processor_seconds();
    trace_read(&recording.trace, text, size, "/course/server");
    cr_assert_eq(recording.trace.count, 100000);
    evidence_choose(&evidence, &recording);
    double took = processor_seconds() - before;
    cr_assert_lt(took, 6.0, "it took %.1f s, with sanitizers", took);
    evidence_free(&evidence);
    trace_free(&recording.trace);
    free(text);
}

// --- recording, scene and evidence --------------------------------------------------------------

static struct evidence choose(const char *story, const char *trace)
{
    struct recording recording = record(story, trace);
    struct evidence evidence;
    evidence_choose(&evidence, &recording);
    recording_free(&recording);
    return evidence;
}

// The sight with this mark, or NULL.
static const struct sight *find_mark(const struct evidence *evidence, const char *mark)
{
    for (size_t i = 0; i < evidence->count; i++)
        if (evidence->sight[i].mark != NULL && strcmp(evidence->sight[i].mark, mark) == 0)
            return &evidence->sight[i];
    return NULL;
}

Test(evidence, child_that_nobody_waited_for)
{
    struct evidence evidence = choose(STORY "9.0 failed await server zombies 0\n",
                                      ACCEPTED "7  2.3 close(4) = 0 <0.0>\n"
                                               "8  3.0 +++ exited with 0 +++\n"
                                               "7  3.1 accept(3,  <unfinished ...>\n");
    const struct sight *sight = find_mark(&evidence, "zombie: no waitpid");
    cr_assert_not_null(sight);
    cr_assert_str_eq(sight->who, "8");
    cr_assert_not_null(find_mark(&evidence, "waits here"));
    evidence_free(&evidence);
}

Test(evidence, child_that_was_waited_for)
{
    static const char *const ways[] = {
        "7  3.1 wait4(-1, NULL, WNOHANG, NULL) = 8 <0.0>\n",
        "7  3.1 waitid(P_ALL, 0, {si_signo=SIGCHLD, si_pid=8}, WEXITED, NULL) = 0 <0.0>\n", ""};
    for (size_t i = 0; i < sizeof ways / sizeof *ways; i++) {
        char text[2048];
        snprintf(text, sizeof text, "%s%s8  3.0 +++ exited with 0 +++\n%s",
                 ways[i][0] == '\0' ? "7  1.0 rt_sigaction(SIGCHLD, {sa_handler=SIG_IGN}, NULL, 8) "
                                      "= 0 <0.0>\n"
                                    : "",
                 ACCEPTED, ways[i]);
        struct evidence evidence = choose(STORY "9.0 failed await server zombies 0\n", text);
        cr_assert_null(find_mark(&evidence, "zombie: no waitpid"), "%s", ways[i]);
        evidence_free(&evidence);
    }
}

Test(evidence, child_whose_parent_has_ended)
{
    struct evidence evidence = choose(STORY "9.0 failed await server zombies 0\n",
                                      ACCEPTED "8  3.0 +++ exited with 0 +++\n"
                                               "7  4.0 +++ exited with 0 +++\n");
    cr_assert_null(find_mark(&evidence, "zombie: no waitpid"));
    evidence_free(&evidence);
}

Test(evidence, descriptor_that_stays_open)
{
    struct evidence evidence =
        choose(STORY "4.0 did A closed the connection\n9.0 failed A: expect-gone\n",
               ACCEPTED "8  3.0 read(4, \"\", 10) = 0 <0.0>\n8  3.1 close(4) = 0 <0.0>\n");
    const struct sight *sight = find_mark(&evidence, "no close(4)");
    cr_assert_not_null(sight);
    cr_assert_str_eq(sight->who, "7");
    cr_assert_null(find_mark(&evidence, "no close(4) in 8"));
    evidence_free(&evidence);
}

// 8 serves A, closes 4 twice, and B has got that number meanwhile.
Test(evidence, thread_that_closes_what_is_not_its_own)
{
    struct evidence evidence =
        choose(STORY "3.0 client B 40001\n9.0 failed await server threads 2\n",
               "7  2.1 accept(3<TCP:[0.0.0.0:9876]>, NULL, NULL) = "
               "4<TCP:[127.0.0.1:9876->127.0.0.1:40000]> <0.05>\n"
               "7  2.2 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7}, 88) = 8 <0.0>\n"
               "8  2.3 close(4<TCP:[127.0.0.1:9876->127.0.0.1:40000]>) = 0 <0.0>\n"
               "7  3.1 accept(3<TCP:[0.0.0.0:9876]>, NULL, NULL) = "
               "4<TCP:[127.0.0.1:9876->127.0.0.1:40001]> <0.05>\n"
               "8  3.3 close(4<TCP:[127.0.0.1:9876->127.0.0.1:40001]>) = 0 <0.0>\n");
    const struct sight *sight = find_mark(&evidence, "closes that of B");
    cr_assert_not_null(sight);
    cr_assert_str_eq(sight->who, "8");
    cr_assert_null(find_mark(&evidence, "closes that of A"));
    evidence_free(&evidence);
}

Test(evidence, thread_with_a_name_of_its_own)
{
    struct evidence evidence =
        choose(STORY "9.0 failed await server threads 1\n",
               "7<server> 2.1 accept(3<TCP:[0.0.0.0:9876]>, NULL, NULL) = "
               "4<TCP:[127.0.0.1:9876->127.0.0.1:40000]> <0.05>\n"
               "7<server> 2.2 clone3({flags=CLONE_VM|CLONE_THREAD, stack=0x7}, 88) = 8 <0.0>\n"
               "8<server> 2.3 read(4<TCP:[127.0.0.1:9876->127.0.0.1:40000]>, \"a\", 9) = 1 <0.0>\n"
               "8<worker A> 2.4 close(4<TCP:[127.0.0.1:9876->127.0.0.1:40000]>) = 0 <0.0>\n");
    size_t named = 0, others = 0;
    for (size_t i = 0; i < evidence.count; i++) {
        named += strcmp(evidence.sight[i].who, "8 worker A") == 0;
        others += strcmp(evidence.sight[i].who, "7") == 0;
    }
    cr_assert_eq(named, 2);
    cr_assert_eq(others, 2);
    evidence_free(&evidence);
}

#define BOUND(port) "7  1.0 bind(3, {sa_family=AF_INET, sin_port=htons(" port ")}, 16) = 0 <0.0>\n"

Test(evidence, client_that_was_never_accepted)
{
    struct evidence evidence = choose(STORY "9.0 failed A: expect hello\n",
                                      BOUND("9876") "7  1.5 accept(3,  <unfinished ...>\n");
    cr_assert_not_null(find_mark(&evidence, "never accepted"));
    evidence_free(&evidence);
}

// A second program, under valgrind, has the port, and may have accepted.
Test(evidence, client_of_a_program_that_is_not_seen)
{
    struct evidence evidence = choose(STORY "9.0 failed A: expect hello\n",
                                      BOUND("9875") "7  1.5 accept(3,  <unfinished ...>\n");
    cr_assert_null(find_mark(&evidence, "never accepted"));
    evidence_free(&evidence);
}

Test(evidence, what_the_grader_did_afterwards_is_left_out)
{
    struct recording recording = record(STORY "5.0 failed A: expect hello\n6.0 did ended server\n",
                                        ACCEPTED "7  6.0 close(3) = 0 <0.0>\n"
                                                 "7  6.1 --- SIGTERM {si_signo=SIGTERM} ---\n"
                                                 "7  6.2 +++ killed by SIGTERM +++\n");
    struct evidence evidence;
    cr_assert_eq(recording.trace.count, 3);
    evidence_choose(&evidence, &recording);
    for (size_t i = 0; i < evidence.count; i++)
        cr_assert_null(strstr(evidence.sight[i].what, "SIGTERM"));
    evidence_free(&evidence);
    recording_free(&recording);
}

Test(evidence, never_more_than_ten_lines)
{
    char text[40000] = ACCEPTED;
    for (int i = 0; i < 200; i++)
        sprintf(text + strlen(text), "8  3.%03d read(4, \"x\", 10) = 1 <0.0>\n", i);
    struct evidence evidence = choose(STORY "9.0 failed A: expect hello\n", text);
    cr_assert_eq(evidence.count, EVIDENCE_MAX);
    for (size_t i = 1; i < evidence.count; i++)
        cr_assert_leq(evidence.sight[i - 1].time, evidence.sight[i].time);
    evidence_free(&evidence);
}
