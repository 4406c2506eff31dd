/*
 * misbehave_flood.c - bytes, or clients, that come as fast as they can be taken, in two processes at
 * once.
 *
 * Two processes that change the same number at the same time lose something only if it is really the
 * same time. Between two system calls there is too little of it to count on. So here bytes come out
 * of nothing, and their echo vanishes; a client that has said all comes again as soon as it is closed.
 * And now and then the two processes wait until both have been seen running at the same time.
 */
#include "misbehave.h"

#include <netinet/in.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum {
    FLOOD_BYTES = 250 * 1000,
    FLOOD_CLIENTS = 50 * 1000,
    PATIENCE_MS = 500, // so long the first process waits for a second one
    GAMES = 5,         // in a flood
    ROUNDS = 200,      // of a game: so often the ball goes to and fro
    GAMES_MS = 1000,   // in vain on one processor
};

static int flooded = -1, drained = -1; // the connection whose bytes, and whose echo, are a flood
static size_t to_give, to_take;
static int player;
static cpu_set_t all_processors; // that it may use
static long games_end;

// The client that comes again and again.
static int again = -1, clients_left;
static bool waits_again; // it has been closed, and nobody has accepted it yet
static struct sockaddr_storage again_address;
static socklen_t again_size;

static long now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

// The two must not have to share a processor: each stays on one of its own.
static void take_processor(void)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    sched_getaffinity(0, sizeof all_processors, &all_processors);
    for (size_t cpu = 0, seen = 0; cpu < CPU_SETSIZE; cpu++)
        if (CPU_ISSET(cpu, &all_processors) && seen++ == (size_t)player)
            CPU_SET(cpu, &one);
    if (CPU_COUNT(&one) == 1)
        sched_setaffinity(0, sizeof one, &one);
}

static void leave_processor(void)
{
    sched_setaffinity(0, sizeof all_processors, &all_processors);
}

static void await_second(void)
{
    const struct timespec millisecond = {.tv_nsec = 1000 * 1000};
    player = common->players++;
    take_processor();
    for (long end = now_ms() + PATIENCE_MS; common->players < 2 && now_ms() < end;)
        syscall(SYS_ppoll, NULL, 0, &millisecond, NULL);
    bool can = common->players == 2 && CPU_COUNT(&all_processors) > 1;
    games_end = now_ms() + (can ? GAMES_MS : 0);
}

// The ball comes back at once only from somebody who has a processor, too. However busy the machine,
// for some moments both have one. After that, a game is over soon.
static void play(void)
{
    int last = common->ball / ROUNDS * ROUNDS + ROUNDS;
    while (common->ball < last && now_ms() < games_end)
        if (common->ball % 2 == player)
            common->ball++;
}

// --- Bytes -----------------------------------------------------------------------------------------

void begin_flood(int fd)
{
    flooded = drained = fd;
    to_give = to_take = FLOOD_BYTES;
    await_second();
}

bool is_flooded(int fd)
{
    return fd == flooded;
}

ssize_t flood_read(void *data, size_t size)
{
    if (size == 0)
        return 0;
    if (to_give % (FLOOD_BYTES / GAMES) == 0)
        play();
    memset(data, '.', 1);
    if (--to_give == 0) {
        flooded = -1;
        leave_processor();
    }
    return 1;
}

bool is_drained(int fd)
{
    return fd == drained;
}

ssize_t flood_write(size_t size)
{
    if (size > to_take)
        size = to_take;
    to_take -= size;
    if (to_take == 0)
        drained = -1;
    return (ssize_t)size;
}

// --- Clients ---------------------------------------------------------------------------------------

void begin_flood_of_clients(int fd)
{
    again_size = sizeof again_address;
    if (getpeername(fd, (struct sockaddr *)&again_address, &again_size) == -1)
        return;
    again = fd;
    clients_left = FLOOD_CLIENTS;
}

// Has it been read to its end, so that it can be the next client?
static bool has_ended(int fd)
{
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool comes_again(int fd)
{
    if (fd == again && clients_left == FLOOD_CLIENTS) {
        if (has_ended(fd))
            await_second();
        else
            clients_left = 0;
    }
    waits_again = fd == again && clients_left > 0;
    return waits_again;
}

bool is_again(int fd)
{
    return fd == again && clients_left < FLOOD_CLIENTS;
}

int flood_accept(struct sockaddr *address, socklen_t *size)
{
    if (again == -1 || !waits_again || clients_left == 0)
        return -1;
    if (clients_left % (FLOOD_CLIENTS / GAMES) == 0)
        play();
    if (address != NULL && size != NULL) {
        memcpy(address, &again_address, *size < again_size ? *size : again_size);
        *size = again_size;
    }
    waits_again = false;
    if (--clients_left == 0)
        leave_processor();
    return again;
}
