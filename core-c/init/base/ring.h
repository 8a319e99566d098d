/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last bytes of a terminal's output. A place is the number of bytes that came before it since
 * the start: a place does not change when the ring wraps. Bytes that fall out of the ring stay
 * readable until room for more is requested: the ring keeps PF_RING_READ bytes beyond its size.
 */
#ifndef PF_RING_H
#define PF_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define PF_RING_READ 4096 /* most bytes of one read of a terminal */

struct pf_ring {
	char *data;
	size_t size;
	uint64_t head; /* number of bytes that ever came */
};

/* Makes an empty ring. The kernel allocates its memory as the ring fills, and forked children do
 * not get it. Returns 0 or -errno. */
int pf_ring_open(struct pf_ring *ring, size_t size);

/* Returns the place of the oldest byte that is still there. */
uint64_t pf_ring_tail(const struct pf_ring *ring);

/* Finds room for the next bytes, in one piece, without overwriting the bytes from the place `keep`
 * on. `keep` must lie between tail and head. Returns the size of the room, at most PF_RING_READ. */
size_t pf_ring_room(const struct pf_ring *ring, uint64_t keep, char **ret);

/* Adds bytes that were put into the room of pf_ring_room(). */
void pf_ring_add(struct pf_ring *ring, size_t count);

/* Finds at most `most` bytes from a place on, in one or two pieces. The place must lie between the
 * tail before the latest pf_ring_add() and the head. Returns the number of bytes. */
size_t pf_ring_look(const struct pf_ring *ring, uint64_t place, size_t most, struct iovec ret[2]);

#endif
