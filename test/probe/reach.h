/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REACH_H
#define REACH_H

/* A question: can a program in a sandbox do this? The answer is no if ask() returns a negative
 * number. Then errno is the reason. */
struct question {
	const char *name;
	long (*ask)(void);
};

/* The questions about the kernel and the machine. The last name is NULL. */
extern const struct question kernel_questions[];

/* Sets errno, and returns -1. */
long fail(int error);

#endif
