/*
 * misbehave_calls.c - the calls on sockets, processes and threads that may misbehave.
 */
#include "misbehave.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

// A socket of the network. What the processes of a program say to each other is their own affair.
static bool is_connection(int fd)
{
    int error = errno, family;
    socklen_t size = sizeof family;
    bool known = getsockopt(fd, SOL_SOCKET, SO_DOMAIN, &family, &size) == 0;
    errno = error;
    return known && (family == AF_INET || family == AF_INET6);
}

// For reading and writing: makes *size shorter, or returns true, with errno, if it fails.
static bool fails_or_shortens(enum call call, int fd, size_t *size, int flags)
{
    if (!is_connection(fd)) {
        if (call != WRITE || fd != STDOUT_FILENO)
            return false;
        call = STDOUT;
    }
    const struct fault *fault = meet(call);
    if (fault != NULL && fault->effect == SHORT && *size > SHORT_SIZE)
        *size = SHORT_SIZE;
    if (fault != NULL && fault->effect == FLOOD)
        begin_flood(fd);
    // With EPIPE comes SIGPIPE, for this thread. The kernel sends it before errno is set.
    if (fault != NULL && fault->effect == EPIPE && call != READ && (flags & MSG_NOSIGNAL) == 0)
        raise(SIGPIPE);
    return strike(fault);
}

// glibc declares addresses as transparent unions, which ISO C does not know.
#pragma GCC diagnostic ignored "-Wpedantic"

typedef int accept_function(int, struct sockaddr *, socklen_t *);
typedef int accept4_function(int, struct sockaddr *, socklen_t *, int);
typedef ssize_t read_function(int, void *, size_t);
typedef ssize_t write_function(int, const void *, size_t);
typedef ssize_t recv_function(int, void *, size_t, int);
typedef ssize_t send_function(int, const void *, size_t, int);
typedef ssize_t recvfrom_function(int, void *, size_t, int, struct sockaddr *, socklen_t *);
typedef ssize_t sendto_function(int, const void *, size_t, int, const struct sockaddr *, socklen_t);
typedef ssize_t vector_function(int, const struct iovec *, int);
typedef ssize_t recvmsg_function(int, struct msghdr *, int);
typedef ssize_t sendmsg_function(int, const struct msghdr *, int);
typedef pid_t fork_function(void);
typedef int spawn_function(pid_t *, const char *, const posix_spawn_file_actions_t *,
                           const posix_spawnattr_t *, char *const[], char *const[]);
typedef int create_function(pthread_t *, const pthread_attr_t *, void *(*)(void *), void *);
typedef int connect_function(int, const struct sockaddr *, socklen_t);
typedef int listen_function(int, int);
typedef int socket_function(int, int, int);
typedef int close_function(int);

// What may come instead of a client, or with one. *flood is set when this one is to come again.
static bool fails_to_accept(bool *flood)
{
    const struct fault *fault = meet(ACCEPT);
    *flood = fault != NULL && fault->effect == FLOOD;
    be_late(fault);
    if (strike(fault))
        return true;
    begin_to_wait();
    return false;
}

static int has_accepted(int fd, bool flood)
{
    if (flood && fd != -1)
        begin_flood_of_clients(fd);
    return note_accepted(has_waited(fd));
}

EXPORT int accept(int fd, struct sockaddr *address, socklen_t *size)
{
    REAL(accept, accept_function);
    bool flood;
    int again = flood_accept(address, size);
    if (again != -1)
        return again;
    return fails_to_accept(&flood) ? -1
                                   : has_accepted(real_accept.function(fd, address, size), flood);
}

EXPORT int accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    REAL(accept4, accept4_function);
    bool flood;
    int again = flood_accept(address, size);
    if (again != -1)
        return again;
    return fails_to_accept(&flood)
               ? -1
               : has_accepted(real_accept4.function(fd, address, size, flags), flood);
}

EXPORT ssize_t read(int fd, void *data, size_t size)
{
    REAL(read, read_function);
    if (is_again(fd))
        return 0;
    if (!is_flooded(fd) && fails_or_shortens(READ, fd, &size, 0))
        return -1;
    return is_flooded(fd) ? flood_read(data, size) : real_read.function(fd, data, size);
}

