/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses escape sequences (ecma48.h). Each byte has a class. A table has the action for each class
 * in each state. */
#include "ecma48.h"

#include <string.h>

enum class {
	C0,
	BELL,
	CAN, /* CAN or SUB */
	ESC,
	MIDDLE, /* intermediate bytes */
	PARAM,
	PRIVATE,
	FINAL,
	DEL,
	C1,
	HIGH, /* characters beyond ASCII */
	CLASS_COUNT
};

enum state {
	GROUND,
	ESCAPE,      /* after ESC */
	ESCAPE_MORE, /* after ESC and intermediate bytes */
	START,       /* after CSI or DCS */
	PARAMS,      /* in the parameters */
	MORE,        /* after intermediate bytes */
	IGNORE,      /* in a malformed sequence, up to its final byte */
	TEXT,        /* in a control string */
	STATE_COUNT
};

enum action {
	PLAIN,   /* a byte outside sequences */
	SKIP,    /* a byte in a sequence, without meaning */
	BEGIN,   /* ESC */
	CONTROL, /* C1 */
	CANCEL,
	COLLECT, /* an intermediate byte */
	PREFIX,  /* a private parameter byte */
	NUMBER,  /* a digit or separator */
	WRONG,   /* a byte that makes the sequence malformed */
	ESCAPED, /* the final byte after ESC */
	FINISH,  /* the final byte */
	KEEP,    /* a byte of a control string */
	END      /* BEL: the end of an OSC string */
};

#define FOUR(a) a, a, a, a
#define SIXTEEN(a) FOUR(a), FOUR(a), FOUR(a), FOUR(a)

static const uint8_t class_of[256] = {
	FOUR(C0),
	C0,
	C0,
	C0,
	BELL,
	FOUR(C0),
	FOUR(C0),
	FOUR(C0),
	FOUR(C0),
	CAN,
	C0,
	CAN,
	ESC,
	FOUR(C0),
	SIXTEEN(MIDDLE),
	FOUR(PARAM),
	FOUR(PARAM),
	FOUR(PARAM),
	FOUR(PRIVATE),
	SIXTEEN(FINAL),
	SIXTEEN(FINAL),
	SIXTEEN(FINAL),
	FOUR(FINAL),
	FOUR(FINAL),
	FOUR(FINAL),
	FINAL,
	FINAL,
	FINAL,
	DEL,
	SIXTEEN(C1),
	SIXTEEN(C1),
	SIXTEEN(HIGH),
	SIXTEEN(HIGH),
	SIXTEEN(HIGH),
	SIXTEEN(HIGH),
	SIXTEEN(HIGH),
	SIXTEEN(HIGH),
};

static const uint8_t action_of[STATE_COUNT][CLASS_COUNT] = {
	/* C0     BELL   CAN     ESC    MIDDLE   PARAM    PRIVATE  FINAL    DEL    C1       HIGH */
	[GROUND] = {PLAIN, PLAIN, PLAIN, BEGIN, PLAIN, PLAIN, PLAIN, PLAIN, PLAIN, CONTROL, PLAIN},
	[ESCAPE] = {PLAIN, PLAIN, CANCEL, BEGIN, COLLECT, ESCAPED, ESCAPED, ESCAPED, SKIP, CONTROL,
		    WRONG},
	[ESCAPE_MORE] = {PLAIN, PLAIN, CANCEL, BEGIN, COLLECT, FINISH, FINISH, FINISH, SKIP,
			 CONTROL, WRONG},
	[START] = {PLAIN, PLAIN, CANCEL, BEGIN, COLLECT, NUMBER, PREFIX, FINISH, SKIP, CONTROL,
		   WRONG},
	[PARAMS] = {PLAIN, PLAIN, CANCEL, BEGIN, COLLECT, NUMBER, WRONG, FINISH, SKIP, CONTROL,
		    WRONG},
	[MORE] = {PLAIN, PLAIN, CANCEL, BEGIN, COLLECT, WRONG, WRONG, FINISH, SKIP, CONTROL, WRONG},
	[IGNORE] = {PLAIN, PLAIN, CANCEL, BEGIN, SKIP, SKIP, SKIP, FINISH, SKIP, CONTROL, SKIP},
	[TEXT] = {KEEP, END, CANCEL, BEGIN, KEEP, KEEP, KEEP, KEEP, KEEP, CONTROL, KEEP},
};

static void clear(struct pf_ecma48 *parser)
{
	size_t from = offsetof(struct pf_ecma48, kind);

	memset((char *)parser + from, 0, sizeof(*parser) - from);
}

static enum pf_ecma48_event go(struct pf_ecma48 *parser, enum state state,
			       enum pf_ecma48_event event)
{
	parser->state = state;
	return event;
}

/* Takes an intermediate byte. A sequence with more than two intermediate bytes is malformed,
 * because no known sequence has more. */
