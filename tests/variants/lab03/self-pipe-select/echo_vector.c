#include "echo_vector.h"

#include <errno.h>
#include <sys/uio.h>

// Two buffers of odd sizes.
void echo_vector(int fd)
{
    char head[37], tail[4999];
    for (;;) {
        struct iovec in[2] = {{head, sizeof head}, {tail, sizeof tail}};
        ssize_t n = readv(fd, in, 2);
        if (n == -1 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        size_t size = (size_t)n, done = 0;
        while (done < size) {
            size_t first = size < sizeof head ? size : sizeof head;
            struct iovec out[2] = {
                {head + done, done < first ? first - done : 0},
                {tail + (done > first ? done - first : 0), size - (done > first ? done : first)}};
            ssize_t m = done < first ? writev(fd, out, 2) : writev(fd, out + 1, 1);
            if (m == -1 && errno != EINTR)
                return;
            done += m > 0 ? (size_t)m : 0;
        }
    }
}
