/* SPDX-License-Identifier: BSD-2-Clause */
/* Connects the terminal of a detached container with its clients (clients.h). */
#ifndef PF_CLIENT_TERMINAL_H
#define PF_CLIENT_TERMINAL_H

#include "clients.h"

/* Closes the pty slave when the container has ended. EIO then means the end of the output. */
void pf_pty_release(struct monitor *monitor);

/* Handles EIO of the pty master: no process has the pty slave open. */
void pf_pty_report_lost(struct monitor *monitor);

/* Tells whether the monitor has output that a client has not received. */
int pf_pty_has_new_output(const struct monitor *monitor, const struct client *client);

/* Tells whether a client has input that the terminal has not taken yet. */
int pf_pty_has_waiting_input(const struct monitor *monitor);

/* Tells whether the ring buffer has room for output. If not, charges the waiting time to the
 * clients that lag behind (`held_usec`), and lowers *timeout. */
int pf_pty_has_room(struct monitor *monitor, int *timeout);

/* Reads output of the terminal into the ring buffer, as long as there is room. Returns 0, or -EIO
 * if no process has the pty slave open. */
int pf_pty_read(struct monitor *monitor);

/* If the next output of a client has left the ring buffer, tells the client how much is lost.
 * Returns 0 or -errno. */
int pf_pty_skip_missed(struct monitor *monitor, struct client *client);

/* Sends output to a client, as much as the client's socket takes without blocking. */
void pf_pty_send_output(struct monitor *monitor, struct client *client);

/* Writes input of a client to the terminal, as much as the terminal takes without blocking. */
void pf_pty_write_input(struct monitor *monitor, struct client *client);

/* Sets the size of the terminal. Does nothing if `rows` or `cols` is 0. With `redraw`, makes a
 * full-screen program draw its screen again. */
void pf_pty_resize(const struct monitor *monitor, int rows, int cols, int redraw);

#endif
