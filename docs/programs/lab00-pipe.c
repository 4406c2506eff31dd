/*
 * lab00-pipe.c - a pipe from this process to itself: two descriptors, and a buffer in the kernel.
 *
 *     write --> 4 --> [ kernel buffer ] --> 3 --> read
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

static void put(int fd, const char *text)
{
    ssize_t n = write(fd, text, strlen(text));
    printf("write(%d, \"%s\", %zu) = %zd\n", fd, text, strlen(text), n);
}

static void take(int fd, size_t size)
{
    char buffer[100];
    int waiting = 0;

    ioctl(fd, FIONREAD, &waiting); // how many bytes are in the kernel's buffer
    ssize_t n = read(fd, buffer, size);
    printf("%2d bytes wait, read(%d, buffer, %zu) = %zd", waiting, fd, size, n);
    printf("   \"%.*s\"\n", n > 0 ? (int)n : 0, buffer);
}

int main(void)
{
    int end[2];

    if (pipe(end) == -1) {
        err(EXIT_FAILURE, "pipe");
    }
    printf("read from %d, write to %d\n", end[0], end[1]);
    put(end[1], "hello");
    put(end[1], "world");
    take(end[0], 7);
    take(end[0], 7);
    printf("close(%d) = %d\n", end[1], close(end[1]));
    take(end[0], 7);
    return EXIT_SUCCESS;
}
