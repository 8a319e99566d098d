/* SPDX-License-Identifier: BSD-2-Clause */
/* Defines the numbers in the table of limits (defs/limits.def) as constants: PF_LIMIT_ids and so
 * on. */
#ifndef PF_LIMITS_H
#define PF_LIMITS_H

enum pf_limits {
#define PF_LIMIT(name, value, text) PF_LIMIT_##name = (value),
#include "defs/limits.def"
};

#endif
