/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The last bytes of a terminal's output. A place in it is the number of bytes that came before,
 * since the start: it does not change when the ring goes round. What falls out of the ring is still
 * there until room for more is asked for: PF_RING_READ bytes are kept beyond the size.
 */
#ifndef PF_RING_H
#define PF_RING_H

#include <stddef.h>
#include <stdint.h>
#include <sys/uio.h>

#define PF_RING_READ 4096 /* what one read of a terminal gives at most */

struct pf_ring {
	char *data;
	size_t size;
	uint64_t head; /* how many bytes ever came */
};

/* Makes an empty ring. Its memory is taken when it is filled, and is no forked child's. Returns 0
 * or -errno. */
int pf_ring_open(struct pf_ring *ring, size_t size);

/* The place of the oldest byte that is still there. */
uint64_t pf_ring_tail(const struct pf_ring *ring);

/* Says where the next bytes go, in one piece, so that what comes from `keep` on stays; `keep` lies
 * between tail and head. Returns for how many there is room, at most PF_RING_READ. */
size_t pf_ring_room(const struct pf_ring *ring, uint64_t keep, char **ret);

/* Takes bytes that were put where pf_ring_room() said. */
void pf_ring_add(struct pf_ring *ring, size_t count);

/* Finds at most `most` bytes from a place on: one or two pieces. The place lies between the tail as
 * it was before the latest pf_ring_add() and the head. Returns how many bytes they are. */
size_t pf_ring_look(const struct pf_ring *ring, uint64_t place, size_t most, struct iovec ret[2]);

#endif
