/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "close_fds.h"

#include "sys.h"

/* Returns the lowest descriptor of the list that is at least `first`, or ~0u. */
static unsigned lowest_from(unsigned first, const int *kept, size_t count)
{
	unsigned lowest = ~0u;

	for (size_t i = 0; i < count; i++)
		if (kept[i] >= 0 && (unsigned)kept[i] >= first && (unsigned)kept[i] < lowest)
			lowest = (unsigned)kept[i];
	return lowest;
}

int pf_close_other_fds(unsigned first, const int *kept, size_t count)
{
	for (;;) {
		unsigned next = lowest_from(first, kept, count);
		int r = next > first ? pf_close_range(first, next == ~0u ? next : next - 1) : 0;
		if (r < 0 || next == ~0u)
			return r;
		first = next + 1;
	}
}
