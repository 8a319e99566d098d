/* SPDX-License-Identifier: BSD-2-Clause */
/* Has the names of the operations (op_names.h). */
#define _GNU_SOURCE
#include "op_names.h"

const char pf_op_names[PF_OP_COUNT][16] = {
#define PF_OP(name, side, arguments, names, field, meaning) #name,
#include "defs/ops.def"
};
