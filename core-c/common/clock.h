/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the clocks. */
#ifndef PF_CLOCK_H
#define PF_CLOCK_H

#include <stdint.h>

/* Returns the microseconds of the monotonic clock. */
uint64_t pf_now_usec(void);

/* Returns the milliseconds of the monotonic clock. The result is signed, because a caller subtracts
 * times. */
int64_t pf_now_msec(void);

/* Returns the microseconds since 1970. */
uint64_t pf_real_usec(void);

#endif
