/* SPDX-License-Identifier: BSD-2-Clause */
/* Finds and runs programs of the host. */
#ifndef PF_PROGRAM_H
#define PF_PROGRAM_H

/* Finds a program in PATH, as execvp(3) does. Returns the path, which the caller frees, or NULL. */
char *pf_find_program(const char *name);

/* The command that installs newuidmap(1), newgidmap(1) and getsubids(1). */
#define PF_INSTALL_UIDMAP "sudo apt install uidmap"

/* Finds a file with this name in PATH, even if the caller cannot execute it. Returns the path,
 * which the caller frees, or NULL. */
char *pf_find_file_in_path(const char *name);

/* Tells whether only root controls a file: root owns the file and each directory above it, and no
 * other user can change or replace any of them. */
int pf_is_controlled_by_root(const char *file);

/* Runs a program with an empty environment and no standard input, and reads up to 64 KiB of output.
 * Returns the output, which the caller frees, or NULL if the program could not run or failed. */
char *pf_read_program_output(char *const arguments[]);

#endif
