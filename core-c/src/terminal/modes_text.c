/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes escape sequences from the modes of a terminal (modes_text.h). */
#include "modes_text.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

void pf_text_add(struct pf_text *text, const void *data, size_t size)
{
	size_t room = text->room - text->size;

	size = size < room ? size : room;
	memcpy(text->data + text->size, data, size);
	text->size += size;
}

__attribute__((format(printf, 2, 3))) static void put(struct pf_text *text, const char *format, ...)
{
	char piece[64];
	va_list arguments;

	va_start(arguments, format);
	int size = vsnprintf(piece, sizeof(piece), format, arguments);
	va_end(arguments);
	pf_text_add(text, piece, (size_t)size);
}

static void put_mode(struct pf_text *text, const struct pf_mode *mode, int on)
{
	if (mode->is_private && mode->number == PF_MODE_KEYPAD)
		put(text, "\033%c", on ? '=' : '>');
	else
		put(text, "\033[%s%d%c", mode->is_private ? "?" : "", mode->number, on ? 'h' : 'l');
}

static void put_modes(struct pf_text *text, const struct pf_modes *modes, unsigned classes,
		      int enter)
{
	for (size_t i = 0; i < pf_mode_count; i++) {
		const struct pf_mode *mode = &pf_mode_table[i];
		if (modes->changed >> i & 1 && mode->class & classes)
			put_mode(text, mode, enter ? !mode->is_on : mode->is_on);
	}
}

/* Pushes the keyboard flags. Only the latest PF_KEYBOARD_DEPTH flags are recorded. */
static void push_keyboard(struct pf_text *text, const struct pf_keyboard *keyboard)
{
	int depth = keyboard->depth < PF_KEYBOARD_DEPTH ? keyboard->depth : PF_KEYBOARD_DEPTH - 1;

	if (keyboard->flags[depth])
		put(text, "\033[=%d;1u", keyboard->flags[depth]);
	for (int i = depth - 1; i >= 0; i--)
		put(text, "\033[>%du", keyboard->flags[i]);
}

static void pop_keyboard(struct pf_text *text, const struct pf_keyboard *keyboard)
{
	int known = keyboard->depth < PF_KEYBOARD_DEPTH;

	if (keyboard->depth)
		put(text, "\033[<%du", keyboard->depth);
	if (known && keyboard->flags[keyboard->depth])
		put(text, "\033[=0;1u");
}

static void put_key_options(struct pf_text *text, const struct pf_modes *modes, int enter)
{
	for (int i = 0; i < PF_KEY_RESOURCES; i++) {
		if (modes->modify[i] && !enter)
			put(text, "\033[>%dm", i);
		else if (modes->modify[i] == PF_KEY_DISABLED)
			put(text, "\033[>%dn", i);
		else if (modes->modify[i])
			put(text, "\033[>%d;%dm", i, modes->modify[i] - 1);
		if (modes->format[i] && !enter)
			put(text, "\033[>%df", i);
		else if (modes->format[i])
			put(text, "\033[>%d;%df", i, modes->format[i] - 1);
	}
}

static void put_charsets(struct pf_text *text, const struct pf_modes *modes, int enter)
{
	static const char shift[][3] = {"\017", "\016", "\033n", "\033o"};

	for (int i = 0; i < 4; i++)
		if (modes->charset[i] && (!enter || modes->charset[i] != '?'))
			put(text, "\033%c%c", "()*+"[i], enter ? modes->charset[i] : 'B');
	if (modes->shift)
		put(text, "%s", shift[enter ? modes->shift & 3 : 0]);
}

static void enter_keys(const struct pf_modes *modes, struct pf_text *text)
{
	put_key_options(text, modes, 1);
	if (modes->level)
		put(text, "\033[%d;1\"p", 60 + modes->level);
	if (modes->others & PF_MODES_EIGHT_BIT)
		put(text, "\033 G");
}

/* Sets modes that change the meaning of all later bytes. pf_modes_enter() does this last, so that
 * the terminal understands the sequences before. */
static void enter_meaning(const struct pf_modes *modes, struct pf_text *text)
{
	if (modes->others & PF_MODES_LOCATOR)
		put(text, "\033[1'z");
	if (modes->others & PF_MODES_NOT_UTF8)
		put(text, "\033%%@");
	if (modes->others & PF_MODES_VT52)
		put(text, "\033[?2l");
}

