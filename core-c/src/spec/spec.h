/* SPDX-License-Identifier: BSD-2-Clause */
/* Defines the spec: the description of the container that the user wants, as typed fields. */
#ifndef PF_SPEC_H
#define PF_SPEC_H

#include <stddef.h>
#include <stdint.h>

#include "common/spec_defaults.h"
#include "pflask.h"
#include "src/base/string_list.h"

#define PF_NO_ESCAPE_KEY 128 /* value of the field escapeKey for "no key" */
#define PF_UNSET UINT64_MAX  /* value of a number field that was not set */

enum { PF_NO, PF_YES, PF_AUTO }; /* values of a flag; a caller cannot set PF_AUTO */

typedef struct pf_strings pf_field_LIST;
typedef char *pf_field_STRING;
typedef uint64_t pf_field_FLAG;
typedef uint64_t pf_field_NUMBER;

struct pflask_spec {
#define PF_FIELD(name, type) pf_field_##type name;
#include "defs/spec.def"
};

pflask_spec *pf_spec_new(void);
pflask_spec *pf_spec_free(pflask_spec *spec);
int pf_spec_set(pflask_spec *spec, const char *field, const char *value,
		struct pflask_error *reterr);

/* Checks a spec without looking at the system. Refuses fields that contradict each other, and
 * malformed values. Returns 0, or -EINVAL with *reterr filled in. */
int pf_spec_check(const pflask_spec *spec, struct pflask_error *reterr);

/* Tells whether the command boots a system: its basename is init or systemd. */
int pf_spec_boots(const pflask_spec *spec);

/* Tells whether the spec asks for cgroups with limits. */
static inline int pf_spec_has_limits(const pflask_spec *spec)
{
	return spec->limit.count > 0 || spec->cgroup.count > 0;
}

/* Returns the file mode creation mask of the command, or -EINVAL if the field is malformed. */
int pf_spec_umask(const pflask_spec *spec);

/* Tells whether a name can be a host name. */
int pf_is_host_name(const char *name);

/* Tells whether machined accepts a name for a machine. */
int pf_is_machine_name(const char *name);

/* Returns the escape key, a control character that kills the container, or PF_NO_ESCAPE_KEY. */
static inline int pf_spec_escape_key(const pflask_spec *spec)
{
	return (int)(spec->escapeKey == PF_UNSET ? PF_DEFAULT_escapeKey : spec->escapeKey);
}

#endif
