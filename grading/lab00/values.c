/*
 * values.c - checks of lab00: byte order, ports and addresses against their contract in the lab's
 * README.
 *
 * Criterion runs the checks of a step in the order of their names: the plainest comes first.
 */
#include "address.h"
#include "criterion_tap.h"
#include "order.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COUNT(array) (sizeof(array) / sizeof *(array))

enum {
    GUARD = 0xa5, // stands beside the learner's bytes, and must stay
    GUARD_SIZE = 8,
};

/* A text of head, `count` times the digit, and tail. */
static char *long_text(const char *head, char digit, size_t count, const char *tail)
{
    size_t size = strlen(head) + count + strlen(tail) + 1;
    char *text = malloc(size);
    if (text == NULL) {
        check_broken("no memory");
    }
    snprintf(text, size, "%s%*s%s", head, (int)count, "", tail);
    memset(text + strlen(head), digit, count);
    return text;
}

/* Quotes the text for a reader, or as a word for bash. Of a long one it says how it goes on. */
static const char *show_text(const char *text, bool for_bash)
{
    static char shown[2][128];
    size_t length = strlen(text);

    if (length < 100) {
        return for_bash ? check_word(text) : check_quote(text);
    }
    size_t head = text[1] == text[0] ? 0 : strlen("1.2.3.");
    const char digit[] = {text[head], '\0'};
    size_t count = strspn(text + head, digit);
    const char *tail = text + head + count;
    snprintf(shown[for_bash], sizeof shown[0],
             for_bash ? "%.*s$(printf '%s%%.0s' {1..%zu})%s"
                      : "\"%.*s%s...\" with %zu such digits, then \"%s\"",
             (int)head, text, digit, count, tail);
    return shown[for_bash];
}

// What a call before may have left in errno. It says nothing about the next call.
static const int old_errnos[] = {0, ECONNREFUSED};

/* Says that the errno which came is only an old one. */
static void note_old_errno(int before, int error, int right)
{
    if (before != 0 && error == before && error != right) {
        check_note("errno was %s already when it was called", check_errno(before));
    }
}

// What errno is before a call that must hold: strtoul(3) sets this one, and nothing resets it.
enum { OLD_ERRNO = ERANGE };

/*
 * A call that must hold returned -1 with this errno; `status` is what it returned with errno 0.
 * Either the old errno is what made it fail, or it failed and has set none.
 */
static void fail_for_errno(int error, int status)
{
    note_old_errno(OLD_ERRNO, status == 0 ? OLD_ERRNO : error, 0);
    check_got("it returned -1 with errno %s", check_errno(error));
}

/* A call that must fail with EINVAL returned this status and errno. */
static void must_be_refused(int status, int error, int errno_before)
{
    if (status != -1 || error != EINVAL) {
        note_old_errno(errno_before, error, EINVAL);
        check_got("it returned %d with errno %s", status, check_errno(error));
    }
}

typedef void refuse_function(const char *text);

/* Refuses a good text into which each byte that is not one of `right` was put, at three places. */
static void refuse_spoiled(refuse_function *refuse, const char *good, const char *right)
{
    size_t length = strlen(good);
    const size_t places[] = {length, length / 2, 0};
    char text[32];

    for (size_t i = 0; i < COUNT(places); i++) {
        for (int c = 1; c <= UCHAR_MAX; c++) {
            if (strchr(right, c) == NULL) {
                snprintf(text, sizeof text, "%.*s%c%s", (int)places[i], good, c, good + places[i]);
                refuse(text);
            }
        }
    }
}

// --- Byte order ---------------------------------------------------------------------------------

/* One put or get of `size` bytes at an odd address with guards around. */
static void check_put(size_t size, uint32_t value)
{
    unsigned char got[GUARD_SIZE + 1 + 4 + GUARD_SIZE];
    unsigned char expected[sizeof got];
    unsigned char *wire = got + GUARD_SIZE + 1;

    memset(got, GUARD, sizeof got);
    memset(expected, GUARD, sizeof expected);
    for (size_t i = 0; i < size; i++) {
        expected[GUARD_SIZE + 1 + i] = (unsigned char)(value >> (8 * (size - 1 - i)));
    }
    check_case();
    check_did("put_u%zu(wire, 0x%0*x)", 8 * size, (int)size * 2, value);
    check_try("%s/bytes 127.0.0.1 9876", check_directory());
    if (size == 2) {
        put_u16(wire, (uint16_t)value);
    } else {
        put_u32(wire, value);
    }
    check_same(expected + GUARD_SIZE + 1, size, wire, size);
    check_expected("only the %zu bytes at wire change", size);
    if (memcmp(expected, got, sizeof got) != 0) {
        check_got("bytes before or behind them changed too");
    }
}

