/* SPDX-License-Identifier: BSD-2-Clause */
/* Records the network interfaces that the monitor makes for a container or moves into it. At the
 * end, deletes the made interfaces, and returns the moved interfaces to the host. */
#ifndef PF_LINKS_H
#define PF_LINKS_H

#include "common/net/rtnl.h"
#include "init/base/run.h"

/* Sends a request to the kernel. On failure, run->text has the kernel's error text. Returns 0 or
 * -errno. */
int pf_link_request(struct pf_run *run, struct pf_rtnl *rtnl, struct pf_rtnl_message *message);

/* Opens the network namespaces of the container and of the host, if they are not open yet. Returns
 * 0 or -errno. */
int pf_open_netns(struct pf_run *run);

/* Records an interface that the monitor has made. If `index` is -errno, records nothing and returns
 * `index`. Returns 0 or -errno. */
int pf_note_made_link(struct pf_run *run, int32_t index, int is_inside);

/* Records an interface before or after it is moved into the container. Also tells the caller, which
 * returns the interface to the host if the monitor is killed. Returns 0 or -errno. */
int pf_note_moved_link(struct pf_run *run, const struct pf_moved_link *moved);

/* Starts to delete the made interfaces, because the container is about to end. */
void pf_delete_links(struct pf_run *run);

/* Undoes all changes to interfaces, after the end of the container or after a failed start.
 * Afterwards, moved interfaces are on the host again, and made interfaces are no longer visible. */
void pf_undo_links(struct pf_run *run);

#endif
