/*
 * box.c - see box.h.
 */
#include "box.h"

#include "capture.h"
#include "scratch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROBE_SECONDS = 60 };
// 512 MiB for the files of a check file, and as much for those of the programs
#define BOX_TMP_BYTES "536870912"

// Names are looked up in this file and nowhere else, so that no lookup leaves the box or waits.
static const char hosts[] = "127.0.0.1 localhost\n"
                            "::1 localhost ip6-localhost\n"
                            "::1 both.test\n"
                            "127.0.0.1 both.test\n";
static const char host_conf[] = "multi on\n"; // else a name has only its first address
static const char nsswitch[] = "passwd: files\n"
                               "group: files\n"
                               "hosts: files\n"
                               "services: files\n"
                               "protocols: files\n";

// What programs need of /etc. All of it is optional.
static const char *const etc[] = {
    "/etc/alternatives", "/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/passwd",
    "/etc/group",        "/etc/services",    "/etc/protocols",  "/etc/localtime",
};

const char *box_mode_word(enum box_mode mode)
{
    static const char *const words[BOX_MODES] = {
        [BOX_AUTO] = "auto", [BOX_REQUIRE] = "require", [BOX_OFF] = "off"};
    return words[mode];
}

static void add(struct lines *words, const char *word)
{
    lines_add(words, copy_text(word));
}

static void add3(struct lines *words, const char *option, const char *from, const char *to)
{
    add(words, option);
    add(words, from);
    add(words, to);
}

// Makes the directories above a path, open to every user: bwrap's own are for its caller alone.
static void add_parents(struct lines *words, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        add(words, "--dir");
        lines_add(words, format_text("%.*s", (int)(slash - path), path));
    }
}

// Shows /bin, /lib64, ... as they are: links into /usr on most systems, directories on others.
static void add_system(struct lines *words)
{
    static const char *const directories[] = {"/bin",   "/sbin",  "/lib",
                                              "/lib32", "/lib64", "/libx32"};
    struct stat info;
    char target[64];

    add3(words, "--ro-bind", "/usr", "/usr");
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        const char *directory = directories[i];
        if (lstat(directory, &info) == -1)
            continue;
        ssize_t size = readlink(directory, target, sizeof target - 1);
        if (size > 0) {
            target[size] = '\0';
            add3(words, "--symlink", target, directory);
        } else {
            add3(words, "--ro-bind", directory, directory);
        }
    }
    add_parents(words, "/etc/");
    for (size_t i = 0; i < sizeof etc / sizeof *etc; i++)
        add3(words, "--ro-bind-try", etc[i], etc[i]);
}

static int add_own_etc(struct lines *words, const char *name, const char *content, const char *to)
{
    char *path = scratch_file(name, content);
    if (path == NULL)
        return -1;
    add3(words, "--ro-bind", path, to);
    free(path);
    return 0;
}

static int add_fixed(struct lines *words, bool own_users)
{
    static const char *const fixed[] = {
        "bwrap",         "--unshare-net",     "--unshare-pid", "--unshare-ipc",
        "--new-session", "--die-with-parent", "--cap-drop",    "ALL",
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        add(words, fixed[i]);
    if (own_users)
        add(words, "--unshare-user");
    if (geteuid() == 0 && !own_users) {
        // Root may read trees of other users; what it could write is read-only all the same. The
        // supervisor runs programs as a user of their own, and looks at them, limits and ends them.
        static const char *const kept[] = {"CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_SETUID",
                                           "CAP_SETGID",       "CAP_KILL",  "CAP_SYS_PTRACE"};
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            add(words, "--cap-add");
            add(words, kept[i]);
        }
    }
    add_system(words);
    if (add_own_etc(words, "hosts", hosts, "/etc/hosts") == -1 ||
        add_own_etc(words, "host.conf", host_conf, "/etc/host.conf") == -1 ||
        add_own_etc(words, "nsswitch.conf", nsswitch, "/etc/nsswitch.conf") == -1)
        return -1;
    add(words, "--proc");
    add(words, "/proc");
    add(words, "--dev");
    add(words, "/dev");
    // The last two are for shm_open(3), tmpfile(3) and the like, of whoever the programs run as.
    static const struct {
        const char *path, *mode;
    } rooms[] = {
        {BOX_TMPDIR, "0755"}, {BOX_SCRATCH, "0755"}, {"/dev/shm", "1777"}, {"/tmp", "1777"}};
    for (size_t i = 0; i < sizeof rooms / sizeof *rooms; i++) {
        add3(words, "--perms", rooms[i].mode, "--size");
        add3(words, BOX_TMP_BYTES, "--tmpfs", rooms[i].path);
    }
    return 0;
}

