/* SPDX-License-Identifier: BSD-2-Clause */
/* The terminal of a detached container, and those who look at it (clients.h). */
#ifndef PF_CLIENT_TERMINAL_H
#define PF_CLIENT_TERMINAL_H

#include "clients.h"

/* The container has ended: EIO is the end of its output from here on. */
void pf_terminal_release(struct monitor *monitor);

/* Nobody has the terminal open. */
void pf_terminal_lost(struct monitor *monitor);

/* Tells whether there is output that a client has not got. */
int pf_terminal_has_news(const struct monitor *monitor, const struct client *client);

/* Tells whether something is waiting to be typed. */
int pf_terminal_wants_input(const struct monitor *monitor);

/* Tells whether there is room for output; where there is none, clients have to read first, or be
 * found too slow, for which *timeout is made less. */
int pf_terminal_has_room(struct monitor *monitor, int *timeout);

/* Drains the terminal, as far as there is room. Returns 0, or -EIO where nobody has it open. */
int pf_terminal_read(struct monitor *monitor);

/* Tells a client what it has missed, up to the tail. Returns 0 or -errno. */
int pf_terminal_skip(struct monitor *monitor, struct client *client);

/* Sends a client what it has not got, as much as it takes now. */
void pf_terminal_show(struct monitor *monitor, struct client *client);

/* Types what a client has sent, as much as the terminal takes now. */
void pf_terminal_type(struct monitor *monitor, struct client *client);

/* Sets the size; 0 leaves it. */
void pf_terminal_resize(const struct monitor *monitor, int rows, int cols, int redraw);

#endif
