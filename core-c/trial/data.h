/* SPDX-License-Identifier: BSD-2-Clause */
/* Copies the contents and the attributes of files. */
#ifndef PF_TRIAL_DATA_H
#define PF_TRIAL_DATA_H

#include <stddef.h>
#include <sys/stat.h>

/* Copies the contents of a file. Holes stay holes; the blocks are shared if possible. */
int pf_copy_data(int from, int to, off_t size);

/* Which attributes of a copy are removed if the original does not have them. */
enum pf_surplus {
	PF_SURPLUS_NONE,
	PF_SURPLUS_INHERITED, /* those from the default access control list of the directory */
	PF_SURPLUS_OWN        /* all, except those that belong to the place of the file */
};

/* The size of the room for names and values of attributes. */
#define PF_ATTRIBUTES ((size_t)65536)

/* Copies the extended attributes, except those with the prefix `notes`. Without
 * `with_capabilities`, fails if there are capabilities (PF_CALL_RISK). `room` has 3 *
 * PF_ATTRIBUTES bytes. The files may be open with O_PATH. */
int pf_copy_attributes(int from, int to, const char *notes, enum pf_surplus surplus,
		       int with_capabilities, char *room);

/* The attribute with the capabilities of a program. */
#define PF_CAPABILITIES "security.capability"

/* Reads the names of attributes, each with a NUL. Returns their size. */
int pf_list_attributes(int fd, char names[PF_ATTRIBUTES]);

/* Tells whether an attribute is a part of a change. */
int pf_is_wanted(const char *name, const char *notes);

#endif
