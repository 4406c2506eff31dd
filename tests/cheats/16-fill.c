/*
 * Fills the disk with files.
 *
 * lab: lab01
 * file: server.c
 * named: server
 */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    static char block[1 << 15];
    char name[64];
    int full = 0;
    for (int i = 0; i < 100000 && full < 3; i++) {
        snprintf(name, sizeof name, "fill.%d", i);
        int fd = open(name, O_WRONLY | O_CREAT, 0600);
        if (fd == -1 || write(fd, block, sizeof block) < (ssize_t)sizeof block)
            full++;
        close(fd);
    }
    return 0;
}