// What read() and recv() are called when the compiler checks buffers (_FORTIFY_SOURCE).
ssize_t __read_chk(int fd, void *data, size_t size, size_t room);
EXPORT ssize_t __read_chk(int fd, void *data, size_t size, size_t room)
{
    return size > room ? (abort(), -1) : read(fd, data, size);
}

// A peek takes nothing, and is followed by the call that does: only that one is counted.
static bool fails_to_receive(int fd, size_t *size, int flags)
{
    return (flags & MSG_PEEK) == 0 && fails_or_shortens(READ, fd, size, flags);
}

EXPORT ssize_t recv(int fd, void *data, size_t size, int flags)
{
    REAL(recv, recv_function);
    if (is_again(fd))
        return 0;
    if (!is_flooded(fd) && fails_to_receive(fd, &size, flags))
        return -1;
    return is_flooded(fd) ? flood_read(data, size) : real_recv.function(fd, data, size, flags);
}

ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags);
EXPORT ssize_t __recv_chk(int fd, void *data, size_t size, size_t room, int flags)
{
    return size > room ? (abort(), -1) : recv(fd, data, size, flags);
}

EXPORT ssize_t recvfrom(int fd, void *data, size_t size, int flags, struct sockaddr *from,
                        socklen_t *from_size)
{
    REAL(recvfrom, recvfrom_function);
    if (is_again(fd))
        return 0;
    if (!is_flooded(fd) && fails_to_receive(fd, &size, flags))
        return -1;
    return is_flooded(fd) ? flood_read(data, size)
                          : real_recvfrom.function(fd, data, size, flags, from, from_size);
}

EXPORT ssize_t write(int fd, const void *data, size_t size)
{
    REAL(write, write_function);
    if (is_drained(fd))
        return flood_write(size);
    return fails_or_shortens(WRITE, fd, &size, 0) ? -1 : real_write.function(fd, data, size);
}

EXPORT ssize_t send(int fd, const void *data, size_t size, int flags)
{
    REAL(send, send_function);
    if (is_drained(fd))
        return flood_write(size);
    return fails_or_shortens(WRITE, fd, &size, flags) ? -1
                                                      : real_send.function(fd, data, size, flags);
}

EXPORT ssize_t sendto(int fd, const void *data, size_t size, int flags, const struct sockaddr *to,
                      socklen_t to_size)
{
    REAL(sendto, sendto_function);
    if (is_drained(fd))
        return flood_write(size);
    return fails_or_shortens(WRITE, fd, &size, flags)
               ? -1
               : real_sendto.function(fd, data, size, flags, to, to_size);
}

// A short vector call is a short call of its first part that is not empty.
static const struct iovec *shorten(const struct iovec *parts, int count, size_t size,
                                   struct iovec *part)
{
    while (count > 1 && parts->iov_len == 0) {
        parts++;
        count--;
    }
    *part = *parts;
    if (part->iov_len > size)
        part->iov_len = size;
    return part;
}

static size_t vector_size(const struct iovec *parts, size_t count)
{
    size_t size = 0;
    while (count-- > 0)
        size += parts[count].iov_len;
    return size;
}

EXPORT ssize_t readv(int fd, const struct iovec *parts, int count)
{
    REAL(readv, vector_function);
    struct iovec part;
    size_t all = vector_size(parts, (size_t)count), size = all;
    if (is_again(fd))
        return 0;
    if (!is_flooded(fd) && fails_or_shortens(READ, fd, &size, 0))
        return -1;
    if (is_flooded(fd))
        return flood_read(shorten(parts, count, size, &part)->iov_base, size);
    return size == all ? real_readv.function(fd, parts, count)
                       : real_readv.function(fd, shorten(parts, count, size, &part), 1);
}

EXPORT ssize_t writev(int fd, const struct iovec *parts, int count)
{
    REAL(writev, vector_function);
    struct iovec part;
    size_t all = vector_size(parts, (size_t)count), size = all;
    if (is_drained(fd))
        return flood_write(size);
    if (fails_or_shortens(WRITE, fd, &size, 0))
        return -1;
    return size == all ? real_writev.function(fd, parts, count)
                       : real_writev.function(fd, shorten(parts, count, size, &part), 1);
}

