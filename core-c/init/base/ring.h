/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring buffer with the last bytes of a terminal's output. A position counts the output bytes
 * since the start of the terminal, so it does not change when the buffer wraps. The memory has
 * PF_RING_READ bytes more than `size`. So the bytes that pf_ring_add() pushes out of the buffer can
 * be read until the next pf_ring_room().
 */
#ifndef PF_RING_H
#define PF_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define PF_RING_READ 4096 /* maximum size of one read(2) from a terminal */

struct pf_ring {
	char *data;
	size_t size;
	uint64_t head; /* position of the next byte: the number of bytes added so far */
};

/* Makes an empty ring buffer of `size` bytes. The kernel allocates the pages when they are first
 * used. Forked children do not inherit the memory. Returns 0 or -errno. */
int pf_ring_open(struct pf_ring *ring, size_t size);

/* Returns the position of the oldest byte in the buffer. */
uint64_t pf_ring_tail(const struct pf_ring *ring);

/* Finds contiguous room for the next bytes, without overwriting any byte from the position `keep`
 * on. `keep` must be between tail and head. Returns the size of the room, at most PF_RING_READ. */
size_t pf_ring_room(const struct pf_ring *ring, uint64_t keep, char **ret);

/* Adds the first `count` bytes of the room that pf_ring_room() returned. */
void pf_ring_add(struct pf_ring *ring, size_t count);

/* Finds up to `most` bytes from a position on, in one or two pieces. The position must be between
 * tail and head, or at a byte that the latest pf_ring_add() has pushed out of the buffer. Returns
 * the number of bytes. */
size_t pf_ring_look(const struct pf_ring *ring, uint64_t place, size_t most, struct iovec ret[2]);

#endif
