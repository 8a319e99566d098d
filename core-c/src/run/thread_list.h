/* SPDX-License-Identifier: BSD-2-Clause */
/* Closes descriptors and containers that a thread has left open. */
#ifndef PF_THREAD_LIST_H
#define PF_THREAD_LIST_H

#include <stdint.h>

/* Implements pflask_thread_list(). */
int64_t *pf_thread_list(void);

#endif
