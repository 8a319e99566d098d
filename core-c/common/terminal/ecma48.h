/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses the bytes that a program writes to a terminal, and the bytes that a terminal sends to a
 * program (ECMA-48, and the extensions of terminals: private parameters, 7-bit and 8-bit controls,
 * UTF-8). The parser takes one byte at a time, has a fixed size and allocates no memory. A zeroed
 * structure is a parser at the start. The bytes may be read in pieces of any size.
 */
#ifndef PF_ECMA48_H
#define PF_ECMA48_H

#include <stddef.h>
#include <stdint.h>

#define PF_ECMA48_PARAMS 32
#define PF_ECMA48_TEXT 8

enum pf_ecma48_kind {
	PF_ECMA48_NONE, /* malformed */
	PF_ECMA48_ESC,  /* ESC, intermediate bytes, a final byte */
	PF_ECMA48_CSI,  /* ESC [, parameters, intermediate bytes, a final byte */
	PF_ECMA48_DCS,  /* ESC P, the parts of a CSI after [, a control string */
	PF_ECMA48_OSC,  /* ESC ], a control string */
	PF_ECMA48_OTHER /* SOS, PM or APC: a control string */
};

/* The event that a byte causes. */
enum pf_ecma48_event {
	/* A part of a character, or a control that takes effect even inside a sequence. */
	PF_ECMA48_PLAIN,
	PF_ECMA48_PART,  /* part of a sequence, or a byte that may begin a sequence */
	PF_ECMA48_DONE,  /* the last byte of a sequence; the parser describes the sequence */
	PF_ECMA48_NEXT,  /* a sequence begins; the parser still describes the string before it */
	PF_ECMA48_AGAIN, /* a sequence begins; the sequence before it has no effect */
	PF_ECMA48_LOST   /* the end of a sequence that has no effect */
};

struct pf_ecma48 {
	uint8_t state; /* state of the parser; 0: outside all sequences */
	uint8_t lead;  /* first byte of the latest multi-byte character */
	uint8_t rest;  /* number of bytes that this character still lacks */
	/* The description of the current or the latest sequence. */
	uint8_t kind;   /* enum pf_ecma48_kind */
	char prefix;    /* a private parameter byte (< = > ?), or NUL */
	char middle[2]; /* intermediate bytes, or NUL */
	char final;
	uint8_t is_wrong;
	/* Number of parameters; parameters after the first PF_ECMA48_PARAMS are ignored. */
	uint8_t count;
	uint8_t asks;              /* the control string has a question mark */
	uint8_t text_size;         /* number of bytes in `text` */
	char text[PF_ECMA48_TEXT]; /* the first bytes of the control string */
	uint32_t joined;           /* bit I: a colon stands before parameter I */
	/* Values of the parameters; 0: left out; 65535: 65535 or more. */
	uint16_t param[PF_ECMA48_PARAMS];
};

/* Takes a byte, and returns its meaning. */
enum pf_ecma48_event pf_ecma48_next(struct pf_ecma48 *parser, unsigned char byte);

/* Returns the number of bytes at the start of `data` that are printable ASCII outside sequences.
 * The caller need not call pf_ecma48_next() for these bytes: the result would be PF_ECMA48_PLAIN
 * for each byte. */
size_t pf_ecma48_skip(struct pf_ecma48 *parser, const char *data, size_t size);

/* Tells whether the parser is outside all sequences and all multi-byte characters. */
static inline int pf_ecma48_is_between(const struct pf_ecma48 *parser)
{
	return parser->state == 0 && parser->rest == 0;
}

/* Returns a parameter of the sequence, or 0 if the sequence has no such parameter. */
static inline unsigned pf_ecma48_param(const struct pf_ecma48 *parser, size_t i)
{
	return i < parser->count ? parser->param[i] : 0;
}

/* Tells whether a sequence has this kind, and has the prefix, the intermediate bytes and the final
 * byte of `word`, for example "?$p". */
int pf_ecma48_is(const struct pf_ecma48 *parser, enum pf_ecma48_kind kind, const char *word);

/* Tells whether the members of a parser from another process are valid. */
int pf_ecma48_is_sound(const struct pf_ecma48 *parser);

#endif
