/*
 * build.c - see build.h.
 */
#include "build.h"

#include "capture.h"
#include "interrupt.h"
#include "scratch.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BUILD_SECONDS = 120, LOCK_MS = 20, MOST_MAKE_LINES = 12 };

// What a compiler may use; gcc with ThreadSanitizer comes nowhere near.
static const struct limits compiler_limits = {
    .data_bytes = (rlim_t)2 << 30, .file_bytes = (rlim_t)64 << 20, .cpu_seconds = 60};

// --- Trees --------------------------------------------------------------------------------------

// make splits at blanks and gives a meaning to these.
static bool make_can_bear(const char *path)
{
    return strpbrk(path, " \t\n\"'\\$#%:;*?[]|&<>(){}`!") == NULL;
}

static char *find_tree(const struct course *course, const char *dir, char **error)
{
    char *path = course_tree(course, dir);
    if (path == NULL) {
        *error = format_text("%s: %s", dir, strerror(errno));
        return NULL;
    }
    if (!make_can_bear(course_relative(course, path))) {
        *error = format_text("%s: make can't build in a directory with blanks or special "
                             "characters in its name",
                             path);
        free(path);
        return NULL;
    }
    return path;
}

int trees_find(struct trees *trees, const struct course *course, const char *from, const char *base,
               char **error)
{
    *trees = (struct trees){.from_path = find_tree(course, from, error)};
    if (trees->from_path == NULL)
        return -1;
    trees->base_path = find_tree(course, base != NULL ? base : from, error);
    if (trees->base_path == NULL) {
        trees_free(trees);
        return -1;
    }
    trees->from = course_relative(course, trees->from_path);
    trees->base = course_relative(course, trees->base_path);
    return 0;
}

void trees_free(struct trees *trees)
{
    free(trees->from_path);
    free(trees->base_path);
    *trees = (struct trees){0};
}

bool trees_share(const struct trees *trees)
{
    return strcmp(trees->from_path, trees->base_path) == 0;
}

// The name of a tree's directory below build/, the same as tree_key in the Makefile.
static void add_key(struct text *text, const char *tree)
{
    for (; *tree != '\0'; tree++)
        text_add(text, *tree == '/' ? "+" : tree, 1);
}

// build/<key>, the same as FROM_OUT in the Makefile. malloc'ed.
static char *tree_output(const struct course *course, const struct trees *trees,
                         const char *sanitizer)
{
    struct text text = {0};
    text_addf(&text, "%s/build/", course->root);
    add_key(&text, trees->from);
    if (!trees_share(trees)) {
        text_addf(&text, "~");
        add_key(&text, trees->base);
    }
    text_addf(&text, "%s", sanitizer);
    return text.bytes;
}

// build/<key>/lab03. malloc'ed.
static char *output_directory(const struct course *course, const struct trees *trees,
                              const char *sanitizer, const char *lab)
{
    char *tree = tree_output(course, trees, sanitizer);
    char *directory = format_text("%s/%s", tree, lab);
    free(tree);
    return directory;
}

// --- What make sees in the box ------------------------------------------------------------------

static const char *const sanitizers[] = {"", "@thread"};

// Makes it: only what is there can be bound. Takes over the path.
static void let_write(struct box_view *view, char *directory)
{
    mkdir(directory, 0777); // a failure shows when it is bound
    lines_add(&view->written, directory);
}

// The earlier labs of the base, when they are not the learner's: their sources and objects.
static void show_links(struct box_view *view, const struct lab *lab, const struct course *course,
                       const struct trees *trees)
{
    struct trees base = {.from_path = trees->base_path,
                         .base_path = trees->base_path,
                         .from = trees->base,
                         .base = trees->base};
    for (size_t i = 0; i < course->count; i++) {
        const struct lab *link = &course->lab[i];
        if (strstr(lab->links, link->name) == NULL)
            continue;
        lines_add(&view->shown, format_text("%s/%s", trees->base_path, link->directory));
        for (size_t j = 0; j < sizeof sanitizers / sizeof *sanitizers; j++) {
            char *above = tree_output(course, &base, sanitizers[j]);
            mkdir(above, 0777);
            free(above);
            let_write(view, output_directory(course, &base, sanitizers[j], link->name));
        }
    }
}

static void make_view(struct box_view *view, const struct lab *const *lab, size_t count,
                      const struct course *course, const struct trees *trees)
{
    static const char *const shown[] = {"Makefile", "grading", "build/grading"};

    // The Makefile knows the labs by these directories.
    for (size_t i = 0; i < course->count; i++)
        lines_add(&view->empty,
                  format_text("%s/solutions/%s", course->root, course->lab[i].directory));
    for (size_t i = 0; i < sizeof shown / sizeof *shown; i++)
        lines_add(&view->shown, format_text("%s/%s", course->root, shown[i]));
    lines_add(&view->shown, copy_text(trees->from_path));
    for (size_t i = 0; i < sizeof sanitizers / sizeof *sanitizers; i++)
        let_write(view, tree_output(course, trees, sanitizers[i]));
    for (size_t i = 0; i < count && !trees_share(trees); i++)
        show_links(view, lab[i], course, trees);
}

