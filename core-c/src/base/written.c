/* SPDX-License-Identifier: BSD-2-Clause */
/* Text that is printed to a stream and then copied to a buffer (written.h). */
#define _GNU_SOURCE
#include "written.h"

#include <stdlib.h>

FILE *pf_write_begin(struct pf_written *written)
{
	*written = (struct pf_written){0};
	written->stream = open_memstream(&written->text, &written->length);
	return written->stream;
}

void pf_write_end(struct pf_written *written, char *ret, size_t size)
{
	if (fclose(written->stream) == 0)
		snprintf(ret, size, "%s", written->text);
	free(written->text);
}
