/* SPDX-License-Identifier: BSD-2-Clause */
/* Names the operations of a plan. pflask-init does not need the names. */
#ifndef PF_OP_NAMES_H
#define PF_OP_NAMES_H

#include "common/protocol/plan.h"

/* The names are arrays, not pointers; plan.h says why. */
extern const char pf_op_names[PF_OP_COUNT][16];

#endif
