/*
 * box.c - see box.h.
 */
#include "box.h"

#include "capture.h"
#include "scratch.h"
#include "text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PROBE_SECONDS = 60 };
#define BOX_TMP_BYTES "536870912" // 512 MiB for all files of one check file

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

static void add(struct box *box, const char *word)
{
    box->argv = grow(box->argv, box->count + 1, sizeof *box->argv);
    box->argv[box->count++] = copy_text(word);
}

static void add3(struct box *box, const char *option, const char *from, const char *to)
{
    add(box, option);
    add(box, from);
    add(box, to);
}

// Makes the directories above a path, open to every user: bwrap's own are for its caller alone.
static void add_parents(struct box *box, const char *path)
{
    for (const char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        char *parent = format_text("%.*s", (int)(slash - path), path);
        add(box, "--dir");
        add(box, parent);
        free(parent);
    }
}

// Shows /bin, /lib64, ... as they are: links into /usr on most systems, directories on others.
static void add_system(struct box *box)
{
    static const char *const directories[] = {"/bin",   "/sbin",  "/lib",
                                              "/lib32", "/lib64", "/libx32"};
    struct stat info;
    char target[64];

    add3(box, "--ro-bind", "/usr", "/usr");
    for (size_t i = 0; i < sizeof directories / sizeof *directories; i++) {
        const char *directory = directories[i];
        if (lstat(directory, &info) == -1)
            continue;
        ssize_t size = readlink(directory, target, sizeof target - 1);
        if (size > 0) {
            target[size] = '\0';
            add3(box, "--symlink", target, directory);
        } else {
            add3(box, "--ro-bind", directory, directory);
        }
    }
    add_parents(box, "/etc/");
    for (size_t i = 0; i < sizeof etc / sizeof *etc; i++)
        add3(box, "--ro-bind-try", etc[i], etc[i]);
}

static int add_own_etc(struct box *box, const char *name, const char *content, const char *to)
{
    char *path = scratch_file(name, content);
    if (path == NULL)
        return -1;
    add3(box, "--ro-bind", path, to);
    free(path);
    return 0;
}

static int add_command(struct box *box, bool own_users, const char *course, const char *from,
                       const char *records)
{
    static const char *const fixed[] = {
        "bwrap",         "--unshare-net",     "--unshare-pid", "--unshare-ipc",
        "--new-session", "--die-with-parent", "--cap-drop",    "ALL",
    };
    for (size_t i = 0; i < sizeof fixed / sizeof *fixed; i++)
        add(box, fixed[i]);
    if (own_users)
        add(box, "--unshare-user");
    if (geteuid() == 0 && !own_users) {
        // Root may read trees of other users; what it could write is read-only all the same. The
        // supervisor runs programs as a user of their own, and looks at them, limits and ends them.
        static const char *const kept[] = {"CAP_DAC_OVERRIDE", "CAP_CHOWN", "CAP_SETUID",
                                           "CAP_SETGID",       "CAP_KILL",  "CAP_SYS_PTRACE"};
        for (size_t i = 0; i < sizeof kept / sizeof *kept; i++) {
            add(box, "--cap-add");
            add(box, kept[i]);
        }
    }
    add_system(box);
    if (add_own_etc(box, "hosts", hosts, "/etc/hosts") == -1 ||
        add_own_etc(box, "host.conf", host_conf, "/etc/host.conf") == -1 ||
        add_own_etc(box, "nsswitch.conf", nsswitch, "/etc/nsswitch.conf") == -1)
        return -1;
    add(box, "--proc");
    add(box, "/proc");
    add(box, "--dev");
    add(box, "/dev");
    add(box, "--size");
    add(box, BOX_TMP_BYTES);
    add(box, "--tmpfs");
    add(box, BOX_TMPDIR);
    // The trees come last: they may lie below /tmp.
    add_parents(box, course);
    add3(box, "--ro-bind", course, course);
    add_parents(box, from);
    add3(box, "--ro-bind", from, from);
    if (records != NULL) {
        add_parents(box, records);
        add3(box, "--bind", records, records);
    }
    add(box, "--remount-ro");
    add(box, "/");
    add(box, "--chdir");
    add(box, BOX_TMPDIR);
    add(box, "--");
    return 0;
}

static void clear(struct box *box)
{
    for (size_t i = 0; i < box->count; i++)
        free((char *)box->argv[i]);
    free(box->argv);
    box->argv = NULL;
    box->count = 0;
}

// Runs `true` in the box. Returns NULL when that worked, or why it did not (malloc'ed).
static char *probe(const struct box *box)
{
    static const char *const env[] = {"PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C", NULL};
    struct capture capture;
    char *why_not = NULL;
    const char **argv = grow(NULL, box->count + 2, sizeof *argv);

    memcpy(argv, box->argv, box->count * sizeof *argv);
    argv[box->count] = "true";
    argv[box->count + 1] = NULL;
    enum capture_end end = capture_run(&capture, argv, env, NULL, PROBE_SECONDS);
    if (end == CAPTURE_FAILED)
        why_not = errno == ENOENT ? copy_text("bubblewrap is not installed: make deps installs it")
                                  : format_text("bwrap: %s", strerror(errno));
    else if (end != CAPTURE_ENDED)
        why_not = copy_text("bwrap does not end");
    else if (!WIFEXITED(capture.status) || WEXITSTATUS(capture.status) != 0)
        why_not = clean_text(capture.output.bytes, strcspn(capture.output.bytes, "\n"), 200);
    text_free(&capture.output);
    free(argv);
    return why_not;
}

int box_prepare(struct box *box, enum box_mode mode, const char *course, const char *from,
                const char *records)
{
    *box = (struct box){0};
    if (mode == BOX_OFF)
        return 0;
    // Root needs no user namespace, and in a container it may have no right to the others without
    // one; everybody else needs one.
    for (int own_users = geteuid() == 0 ? 0 : 1; own_users <= 1; own_users++) {
        clear(box);
        if (add_command(box, own_users == 1, course, from, records) == -1)
            return -1;
        char *why_not = probe(box);
        if (why_not == NULL) {
            free(box->why_not);
            box->why_not = NULL;
            box->boxed = true;
            return 0;
        }
        free(box->why_not);
        box->why_not = why_not;
    }
    clear(box);
    return 0;
}

void box_free(struct box *box)
{
    clear(box);
    free(box->why_not);
    *box = (struct box){0};
}
