/*
 * order.h - numbers as the network sends them: the most significant byte first.
 */
#ifndef ORDER_H
#define ORDER_H

#include <stdint.h>

/*
 * Puts value into the 2 (or 4) bytes at wire, the most significant byte in wire[0].
 * wire may be at any address, odd ones too; no byte beside these is touched.
 */
void put_u16(unsigned char wire[2], uint16_t value);
void put_u32(unsigned char wire[4], uint32_t value);

/* Returns the number that the 2 (or 4) bytes at wire stand for, the most significant in wire[0]. */
uint16_t get_u16(const unsigned char wire[2]);
uint32_t get_u32(const unsigned char wire[4]);

#endif
