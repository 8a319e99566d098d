/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces the function of musl that scanf(3) calls for a number with a fraction. No format of the
 * front has such a number, and musl's function would be 6 KB of the front.
 */
#include <stdio.h>
#include <stdlib.h>

long double __floatscan(FILE *file, int precision, int may_fail);

__attribute__((used)) long double __floatscan(FILE *file, int precision, int may_fail)
{
	(void)file;
	(void)precision;
	(void)may_fail;
	abort();
}
