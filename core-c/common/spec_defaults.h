/* SPDX-License-Identifier: BSD-2-Clause */
/* Defines the numbers in defs/spec.def as constants: PF_DEFAULT_rows, PF_MOST_name and so on. */
#ifndef PF_SPEC_DEFAULTS_H
#define PF_SPEC_DEFAULTS_H

enum pf_spec_defaults {
#define PF_FIELD(name, type)
#define PF_WORD(name, most, pattern, text) PF_MOST_##name = (most),
#define PF_NUMBER(name, unset, standard, least, most, unit, text) PF_DEFAULT_##name = (standard),
#include "defs/spec.def"
};

#endif