static void check_get(size_t size, uint32_t value)
{
    unsigned char bytes[1 + 4 + 1]; // the byte behind must not matter
    unsigned char *wire = bytes + 1;

    memset(bytes, 0xff, sizeof bytes);
    for (size_t i = 0; i < size; i++) {
        wire[i] = (unsigned char)(value >> (8 * (size - 1 - i)));
    }
    check_case();
    if (size == 2) {
        check_did("get_u16 of the bytes %02x %02x", wire[0], wire[1]);
    } else {
        check_did("get_u32 of the bytes %02x %02x %02x %02x", wire[0], wire[1], wire[2], wire[3]);
    }
    check_expected("it returns 0x%0*x (%u)", (int)size * 2, value, value);
    check_try("%s/bytes 127.0.0.1 9876", check_directory());
    uint32_t got = size == 2 ? get_u16(wire) : get_u32(wire);
    if (got != value) {
        check_got("it returned 0x%0*x (%u)", (int)size * 2, got, got);
    }
}

CHECK(order, sixteen, "put_u16 and get_u16 have the most significant byte first")
{
    static const uint16_t values[] = {0x1234, 0x2694, 0,      1,      0x00ff, 0x0100,
                                      0x7fff, 0x8000, 0x80ff, 0xff00, 0xffff};
    for (size_t i = 0; i < COUNT(values); i++) {
        check_put(2, values[i]);
        check_get(2, values[i]);
    }
    for (int i = 0; i < 200; i++) {
        check_put(2, check_random() & 0xffff);
        check_get(2, check_random() & 0xffff);
    }
}

CHECK(order, thirty_two, "put_u32 and get_u32 have the most significant byte first")
{
    static const uint32_t values[] = {0x12345678, 0x7f000001, 0,          1,          0xff,
                                      0x100,      0xffff,     0x10000,    0x00ff0000, 0x01000000,
                                      0x7fffffff, 0x80000000, 0x80808080, 0xdeadbeef, 0xffffffff};
    for (size_t i = 0; i < COUNT(values); i++) {
        check_put(4, values[i]);
        check_get(4, values[i]);
    }
    for (int i = 0; i < 200; i++) {
        check_put(4, check_random());
        check_get(4, check_random());
    }
}

// --- Ports --------------------------------------------------------------------------------------

enum { UNTOUCHED = 4242 };

static void accept_port(const char *text, uint16_t expected)
{
    uint16_t port = UNTOUCHED;

    check_case();
    check_did("parse_port(%s, &port)", show_text(text, false));
    check_expected("it returns 0, and port is %u", expected);
    check_try("%s/bytes 127.0.0.1 %s", check_directory(), show_text(text, true));
    errno = OLD_ERRNO;
    int status = parse_port(text, &port);
    int error = errno;
    if (status == -1) {
        errno = 0;
        fail_for_errno(error, parse_port(text, &port));
    }
    if (status != 0 || port != expected) {
        check_got("it returned %d, and port is %u", status, port);
    }
}

static void refuse_port_after(int errno_before, const char *text)
{
    uint16_t port = UNTOUCHED;

    check_case();
    check_did("parse_port(%s, &port)", show_text(text, false));
    check_expected("it returns -1 with errno EINVAL");
    check_try("%s/bytes 127.0.0.1 %s", check_directory(), show_text(text, true));
    errno = errno_before;
    int status = parse_port(text, &port);
    int error = errno;
    if (status == 0) {
        check_got("it returned 0, and port is %u", port);
    }
    must_be_refused(status, error, errno_before);
    check_expected("it fails, so port is as it was: %u", UNTOUCHED);
    if (port != UNTOUCHED) {
        check_got("it returned -1, but port is %u now", port);
    }
}

static void refuse_port(const char *text)
{
    for (size_t i = 0; i < COUNT(old_errnos); i++) {
        refuse_port_after(old_errnos[i], text);
    }
}

