/* SPDX-License-Identifier: BSD-2-Clause */
/* Decompresses a block of LZ4. */
#ifndef PF_LZ4_H
#define PF_LZ4_H

#include <stddef.h>

/* Decompresses a block of LZ4 (lz4_Block_format.md of liblz4) to exactly `room` bytes at `to`.
 * Reads and writes nothing outside both buffers, whatever the block contains. Returns 0 or -EBADMSG
 * if the block is not well-formed, or does not make exactly `room` bytes. */
int pf_lz4_decode(const void *block, size_t size, void *to, size_t room);

#endif
