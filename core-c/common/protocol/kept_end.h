/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the file in which a monitor keeps the end of its container: NAME.end in the control
 * directory. The file has a header, and then the messages that a client gets: RECORD, EXITED and,
 * with `has_log`, OUTPUT. If the start of the output was not kept, MISSED comes before OUTPUT.
 */
#ifndef PF_KEPT_END_H
#define PF_KEPT_END_H

#include <stdint.h>

#define PF_END_SUFFIX ".end"
#define PF_END_MAGIC UINT64_C(0x646e656b736c6670) /* "pflskend" */

struct pf_end_header {
	uint64_t magic;
	uint32_t version; /* PF_CONTROL_VERSION */
	uint32_t has_log; /* the container had a terminal */
};

#endif
