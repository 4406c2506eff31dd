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

void put_u16(unsigned char wire[2], uint16_t value)
{
    // Shift the upper eight bits down for wire[0]. The lower eight go to wire[1].
    // [step 1] TODO(1, wire, value);
    wire[0] = (unsigned char)(value >> 8);
    wire[1] = (unsigned char)(value & 0xff);
    // [/step 1]
}

uint16_t get_u16(const unsigned char wire[2])
{
    // The way back: wire[0] counts 256 times as much as wire[1].
    // [step 1] TODO(1, wire);
    return (uint16_t)(wire[0] << 8 | wire[1]);
    // [/step 1]
}

void put_u32(unsigned char wire[4], uint32_t value)
{
    // The same with four bytes: shifts by 24, 16, 8 and 0.
    // [step 1] TODO(1, wire, value);
    wire[0] = (unsigned char)(value >> 24);
    wire[1] = (unsigned char)(value >> 16 & 0xff);
    wire[2] = (unsigned char)(value >> 8 & 0xff);
    wire[3] = (unsigned char)(value & 0xff);
    // [/step 1]
}

uint32_t get_u32(const unsigned char wire[4])
{
    // An unsigned char becomes an int before it is shifted, and 0x80 << 24 does not fit an int:
    // make it a uint32_t first.
    // [step 1] TODO(1, wire);
    return (uint32_t)wire[0] << 24 | (uint32_t)wire[1] << 16 | (uint32_t)wire[2] << 8 | wire[3];
    // [/step 1]
}
