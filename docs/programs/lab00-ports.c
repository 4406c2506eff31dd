/*
 * lab00-ports.c - what atoi(3) and strtoul(3) make of a text that should be a port.
 *
 * Usage: ports TEXT...
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

int main(int argc, char *argv[])
{
    printf("%7s %22s %6s %10s   text\n", "atoi", "strtoul", "rest", "uint16_t");
    for (int i = 1; i < argc; i++) {
        char *rest;
        unsigned long number = strtoul(argv[i], &rest, 10);
        printf("%7d %22lu %6s %10u   '%s'\n", atoi(argv[i]), number, rest, (uint16_t)number,
               argv[i]);
    }
    return EXIT_SUCCESS;
}
