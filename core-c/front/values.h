/* SPDX-License-Identifier: BSD-2-Clause */
/* Reads the value of an option. packages/cli/src/kinds.ts describes each kind of value. */
#ifndef PF_VALUES_H
#define PF_VALUES_H

#include "pflask.h"

enum pf_kind {
	PF_KIND_TEXT,
	PF_KIND_WORD,
	PF_KIND_VARIABLES,
	PF_KIND_SIGNAL,
	PF_KIND_DURATION,
	PF_KIND_SIZE,
	PF_KIND_DESCRIPTOR,
	PF_KIND_KEY,
	PF_KIND_ESCAPE,
	PF_KIND_FORMAT,
	PF_KIND_FILTER
};

#define PF_NO_KEY (-1)

/* Reads a value that stands for a number: a signal, a duration (milliseconds), a size (bytes), a
 * descriptor, or a key (a byte, or PF_NO_KEY). Returns 1. Returns 0 if the text is no value of this
 * kind, or has a rare form that only the TypeScript code reads. */
int pf_value(enum pf_kind kind, const char *text, long *ret);

/* Sets the variables of "NAME=VALUE[,...]" in the field `setenv`. If a name occurs several times,
 * the last value counts. Returns 1, or 0 if the TypeScript code must read the text; some variables
 * may be set even then. */
int pf_value_variables(pflask_spec *spec, const char *text);

#endif
