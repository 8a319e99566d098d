/* SPDX-License-Identifier: BSD-2-Clause */
/* The record (record.h), before scripts/combine.ts fills it in. */
#include "record.h"

const struct pf_record pf_record = {.magic = PF_RECORD_MAGIC, .size = sizeof(struct pf_record)};
