/* SPDX-License-Identifier: BSD-2-Clause */
/* What the monitor has made and moved for the network of a container, and how that ends. */
#ifndef PF_LINKS_H
#define PF_LINKS_H

#include "common/net/rtnl.h"
#include "init/base/run.h"

/* Sends a request and keeps what the kernel says of it, for the error. Returns 0 or -errno. */
int pf_link_do(struct pf_run *run, struct pf_rtnl *rtnl, struct pf_rtnl_message *message);

/* Opens the container's network namespace, once. Returns 0 or -errno. */
int pf_open_net(struct pf_run *run);

/* Notes an interface that has been made; `index` may be -errno. Returns 0 or -errno. */
int pf_note_made(struct pf_run *run, int32_t index, int is_inside);

/* Notes an interface that is about to be moved inside, or has been, and tells the caller, who
 * brings it back should the monitor be killed. Returns 0 or -errno. */
int pf_note_moved(struct pf_run *run, const struct pf_moved *moved);

/* Begins to delete what was made, once the container is about to end. */
void pf_delete_links(struct pf_run *run);

/* After the end of the container, or of an attempt: what was moved is back when this returns, and
 * what was made can not be seen any more. */
void pf_undo_links(struct pf_run *run);

#endif