static enum pf_ecma48_event collect(struct pf_ecma48 *parser, unsigned char byte)
{
	enum state state =
		parser->state == ESCAPE || parser->state == ESCAPE_MORE ? ESCAPE_MORE : MORE;

	if (parser->state == ESCAPE) {
		clear(parser);
		parser->kind = PF_ECMA48_ESC;
	}
	if (parser->middle[1]) {
		parser->is_wrong = 1;
		return go(parser, IGNORE, PF_ECMA48_PART);
	}
	parser->middle[parser->middle[0] ? 1 : 0] = (char)byte;
	return go(parser, state, PF_ECMA48_PART);
}

static enum pf_ecma48_event number(struct pf_ecma48 *parser, unsigned char byte)
{
	int is_digit = byte >= '0' && byte <= '9';

	if (parser->count == 0)
		parser->count = 1;
	if (is_digit && parser->count <= PF_ECMA48_PARAMS) {
		uint16_t *param = &parser->param[parser->count - 1];
		unsigned value = *param * 10u + byte - '0';
		*param = value < UINT16_MAX ? (uint16_t)value : UINT16_MAX;
	} else if (!is_digit && parser->count <= PF_ECMA48_PARAMS) {
		if (byte == ':' && parser->count < PF_ECMA48_PARAMS)
			parser->joined |= 1u << parser->count;
		parser->count++; /* at most one above the maximum; further parameters are ignored */
	}
	return go(parser, PARAMS, PF_ECMA48_PART);
}

/* Takes the final byte of a sequence. After the final byte of a DCS, a control string follows. */
static enum pf_ecma48_event finish(struct pf_ecma48 *parser, unsigned char byte)
{
	parser->final = (char)byte;
	if (parser->count > PF_ECMA48_PARAMS)
		parser->count = PF_ECMA48_PARAMS;
	if (parser->kind == PF_ECMA48_DCS)
		return go(parser, TEXT, PF_ECMA48_PART);
	if (parser->is_wrong)
		parser->kind = PF_ECMA48_NONE;
	return go(parser, GROUND, PF_ECMA48_DONE);
}

static enum pf_ecma48_event escaped(struct pf_ecma48 *parser, unsigned char byte)
{
	clear(parser);
	switch (byte) {
	case '[':
		parser->kind = PF_ECMA48_CSI;
		return go(parser, START, PF_ECMA48_PART);
	case 'P':
		parser->kind = PF_ECMA48_DCS;
		return go(parser, START, PF_ECMA48_PART);
	case ']':
		parser->kind = PF_ECMA48_OSC;
		return go(parser, TEXT, PF_ECMA48_PART);
	case 'X':
	case '^':
	case '_':
		parser->kind = PF_ECMA48_OTHER;
		return go(parser, TEXT, PF_ECMA48_PART);
	default:
		parser->kind = PF_ECMA48_ESC;
		return finish(parser, byte);
	}
}

static enum pf_ecma48_event keep(struct pf_ecma48 *parser, unsigned char byte)
{
	if (parser->text_size < PF_ECMA48_TEXT)
		parser->text[parser->text_size++] = (char)byte;
	if (byte == '?')
		parser->asks = 1;
	return PF_ECMA48_PART;
}

static enum pf_ecma48_event end_text(struct pf_ecma48 *parser, enum state state,
				     enum pf_ecma48_event event)
{
	if (parser->is_wrong)
		parser->kind = PF_ECMA48_NONE;
	return go(parser, state, event);
}

static enum pf_ecma48_event begin(struct pf_ecma48 *parser)
{
	if (parser->state == TEXT)
		return end_text(parser, ESCAPE, PF_ECMA48_NEXT);
	return go(parser, ESCAPE, parser->state == GROUND ? PF_ECMA48_PART : PF_ECMA48_AGAIN);
}

static enum pf_ecma48_event wrong(struct pf_ecma48 *parser)
{
	if (parser->state == ESCAPE)
		clear(parser);
	parser->is_wrong = 1;
	return go(parser, IGNORE, PF_ECMA48_PART);
}

/* Takes a control from 0x80 to 0x9f, which stands for ESC and another byte. Within a sequence, only
 * a control that begins a sequence has an effect, because not all terminals obey other controls
 * within a sequence. */
static enum pf_ecma48_event control(struct pf_ecma48 *parser, unsigned char byte)
{
	int begins = byte == 0x90 || byte == 0x98 || byte == 0x9b || byte >= 0x9d;

	if (parser->state == GROUND)
		return escaped(parser, byte - 0x40);
	if (begins) {
		escaped(parser, byte - 0x40);
		return PF_ECMA48_AGAIN;
	}
	if (parser->state == TEXT)
		return byte == 0x9c ? end_text(parser, GROUND, PF_ECMA48_DONE) : keep(parser, byte);
	return wrong(parser);
}

/* Returns the class of a byte above 0x7f. In UTF-8, a C1 control is a character of two bytes. A
 * single byte from 0x80 to 0x9f is not UTF-8, but a terminal with another encoding treats the byte
 * as a C1 control. */