// --- make ---------------------------------------------------------------------------------------

// Two graders in one tree build one after the other. Returns a descriptor to close, or -1.
static int lock_builds(const struct course *course)
{
    char *path = format_text("%s/build/.lock", course->root);
    int fd = open(path, O_CREAT | O_RDWR | O_CLOEXEC, 0666);
    free(path);
    while (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB) == -1 && errno == EWOULDBLOCK) {
        struct pollfd polled = {.fd = interrupt_fd(), .events = POLLIN};
        if (poll(&polled, 1, LOCK_MS) > 0)
            break;
    }
    return fd;
}

static enum capture_end run_make(struct capture *capture, const struct lab *const *lab,
                                 size_t count, const struct course *course,
                                 const struct trees *trees, const struct box *box)
{
    struct lines words = {0};
    struct box_view view = {0};
    const char *scratch = box->boxed ? BOX_TMPDIR : scratch_path();
    char *tmpdir = format_text("TMPDIR=%s", scratch);
    char *home = format_text("HOME=%s", scratch);
    const char *const env[] = {"PATH=/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C",
                               tmpdir, home, NULL};

    if (box->boxed)
        make_view(&view, lab, count, course, trees);
    box_enter(&words, box, &view, course->root);
    lines_add(&words, copy_text("make"));
    lines_add(&words, copy_text("-s"));
    lines_add(&words, copy_text("--no-print-directory"));
    // Go on after an error, so that all is told at once; and keep each compiler's lines together.
    lines_add(&words, copy_text("-k"));
    lines_add(&words, copy_text("-Otarget"));
    lines_add(&words, format_text("-j%ld", sysconf(_SC_NPROCESSORS_ONLN)));
    for (size_t i = 0; i < count; i++)
        lines_add(&words, format_text("%s-graded", lab[i]->name));
    lines_add(&words, format_text("FROM=%s", trees->from));
    lines_add(&words, format_text("BASE=%s", trees->base));
    lines_add(&words, NULL);
    enum capture_end end = capture_run_limited(capture, (const char *const *)words.line, env,
                                               course->root, BUILD_SECONDS, &compiler_limits);
    int why = errno;
    box_view_free(&view);
    lines_free(&words);
    free(tmpdir);
    free(home);
    errno = why;
    return end;
}

static bool went_well(enum capture_end end, const struct capture *capture)
{
    return end == CAPTURE_ENDED && WIFEXITED(capture->status) && WEXITSTATUS(capture->status) == 0;
}

// --- What it means ------------------------------------------------------------------------------

// The lab whose directory the file lies in, if the file is the learner's: in from or base.
static const struct lab *owner(const struct course *course, const struct trees *trees,
                               const char *file)
{
    const char *const tree[] = {trees->from, trees->base};
    for (size_t i = 0; i < 2; i++) {
        size_t size = strlen(tree[i]);
        if (strncmp(file, tree[i], size) != 0 || file[size] != '/')
            continue;
        for (size_t j = 0; j < course->count; j++) {
            size_t length = strlen(course->lab[j].directory);
            if (strncmp(file + size + 1, course->lab[j].directory, length) == 0 &&
                file[size + 1 + length] == '/')
                return &course->lab[j];
        }
    }
    return NULL;
}

static void tell_what_was_done(struct build *build, const struct lab *lab,
                               const struct trees *trees)
{
    struct text command = {0};
    text_addf(&command, "make %s", lab->name);
    if (strcmp(trees->from, "labs") != 0)
        text_addf(&command, " FROM=%s", trees->from);
    if (!trees_share(trees))
        text_addf(&command, " BASE=%s", trees->base);
    facts_add(&build->facts, FACT_TRY, command.bytes);
}

// The compiler's words as the verdict. Returns false when they blame no code of the learner's.
static bool blame_code(struct build *build, const struct lab *lab, const struct course *course,
                       const struct trees *trees)
{
    const struct compiler_report *compiler = &build->compiler;
    const char *file = compiler->error_file;
    if (compiler->error.count == 0)
        return false;
    const struct lab *guilty = file != NULL ? owner(course, trees, file) : lab;
    char *checks = format_text("grading/%s/", lab->name);
    bool in_checks = file != NULL && strncmp(file, checks, strlen(checks)) == 0;
    free(checks);
    if (guilty == NULL && !in_checks)
        return false;

    facts_add(&build->facts, FACT_EXPECTED,
              copy_text("the compiler and the linker accept the code"));
    for (size_t i = 0; i < compiler->error.count; i++)
        facts_add(&build->facts, FACT_GOT, copy_text(compiler->error.line[i]));
    if (strstr(compiler->error.line[0], ": No such file or directory") != NULL)
        facts_add(&build->facts, FACT_NOTE,
                  copy_text("here the compiler sees the labs and the system's headers, and no "
                            "other file"));
    if (in_checks)
        facts_add(&build->facts, FACT_NOTE,
                  format_text("the checks call the functions as the headers in %s declare them: "
                              "leave those as they were given",
                              lab->directory));
    else if (guilty != lab)
        facts_add(&build->facts, FACT_NOTE,
                  format_text("%s builds on %s: repair that first, or link the reference's with "
                              "--base solutions",
                              lab->name, guilty->name));
    return true;
}

