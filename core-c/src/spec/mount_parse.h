/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the field `mount`: "TYPE:FIELD:FIELD...". "\:" stands for a colon within a FIELD. */
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
	const char *text; /* the parsed text, for errors */
	enum pf_mount_type type;
	/* HOST, UPPER or TARGET, or the number of a descriptor; NULL if the type has none */
	char *source;
	char *dest;          /* mount point, an absolute path */
	char *workdir;       /* work directory of an overlay, else NULL */
	uint64_t set, clear; /* mount attributes to set and to clear, MOUNT_ATTR_* */
	int idmap;
	int has_mode;         /* the mount has an option `mode` */
	mode_t mode;          /* mode of the directory (type `dir`) */
	uint64_t propagation; /* propagation flags of mount(2), or 0 */
	char *data;           /* options for the file system itself, each after a comma; or NULL */
	char *size;           /* size of a tmpfs, as in tmpfs(5); or NULL */
};

/* Parses a mount without looking at the system. Returns 0, or -errno with an error that names
 * `text`. In both cases, pf_mount_clear() frees *ret. */
int pf_mount_parse(const char *text, struct pf_mount *ret, struct pflask_error *reterr);
void pf_mount_clear(struct pf_mount *mount);

#endif
