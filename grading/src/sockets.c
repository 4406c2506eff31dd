/*
 * sockets.c - see sockets.h.
 */
#include "sockets.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sock_diag.h>
#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// netinet/tcp.h names the states, but its tcp_info is that of old kernels.
enum {
    TCP_ESTABLISHED = 1,
    TCP_SYN_RECV = 3,
    TCP_FIN_WAIT1,
    TCP_FIN_WAIT2,
    TCP_CLOSE = 7,
    TCP_CLOSE_WAIT,
    TCP_LAST_ACK,
    TCP_LISTEN,
    TCP_CLOSING,
};

struct request {
    struct nlmsghdr header;
    struct inet_diag_req_v2 body;
};

struct result {
    struct tcp_socket *list;
    size_t size, count;
};

// How much it has received in all: in the tcp_info that stands behind the message, if there is one.
static uint64_t bytes_received(const struct inet_diag_msg *message, size_t size)
{
    struct tcp_info info = {0};
    const struct rtattr *attribute = (const struct rtattr *)(message + 1);
    for (size -= sizeof *message; RTA_OK(attribute, size); attribute = RTA_NEXT(attribute, size))
        if (attribute->rta_type == INET_DIAG_INFO)
            memcpy(&info, RTA_DATA(attribute),
                   RTA_PAYLOAD(attribute) < sizeof info ? RTA_PAYLOAD(attribute) : sizeof info);
    return info.tcpi_bytes_received;
}

static void add(struct result *result, const struct inet_diag_msg *message, size_t size)
{
    if (result->count < result->size)
        result->list[result->count] = (struct tcp_socket){
            .local_port = ntohs(message->id.idiag_sport),
            .remote_port = ntohs(message->id.idiag_dport),
            .listening = message->idiag_state == TCP_LISTEN,
            .backlog = message->idiag_wqueue,
            .queued = message->idiag_rqueue,
            .received = bytes_received(message, size),
            .inode = message->idiag_inode,
        };
    result->count++;
}

// Takes one datagram of answers. Returns 1 after the last one, 0 if more will come, -1 on error.
static int take(struct result *result, struct nlmsghdr *header, size_t length)
{
    for (; NLMSG_OK(header, length); header = NLMSG_NEXT(header, length)) {
        if (header->nlmsg_type == NLMSG_DONE)
            return 1;
        if (header->nlmsg_type == NLMSG_ERROR) {
            errno = -((struct nlmsgerr *)NLMSG_DATA(header))->error;
            return -1;
        }
        add(result, NLMSG_DATA(header), NLMSG_PAYLOAD(header, 0));
    }
    return 0;
}

static int dump(int fd, unsigned char family, uint32_t states, struct result *result)
{
    static union {
        struct nlmsghdr header;
        char bytes[1 << 15];
    } answer;
    struct request request = {
        .header = {.nlmsg_len = sizeof request,
                   .nlmsg_type = SOCK_DIAG_BY_FAMILY,
                   .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .body = {.sdiag_family = family,
                 .sdiag_protocol = IPPROTO_TCP,
                 .idiag_ext = 1 << (INET_DIAG_INFO - 1),
                 .idiag_states = states},
    };
    int done = 0;

    if (send(fd, &request, sizeof request, 0) == -1)
        return -1;
    while (done == 0) {
        ssize_t n = recv(fd, &answer, sizeof answer, 0);
        if (n == -1 && errno == EINTR)
            continue;
        done = n > 0 ? take(result, &answer.header, (size_t)n) : -1;
    }
    return done == 1 ? 0 : -1;
}

ssize_t sockets_list(bool listening, struct tcp_socket *list, size_t size)
{
    static const uint32_t all = (1U << TCP_ESTABLISHED) | (1U << TCP_SYN_RECV) |
                                (1U << TCP_FIN_WAIT1) | (1U << TCP_FIN_WAIT2) | (1U << TCP_CLOSE) |
                                (1U << TCP_CLOSE_WAIT) | (1U << TCP_LAST_ACK) | (1U << TCP_CLOSING);
    uint32_t states = listening ? 1U << TCP_LISTEN : all;
    struct result result = {.list = list, .size = size};
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    if (fd == -1)
        return -1;
    int failed = dump(fd, AF_INET, states, &result) || dump(fd, AF_INET6, states, &result);
    int why = errno;
    close(fd);
    errno = why;
    return failed ? -1 : (ssize_t)result.count;
}
