/*
 * timelines.c - what draws a recording: who has a lane, what makes a row, and that it stays readable
 * whatever the program did. Built and run by traces.bats.
 */
#include "recorded.h"

#include "draw.h"
#include "timeline.h"

#include <math.h>
#include <string.h>

static struct timeline make(const char *story, const char *trace, size_t rows_max)
{
    struct recording recording = record(story, trace);
    struct timeline timeline;
    timeline_make(&timeline, &recording, rows_max);
    recording_free(&recording);
    return timeline;
}

static const struct lane *find_lane(const struct timeline *timeline, const char *name)
{
    for (size_t i = 0; i < timeline->lane_count; i++)
        if (strcmp(timeline->lane[i].name, name) == 0)
            return &timeline->lane[i];
    return NULL;
}

// The first row of this kind, or NULL.
static const struct row *find_row(const struct timeline *timeline, enum row_kind kind)
{
    for (size_t i = 0; i < timeline->row_count; i++)
        if (timeline->row[i].kind == kind)
            return &timeline->row[i];
    return NULL;
}

static const char *name_of(const struct timeline *timeline, size_t lane)
{
    return lane < timeline->lane_count ? timeline->lane[lane].name : "nobody";
}

Test(timeline, lanes_of_who_took_part)
{
    struct timeline timeline =
        make(STORY "4.0 did A closed the connection\n9.0 did looked at server: 0 zombies\n",
             ACCEPTED "7  2.3 close(4) = 0 <0.0>\n"
                      "8  3.0 read(4, \"x\", 10) = 1 <0.5>\n"
                      "8  4.1 +++ exited with 0 +++\n"
                      "7  5.0 wait4(-1, NULL, WNOHANG, NULL) = 8 <0.0>\n",
             99);
    cr_assert_eq(timeline.lane_count, 4);
    cr_assert_eq(find_lane(&timeline, "A")->kind, LANE_CLIENT);
    cr_assert_float_eq(find_lane(&timeline, "A")->end, 3.0, 1e-6); // since the record began
    cr_assert_eq(find_lane(&timeline, "listener")->end, INFINITY);
    cr_assert_float_eq(find_lane(&timeline, "8")->end, 3.1, 1e-6);
    cr_assert_float_eq(find_lane(&timeline, "8")->reap, 4.0, 1e-6);
    cr_assert_eq(timeline.event_count, 7);
    timeline_free(&timeline);
}

Test(timeline, rows_have_their_arrows_and_counts)
{
    struct timeline timeline = make(STORY "9.0 did A closed the connection\n",
                                    ACCEPTED "8  3.0 read(4, \"x\", 10) = 1 <0.5>\n"
                                             "8  3.6 write(4, \"x\", 1) = 1 <0.0>\n"
                                             "8  3.7 read(4,  <unfinished ...>\n",
                                    99);
    const struct row *accept = &timeline.row[1], *fork = find_row(&timeline, ROW_START);
    const struct row *take = find_row(&timeline, ROW_TAKE), *give = find_row(&timeline, ROW_GIVE);
    cr_assert_str_eq(accept->what, "accept(3) = 4");
    cr_assert_str_eq(name_of(&timeline, accept->other), "A");
    cr_assert(accept->inward);
    cr_assert_eq(accept->held, 2); // the listener and A's connection
    cr_assert_str_eq(name_of(&timeline, fork->other), "8");
    cr_assert_str_eq(name_of(&timeline, take->lane), "8");
    cr_assert_str_eq(name_of(&timeline, take->other), "A");
    cr_assert_float_eq(take->time - take->since, 0.5, 1e-6);
    cr_assert_str_eq(take->manual, "man 2 read");
    cr_assert_str_eq(name_of(&timeline, give->other), "A");
    cr_assert(!give->inward);
    cr_assert(timeline.row[timeline.row_count - 2].waits);
    timeline_free(&timeline);
}

Test(timeline, zombie_until_the_end)
{
    struct timeline timeline =
        make(STORY "9.0 failed await server zombies 0\n",
             ACCEPTED "8  3.0 +++ exited with 0 +++\n7  3.1 accept(3,  <unfinished ...>\n", 99);
    cr_assert_eq(find_lane(&timeline, "8")->reap, INFINITY);
    cr_assert_str_eq(find_row(&timeline, ROW_END)->mark, "zombie: no waitpid");
    timeline_free(&timeline);
}

Test(timeline, what_each_of_many_did)
{
    struct deed deed = {1, (char[]){"crowd.9 to crowd.11: each sent 5 bytes"}};
    cr_assert(deed_is_of(&deed, "crowd.9") && deed_is_of(&deed, "crowd.10"));
    cr_assert(deed_is_of(&deed, "crowd.11"));
    cr_assert(!deed_is_of(&deed, "crowd.1") && !deed_is_of(&deed, "crowd.12"));
    cr_assert(!deed_is_of(&deed, "crowd") && !deed_is_of(&deed, "other.10"));
    struct deed alone = {1, (char[]){"crowd.1 sent 5 bytes"}};
    cr_assert(deed_is_of(&alone, "crowd.1") && !deed_is_of(&alone, "crowd.2"));
}

