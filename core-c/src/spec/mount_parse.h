/* SPDX-License-Identifier: BSD-2-Clause */
/* What mount of a spec asks for: "TYPE:FIELD:FIELD...". A "\:" in a field is a colon. */
#ifndef PF_MOUNT_PARSE_H
#define PF_MOUNT_PARSE_H

#include <stdint.h>
#include <sys/types.h>

#include "pflask.h"

enum pf_mount_type {
	PF_MOUNT_BIND,
	PF_MOUNT_OVERLAY,
	PF_MOUNT_TMP,
	PF_MOUNT_PROC,
	PF_MOUNT_DEV,
	PF_MOUNT_MQUEUE,
	PF_MOUNT_SYMLINK,
	PF_MOUNT_DIR,
	PF_MOUNT_FILE
};

struct pf_mount_spec {
	const char *text; /* as it was asked for */
	enum pf_mount_type type;
	char *source;        /* HOST, UPPER, TARGET or the number of a descriptor; else NULL */
	char *dest;          /* absolute */
	char *work;          /* of an overlay; else NULL */
	uint64_t set, clear; /* MOUNT_ATTR_* */
	int idmap;
	mode_t mode; /* of the directory that is made */
	char *size;  /* of a tmpfs, as mount(8) takes it; else NULL */
};

/* Parses a mount. Returns 0 or -errno with *reterr naming `text`; pf_mount_spec_clear() frees what
 * *ret holds in both cases. Looks at nothing outside `text`. */
int pf_mount_spec_parse(const char *text, struct pf_mount_spec *ret, struct pflask_error *reterr);
void pf_mount_spec_clear(struct pf_mount_spec *mount);

#endif
