/* SPDX-License-Identifier: BSD-2-Clause */
/* The time. */
#ifndef PF_CLOCK_H
#define PF_CLOCK_H

#include <stdint.h>

/* Microseconds of the monotonic clock. */
uint64_t pf_now_usec(void);

/* Microseconds since 1970. */
uint64_t pf_real_usec(void);

#endif
