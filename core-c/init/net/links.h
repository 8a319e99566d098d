/* SPDX-License-Identifier: BSD-2-Clause */
/* The network interfaces that the monitor made and moved for a container, and their end. */
#ifndef PF_LINKS_H
#define PF_LINKS_H

#include "common/net/rtnl.h"
#include "init/base/run.h"

/* Sends a request, and keeps the kernel's error text in run->text. Returns 0 or -errno. */
int pf_link_do(struct pf_run *run, struct pf_rtnl *rtnl, struct pf_rtnl_message *message);

/* Opens the network namespaces of the container and of the host, unless they are open. Returns 0 or
 * -errno. */
int pf_open_net(struct pf_run *run);

/* Notes an interface that was made. `index` may be -errno, which is then returned. Returns 0 or
 * -errno. */
int pf_note_made(struct pf_run *run, int32_t index, int is_inside);

/* Notes an interface that is about to be moved into the container, or was moved, and tells the
 * caller, which returns the interface if the monitor is killed. Returns 0 or -errno. */
int pf_note_moved(struct pf_run *run, const struct pf_moved *moved);

/* Begins to delete the interfaces that were made, once the container is about to end. */
void pf_delete_links(struct pf_run *run);

/* Undoes all changes to interfaces after the end of the container, or of a failed start: moved
 * interfaces are back, and made interfaces are no longer visible, when the function returns. */
void pf_undo_links(struct pf_run *run);

#endif
