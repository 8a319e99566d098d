/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Reads the sources of users and groups in nsswitch.conf(5). glibc asks all sources, but musl reads
 * only /etc/passwd and /etc/group. A library that was built with musl must know whether glibc could
 * find another entry.
 */
#ifndef PF_NSSWITCH_H
#define PF_NSSWITCH_H

#define PF_NSSWITCH "/etc/nsswitch.conf"

/* Tells whether glibc would read only the files for an entry of a database. `is_found` tells
 * whether the files have the entry. `config` is the path of nsswitch.conf. Returns 0 if the file
 * has two lines for the database, or exists but cannot be read. */
int pf_nsswitch_is_files(const char *config, const char *database, int is_found);

#endif
