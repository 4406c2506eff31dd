/*
 * Has the compiler put a file of the teacher's machine into the program.
 *
 * lab: lab01
 * file: server.c
 * named: (incbin|file not found|No such file)
 */
#include <unistd.h>

__asm__(".data\n"
        "secret: .incbin \"@SECRET@\"\n"
        "secret_end:\n");
extern const char secret[], secret_end[];

int main(void)
{
    return write(1, secret, (size_t)(secret_end - secret)) < 0;
}
