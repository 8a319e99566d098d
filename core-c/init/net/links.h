/* SPDX-License-Identifier: BSD-2-Clause */
/* Records the network interfaces that the monitor makes and moves for a container. Deletes or
 * returns these interfaces at the end. */
#ifndef PF_LINKS_H
#define PF_LINKS_H

#include "common/net/rtnl.h"
#include "init/base/run.h"

/* Sends a request. Keeps the kernel's error text in run->text. Returns 0 or -errno. */
int pf_link_request(struct pf_run *run, struct pf_rtnl *rtnl, struct pf_rtnl_message *message);

/* Opens the network namespaces of the container and of the host, unless they are already open.
 * Returns 0 or -errno. */
int pf_open_netns(struct pf_run *run);

/* Records an interface that was made. If `index` is -errno, records nothing and returns `index`.
 * Returns 0 or -errno. */
int pf_note_made_link(struct pf_run *run, int32_t index, int is_inside);

/* Records an interface that is about to be moved into the container, or that was moved. Also tells
 * the caller, which returns the interface to the host if the monitor is killed. Returns 0 or
 * -errno. */
int pf_note_moved_link(struct pf_run *run, const struct pf_moved_link *moved);

/* Begins to delete the interfaces that were made. Called when the container is about to end. */
void pf_delete_links(struct pf_run *run);

/* Undoes all changes to interfaces after the end of the container, or after a failed start. When
 * the function returns, moved interfaces are back on the host, and made interfaces are no longer
 * visible. */
void pf_undo_links(struct pf_run *run);

#endif
