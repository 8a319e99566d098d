/* SPDX-License-Identifier: BSD-2-Clause */
/* Fills in the record of a detached container: the facts that --list shows. */
#ifndef PF_RECORD_H
#define PF_RECORD_H

#include "init/monitor/monitor.h"

/* Fills in a record, which must be all zero. */
void pf_record_fill(const struct monitor *monitor, struct pflask_record *ret);

#endif
