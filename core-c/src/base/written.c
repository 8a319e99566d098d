/* SPDX-License-Identifier: BSD-2-Clause */
/* Collects in memory the text that is printed to a stream (written.h). */
#define _GNU_SOURCE
#include "written.h"

#include <stdlib.h>

FILE *pf_write_begin(struct pf_written *written)
{
	*written = (struct pf_written){0};
	written->stream = open_memstream(&written->text, &written->length);
	return written->stream;
}

char *pf_write_take(struct pf_written *written)
{
	if (fclose(written->stream) == 0)
		return written->text;
	free(written->text);
	return NULL;
}

void pf_write_end(struct pf_written *written, char *ret, size_t size)
{
	char *text = pf_write_take(written);

	if (text)
		snprintf(ret, size, "%s", text);
	free(text);
}
