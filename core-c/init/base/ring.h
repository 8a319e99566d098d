/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A ring buffer with the last bytes of a terminal's output. A place is a position in the output:
 * the number of bytes that came before. A place does not change when the buffer wraps. The memory
 * is PF_RING_READ bytes larger than `size`. So the bytes that pf_ring_add() pushes out of the
 * buffer can still be read, until the next pf_ring_room().
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
	uint64_t head; /* number of bytes that were ever added */
};

/* Makes an empty ring buffer. The kernel allocates its memory as the buffer fills, and forked
 * children do not get the memory. Returns 0 or -errno. */
int pf_ring_open(struct pf_ring *ring, size_t size);

/* Returns the place of the oldest byte that is kept. */
uint64_t pf_ring_tail(const struct pf_ring *ring);

/* Finds room for the next bytes, in one piece. Does not overwrite the byte at the place `keep` or
 * any later byte. `keep` must not lie before the tail or after the head. Returns the size of the
 * room, at most PF_RING_READ. */
size_t pf_ring_room(const struct pf_ring *ring, uint64_t keep, char **ret);

/* Adds the bytes that the caller has written to the place that pf_ring_room() returned. */
void pf_ring_add(struct pf_ring *ring, size_t count);

/* Finds up to `most` bytes that begin at `place`, in one or two pieces. `place` must not lie after
 * the head or before the tail. Also finds the bytes that the latest pf_ring_add() has pushed out of
 * the buffer. Returns the number of bytes. */
size_t pf_ring_look(const struct pf_ring *ring, uint64_t place, size_t most, struct iovec ret[2]);

#endif