// make's own words, when it is not about the code: the first lines that are no mere progress.
static void tell_make_output(struct build *build, const struct capture *capture)
{
    const char *line = capture->output.bytes;
    size_t told = 0;
    facts_add(&build->facts, FACT_BROKEN, copy_text("make could not build what the checks need"));
    while (*line != '\0' && told < MOST_MAKE_LINES) {
        size_t size = strcspn(line, "\n");
        if (size > 0 && strncmp(line, "  cc ", 5) != 0 && strncmp(line, "  link ", 7) != 0) {
            facts_add(&build->facts, FACT_NOTE, clean_text(line, size, 200));
            told++;
        }
        line += size + (line[size] == '\n');
    }
}

static void judge_build(struct build *build, const struct lab *lab, const struct course *course,
                        const struct trees *trees, enum capture_end end,
                        const struct capture *capture)
{
    if (went_well(end, capture)) {
        build->state = BUILD_DONE;
        return;
    }
    build->state = BUILD_BROKEN;
    if (end == CAPTURE_TIMED_OUT) {
        // Only the learner's code can do that: #include "/dev/zero", and endless macros.
        build->state = BUILD_REFUSED;
        facts_add(&build->facts, FACT_GOT,
                  format_text("the compiler did not end within %d seconds", BUILD_SECONDS));
    } else if (end == CAPTURE_FAILED) {
        facts_add(&build->facts, FACT_BROKEN, format_text("make: %s", strerror(errno)));
    } else if (end == CAPTURE_INTERRUPTED) {
        facts_add(&build->facts, FACT_BROKEN, copy_text("interrupted"));
    } else if (blame_code(build, lab, course, trees)) {
        build->state = BUILD_REFUSED;
    } else {
        tell_make_output(build, capture);
    }
    tell_what_was_done(build, lab, trees);
}

static void read_compiler(struct build *build, const struct lab *lab, const struct course *course,
                          const struct trees *trees, const struct capture *capture)
{
    char *own = format_text("%s/%s/", trees->from, lab->directory);
    compiler_read(&build->compiler, capture->output.bytes, capture->output.size, course->root, own);
    free(own);
}

static void build_one(struct build *build, const struct lab *lab, const struct course *course,
                      const struct trees *trees, const struct box *box)
{
    struct capture capture;
    enum capture_end end = run_make(&capture, &lab, 1, course, trees, box);
    int why = errno;
    read_compiler(build, lab, course, trees, &capture);
    errno = why;
    judge_build(build, lab, course, trees, end, &capture);
    text_free(&capture.output);
}

void build_labs(struct build *build, const struct lab *const *lab, size_t count,
                const struct course *course, const struct trees *trees, const struct box *box)
{
    struct capture capture;
    int lock = lock_builds(course);
    // What one lab is linked with, no other lab may see.
    bool together = count > 1 && (trees_share(trees) || !box->boxed);

    for (size_t i = 0; i < count; i++) {
        build[i] = (struct build){.directory = output_directory(course, trees, "", lab[i]->name)};
        char *thread = output_directory(course, trees, "@thread", lab[i]->name);
        build[i].thread_directory = thread;
    }
    // All at once is fastest. If that fails, each by itself tells which of them it was.
    bool done = together && went_well(run_make(&capture, lab, count, course, trees, box), &capture);
    for (size_t i = 0; i < count && interrupt_signal() == 0; i++) {
        if (done)
            read_compiler(&build[i], lab[i], course, trees, &capture);
        else
            build_one(&build[i], lab[i], course, trees, box);
    }
    if (together)
        text_free(&capture.output);
    for (size_t i = 0; i < count; i++)
        if (access(build[i].thread_directory, X_OK) == -1) {
            free(build[i].thread_directory);
            build[i].thread_directory = NULL;
        }
    if (lock >= 0)
        close(lock);
}

void build_free(struct build *build)
{
    free(build->directory);
    free(build->thread_directory);
    facts_free(&build->facts);
    compiler_free(&build->compiler);
}

void build_forget(const struct course *course, const char *tree)
{
    struct text key = {0};
    char *builds = format_text("%s/build", course->root);
    DIR *directory = opendir(builds);
    add_key(&key, tree);
    for (struct dirent *entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
        const char *name = entry->d_name;
        if (strncmp(name, key.bytes, key.size) != 0 || strchr("@~", name[key.size]) == NULL)
            continue; // strchr finds the NUL of a name that ends there, too
        char *path = format_text("%s/%s", builds, name);
        remove_tree(path);
        free(path);
    }
    if (directory != NULL)
        closedir(directory);
    free(builds);
    text_free(&key);
}
