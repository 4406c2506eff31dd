/*
 * bytes.c - what a socket address is made of. Nothing to write here: it shows your functions.
 *
 *     bytes 127.0.0.1 9876        show the 16 bytes of this address, one field a line
 *     bytes -r 127.0.0.1 9876     write the 16 bytes themselves to stdout, raw
 *     bytes < FILE                read 16 raw bytes and show them
 *
 *     bytes -r 127.0.0.1 9876  -->  [ pipe ]  -->  bytes
 *              write_all                 16 bytes       read_full
 */
#include "address.h"
#include "io.h"
#include "order.h"

#include <err.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The same number twice: as this machine keeps it, and as the network sends it. */
static void show_order(uint16_t number)
{
    unsigned char here[2];
    unsigned char wire[2];

    put_u16(wire, number);
    memcpy(here, &number, sizeof here);
    printf("the number 0x%04x      in this machine %02x %02x      on the wire %02x %02x\n\n",
           number, here[0], here[1], wire[0], wire[1]);
}

/* One field of the address: where it starts, its bytes, its name. */
static void show_field(const unsigned char *bytes, size_t offset, size_t size, const char *name)
{
    printf("%4zu  ", offset);
    for (size_t i = 0; i < 8; i++) {
        if (i < size) {
            printf("%02x ", bytes[offset + i]);
        } else {
            printf("   ");
        }
    }
    printf(" %-10s  ", name);
}

#define FIELD(name)                                                                                \
    offsetof(struct sockaddr_in, name), sizeof((struct sockaddr_in *)NULL)->name, #name

static void show_address(const struct sockaddr_in *address)
{
    unsigned char bytes[sizeof *address];
    char text[ADDRESS_TEXT_SIZE];

    if (format_address(address, text, sizeof text) == -1) {
        err(EXIT_FAILURE, "format_address");
    }
    printf("%s is a struct sockaddr_in of %zu bytes:\n", text, sizeof bytes);
    memcpy(bytes, address, sizeof bytes);
    show_field(bytes, FIELD(sin_family));
    printf("AF_INET is %d, in this machine's order\n", AF_INET);
    show_field(bytes, FIELD(sin_port));
    printf("%u, in network order; the raw number is %u\n",
           get_u16(bytes + offsetof(struct sockaddr_in, sin_port)), address->sin_port);
    show_field(bytes, FIELD(sin_addr));
    printf("0x%08x, in network order\n",
           (unsigned)get_u32(bytes + offsetof(struct sockaddr_in, sin_addr)));
    show_field(bytes, FIELD(sin_zero));
    printf("fills it up to %zu bytes\n", sizeof bytes);
}

/* Makes an address of two arguments, or ends the program. */
static struct sockaddr_in read_arguments(const char *ip, const char *port_text)
{
    struct sockaddr_in address;
    uint16_t port;

    if (parse_port(port_text, &port) == -1) {
        err(EXIT_FAILURE, "port '%s'", port_text);
    }
    if (make_address(ip, port, &address) == -1) {
        err(EXIT_FAILURE, "IP address '%s'", ip);
    }
    return address;
}

static struct sockaddr_in read_raw(int fd)
{
    struct sockaddr_in address;

    ssize_t n = read_full(fd, &address, sizeof address);
    if (n == -1) {
        err(EXIT_FAILURE, "read");
    }
    if ((size_t)n < sizeof address) {
        errx(EXIT_FAILURE, "the input ended after %zd of %zu bytes", n, sizeof address);
    }
    return address;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in address;

    setvbuf(stdout, NULL, _IOLBF, 0); // every line is out before the next step runs
    if (argc == 3) {
        show_order(0x1234);
        address = read_arguments(argv[1], argv[2]);
        show_address(&address);
    } else if (argc == 4 && strcmp(argv[1], "-r") == 0) {
        address = read_arguments(argv[2], argv[3]);
        if (write_all(STDOUT_FILENO, &address, sizeof address) == -1) {
            err(EXIT_FAILURE, "write");
        }
    } else if (argc == 1 && !isatty(STDIN_FILENO)) {
        address = read_raw(STDIN_FILENO);
        show_address(&address);
    } else {
        fprintf(stderr, "usage: bytes [-r] IP PORT\n       bytes < FILE\n");
        return EXIT_FAILURE;
    }
    return EXIT_SUCCESS;
}
