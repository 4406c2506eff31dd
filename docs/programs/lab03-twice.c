/*
 * lab03-twice.c - a line in stdio's buffer is copied by fork. Who writes it?
 *
 * Usage: twice exit | twice _exit         how the child ends
 */
#include <err.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    if (argc != 2 || (strcmp(argv[1], "exit") != 0 && strcmp(argv[1], "_exit") != 0)) {
        errx(EXIT_FAILURE, "usage: twice exit | twice _exit");
    }
    printf("written before fork\n"); // is stdout no terminal, this stays in the buffer

    pid_t pid = fork();
    if (pid == 0) {
        if (strcmp(argv[1], "exit") == 0) {
            exit(EXIT_SUCCESS); // flushes the child's copy
        }
        _exit(EXIT_SUCCESS); // flushes nothing
    }
    if (pid == -1 || waitpid(pid, NULL, 0) == -1) {
        err(EXIT_FAILURE, "no child");
    }
    return EXIT_SUCCESS; // flushes the parent's copy
}
