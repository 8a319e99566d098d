/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects the terminal of a detached container with the clients (clients.h). */
#ifndef PF_CLIENT_TERMINAL_H
#define PF_CLIENT_TERMINAL_H

#include "clients.h"

/* Closes the pty slave after the end of the container. From then on, EIO means the end of the
 * output. */
void pf_pty_release(struct monitor *monitor);

/* Handles EIO from the pty master: no process has the terminal open. */
void pf_pty_report_lost(struct monitor *monitor);

/* Tells whether there is output that a client has not received. */
int pf_pty_has_new_output(const struct monitor *monitor, const struct client *client);

/* Tells whether a client has input that the terminal has not taken yet. */
int pf_pty_has_waiting_input(const struct monitor *monitor);

/* Tells whether there is room for output. Without room, adds the time of waiting to
 * `held_usec` of each client that has not caught up, and lowers *timeout. */
int pf_pty_has_room(struct monitor *monitor, int *timeout);

/* Reads output while there is room. Returns 0, or -EIO if no process has the terminal open. */
int pf_pty_read(struct monitor *monitor);

/* Tells a client how much output the client has missed before the tail. Returns 0 or -errno. */
int pf_pty_skip_missed(struct monitor *monitor, struct client *client);

/* Sends a client new output, as much as its socket takes without blocking. */
void pf_pty_send_output(struct monitor *monitor, struct client *client);

/* Writes a client's input to the terminal, as much as the terminal takes without blocking. */
void pf_pty_write_input(struct monitor *monitor, struct client *client);

/* Sets the size of the terminal, unless `rows` or `cols` is 0. */
void pf_pty_resize(const struct monitor *monitor, int rows, int cols, int redraw);

#endif
