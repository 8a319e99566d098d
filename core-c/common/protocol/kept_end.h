/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the format of a kept end: the file NAME.end in the control directory, in which the
 * monitor records how its container ended. A header comes first. The messages RECORD and EXITED
 * follow and, if `has_log` is set, messages OUTPUT. If the start of the output was lost, a message
 * MISSED comes before the OUTPUT messages.
 */
#ifndef PF_KEPT_END_H
#define PF_KEPT_END_H

#include <stdint.h>

#define PF_END_SUFFIX ".end"
#define PF_END_MAGIC UINT64_C(0x646e656b736c6670) /* "pflskend" */

struct pf_end_header {
	uint64_t magic;
	uint32_t version; /* PF_CONTROL_VERSION */
	uint32_t has_log; /* the container had a terminal, so its output follows */
};

#endif
