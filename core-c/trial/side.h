/* SPDX-License-Identifier: BSD-2-Clause */
/* One side of a difference: an entry, and its text if it is a text file. */
#ifndef PF_TRIAL_SIDE_H
#define PF_TRIAL_SIDE_H

#include <sys/stat.h>

#include "text.h"

/* An extended attribute. */
struct pf_attribute {
	const char *name;
	const char *value;
	size_t size;
};

struct pf_side {
	struct stat status;
	char *text; /* the contents of a text file, else NULL */
	size_t size;
	char *target; /* of a symbolic link, else NULL */
	size_t target_size;
	char *attribute_bytes;
	struct pf_attribute *attributes; /* sorted by name */
	size_t attribute_count;
};

/* Reads an entry below a directory, without the attributes with the prefix `notes`. The caller
 * frees the side, also after a failure. */
int pf_read_side(int root, const char *path, const char *notes, struct pf_side *ret);
void pf_free_side(struct pf_side *side);

/* Describes an entry whose contents no diff can show. */
void pf_describe(struct pf_text *out, const struct pf_side *side);

/* Adds bytes as one line that is safe on a terminal: each byte that is not a printing character of
 * ASCII becomes "\xHH". */
void pf_put_visible_bytes(struct pf_text *out, const char *bytes, size_t size);

/* Adds lines about mode, owner and attributes. `old` is NULL for an added path. `caller` is the
 * user who has started the container. */
void pf_put_notes(struct pf_text *out, const char *name, const struct pf_side *old,
		  const struct pf_side *now, uint32_t caller);

#endif