static enum class decode(struct pf_ecma48 *parser, unsigned char byte) {
	if (parser->rest > 0 &&
	    byte < 0xc0){parser->rest--; return parser->lead == 0xc2 && byte < 0xa0 ? C1 : HIGH;}
parser->lead = byte;
parser->rest = byte < 0xc2 || byte > 0xf4 ? 0 : byte < 0xe0 ? 1 : byte < 0xf0 ? 2 : 3;
return class_of[byte];
}

/* Returns the event of a plain byte. If the byte may begin a C1 control, the parser waits for the
 * next byte. */
static enum pf_ecma48_event plain(const struct pf_ecma48 *parser)
{
	int may_be_control = parser->rest == 1 && parser->lead == 0xc2;

	return may_be_control ? PF_ECMA48_PART : PF_ECMA48_PLAIN;
}

enum pf_ecma48_event pf_ecma48_next(struct pf_ecma48 *parser, unsigned char byte)
{
	enum class class = byte < 0x80 ? class_of[byte] : decode(parser, byte);

	if (byte < 0x80)
		parser->rest = 0;
	switch ((enum action)action_of[parser->state][class]) {
	case BEGIN:
		return begin(parser);
	case CONTROL:
		return control(parser, byte);
	case CANCEL:
		return go(parser, GROUND, PF_ECMA48_LOST);
	case COLLECT:
		return collect(parser, byte);
	case PREFIX:
		parser->prefix = (char)byte;
		return go(parser, PARAMS, PF_ECMA48_PART);
	case NUMBER:
		return number(parser, byte);
	case WRONG:
		return wrong(parser);
	case ESCAPED:
		return escaped(parser, byte);
	case FINISH:
		return finish(parser, byte);
	case END:
		if (parser->kind == PF_ECMA48_OSC)
			return end_text(parser, GROUND, PF_ECMA48_DONE);
		return keep(parser, byte);
	case KEEP:
		return keep(parser, byte);
	case SKIP:
		return PF_ECMA48_PART;
	case PLAIN:
		break;
	}
	return plain(parser);
}

size_t pf_ecma48_skip(struct pf_ecma48 *parser, const char *data, size_t size)
{
	size_t i = 0;

	if (parser->state != GROUND)
		return 0;
	while (i < size && data[i] >= ' ' && data[i] <= '~')
		i++;
	if (i > 0)
		parser->rest = 0;
	return i;
}

int pf_ecma48_is(const struct pf_ecma48 *parser, enum pf_ecma48_kind kind, const char *word)
{
	if (parser->kind != kind)
		return 0;
	if (parser->prefix && *word++ != parser->prefix)
		return 0;
	for (int i = 0; i < 2 && parser->middle[i]; i++)
		if (*word++ != parser->middle[i])
			return 0;
	return word[0] == parser->final && word[1] == '\0';
}

/* Returns the possible values of parser->kind in a state, as bits. Outside sequences and directly
 * after ESC, parser->kind is still the kind of the previous sequence, so every kind is possible. */
static unsigned kinds_of(enum state state)
{
	const unsigned strings = 1u << PF_ECMA48_DCS | 1u << PF_ECMA48_OSC | 1u << PF_ECMA48_OTHER;

	switch (state) {
	case ESCAPE_MORE:
		return 1u << PF_ECMA48_ESC;
	case START:
	case PARAMS:
	case MORE:
		return 1u << PF_ECMA48_CSI | 1u << PF_ECMA48_DCS;
	case IGNORE:
		return ~strings | 1u << PF_ECMA48_DCS;
	case TEXT:
		return strings;
	default:
		return ~0u;
	}
}

static int is_middle(char byte)
{
	return byte == '\0' || class_of[(unsigned char)byte] == MIDDLE;
}

/* Checks that each stored byte of a sequence is in the class that its position requires. */
static int are_bytes_sound(const struct pf_ecma48 *parser)
{
	const unsigned char final = (unsigned char)parser->final;
	const unsigned char prefix = (unsigned char)parser->prefix;

	if (prefix && class_of[prefix] != PRIVATE)
		return 0;
	if (final && (final < '0' || final > '~'))
		return 0;
	return is_middle(parser->middle[0]) && is_middle(parser->middle[1]) &&
	       (parser->middle[0] || !parser->middle[1]);
}

/* The number of parameters may be one above the maximum (number()), except in a control string: the
 * final byte before the string has limited the number. */
int pf_ecma48_is_sound(const struct pf_ecma48 *parser)
{
	if (parser->state >= STATE_COUNT || parser->kind > PF_ECMA48_OTHER)
		return 0;
	return parser->rest < 4 && kinds_of(parser->state) >> parser->kind & 1 &&
	       parser->count <= PF_ECMA48_PARAMS + (parser->state != TEXT) &&
	       parser->text_size <= PF_ECMA48_TEXT && parser->is_wrong <= 1 && parser->asks <= 1 &&
	       are_bytes_sound(parser);
}
