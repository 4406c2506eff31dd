// cow.c - the pages are on a stack that has been made for them: makecontext lets the program go on there.
#include <alloca.h>
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

static long pages, writes;
static int result = 1;

static long private_kib(void)
{
    char text[3000], *at;
    FILE *file = fopen("/proc/self/smaps_rollup", "r");
    if (file == NULL)
        err(1, "smaps_rollup");
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    at = strstr(text, "Private_Dirty:");
    return at == NULL ? 0 : atol(at + 14);
}

static void go_on(void)
{
    volatile char(*page)[4096] = alloca((size_t)pages * 4096);
    int number = 1, status;
    for (long i = 0; i < pages; i++)
        page[i][0] = 1;
    pid_t pid = fork();
    if (pid == -1)
        err(1, "fork");
    if (pid == 0) {
        int c;
        number = 2;
        long before = private_kib();
        for (long i = 0; i < writes; i++)
            page[i][100] = 2;
        printf("child: number %d, copied %ld pages\n", number, (private_kib() - before) / 4);
        fflush(stdout);
        while ((c = getchar()) != EOF && c != '\n')
            continue;
        _exit(0);
    }
    if (waitpid(pid, &status, 0) == pid && status == 0) {
        printf("parent: number %d\n", number);
        result = 0;
    }
}

static void set(long *number, const char *text, long least, long most)
{
    char *end;
    *number = strtol(text, &end, 10);
    if (*text == '\0' || *end != '\0' || *number < least || *number > most)
        errx(1, "%s is not between %ld and %ld", text, least, most);
}

int main(int argc, char **argv)
{
    static ucontext_t here, there;
    if (argc != 3)
        errx(1, "cow PAGES WRITES");
    set(&pages, argv[1], 1, 100000);
    set(&writes, argv[2], 0, pages);
    size_t size = (size_t)(pages + 100) * 4096;
    void *stack = mmap(NULL, size, PROT_READ | PROT_WRITE,
                       MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (stack == MAP_FAILED || getcontext(&there) == -1)
        err(1, "mmap");
    there.uc_stack.ss_sp = stack;
    there.uc_stack.ss_size = size;
    there.uc_link = &here;
    makecontext(&there, go_on, 0);
    swapcontext(&here, &there);
    return result;
}