EXPORT ssize_t recvmsg(int fd, struct msghdr *message, int flags)
{
    REAL(recvmsg, recvmsg_function);
    struct iovec part;
    size_t size = vector_size(message->msg_iov, message->msg_iovlen);
    if (is_again(fd))
        return 0;
    if (!is_flooded(fd) && fails_to_receive(fd, &size, flags))
        return -1;
    if (!is_flooded(fd))
        return real_recvmsg.function(fd, message, flags);
    shorten(message->msg_iov, (int)message->msg_iovlen, size, &part);
    message->msg_flags = 0;
    return flood_read(part.iov_base, size);
}

EXPORT ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    REAL(sendmsg, sendmsg_function);
    struct iovec part;
    size_t all = vector_size(message->msg_iov, message->msg_iovlen), size = all;
    if (is_drained(fd))
        return flood_write(size);
    if (fails_or_shortens(WRITE, fd, &size, flags))
        return -1;
    if (size == all)
        return real_sendmsg.function(fd, message, flags);
    struct msghdr shorter = *message;
    shorten(message->msg_iov, (int)message->msg_iovlen, size, &part);
    shorter.msg_iov = &part;
    shorter.msg_iovlen = 1;
    return real_sendmsg.function(fd, &shorter, flags);
}

EXPORT pid_t fork(void)
{
    REAL(fork, fork_function);
    const struct fault *fault = meet(FORK);
    if (strike(fault))
        return -1;
    note_fork();
    pid_t pid = real_fork.function();
    if (pid == 0)
        await_late_parent();
    if (pid > 0) {
        note_child(pid);
        be_late(fault);
    }
    return pid;
}

EXPORT pid_t _Fork(void)
{
    return fork();
}

// Nobody can return from vfork() twice but vfork() itself; fork() is all that POSIX promises of it.
EXPORT pid_t vfork(void)
{
    return fork();
}

static int spawn(spawn_function *really_spawn, pid_t *pid, const char *file,
                 const posix_spawn_file_actions_t *actions, const posix_spawnattr_t *attributes,
                 char *const argv[], char *const env[])
{
    const struct fault *fault = meet(FORK);
    if (fault != NULL && fault->effect > 0)
        return fault->effect;
    pid_t child = 0;
    int error = really_spawn(&child, file, actions, attributes, argv, env);
    if (pid != NULL)
        *pid = child;
    note_child(child);
    be_late(fault);
    return error;
}

EXPORT int posix_spawn(pid_t *pid, const char *path, const posix_spawn_file_actions_t *actions,
                       const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    REAL(posix_spawn, spawn_function);
    return spawn(real_posix_spawn.function, pid, path, actions, attributes, argv, env);
}

EXPORT int posix_spawnp(pid_t *pid, const char *file, const posix_spawn_file_actions_t *actions,
                        const posix_spawnattr_t *attributes, char *const argv[], char *const env[])
{
    REAL(posix_spawnp, spawn_function);
    return spawn(real_posix_spawnp.function, pid, file, actions, attributes, argv, env);
}

EXPORT int pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg)
{
    REAL(pthread_create, create_function);
    const struct fault *fault = meet(THREAD);
    return fault != NULL && fault->effect > 0
               ? fault->effect
               : real_pthread_create.function(thread, attributes, start, arg);
}

EXPORT int connect(int fd, const struct sockaddr *address, socklen_t size)
{
    REAL(connect, connect_function);
    return fails(CONNECT) ? -1 : real_connect.function(fd, address, size);
}

EXPORT int listen(int fd, int backlog)
{
    REAL(listen, listen_function);
    return fails(LISTEN) ? -1 : real_listen.function(fd, backlog);
}

EXPORT int socket(int family, int type, int protocol)
{
    REAL(socket, socket_function);
    return fails(SOCKET) ? -1 : real_socket.function(family, type, protocol);
}

EXPORT int close(int fd)
{
    REAL(close, close_function);
    if (comes_again(fd))
        return 0;
    const struct fault *fault = meet(CLOSE);
    if (strike(fault))
        return -1;
    return fault != NULL && fault->effect == LATE ? close_late(fd, real_close.function)
                                                  : real_close.function(fd);
}
