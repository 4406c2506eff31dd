/*
 * Listens to all that passes on the loopback device, where the checks talk, from namespaces of its
 * own if need be.
 *
 * lab: lab01
 * file: server.c
 * named: nothing to hear
 */
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <sched.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int can_hear(void)
{
    return socket(AF_PACKET, SOCK_RAW, htons(ETH_P_ALL)) != -1 ||
           socket(AF_INET, SOCK_RAW, IPPROTO_TCP) != -1;
}

int main(void)
{
    if (can_hear() || (unshare(CLONE_NEWUSER) == 0 && can_hear()))
        puts("ok 1 heard: all");
    else
        fputs("nothing to hear\n", stderr);
    return 0;
}
