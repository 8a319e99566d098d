/* SPDX-License-Identifier: BSD-2-Clause */
/* Finding detached containers, and talking with their monitors (control.h). */
#include "control.h"

#include <errno.h>

#include "error.h"

int pf_find(const char *which, struct pflask_record *ret, struct pflask_error *reterr)
{
	(void)ret;
	return pf_error_field(reterr, "which", ENOSYS, "%s: not built yet", which);
}

int pf_list(struct pflask_record *ret, uint32_t capacity, struct pflask_error *reterr)
{
	(void)ret;
	(void)capacity;
	return pf_error_internal(reterr, ENOSYS, "not built yet");
}

int pf_send_signal(const char *which, int signal, struct pflask_error *reterr)
{
	(void)signal;
	return pf_error_field(reterr, "which", ENOSYS, "%s: not built yet", which);
}

int pf_wait_for(const char *which, int timeout_ms, struct pflask_exit *ret,
		struct pflask_error *reterr)
{
	(void)timeout_ms;
	(void)ret;
	return pf_error_field(reterr, "which", ENOSYS, "%s: not built yet", which);
}
