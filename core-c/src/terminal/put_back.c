/* SPDX-License-Identifier: BSD-2-Clause */
/* Prepares escape sequences that reset the caller's terminal, for signal handlers (put_back.h),
 * which cannot make them. */
#include "put_back.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

_Static_assert(sizeof(((struct pf_terminal_text *)NULL)->data) >= PF_MODES_TEXT_MAX, "room");

static void make_text(struct pf_terminal_text *ret, const struct pf_terminal_state *shown,
		      void (*add)(const struct pf_terminal_state *shown, struct pf_text *text))
{
	struct pf_text text = {.data = ret->data, .room = sizeof(ret->data)};

	add(shown, &text);
	ret->size = text.size;
}

static int is_same(const struct pf_terminal_text *a, const struct pf_terminal_text *b)
{
	return a->size == b->size && memcmp(a->data, b->data, a->size) == 0;
}

/* Makes new sequences, in the buffer that is not in use, because a signal handler may be reading
 * the other. */
static void update_texts(struct pf_put_back *put_back, const struct pf_terminal_state *shown,
			 struct pf_terminal *terminal)
{
	int next = !put_back->turn;

	make_text(&put_back->put_back[next], shown, pf_terminal_state_put_back);
	make_text(&put_back->set_again[next], shown, pf_terminal_state_set_again);
	if (terminal->put_back && is_same(&put_back->put_back[0], &put_back->put_back[1]) &&
	    is_same(&put_back->set_again[0], &put_back->set_again[1]))
		return;
	put_back->turn = next;
	terminal->put_back = &put_back->put_back[next];
	terminal->set_again = &put_back->set_again[next];
}

ssize_t pf_put_back_write(struct pf_put_back *put_back, struct pf_terminal_state *shown,
			  struct pf_terminal *terminal, int fd, const char *data, size_t size)
{
	const struct pf_terminal_state before = *shown;
	const int is_shown = terminal->out_fd >= 0;

	if (is_shown) {
		pf_terminal_state_take(shown, data, size);
		update_texts(put_back, shown, terminal);
	}
	ssize_t n = write(fd, data, size);
	int number = errno;
	if (is_shown && n != (ssize_t)size) {
		*shown = before;
		pf_terminal_state_take(shown, data, n > 0 ? (size_t)n : 0);
		update_texts(put_back, shown, terminal);
	}
	return n < 0 ? -number : n;
}