static void enter_screen(const struct pf_modes *modes, struct pf_text *text)
{
	if (modes->top || modes->bottom) /* a bottom margin of 0 is the bottom of the screen */
		put(text, modes->bottom ? "\033[%d;%dr" : "\033[%dr", modes->top, modes->bottom);
	if (modes->cursor_style)
		put(text, "\033[%d q", modes->cursor_style);
	put_charsets(text, modes, 1);
	if (modes->status_line)
		put(text, "\033[%d$~", modes->status_line);
	if (modes->others & PF_MODES_STATUS)
		put(text, "\033[1$}");
}

void pf_modes_enter(const struct pf_modes *modes, unsigned classes, struct pf_text *text)
{
	if (classes & PF_MODE_KEYS)
		push_keyboard(text, &modes->keyboard[0]);
	if (classes & PF_MODE_ALTERNATE && modes->alternate)
		put(text, "\033[?%dh", modes->alternate);
	if (classes & PF_MODE_KEYS && classes & PF_MODE_ALTERNATE && modes->alternate)
		push_keyboard(text, &modes->keyboard[1]);
	put_modes(text, modes, classes, 1);
	if (classes & PF_MODE_SCREEN)
		enter_screen(modes, text);
	if (classes & PF_MODE_KEYS)
		enter_keys(modes, text);
	if (classes & PF_MODE_SPEAKS)
		enter_meaning(modes, text);
}

static void leave_strings(const struct pf_modes *modes, struct pf_text *text)
{
	if (modes->strings & PF_MODES_PALETTE)
		put(text, "\033]104\033\\");
	if (modes->strings & PF_MODES_SPECIAL)
		put(text, "\033]105\033\\");
	if (modes->strings & PF_MODES_LINK)
		put(text, "\033]8;;\033\\");
	if (modes->strings & PF_MODES_POINTER)
		put(text, "\033]22;\033\\");
	if (modes->strings & PF_MODES_PROGRESS)
		put(text, "\033]9;4;0\033\\");
	for (int i = 0; i < 10; i++)
		if (modes->strings & (uint32_t)PF_MODES_COLOUR_10 << i)
			put(text, "\033]%d\033\\", 110 + i);
	if (modes->strings & PF_MODES_USER_KEYS)
		put(text, "\033P0;1|\033\\");
}

/* Resets modes of the screen. Saves and restores the cursor, which moves when the margins are
 * reset. */
static void leave_screen(const struct pf_modes *modes, struct pf_text *text)
{
	if (modes->top || modes->bottom)
		put(text, "\0337\033[r\0338");
	put_charsets(text, modes, 0);
	if (modes->others & PF_MODES_COLOURED)
		put(text, "\033[m");
	if (modes->cursor_style)
		put(text, "\033[0 q");
	if (modes->others & PF_MODES_TABS)
		put(text, "\033[?5W");
}

/* Resets modes that change the meaning of bytes. pf_modes_leave() does this first, so that the
 * terminal understands the sequences that follow. */
static void leave_meaning(const struct pf_modes *modes, struct pf_text *text)
{
	if (modes->others & PF_MODES_VT52)
		put(text, "\033<");
	if (modes->others & PF_MODES_NOT_UTF8)
		put(text, "\033%%G");
	if (modes->others & PF_MODES_EIGHT_BIT)
		put(text, "\033 F");
	if (modes->level)
		put(text, "\033[64;1\"p");
	if (modes->others & PF_MODES_STATUS)
		put(text, "\033[0$}");
	if (modes->status_line)
		put(text, "\033[0$~");
}

void pf_modes_leave(const struct pf_modes *modes, struct pf_text *text)
{
	leave_meaning(modes, text);
	put_modes(text, modes, PF_MODE_SPEAKS | PF_MODE_KEYS | PF_MODE_SCREEN, 0);
	if (modes->others & PF_MODES_LOCATOR)
		put(text, "\033[0'z");
	put_key_options(text, modes, 0);
	if (modes->alternate) {
		pop_keyboard(text, &modes->keyboard[1]);
		put(text, "\033[?%dl", modes->alternate);
	}
	pop_keyboard(text, &modes->keyboard[0]);
	leave_screen(modes, text);
	leave_strings(modes, text);
}

void pf_terminal_state_take(struct pf_terminal_state *shown, const char *data, size_t size)
{
	pf_modes_feed(&shown->modes, &shown->parser, data, size);
}

void pf_terminal_state_put_back(const struct pf_terminal_state *shown, struct pf_text *text)
{
	if (!pf_ecma48_is_between(&shown->parser))
		pf_text_add(text, PF_CANCEL, 1);
	pf_modes_leave(&shown->modes, text);
}

void pf_terminal_state_set_again(const struct pf_terminal_state *shown, struct pf_text *text)
{
	pf_modes_enter(&shown->modes, PF_MODE_ALL, text);
}
