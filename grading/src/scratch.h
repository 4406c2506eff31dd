/*
 * scratch.h - one private directory for everything temporary, removed at the end.
 */
#ifndef SCRATCH_H
#define SCRATCH_H

/* Makes the directory below $TMPDIR or /tmp. Returns its path, or NULL with errno. */
const char *scratch_make(void);

/* The path of the directory, once made. */
const char *scratch_path(void);

/* Makes a directory in it, or writes a small file. Returns the path, malloc'ed, or NULL and errno. */
char *scratch_directory(const char *name);
char *scratch_file(const char *name, const char *content);

/* Removes the directory and all in it. Harmless when there is none. */
void scratch_remove(void);

/* The same for any directory. */
void remove_tree(const char *directory);

#endif
