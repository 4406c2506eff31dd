/*
 * exercise.c - calls every function of lab00 at many sizes, for memcheck to watch.
 *
 *     valgrind --leak-check=full exercise
 *
 * All memory that the functions get is on the heap and not one byte larger than their contract
 * allows, so that memcheck sees each step beyond. Whether the results are right is not asked here.
 * The last line is `done`, unless a function ended the program.
 */
#include "address.h"
#include "io.h"
#include "order.h"

#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum { NOT_OPEN = 60 }; // a descriptor

static void *get_memory(size_t size)
{
    void *memory = malloc(size);
    if (memory == NULL) {
        err(2, "malloc");
    }
    return memory;
}

static void use_order(void)
{
    unsigned char *two = get_memory(2);
    unsigned char *four = get_memory(4);

    put_u16(two, 0x1234);
    put_u32(four, 0x12345678);
    // To decide on a byte that was never set is what memcheck reports.
    if (get_u16(two) != 0x1234 || get_u32(four) != 0x12345678) {
        fprintf(stderr, "wrong number\n");
    }
    free(two);
    free(four);
}

static void use_parse_port(void)
{
    static const char *const texts[] = {"",
                                        "1",
                                        "80",
                                        "0080",
                                        "9876",
                                        "65535",
                                        "80x",
                                        "65536",
                                        "-1",
                                        " 80",
                                        "80 ",
                                        "x",
                                        "0",
                                        "99999",
                                        "99999999999999999999",
                                        "0000000000000000000000000000000000000000000000000080"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        char *text = strdup(texts[i]);
        uint16_t *port = get_memory(sizeof *port);
        if (text == NULL) {
            err(2, "strdup");
        }
        if (parse_port(text, port) == 0 && *port == 0) {
            fprintf(stderr, "wrong port\n");
        }
        free(port);
        free(text);
    }
}

/* Writes the address to fd: memcheck looks whether all that goes out was set. */
static void use_address(int fd)
{
    static const char *const texts[] = {
        "127.0.0.1", "255.255.255.255",
        "0.0.0.0",   "1.2.3.x",
        "",          "1.2.3.256",
        "1.2.3",     "1.2.3.4.5",
        "1..3.4",    "1.2.3.99999999999999999999999999999999999999999999999999"};

    for (size_t i = 0; i < COUNT(texts); i++) {
        struct sockaddr_in *address = get_memory(sizeof *address);
        char *ip = strdup(texts[i]);
        if (ip == NULL) {
            err(2, "strdup");
        }
        if (make_address(ip, 9876, address) == 0) {
            if (write(fd, address, sizeof *address) == -1) {
                err(2, "write");
            }
            for (size_t size = 0; size <= ADDRESS_TEXT_SIZE; size++) {
                char *text = get_memory(size);
                if (format_address(address, text, size) == 0 && strlen(text) >= size) {
                    fprintf(stderr, "text too long\n");
                }
                free(text);
            }
        }
        free(ip);
        free(address);
    }
}

/* Sends `size` bytes through a new pipe and asks for `asked`. */
static void use_io(size_t size, size_t asked)
{
    int fds[2];
    char *sent = get_memory(size);
    char *got = get_memory(asked);

    memset(sent, 'x', size);
    if (pipe(fds) == -1) {
        err(2, "pipe");
    }
    if (write_all(fds[1], sent, size) == -1) {
        fprintf(stderr, "write_all failed\n");
    }
    close(fds[1]);
    ssize_t n = read_full(fds[0], got, asked);
    if (n > 0 && memchr(got, 'y', (size_t)n) != NULL) {
        fprintf(stderr, "wrong byte\n");
    }
    close(fds[0]);
    free(got);
    free(sent);
}

int main(void)
{
    static const size_t sizes[] = {0, 1, 2, 7, 8, 15, 16, 63, 64, 255, 256, 257, 1023, 1024, 4096};
    int fds[2];

    alarm(20); // the way out of a function that never returns
    signal(SIGPIPE, SIG_IGN);
    if (pipe(fds) == -1) {
        err(2, "pipe");
    }
    use_order();
    use_parse_port();
    use_address(fds[1]);
    for (size_t i = 0; i < COUNT(sizes); i++) {
        use_io(sizes[i], sizes[i]);
        use_io(sizes[i], sizes[i] + 1);
        use_io(sizes[i], sizes[i] / 2);
    }
    char byte = 'x';
    if (write_all(NOT_OPEN, &byte, 1) != -1 || read_full(NOT_OPEN, &byte, 1) != -1) {
        fprintf(stderr, "no error from a bad descriptor\n");
    }
    close(fds[0]);
    close(fds[1]);
    puts("done");
    return 0;
}
