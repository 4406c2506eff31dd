/*
 * todo.h - the open steps of a lab.
 *
 *     TODO(2, port, lfd);
 *
 * stands where a step is still to be written. When the program gets there it says which step that
 * is and exits with a status that no lab uses, so that "not written yet" is told from "wrong".
 *
 * The first argument is the number of the step. The others are what the step will need: they are
 * named only so that the compiler finds nothing unused in an unfinished file, and are never
 * evaluated. Write the step in the place of the line; when no TODO is left, the #include goes too.
 */
#ifndef TODO_H
#define TODO_H

#define TODO_STATUS 86

/*
 * Prints `FILE:LINE: step STEP is not written yet` on standard error and ends the process with
 * TODO_STATUS by _exit(2): a child or a thread of a server may get here as well as main.
 */
_Noreturn void todo_stop(const char *file, int line, int step);

/* Never called: whatever stands among its arguments counts as used. */
void todo_use(int step, ...);

// The arguments stand after the call that does not return. Passed to it, a variable that the step
// is to set would rightly be reported as used uninitialized.
#define TODO(...) (todo_stop(__FILE__, __LINE__, TODO_FIRST(__VA_ARGS__, 0)), todo_use(__VA_ARGS__))
#define TODO_FIRST(step, ...) (step)

#endif
