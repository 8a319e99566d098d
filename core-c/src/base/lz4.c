/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompresses a block of LZ4 (lz4.h). A block is a list of sequences. A sequence is a token, bytes
 * that are copied from the block, and a match: bytes that are copied from the output. The halves of
 * the token are the two lengths. The last sequence has no match.
 */
#include "lz4.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define LONG 15    /* a length in a token that further bytes continue */
#define SHORTEST 4 /* length of the shortest match */

/* The part of the block that is not read yet. */
struct input {
	const uint8_t *at, *end;
};

/* Reads the bytes that continue a length. A length has as many bytes as the block at most, so the
 * length cannot overflow. Returns the length. Reading stops at the end of the block. */
static size_t read_length(struct input *input, size_t length)
{
	uint8_t byte = length == LONG ? UINT8_MAX : 0;

	while (byte == UINT8_MAX && input->at < input->end) {
		byte = *input->at++;
		length += byte;
	}
	return length;
}

int pf_lz4_decode(const void *block, size_t size, void *to, size_t room)
{
	struct input input = {.at = block, .end = (const uint8_t *)block + size};
	uint8_t *out = to, *const end = out + room;

	while (input.at < input.end) {
		const uint8_t token = *input.at++;
		size_t length = read_length(&input, token >> 4);
		if (length > (size_t)(input.end - input.at) || length > (size_t)(end - out))
			return -EBADMSG;
		memcpy(out, input.at, length);
		out += length;
		input.at += length;
		if (input.at == input.end)
			return out == end ? 0 : -EBADMSG;

		if (input.end - input.at < 2)
			return -EBADMSG;
		const size_t distance = (size_t)(input.at[0] | input.at[1] << 8);
		input.at += 2;
		length = read_length(&input, token & LONG) + SHORTEST;
		if (distance == 0 || distance > (size_t)(out - (uint8_t *)to) ||
		    length > (size_t)(end - out))
			return -EBADMSG;
		/* Byte by byte: a match may contain bytes that it has just made. */
		for (; length > 0; length--, out++)
			*out = out[-(ptrdiff_t)distance];
	}
	return -EBADMSG;
}
