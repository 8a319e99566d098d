/* SPDX-License-Identifier: BSD-2-Clause */
/* Describes failed operations in words (sentence.h). */
#define _GNU_SOURCE
#include "sentence.h"

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "print.h"
#include "src/base/written.h"

/* All sentences, each in an array of its own size. Pointers to them would need relocations
 * (plan.h). */
static const struct texts {
	char none[1]; /* for operations that have no sentence */
#define PF_SENTENCE(name, text, alone) char name[sizeof(text)], name##_alone[sizeof(alone)];
#include "defs/sentences.def"
} texts = {
	"",
#define PF_SENTENCE(name, text, alone) text, alone,
#include "defs/sentences.def"
};

static const struct {
	uint16_t text, alone;
} places[PF_OP_COUNT] = {
#define PF_SENTENCE(name, text, alone) \
	[PF_OP_##name] = {offsetof(struct texts, name), offsetof(struct texts, name##_alone)},
#include "defs/sentences.def"
};

static const char *text_at(uint16_t place)
{
	return (const char *)&texts + place;
}

void pf_sentence(const void *plan, const struct pf_op *op, char *ret, size_t size)
{
	const char *kinds = pf_op_table[op->code].arguments;
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

	ret[0] = '\0';
	if (!out)
		return;
	for (const char *c = text_at(places[op->code].text); *c; c++) {
		size_t at = *c == '%' ? (size_t)(*++c - '0') : PF_OP_ARGS;
		if (at == PF_OP_ARGS)
			fputc(*c, out);
		else if (kinds[at] == 's')
			fputs(pf_plan_string(plan, op->arg[at]), out);
		else
			pf_print_argument(out, plan, kinds[at], op->arg[at]);
	}
	pf_write_end(&written, ret, size);
}

void pf_sentence_alone(enum pf_op_code code, char *ret, size_t size)
{
	const char *text = text_at(places[code].text), *alone = text_at(places[code].alone);

	if (*alone || !strchr(text, '%'))
		snprintf(ret, size, "%s", *alone ? alone : text);
}
