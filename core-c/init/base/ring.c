/* SPDX-License-Identifier: BSD-2-Clause */
/* A ring buffer of bytes (ring.h). */
#define _GNU_SOURCE
#include "ring.h"

#include <errno.h>
#include <sys/mman.h>

static size_t capacity(size_t size)
{
	return size + PF_RING_READ;
}

int pf_ring_open(struct pf_ring *ring, size_t size)
{
	char *data = mmap(NULL, capacity(size), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			  -1, 0);

	if (data == MAP_FAILED)
		return -errno;
	if (madvise(data, capacity(size), MADV_DONTFORK) < 0) {
		int r = -errno;
		munmap(data, capacity(size));
		return r;
	}
	*ring = (struct pf_ring){.data = data, .size = size};
	return 0;
}

uint64_t pf_ring_tail(const struct pf_ring *ring)
{
	return ring->head > ring->size ? ring->head - ring->size : 0;
}

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t pf_ring_room(const struct pf_ring *ring, uint64_t keep, char **ret)
{
	size_t at = ring->head % capacity(ring->size);
	size_t most = smaller(PF_RING_READ, capacity(ring->size) - at);

	*ret = ring->data + at;
	return smaller(ring->size - (size_t)(ring->head - keep), most);
}

void pf_ring_add(struct pf_ring *ring, size_t count)
{
	ring->head += count;
}

size_t pf_ring_look(const struct pf_ring *ring, uint64_t place, size_t most, struct iovec ret[2])
{
	size_t count = smaller((size_t)(ring->head - place), most);
	size_t at = place % capacity(ring->size);
	size_t first = smaller(count, capacity(ring->size) - at);

	ret[0] = (struct iovec){ring->data + at, first};
	ret[1] = (struct iovec){ring->data, count - first};
	return count;
}