// A crowd shares lanes, and what each of it does is one row.
Test(timeline, a_crowd_has_a_lane)
{
    char *story = NULL, *trace = NULL;
    size_t size;
    FILE *to = open_memstream(&story, &size);
    fputs("1.0 test reap: none is left\n1.0 program server 7 server.1.trace /course/server\n", to);
    for (int i = 0; i < 200; i++)
        fprintf(to,
                "2.%03d client crowd.%d %d\n"
                "2.%03d did crowd.%d connected to 127.0.0.1 port 9876, from port %d\n",
                i, i, 40000 + i, i, i, 40000 + i);
    fputs("9.0 did looked at server\n", to);
    fclose(to);
    to = open_memstream(&trace, &size);
    fputs("7  1.1 listen(3<TCP:[0.0.0.0:9876]>, 5) = 0 <0.1>\n", to);
    for (int i = 0; i < 200; i++)
        fprintf(to,
                "7  3.%03d1 accept(3, NULL, NULL) = 4<TCP:[127.0.0.1:9876->127.0.0.1:%d]> <0.0>\n"
                "7  3.%03d2 clone(child_stack=NULL, flags=SIGCHLD) = %d <0.0>\n"
                "7  3.%03d3 close(4) = 0 <0.0>\n"
                "%d  3.%03d3 read(4, \"\", 10) = 0 <0.0>\n",
                i, 40000 + i, i, 100 + i, i, 100 + i, i);
    fclose(to);
    struct timeline timeline = make(story, trace, 160);
    cr_assert_leq(timeline.lane_count, TIMELINE_LANES_MAX);
    cr_assert_leq(timeline.row_count, 160);
    const struct lane *rest = &timeline.lane[timeline.lane_count - 1];
    cr_assert_gt(rest->members, 150);
    cr_assert_not_null(strstr(rest->name, " more"));
    bool folded = false;
    for (size_t i = 0; i < timeline.row_count; i++)
        folded |= timeline.row[i].times > 150;
    cr_assert(folded);
    timeline_free(&timeline);
    free(story);
    free(trace);
}

Test(timeline, never_more_rows_than_asked_for_and_what_is_marked_among_them)
{
    char *trace = NULL;
    size_t size;
    FILE *to = open_memstream(&trace, &size);
    fputs(ACCEPTED, to);
    for (int i = 0; i < 500; i++) // no two alike
        fprintf(to, "8  3.%03d read(4, \"x\", 10) = -1 E%c%c%c (what) <0.0>\n", i, 'A' + i % 26,
                'A' + i / 26, 'X');
    fputs("8  4.0 +++ exited with 0 +++\n", to);
    for (int i = 0; i < 500; i++)
        fprintf(to, "7  5.%03d read(4, \"x\", 10) = -1 E%c%c%c (what) <0.0>\n", i, 'A' + i % 26,
                'A' + i / 26, 'X');
    fclose(to);
    struct timeline timeline = make(STORY "9.0 failed await server zombies 0\n", trace, 40);
    cr_assert_leq(timeline.row_count, 40);
    cr_assert_not_null(find_row(&timeline, ROW_END));
    unsigned left_out = 0;
    size_t shown = 0;
    for (size_t i = 0; i < timeline.row_count; i++)
        if (timeline.row[i].kind == ROW_GAP)
            left_out += timeline.row[i].times;
        else
            shown++;
    cr_assert_eq(left_out + shown, 2 + 1 + 1000 + 1, "%u and %zu", left_out, shown);
    timeline_free(&timeline);
    free(trace);
}

// strace's 200,000 lines, and the picture is drawn of them, in less than two seconds; the
// sanitizers that this test has make it some three times as slow.
Test(timeline, draws_200000_lines_soon)
{
    char *text = NULL;
    size_t size;
    FILE *to = open_memstream(&text, &size);
    for (int i = 0; i < 100000; i++)
        fprintf(to,
                "%d  %d.5 %s(4<TCP:[127.0.0.1:9876->127.0.0.1:40000]>, \"hello\\n\", 6) = 6 "
                "<0.000070>\n > /course/server(echo+0x32) [0x155d]\n",
                7 + i % 50, i, i % 3 == 0 ? "read" : "write");
    fclose(to);
    struct recording recording = {.test = (char[]){"echo: all of it"},
                                  .client = &(struct client){(char[]){"A"}, 40000},
                                  .client_count = 1,
                                  .ended = 100000};
    struct timeline timeline;
    double before = processor_seconds();
    trace_read(&recording.trace, text, size, "/course/server");
    timeline_make(&timeline, &recording, 160);
    mxml_node_t *page = mxmlNewElement(MXML_NO_PARENT, "main");
    draw_timeline(page, &timeline);
    char *drawn = mxmlSaveAllocString(page, MXML_NO_CALLBACK);
    double took = processor_seconds() - before;
    cr_assert_lt(took, 6.0, "it took %.1f s, with sanitizers", took);
    cr_assert_leq(timeline.row_count, 160);
    cr_assert_lt(strlen(drawn), 300000);
    free(drawn);
    mxmlDelete(page);
    timeline_free(&timeline);
    trace_free(&recording.trace);
    free(text);
}

// What a program sends stands in the page as text, whatever it is.
Test(draw, nothing_of_the_programs_becomes_markup)
{
    struct timeline timeline =
        make(STORY "3.0 did A sent \"</script><script>alert(1)</script>\"\n"
                   "4.0 did A sent \"\"><img src=x onerror=alert(1)>&amp;\"\n"
                   "9.0 did A closed the connection\n",
             ACCEPTED "8  3.0 read(4, \"</title></svg>\xff<b>\", 10) = 9 <0.5>\n", 99);
    mxml_node_t *page = mxmlNewElement(MXML_NO_PARENT, "main");
    draw_timeline(page, &timeline);
    char *drawn = mxmlSaveAllocString(page, MXML_NO_CALLBACK);
    cr_assert_null(strstr(drawn, "script>"));
    cr_assert_null(strstr(drawn, "<img"));
    cr_assert_null(strstr(drawn, "<b>"));
    cr_assert_null(strchr(drawn, '\xff'));
    cr_assert_not_null(strstr(drawn, "&lt;/script&gt;"));
    cr_assert_not_null(strstr(drawn, "&amp;amp;"));
    free(drawn);
    mxmlDelete(page);
    timeline_free(&timeline);
}
