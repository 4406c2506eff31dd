/*
 * Keeps the compiler busy and lets it write a huge file.
 *
 * lab: lab01
 * file: server.c
 * named: File too large
 */
char room[1L << 33] = {1};

int main(void)
{
    return room[0];
}
