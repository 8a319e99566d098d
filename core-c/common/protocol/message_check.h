/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the values in messages from processes that are not trusted. */
#ifndef PF_MESSAGE_CHECK_H
#define PF_MESSAGE_CHECK_H

#include "wire.h"

/* Tells whether each member of a message has a valid value: each number is in its range, and each
 * text ends with NUL. The caller must have checked the type and the length. The checks cover
 * SIGNAL, the messages of a monitor to a client, and the messages that root of a container can
 * forge. A REQUEST is always valid here, because a monitor answers a wrong REQUEST with an
 * errno. */
int pf_message_is_sound(const struct pf_message *message);

#endif
