/* SPDX-License-Identifier: BSD-2-Clause */
/* Tells whether a file is still the file that was there before. */
#ifndef PF_TRIAL_IDENTITY_H
#define PF_TRIAL_IDENTITY_H

#include <stdint.h>
#include <sys/stat.h>

#include "json.h"
#include "text.h"

/* The most trials that can lie below a trial, as in core-c/init/root/trial.h. */
#define PF_TRIALS 8

struct pf_time {
	int64_t sec;
	int64_t nsec;
};

enum pf_known {
	PF_UNKNOWN, /* nothing is known about the path */
	PF_NOTHING, /* nothing was at the path */
	PF_FOUND    /* the other members describe what was at the path */
};

/* The facts by which a file is recognized. */
struct pf_identity {
	enum pf_known known;
	uint32_t mode; /* type and permissions, as st_mode */
	uint32_t uid;
	uint32_t gid;
	uint64_t size; /* 0 for a directory */
	uint64_t inode;
	struct pf_time ctime;
	uint32_t trial; /* the trial below that has the path: 1 for the nearest; 0: the host */
};

/* The identity of a file with a status; without a status, of a path at which nothing is. */
struct pf_identity pf_identity_of(const struct stat *status);

/* Tells whether two identities belong to one unchanged file. The ctime of a directory changes with
 * each entry, so a directory is recognized without the ctime. */
int pf_is_same(const struct pf_identity *one, const struct pf_identity *other);

/* Tells whether one time is later than another. */
int pf_is_later(const struct pf_time *one, const struct pf_time *other);

/* Reads a member of an identity. Returns 1 if the name is the name of such a member. */
int pf_read_fact(struct pf_json *json, const char *name, struct pf_identity *ret);

/* Reads a number of 64 bits, which stands in a string. */
int pf_read_large(struct pf_json *json, uint64_t *ret);

/* Reads an identity, or null. */
int pf_read_identity(struct pf_json *json, struct pf_identity *ret);

/* Writes an identity as JSON. */
void pf_put_fact(struct pf_text *text, const struct pf_identity *identity);

/* Parses "SECONDS.DECIMALS". Returns whether the text is a time. */
int pf_parse_time(const char *text, struct pf_time *ret);

#endif
