/* SPDX-License-Identifier: BSD-2-Clause */
/* Reports that a system is about to boot (report_boot.h). */
#define _GNU_SOURCE
#include "report_boot.h"

#include <unistd.h>

#include "report_error.h"
#include "src/base/error.h"

static void say_logins(const struct pf_reporter *to, const struct pf_plan_notes *notes)
{
	struct pflask_error error;

	if (*notes->logins) {
		pf_error_field(&error, "chroot", 0, "%s: users who can log in: %s", notes->root,
			       notes->logins);
	} else {
		pf_error_field(&error, "chroot", 0, "%s: no user has a password", notes->root);
		pf_error_hint(&error, "{program} {chroot=%s} -- passwd root", notes->root);
	}
	pf_report_on_stderr(to, &error);
}

static void say_key(const struct pf_reporter *to, int key)
{
	struct pflask_error error;

	pf_error_start(&error, PFLASK_INVALID, 0);
	pf_error_say(&error, "^%c, typed three times within a second, ends the container",
		     key ^ 0x40);
	pf_report_on_stderr(to, &error);
}

int pf_report_boot(const struct pf_reporter *to, const struct pf_plan_notes *notes, int key)
{
	if (!notes->is_boot || !isatty(STDIN_FILENO))
		return 0;
	if (notes->root && notes->logins)
		say_logins(to, notes);
	if (key >= 0 && key < 128)
		say_key(to, key);
	return 1;
}
