/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the parts of the lines that describe changes (list_changes.h). */
#ifndef PF_PUT_H
#define PF_PUT_H

#include <stdint.h>
#include <sys/stat.h>

#include "common/output.h"

/* Writes a text. Escapes control characters, backslashes and bytes that are not UTF-8. In a line of
 * text, each escape is \xNN. In JSON, a byte that is not UTF-8 becomes a lone surrogate, \udcXX
 * (PEP 383), and every other escape is an ordinary escape of JSON. */
void pf_put_escaped(struct pf_output *out, const char *text, int is_json);

/* Writes a text and a number in decimal. */
void pf_put_number(struct pf_output *out, const char *field, uint64_t number);

/* Writes the JSON fields that identify a version of a file: device, inode and ctime. Later steps of
 * a trial compare them, to see whether the file was changed or replaced (docs/trial.md). The
 * numbers are strings, because JSON has no 64-bit integers. */
void pf_put_identity(struct pf_output *out, const struct stat *status);

/* Writes a time in seconds since 1970, with nine decimals. */
void pf_put_time(struct pf_output *out, const struct timespec *time);

#endif