CHECK(port, accepts, "parse_port reads 1 to 65535, with or without zeros in front")
{
    accept_port("9876", 9876);
    accept_port("80", 80);
    accept_port("1", 1);
    accept_port("9", 9);
    accept_port("10", 10);
    accept_port("65535", 65535);
    accept_port("65530", 65530);
    accept_port("0080", 80);
    accept_port("0000000000000000000000000008080", 8080);
    accept_port(long_text("", '0', 10000, "80"), 80);
    for (int i = 0; i < 200; i++) {
        char text[16];
        uint16_t port = (uint16_t)(1 + check_random() % 65535);
        snprintf(text, sizeof text, "%u", port);
        accept_port(text, port);
    }
}

CHECK(port, digits, "parse_port refuses what is not all digits, and leaves port alone")
{
    static const char *const texts[] = {
        "80x",  "x80",  "http",   "",        "+80",
        "-1",   "-80",  " 80",    "80 ",     "\t80",
        "80\n", " ",    "-",      "0x50",    "8 0",
        "80.5", "80,1", "1e3",    "--80",    "80-",
        "a",    "0b11", "8/",     "8:",      "-18446744073709551536",
        "80\r", "80\f", "12345x", "12345\n", "000080x"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        refuse_port(texts[i]);
    }
    refuse_spoiled(refuse_port, "80", "0123456789");
    refuse_spoiled(refuse_port, "12345", "0123456789");
}

CHECK(port, range, "parse_port refuses 0 and whatever is above 65535, however large")
{
    // 65616, 4294967376, 18446744073709551696 and the last become 80 where the upper bits are lost.
    static const char *const texts[] = {"0",
                                        "00000",
                                        "65536",
                                        "65616",
                                        "70000",
                                        "99999",
                                        "100000",
                                        "131152",
                                        "2147483648",
                                        "4294967296",
                                        "4294967376",
                                        "9223372036854775807",
                                        "9223372036854775808",
                                        "18446744073709551615",
                                        "18446744073709551616",
                                        "18446744073709551696",
                                        "99999999999999999999",
                                        "340282366920938463463374607431768211536"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        refuse_port(texts[i]);
    }
    refuse_port(long_text("", '9', 10000, ""));
    for (int i = 0; i < 100; i++) {
        char text[24];
        snprintf(text, sizeof text, "%llu", 65536ULL + check_random());
        refuse_port(text);
    }
}

// --- Addresses ----------------------------------------------------------------------------------

/* Makes the address of ip[0].ip[1].ip[2].ip[3]:port in memory that is full of rubbish. */
static void check_address(const unsigned char ip[4], uint16_t port)
{
    struct sockaddr_in address;
    struct sockaddr_in expected = {.sin_family = AF_INET};
    unsigned char wire[2] = {(unsigned char)(port >> 8), (unsigned char)(port & 0xff)};
    char text[INET_ADDRSTRLEN];

    memcpy(&expected.sin_port, wire, 2);
    memcpy(&expected.sin_addr, ip, 4);
    memset(&address, GUARD, sizeof address);
    snprintf(text, sizeof text, "%u.%u.%u.%u", ip[0], ip[1], ip[2], ip[3]);

    check_case();
    check_did("make_address(%s, %u, &address)", check_quote(text), port);
    check_try("%s/bytes %s %u", check_directory(), text, port);
    check_expected("it returns 0");
    errno = OLD_ERRNO;
    int status = make_address(text, port, &address);
    int error = errno;
    if (status == -1) {
        errno = 0;
        fail_for_errno(error, make_address(text, port, &address));
    }
    if (status != 0) {
        check_got("it returned %d", status);
    }
    check_expected("sin_family is AF_INET (%d)", AF_INET);
    if (address.sin_family != AF_INET) {
        check_got("sin_family is %u", address.sin_family);
    }
    check_did("looked at sin_port: port %u in network order", port);
    check_same(&expected.sin_port, 2, &address.sin_port, 2);
    check_did("looked at sin_addr: %s in network order", text);
    check_same(&expected.sin_addr, 4, &address.sin_addr, 4);
    check_did("looked at the bytes behind them, which are to be zero");
    check_same(&expected.sin_zero, sizeof expected.sin_zero, &address.sin_zero,
               sizeof address.sin_zero);
}

