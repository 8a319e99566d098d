/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decompresses a block of LZ4 (lz4.h). A block is a list of sequences. A sequence has a token,
 * literal bytes that are copied to the output, and a match: bytes that are copied from earlier
 * output. The two halves of the token are the lengths of literals and match. The last sequence has
 * no match.
 */
#include "lz4.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>

#define LONG 15    /* a length in a token that is continued in the following bytes */
#define SHORTEST 4 /* minimum length of a match */

/* The unread part of a block. */
struct input {
	const uint8_t *at, *end;
};

/* Reads the bytes that continue a length. Returns the length. Stops at the end of the block, so the
 * length cannot overflow. */
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
		/* One byte at a time: a match may overlap the bytes that it produces. */
		for (; length > 0; length--, out++)
			*out = out[-(ptrdiff_t)distance];
	}
	return -EBADMSG;
}
