// cow.c - the pages are a static array; a whole page is written to, and not a byte of it. Input is read with
// scanf.
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PAGE = 4096, MOST = 100000 };

static struct {
    _Alignas(PAGE) char byte[PAGE];
} pages[MOST];

static int number = 1;

static long private_dirty(void)
{
    FILE *rollup = fopen("/proc/self/smaps_rollup", "r");
    long kib = -1;
    int c = 0;
    if (rollup == NULL)
        err(1, "smaps_rollup");
    while (kib == -1 && c != EOF)
        if (fscanf(rollup, "Private_Dirty: %ld", &kib) != 1)
            while ((c = getc(rollup)) != '\n' && c != EOF)
                continue;
    fclose(rollup);
    return kib;
}

static int argument(const char *text, int least, int most)
{
    int value, size = -1;
    if (sscanf(text, "%6d%n", &value, &size) != 1 || size != (int)strlen(text) || value < least ||
        value > most)
        errx(1, "%s: not from %d to %d", text, least, most);
    return value;
}

static void be_born(int writes)
{
    number = 2;
    long kib = -private_dirty();
    for (int i = writes; i-- > 0;)
        memset(pages[i].byte, 'c', PAGE);
    kib += private_dirty();
    printf("child: number %d, copied %ld pages\n", number, kib / (PAGE / 1024));
    fclose(stdout);
    if (scanf("%*[^\n]") != EOF)
        getchar();
    _exit(0);
}

int main(int argc, char **argv)
{
    int status;
    if (argc != 3)
        errx(1, "cow PAGES WRITES");
    int count = argument(argv[1], 1, MOST), writes = argument(argv[2], 0, count);
    for (int i = 0; i < count; i++)
        memset(pages[i].byte, 'p', PAGE);
    pid_t pid = fork();
    if (pid == 0)
        be_born(writes);
    if (pid == -1 || wait(&status) != pid || status != 0)
        err(1, "child");
    printf("parent: number %d\n", number);
    return 0;
}