static void refuse_address_after(int errno_before, const char *ip)
{
    struct sockaddr_in address;

    memset(&address, GUARD, sizeof address);
    check_case();
    check_did("make_address(%s, 9876, &address)", show_text(ip, false));
    check_expected("it returns -1 with errno EINVAL");
    check_try("%s/bytes %s 9876", check_directory(), show_text(ip, true));
    errno = errno_before;
    int status = make_address(ip, 9876, &address);
    int error = errno;
    if (status == 0) {
        char made[INET_ADDRSTRLEN];
        inet_ntop(AF_INET, &address.sin_addr, made, sizeof made);
        check_got("it returned 0 and made %s of it", made);
    }
    must_be_refused(status, error, errno_before);
}

static void refuse_address(const char *ip)
{
    for (size_t i = 0; i < COUNT(old_errnos); i++) {
        refuse_address_after(old_errnos[i], ip);
    }
}

/* Zeros in front: refused, or this address. */
static void refuse_octal(const char *text, const unsigned char ip[4])
{
    struct sockaddr_in address;
    char made[INET_ADDRSTRLEN];

    memset(&address, GUARD, sizeof address);
    check_case();
    check_did("make_address(%s, 9876, &address)", show_text(text, false));
    check_expected("it returns -1 with errno EINVAL, or makes %u.%u.%u.%u of it: a zero in front "
                   "does not mean octal",
                   ip[0], ip[1], ip[2], ip[3]);
    check_try("%s/bytes %s 9876", check_directory(), show_text(text, true));
    errno = 0;
    int status = make_address(text, 9876, &address);
    int error = errno;
    if (status != 0) {
        must_be_refused(status, error, 0);
    } else if (memcmp(&address.sin_addr, ip, 4) != 0) {
        inet_ntop(AF_INET, &address.sin_addr, made, sizeof made);
        check_got("it returned 0 and made %s of it", made);
    }
}

static void random_ip(unsigned char ip[4])
{
    for (size_t i = 0; i < 4; i++) {
        ip[i] = (unsigned char)(check_random() & 0xff);
    }
}

CHECK(to_address, makes, "make_address sets family, port and IP address, and zeroes the rest")
{
    check_address((const unsigned char[]){127, 0, 0, 1}, 9876);
    check_address((const unsigned char[]){1, 2, 3, 4}, 80);
    check_address((const unsigned char[]){0, 0, 0, 0}, 0);
    check_address((const unsigned char[]){255, 255, 255, 255}, 65535);
    check_address((const unsigned char[]){192, 168, 0, 10}, 256);
    for (int i = 0; i < 200; i++) {
        unsigned char ip[4];
        random_ip(ip);
        check_address(ip, (uint16_t)(check_random() & 0xffff));
    }
}

CHECK(to_address, refuses, "make_address refuses what is not four numbers")
{
    static const char *const texts[] = {"1.2.3.x",
                                        "1.2.3",
                                        "256.1.1.1",
                                        "",
                                        "1.2.3.256",
                                        "1.2.3.4.5",
                                        "localhost",
                                        "127.1",
                                        "1.2.3.4 ",
                                        " 1.2.3.4",
                                        "1.2.3.4x",
                                        "1.2.3.",
                                        "1..3.4",
                                        "-1.2.3.4",
                                        "1.2.3.4:80",
                                        "16909060",
                                        "1.2.3.0x4",
                                        "::1",
                                        ".",
                                        "1,2,3,4",
                                        "1. 2.3.4",
                                        "+1.2.3.4",
                                        "1.2.3.+4",
                                        "1.2.3.4\n",
                                        "1.2.3.4.",
                                        "1 .2.3.4",
                                        "1.2.3.260",
                                        "1.2.3.4294967300",
                                        "255.255.255.2550",
                                        "255.255.255.255x",
                                        "1.2.3.18446744073709551617",
                                        "1.2.3.4/24",
                                        "1.2.3.4%lo"};
    for (size_t i = 0; i < COUNT(texts); i++) {
        refuse_address(texts[i]);
    }
    refuse_address(long_text("1.2.3.", '9', 294, ""));
    refuse_address(long_text("1.2.3.", '9', 4994, ""));
    refuse_spoiled(refuse_address, "10.2.3.40", "0123456789.");
    refuse_octal("010.0.0.1", (const unsigned char[]){10, 0, 0, 1});
    refuse_octal("0177.0.0.1", (const unsigned char[]){177, 0, 0, 1});
    refuse_octal("1.2.3.010", (const unsigned char[]){1, 2, 3, 10});
    refuse_octal("1.2.3.00100", (const unsigned char[]){1, 2, 3, 100});
}

