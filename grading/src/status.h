/*
 * status.h - the exit statuses of ./grader, and its version.
 */
#ifndef STATUS_H
#define STATUS_H

#define GRADER_VERSION "0.1.0"

enum {
    EXIT_ALL_PASSED = 0,
    EXIT_NOT_ALL = 1,  // some step did not pass
    EXIT_USAGE = 2,    // wrong arguments, directories or plans
    EXIT_GRADER = 3,   // the grader itself could not do its work
    EXIT_SIGNAL = 128, // plus the number of the signal that stopped it, as shells say it
};

#endif
