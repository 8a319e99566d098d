/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces the function of musl by which scanf(3) reads a number with a fraction. The front never
 * reads such a number, and the function of musl would make the front 6 KB larger.
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
