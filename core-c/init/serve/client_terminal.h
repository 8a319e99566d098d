/* SPDX-License-Identifier: BSD-2-Clause */
/* Terminal of a detached container, and the clients that use the terminal (clients.h). */
#ifndef PF_CLIENT_TERMINAL_H
#define PF_CLIENT_TERMINAL_H

#include "clients.h"

/* Closes the pty slave after the end of the container, so that EIO marks the end of the output. */
void pf_terminal_release(struct monitor *monitor);

/* Tells the clients that no process has the terminal open. */
void pf_terminal_lost(struct monitor *monitor);

/* Tells whether there is output that a client has not received. */
int pf_terminal_has_news(const struct monitor *monitor, const struct client *client);

/* Tells whether input of a client waits to be typed. */
int pf_terminal_wants_input(const struct monitor *monitor);

/* Tells whether there is room for output. Without room, charges the waiting time to the clients
 * that have not caught up, and lowers *timeout. */
int pf_terminal_has_room(struct monitor *monitor, int *timeout);

/* Reads output while there is room. Returns 0, or -EIO if no process has the terminal open. */
int pf_terminal_read(struct monitor *monitor);

/* Tells a client how much output the client has missed, up to the tail. Returns 0 or -errno. */
int pf_terminal_skip(struct monitor *monitor, struct client *client);

/* Sends a client new output, as much as the client takes without waiting. */
void pf_terminal_show(struct monitor *monitor, struct client *client);

/* Types a client's input, as much as the terminal takes without waiting. */
void pf_terminal_type(struct monitor *monitor, struct client *client);

/* Sets the size of the terminal, unless `rows` or `cols` is 0. */
void pf_terminal_resize(const struct monitor *monitor, int rows, int cols, int redraw);

#endif
