/* SPDX-License-Identifier: BSD-2-Clause */
/* Splits lines of the mount table (proc_pid_mountinfo(5)) into fields. */
#ifndef PF_MOUNTINFO_H
#define PF_MOUNTINFO_H

enum pf_mountinfo_field {
	PF_MOUNTINFO_ID,
	PF_MOUNTINFO_PARENT,
	PF_MOUNTINFO_DEVICE, /* MAJOR:MINOR */
	/* Directory of the file system that is mounted, as a path in that file system. */
	PF_MOUNTINFO_ROOT,
	PF_MOUNTINFO_PATH, /* path of the mount point */
	PF_MOUNTINFO_FIELDS
};

/* Splits a line at its blanks, in place, and decodes its paths. Returns the rest of the line, or
 * NULL if the line is too short. */
char *pf_mountinfo_split(char *line, char *ret[PF_MOUNTINFO_FIELDS]);

#endif
