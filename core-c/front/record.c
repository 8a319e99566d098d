/* SPDX-License-Identifier: BSD-2-Clause */
/* Reserves the space of the front's record (record.h). scripts/combine.ts fills in the record. */
#include "record.h"

const struct pf_record pf_record = {.magic = PF_RECORD_MAGIC, .size = sizeof(struct pf_record)};
