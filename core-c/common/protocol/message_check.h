/* SPDX-License-Identifier: BSD-2-Clause */
/* Checks the values in messages that processes exchange across a boundary of trust. */
#ifndef PF_MESSAGE_CHECK_H
#define PF_MESSAGE_CHECK_H

#include "wire.h"

/* Tells whether each member of a message has a possible value: a number is in its range, and a text
 * ends with NUL. The type and the length of the message must be valid. Checks the messages of a
 * monitor to a client, SIGNAL, and the messages that root of a container can forge. Every REQUEST
 * is sound, because a monitor answers an unknown REQUEST with an error number. */
int pf_message_is_sound(const struct pf_message *message);

#endif
