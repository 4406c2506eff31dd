/*
 * io.h - write everything, read exactly so much: what write(2) and read(2) alone do not promise.
 *
 * Both leave fd and the signals of the program as they were, and no other descriptor open.
 */
#ifndef IO_H
#define IO_H

#include <stddef.h>
#include <sys/types.h>

/*
 * Writes all size bytes at data to fd, however many write(2)s that takes; a signal in between
 * (EINTR) changes nothing. Returns size; or -1 with errno as write(2) set it, and then some of the
 * bytes may have gone out.
 */
ssize_t write_all(int fd, const void *data, size_t size);

/*
 * Reads size bytes from fd into data, however many read(2)s that takes; a signal in between (EINTR)
 * changes nothing. Returns as soon as it has them, and leaves what follows unread. Returns size;
 * fewer (0 too) when the end of file came first; or -1 with errno as read(2) set it, and then some
 * of the bytes may have been read.
 */
ssize_t read_full(int fd, void *data, size_t size);

#endif
