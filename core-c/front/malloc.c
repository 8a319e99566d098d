/* SPDX-License-Identifier: BSD-2-Clause */
/* malloc(3) of the front. musl's malloc(3) maps and unmaps pages for almost every size of block,
 * which takes 4 % of the time of a start. This malloc(3) takes all blocks from one array, and
 * touches a page of the array only when a block there is used. The size of a block is a power of
 * two, so that a freed block fits any later block of the same power. The front has one thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define LEAST 5                 /* the smallest block is 2^LEAST bytes, including its header */
#define MOST 40                 /* the largest block is 2^MOST bytes */
#define PIECE ((size_t)1 << 20) /* number of bytes to map when the array is used up */

/* The header at the start of each block. The caller gets the memory after the header. */
struct header {
	_Alignas(16) size_t power; /* binary logarithm of the block size */
	struct header *next;       /* next free block of the same size */
};

/* The array of blocks. The linker puts a common variable behind all other variables, so the first
 * blocks share pages with the small variables. */
__attribute__((common, externally_visible)) _Alignas(16) char pf_front_array[256 * 1024];
static char *next = pf_front_array, *end = pf_front_array + sizeof(pf_front_array);
static struct header *unused[MOST + 1]; /* free blocks, by the binary logarithm of their size */

static unsigned power_of(size_t size)
{
	unsigned power = LEAST;

	while (power <= MOST && ((size_t)1 << power) - sizeof(struct header) < size)
		power++;
	return power;
}

/* Returns memory that was never used, and is therefore zero. Returns NULL if there is no memory. */
static void *take(size_t size)
{
	if ((size_t)(end - next) < size) {
		size_t mapped = size > PIECE ? size : PIECE;
		char *piece = mmap(NULL, mapped, PROT_READ | PROT_WRITE,
				   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (piece == MAP_FAILED)
			return NULL;
		next = piece;
		end = piece + mapped;
	}
	char *taken = next;
	next += size;
	return taken;
}

/* Returns the memory of a block, or NULL with errno set. Sets *ret_is_new if the memory is zero
 * because no block has used it before. */
static void *allocate(size_t size, int *ret_is_new)
{
	unsigned power = power_of(size);
	struct header *header = power <= MOST ? unused[power] : NULL;

	*ret_is_new = !header;
	if (header)
		unused[power] = header->next;
	else if (power <= MOST)
		header = take((size_t)1 << power);
	if (!header) {
		errno = ENOMEM;
		return NULL;
	}
	header->power = power;
	return header + 1;
}

void *malloc(size_t size)
{
	int is_new;

	return allocate(size, &is_new);
}

void *calloc(size_t count, size_t size)
{
	size_t all;
	int is_new;

	if (__builtin_mul_overflow(count, size, &all)) {
		errno = ENOMEM;
		return NULL;
	}
	void *block = allocate(all, &is_new);
	if (block && !is_new)
		memset(block, 0, all);
	return block;
}

void free(void *block)
{
	if (!block)
		return;
	struct header *header = (struct header *)block - 1;
	header->next = unused[header->power];
	unused[header->power] = header;
}

void *realloc(void *block, size_t size)
{
	if (!block)
		return malloc(size);
	const struct header *header = (struct header *)block - 1;
	if (power_of(size) == header->power)
		return block;
	size_t old = ((size_t)1 << header->power) - sizeof(*header);
	void *moved = malloc(size);
	if (moved) {
		memcpy(moved, block, old < size ? old : size);
		free(block);
	}
	return moved;
}
