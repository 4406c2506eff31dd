// cow.c - private pages of /dev/zero; what is dirty is added up over all mappings of /proc/self/smaps. The
// child waits with getline, and moves the variable by one.
#include <err.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static int variable = 1;

static long dirty_kib(void)
{
    char word[256];
    long sum = 0, more;
    FILE *smaps = fopen("/proc/self/smaps", "r");
    if (smaps == NULL)
        err(EXIT_FAILURE, "smaps");
    while (fscanf(smaps, "%255s", word) == 1)
        if (strcmp(word, "Private_Dirty:") == 0 && fscanf(smaps, "%ld", &more) == 1)
            sum += more;
    fclose(smaps);
    return sum;
}

static void child(char *pages, long size, long writes)
{
    char *line = NULL;
    size_t room = 0;
    variable++;
    long before = dirty_kib(), after;
    for (char *at = pages; at < pages + writes * size; at += size)
        *at += 1;
    after = dirty_kib();
    printf("child: number %d, copied %ld pages\n", variable, (after - before) / (size / 1024));
    fflush(stdout);
    if (getline(&line, &room, stdin) == -1 && !feof(stdin))
        perror("getline");
    free(line);
}

int main(int argc, char **argv)
{
    long count, writes, size = getpagesize();
    char rest;
    if (argc != 3 || sscanf(argv[1], "%ld%c", &count, &rest) != 1 ||
        sscanf(argv[2], "%ld%c", &writes, &rest) != 1 || count < 1 || count > 100000 ||
        writes < 0 || writes > count) {
        fprintf(stderr, "usage: cow PAGES WRITES, and no more writes than pages\n");
        return 2;
    }
    int zero = open("/dev/zero", O_RDWR);
    char *pages = mmap(NULL, (size_t)(count * size), PROT_READ | PROT_WRITE, MAP_PRIVATE, zero, 0);
    if (pages == MAP_FAILED)
        err(EXIT_FAILURE, "/dev/zero");
    close(zero);
    for (long i = count; i-- > 0;)
        pages[i * size + size - 1] = (char)i;
    for (long i = 0; i < count; i++)
        pages[i * size] = 7;
    fflush(NULL);
    switch (fork()) {
    case -1:
        err(EXIT_FAILURE, "no child");
    case 0:
        child(pages, size, writes);
        exit(EXIT_SUCCESS);
    default:
        break;
    }
    int status;
    if (wait(&status) == -1 || !WIFEXITED(status) || WEXITSTATUS(status) != 0)
        errx(EXIT_FAILURE, "the child has failed");
    printf("parent: number %d\n", variable);
    return EXIT_SUCCESS;
}