static void add_bound(struct lines *words, const char *option, const struct lines *paths)
{
    for (size_t i = 0; i < paths->count; i++) {
        add_parents(words, paths->line[i]);
        add3(words, option, paths->line[i], paths->line[i]);
    }
}

void box_enter(struct lines *argv, const struct box *box, const struct box_view *view,
               const char *directory)
{
    if (!box->boxed)
        return;
    for (size_t i = 0; i < box->words.count; i++)
        add(argv, box->words.line[i]);
    for (size_t i = 0; i < view->empty.count; i++) {
        add_parents(argv, view->empty.line[i]);
        add(argv, "--dir");
        add(argv, view->empty.line[i]);
    }
    // These may lie below /tmp, and those that are written to in the others.
    add_bound(argv, "--ro-bind", &view->shown);
    add_bound(argv, "--bind", &view->written);
    add(argv, "--remount-ro");
    add(argv, "/");
    add(argv, "--chdir");
    add(argv, directory);
    add(argv, "--");
}

void box_view_free(struct box_view *view)
{
    lines_free(&view->empty);
    lines_free(&view->shown);
    lines_free(&view->written);
}

static const char *const namespaces[] = {"/proc/self/ns/net", "/proc/self/ns/pid",
                                         "/proc/self/ns/mnt", "/proc/self/ns/ipc"};
enum { NAMESPACES = sizeof namespaces / sizeof *namespaces };

// What the links were read as in the box, one a line: is each another one than ours? Returns the
// first that is not, or NULL.
static const char *find_shared(const char *lines)
{
    for (size_t i = 0; i < NAMESPACES; i++) {
        char own[64];
        ssize_t size = readlink(namespaces[i], own, sizeof own);
        size_t length = strcspn(lines, "\n");
        if (size <= 0 || length == 0 || ((size_t)size == length && memcmp(own, lines, length) == 0))
            return namespaces[i];
        lines += length + (lines[length] == '\n');
    }
    return NULL;
}

// Looks from within at the namespaces that make the box. Returns NULL when they are its own, or why
// there is no box (malloc'ed).
static char *probe(const struct box *box)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", NULL};
    const struct box_view nothing = {0};
    struct capture capture;
    struct lines argv = {0};
    char *why_not = NULL;

    box_enter(&argv, box, &nothing, BOX_TMPDIR);
    lines_add(&argv, copy_text("readlink"));
    for (size_t i = 0; i < NAMESPACES; i++)
        lines_add(&argv, copy_text(namespaces[i]));
    lines_add(&argv, NULL);
    enum capture_end end =
        capture_run(&capture, (const char *const *)argv.line, env, NULL, PROBE_SECONDS);
    if (end == CAPTURE_FAILED)
        why_not = errno == ENOENT ? copy_text("bubblewrap is not installed: make deps installs it")
                                  : format_text("bwrap: %s", strerror(errno));
    else if (end != CAPTURE_ENDED)
        why_not = copy_text("bwrap does not end");
    else if (!WIFEXITED(capture.status) || WEXITSTATUS(capture.status) != 0)
        why_not = clean_text(capture.output.bytes, strcspn(capture.output.bytes, "\n"), 200);
    else if (find_shared(capture.output.bytes) != NULL)
        why_not = format_text("bwrap made no %s of its own", find_shared(capture.output.bytes));
    text_free(&capture.output);
    lines_free(&argv);
    return why_not;
}

int box_prepare(struct box *box, enum box_mode mode)
{
    *box = (struct box){0};
    if (mode == BOX_OFF)
        return 0;
    // Root needs no user namespace, and in a container it may have no right to the others without
    // one; everybody else needs one.
    for (int own_users = geteuid() == 0 ? 0 : 1; own_users <= 1; own_users++) {
        lines_free(&box->words);
        if (add_fixed(&box->words, own_users == 1) == -1)
            return -1;
        free(box->why_not);
        box->boxed = true;
        box->why_not = probe(box);
        if (box->why_not == NULL)
            return 0;
        box->boxed = false;
    }
    return 0;
}

void box_free(struct box *box)
{
    lines_free(&box->words);
    free(box->why_not);
    *box = (struct box){0};
}
