/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses a mount of a spec, "TYPE:FIELD:FIELD...". A colon inside a field is written "\:". */
#ifndef PF_MOUNT_PARSE_H
#define PF_MOUNT_PARSE_H

#include <stdint.h>
#include <sys/types.h>

#include "pflask.h"

enum pf_mount_type {
#define PF_MOUNT(type, name, fields, words, attributes, text) PF_MOUNT_##type,
#define PF_MOUNT_VARIANT(type, name, fields, words, attributes, text)
#include "defs/mounts.def"
};

struct pf_mount {
	const char *text; /* the text that was parsed */
	enum pf_mount_type type;
	char *source;        /* HOST, UPPER, TARGET, or a descriptor as text; else NULL */
	char *dest;          /* absolute path */
	char *workdir;       /* work directory of an overlay; else NULL */
	uint64_t set, clear; /* MOUNT_ATTR_* */
	int idmap;
	int has_mode;         /* the text has an option `mode` */
	mode_t mode;          /* mode of the directory (type `dir`) */
	uint64_t propagation; /* flags of mount(2), or 0 */
	char *data;           /* options of the file system, each after a comma; or NULL */
	char *size;           /* size of a tmpfs, in the format of mount(8); or NULL */
};

/* Parses a mount without looking at the system. Returns 0, or -errno with an error that names
 * `text`. In both cases, pf_mount_clear() frees *ret. */
int pf_mount_parse(const char *text, struct pf_mount *ret, struct pflask_error *reterr);
void pf_mount_clear(struct pf_mount *mount);

#endif
