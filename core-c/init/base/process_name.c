/* SPDX-License-Identifier: BSD-2-Clause */
/* Names the calling process (process_name.h). */

#include "process_name.h"

#include <string.h>
#include <sys/prctl.h>

void pf_set_process_name(const struct pf_run *run, const char *name)
{
	prctl(PR_SET_NAME, name);
	memset(run->title, 0, run->title_size);
	if (run->title_size > strlen(name))
		memcpy(run->title, name, strlen(name));
}
