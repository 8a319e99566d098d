/* SPDX-License-Identifier: BSD-2-Clause */
/* Holds facts about a plan that are not in the plan. The program that starts the plan prints these
 * facts for its user. */
#ifndef PF_PLAN_NOTES_H
#define PF_PLAN_NOTES_H

#include <stdlib.h>

struct pf_plan_notes {
	char *left_out; /* limits that the plan leaves out, with commas between them; or NULL */
	int is_boot;    /* a system boots in the foreground */
	char *root;     /* the root directory of this system as the caller named it; or NULL */
	char *logins;   /* the users who can log in to this system; "": no user; NULL: unknown */
};

static inline void pf_plan_notes_clear(struct pf_plan_notes *notes)
{
	free(notes->left_out);
	free(notes->root);
	free(notes->logins);
	*notes = (struct pf_plan_notes){0};
}

#endif
