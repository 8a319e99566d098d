/* SPDX-License-Identifier: BSD-2-Clause */
/* Facts about a plan that the plan itself does not have. The program that starts the plan prints
 * them for its user. */
#ifndef PF_PLAN_NOTES_H
#define PF_PLAN_NOTES_H

#include <stdlib.h>

struct pf_plan_notes {
	char *left_out; /* limits that no cgroup can enforce, separated by commas; or NULL */
	int is_boot;    /* the command boots a system in the foreground */
	char *root;     /* root directory of this system, as the caller has named it; or NULL */
	/* Names of the users who can log in to this system; "": no user; NULL: unknown. */
	char *logins;
};

static inline void pf_plan_notes_clear(struct pf_plan_notes *notes)
{
	free(notes->left_out);
	free(notes->root);
	free(notes->logins);
	*notes = (struct pf_plan_notes){0};
}

#endif
