/*
 * order.c - numbers as the network sends them: the most significant byte first.
 *
 *     number            0x2694               the same on every machine
 *     on the wire       26 94                the same on every machine
 *     in memory         94 26   or   26 94   depends on the machine
 *
 * Shifts work on the number, not on its memory. So these functions never ask which machine they
 * run on, and need neither htons(3) nor a cast from one pointer to another.
 */
#include "order.h"
#include "todo.h"

void put_u16(unsigned char wire[2], uint16_t value)
{
    // Shift the upper eight bits down for wire[0]. The lower eight go to wire[1].
    TODO(1, wire, value);
}

uint16_t get_u16(const unsigned char wire[2])
{
    // The way back: wire[0] counts 256 times as much as wire[1].
    TODO(1, wire);
}

void put_u32(unsigned char wire[4], uint32_t value)
{
    // The same with four bytes: shifts by 24, 16, 8 and 0.
    TODO(1, wire, value);
}

uint32_t get_u32(const unsigned char wire[4])
{
    // An unsigned char becomes an int before it is shifted, and 0x80 << 24 does not fit an int:
    // make it a uint32_t first.
    TODO(1, wire);
}
