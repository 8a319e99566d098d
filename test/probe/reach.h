/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef REACH_H
#define REACH_H

/* A question about what a sandbox leaves open. The answer is no if ask() returns a negative number,
 * and then errno is the reason. */
struct question {
	const char *name;
	long (*ask)(void);
};

/* The questions about the kernel and the machine. The last name is NULL. */
extern const struct question kernel_questions[];

/* Sets errno, and returns -1. */
long fail(int error);

#endif