/* The address of an ip and a port, made without the learner's functions. */
static struct sockaddr_in plain_address(const unsigned char ip[4], uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    memcpy(&address.sin_addr, ip, 4);
    return address;
}

/* Formats into `size` bytes; text ends up with its guards in buffer. */
static void check_text_after(int errno_before, const unsigned char ip[4], uint16_t port,
                             size_t size)
{
    struct sockaddr_in address = plain_address(ip, port);
    char expected[64];
    char buffer[64 + GUARD_SIZE];

    snprintf(expected, sizeof expected, "%u.%u.%u.%u:%u", ip[0], ip[1], ip[2], ip[3], port);
    bool fits = strlen(expected) < size;
    memset(buffer, GUARD, sizeof buffer);

    check_case();
    check_did("format_address of %s, port %u, into a buffer of %zu bytes",
              inet_ntoa(address.sin_addr), port, size);
    check_try("%s/bytes %u.%u.%u.%u %u", check_directory(), ip[0], ip[1], ip[2], ip[3], port);
    if (fits) {
        check_expected("it returns 0, and the text is %s", check_quote(expected));
    } else {
        check_expected(
            "it returns -1 with errno ENOSPC: the text needs %zu bytes, its '\\0' included",
            strlen(expected) + 1);
    }
    errno = errno_before;
    int status = format_address(&address, buffer, size);
    int error = errno;

    if (fits && status == 0 && memchr(buffer, '\0', size) == NULL) {
        check_got("it returned 0, but there is no '\\0' in the buffer");
    }
    if (status == 0 && (!fits || strcmp(buffer, expected) != 0)) {
        buffer[size == 0 ? 0 : size - 1] = '\0';
        check_got("it returned 0, and the text is %s", check_quote(buffer));
    }
    if (status != (fits ? 0 : -1) || (!fits && error != ENOSPC)) {
        note_old_errno(errno_before, error, ENOSPC);
        check_got("it returned %d with errno %s", status, check_errno(error));
    }
    check_did("looked at the address: it is const, and must be the same");
    struct sockaddr_in same = plain_address(ip, port);
    check_same(&same, sizeof same, &address, sizeof address);
    check_expected("nothing is written behind the buffer of %zu bytes", size);
    for (size_t i = size; i < sizeof buffer; i++) {
        if ((unsigned char)buffer[i] != GUARD) {
            check_got("the byte at index %zu has changed", i);
        }
    }
}

static void check_text(const unsigned char ip[4], uint16_t port, size_t size)
{
    for (size_t i = 0; i < COUNT(old_errnos); i++) {
        check_text_after(old_errnos[i], ip, port, size);
    }
}

CHECK(to_text, formats, "format_address writes 127.0.0.1:9876")
{
    check_text((const unsigned char[]){127, 0, 0, 1}, 9876, ADDRESS_TEXT_SIZE);
    check_text((const unsigned char[]){1, 2, 3, 4}, 80, ADDRESS_TEXT_SIZE);
    check_text((const unsigned char[]){0, 0, 0, 0}, 0, ADDRESS_TEXT_SIZE);
    check_text((const unsigned char[]){255, 255, 255, 255}, 65535, ADDRESS_TEXT_SIZE);
    check_text((const unsigned char[]){10, 0, 0, 200}, 32768, 64);
    for (int i = 0; i < 200; i++) {
        unsigned char ip[4];
        random_ip(ip);
        check_text(ip, (uint16_t)(check_random() & 0xffff), ADDRESS_TEXT_SIZE);
    }
}

CHECK(to_text, small, "format_address says ENOSPC when the buffer is too small, and stays inside")
{
    // Every size up to the exact fit and beyond
    for (size_t size = 0; size <= 18; size++) {
        check_text((const unsigned char[]){127, 0, 0, 1}, 9876, size);
    }
    for (size_t size = 0; size <= ADDRESS_TEXT_SIZE; size++) {
        check_text((const unsigned char[]){255, 255, 255, 255}, 65535, size);
    }
    for (size_t size = 0; size <= 10; size++) {
        check_text((const unsigned char[]){1, 2, 3, 4}, 5, size);
    }
}
