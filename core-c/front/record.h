/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Defines the front's record: the facts about the executable that the front needs to start Bun.
 * scripts/combine.ts puts Bun and the front into one executable, finds the record by `magic`, and
 * fills in the record.
 */
#ifndef PF_FRONT_RECORD_H
#define PF_FRONT_RECORD_H

#include <elf.h>
#include <stddef.h>
#include <stdint.h>

#define PF_RECORD_MAGIC "pflask's record"
#define PF_RECORD_HEADERS 16

struct pf_record {
	char magic[16];
	uint64_t size;        /* size of this structure, which scripts/combine.ts checks */
	uint64_t entry;       /* entry point of Bun */
	uint64_t headers_at;  /* address of the program headers of the file */
	uint64_t count;       /* number of program headers in each table */
	char interpreter[80]; /* path of the dynamic loader */

	/* The program headers of Bun's executable before the front was added. Only the address in
	 * PT_PHDR differs: PT_PHDR points to this table. */
	Elf64_Phdr original[PF_RECORD_HEADERS];
	Elf64_Phdr changed[PF_RECORD_HEADERS]; /* program headers of the combined executable */
};

/* The start code (start.c) reads `entry` at this offset. */
#define PF_RECORD_ENTRY 24
_Static_assert(offsetof(struct pf_record, entry) == PF_RECORD_ENTRY, "the start code is right");
_Static_assert(offsetof(struct pf_record, original) == 128, "scripts/combine.ts is right");

extern const struct pf_record pf_record;

#endif
