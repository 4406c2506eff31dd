// A thread reads the socket into a queue, another one writes the queue to stdout: condition
// variables on both sides. The first thread carries stdin up, and _exit ends all of them.
#include <errno.h>
#include <netdb.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { PLACES = 7, PLACE_SIZE = 1500 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    struct {
        char data[PLACE_SIZE];
        size_t size;
    } place[PLACES];
    unsigned in, out;
    int ended; // the server has, or the connection is broken
    int error; // of the socket, whichever way
} queue = {.lock = PTHREAD_MUTEX_INITIALIZER, .changed = PTHREAD_COND_INITIALIZER};

static int sock;

static void *fill_queue(void *unused)
{
    (void)unused;
    for (ssize_t n = 1; n > 0;) {
        pthread_mutex_lock(&queue.lock);
        while (queue.in - queue.out == PLACES)
            pthread_cond_wait(&queue.changed, &queue.lock);
        unsigned at = queue.in % PLACES;
        pthread_mutex_unlock(&queue.lock);
        n = recv(sock, queue.place[at].data, PLACE_SIZE, 0);
        pthread_mutex_lock(&queue.lock);
        if (n > 0) {
            queue.place[at].size = (size_t)n;
            queue.in++;
        } else {
            queue.ended = 1;
            queue.error = n == -1 && queue.error == 0 ? errno : queue.error;
        }
        pthread_cond_broadcast(&queue.changed);
        pthread_mutex_unlock(&queue.lock);
    }
    return NULL;
}

static void *empty_queue(void *unused)
{
    (void)unused;
    for (;;) {
        pthread_mutex_lock(&queue.lock);
        while (queue.in == queue.out && !queue.ended)
            pthread_cond_wait(&queue.changed, &queue.lock);
        if (queue.in == queue.out) {
            if (queue.error != 0)
                dprintf(2, "client: lost the server: %s\n", strerror(queue.error));
            _exit(queue.error != 0);
        }
        unsigned at = queue.out % PLACES;
        pthread_mutex_unlock(&queue.lock);
        for (size_t done = 0; done < queue.place[at].size;) {
            ssize_t n = write(1, queue.place[at].data + done, queue.place[at].size - done);
            if (n == -1) {
                dprintf(2, "client: stdout: %s\n", strerror(errno));
                _exit(1);
            }
            done += (size_t)n;
        }
        pthread_mutex_lock(&queue.lock);
        queue.out++;
        pthread_cond_broadcast(&queue.changed);
        pthread_mutex_unlock(&queue.lock);
    }
}

static void send_stdin(void)
{
    char data[10];
    for (ssize_t n; (n = read(0, data, sizeof data)) > 0;)
        for (ssize_t at = 0, m; at < n; at += m)
            if ((m = send(sock, data + at, (size_t)(n - at), MSG_NOSIGNAL)) == -1) {
                pthread_mutex_lock(&queue.lock);
                queue.error = queue.error != 0 ? queue.error : errno;
                pthread_mutex_unlock(&queue.lock);
                return;
            }
    shutdown(sock, SHUT_WR);
}

static void dial(const char *host, const char *port)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM}, *list;
    int error = 0, found = getaddrinfo(host, port, &hints, &list);
    if (found != 0) {
        fprintf(stderr, "client: %s: %s\n", host, gai_strerror(found));
        exit(1);
    }
    for (struct addrinfo *a = list; a != NULL; a = a->ai_next) {
        sock = socket(a->ai_family, a->ai_socktype, a->ai_protocol);
        if (sock != -1 && connect(sock, a->ai_addr, a->ai_addrlen) == 0) {
            freeaddrinfo(list);
            return;
        }
        error = errno;
        if (sock != -1)
            close(sock);
    }
    fprintf(stderr, "client: no connection to %s: %s\n", host, strerror(error));
    exit(1);
}

int main(int argc, char *argv[])
{
    unsigned port = 0;
    const char *p = argc == 3 ? argv[2] : "";
    while (*p >= '0' && *p <= '9' && port < 100000)
        port = port * 10 + (unsigned)(*p++ - '0');
    if (*p != '\0' || port == 0 || port > 65535) {
        fprintf(stderr, "client: HOST and PORT, please\n");
        return 1;
    }
    dial(argv[1], argv[2]);
    pthread_t filler, emptier;
    if (pthread_create(&filler, NULL, fill_queue, NULL) != 0 ||
        pthread_create(&emptier, NULL, empty_queue, NULL) != 0)
        return 1;
    send_stdin();
    pthread_join(emptier, NULL); // which ends the process
}
