/* SPDX-License-Identifier: BSD-2-Clause */
/* Compares two texts line by line (unified.h). */
#include "unified.h"

#include <stdlib.h>
#include <string.h>

#include "fault.h"

#define CONTEXT 3
/* The search for the shortest difference ends here; the rest becomes one large hunk. */
#define MOST_STEPS 2000

/* A line with its newline. */
struct line {
	const char *text;
	size_t size;
	uint64_t hash;
};

struct lines {
	struct line *all;
	int64_t count;
};

/* Lines that were replaced: from `a` to `a_end` in the first text, from `b` to `b_end` in the
 * second text. */
struct edit {
	int64_t a, a_end, b, b_end;
};

struct diff {
	struct lines a, b;
	int64_t start;        /* the number of equal lines at the start */
	int64_t a_end, b_end; /* where the equal lines at the end begin */
	int32_t *trace[MOST_STEPS + 1];
	int steps; /* the number of arrays in `trace` */
	struct edit *edits;
	size_t edit_count;
	size_t edit_room;
};

static int split(const char *text, size_t size, struct lines *ret)
{
	size_t count = 0;

	for (size_t i = 0; i < size; i++)
		count += text[i] == '\n' || i + 1 == size;
	ret->all = calloc(count + 1, sizeof(*ret->all));
	if (!ret->all)
		return PF_NO_MEMORY;
	for (size_t at = 0; at < size;) {
		struct line *line = &ret->all[ret->count++];
		const char *end = memchr(text + at, '\n', size - at);
		*line = (struct line){text + at, end ? (size_t)(end - text) - at + 1 : size - at,
				      UINT64_C(14695981039346656037)};
		for (size_t i = 0; i < line->size; i++)
			line->hash = (line->hash ^ (unsigned char)line->text[i]) *
				     UINT64_C(1099511628211); /* FNV-1a */
		at += line->size;
	}
	return 0;
}

static int is_equal(const struct line *one, const struct line *other)
{
	return one->hash == other->hash && one->size == other->size &&
	       memcmp(one->text, other->text, one->size) == 0;
}

/* Tells whether the way to diagonal k comes from the diagonal above, by a line that was added. The
 * diagonal k is at index k + steps + 1. */
static int comes_down(const int32_t *reach, int steps, int64_t k)
{
	const int64_t at = k + steps + 1;

	return k == -steps || (k != steps && reach[at - 1] < reach[at + 1]);
}

/* Adds an edit before a pair of equal lines, if lines were replaced there. */
static int add_edit(struct diff *diff, int64_t a, int64_t a_end, int64_t b, int64_t b_end)
{
	if (a == a_end && b == b_end)
		return 0;
	if (diff->edit_count == diff->edit_room) {
		const size_t room = diff->edit_room ? 2 * diff->edit_room : 16;
		struct edit *edits = realloc(diff->edits, room * sizeof(*edits));
		if (!edits)
			return PF_NO_MEMORY;
		diff->edits = edits;
		diff->edit_room = room;
	}
	diff->edits[diff->edit_count++] = (struct edit){a, a_end, b, b_end};
	return 0;
}

/* Goes back from the end of the shortest way, and adds the edits, the last edit first. */
static int walk_back(struct diff *diff, int64_t x, int64_t y)
{
	int64_t last_x = x, last_y = y; /* where the edit ends that is found now */

	for (int steps = diff->steps - 1; steps >= 0; steps--) {
		const int32_t *reach = diff->trace[steps];
		const int64_t k = x - y;
		const int64_t previous = comes_down(reach, steps, k) ? k + 1 : k - 1;
		const int64_t from_x = steps == 0 ? 0 : reach[previous + steps + 1];
		const int64_t from_y = steps == 0 ? 0 : from_x - previous;
		while (x > from_x && y > from_y) {
			int r = add_edit(diff, diff->start + x, diff->start + last_x,
					 diff->start + y, diff->start + last_y);
			if (r < 0)
				return r;
			last_x = --x;
			last_y = --y;
		}
		x = from_x;
		y = from_y;
	}
	return add_edit(diff, diff->start, diff->start + last_x, diff->start, diff->start + last_y);
}

/* Finds a shortest difference by the algorithm of Myers (1986). Returns 1, or 0 if the texts differ
 * too much. */
static int find_edits(struct diff *diff)
{
	const struct line *a = diff->a.all + diff->start, *b = diff->b.all + diff->start;
	const int64_t a_count = diff->a_end - diff->start, b_count = diff->b_end - diff->start;
	int32_t *reach = calloc(3, sizeof(*reach));

	for (int steps = 0; steps <= MOST_STEPS && steps <= a_count + b_count; steps++) {
		int32_t *next = calloc(2 * (size_t)steps + 5, sizeof(*next));
		diff->trace[diff->steps++] = reach;
		if (!reach || !next) {
			free(next);
			return PF_NO_MEMORY;
		}
		for (int64_t k = -steps; k <= steps; k += 2) {
			const int64_t at = k + steps + 1;
			int64_t x = comes_down(reach, steps, k) ? reach[at + 1] : reach[at - 1] + 1;
			while (x < a_count && x - k < b_count && is_equal(&a[x], &b[x - k]))
				x++;
			next[at + 1] = (int32_t)x;
			if (x >= a_count && x - k >= b_count) {
				free(next);
				int r = walk_back(diff, x, x - k);
				return r < 0 ? r : 1;
			}
		}
		reach = next;
	}
	free(reach);
	return 0;
}

static void put_range(struct pf_text *out, const char *mark, int64_t start, int64_t end)
{
	const int64_t count = end - start;

	pf_text_put(out, mark);
	pf_text_number(out, (uint64_t)(count == 0 ? start : start + 1));
	if (count != 1) {
		pf_text_put(out, ",");
		pf_text_number(out, (uint64_t)count);
	}
}

static void put_lines(struct pf_text *out, const char *mark, const struct lines *lines,
		      int64_t from, int64_t to)
{
	for (; from < to; from++) {
		const struct line *line = &lines->all[from];
		pf_text_put(out, mark);
		pf_text_add(out, line->text, line->size);
		if (line->text[line->size - 1] != '\n')
			pf_text_put(out, "\n\\ No newline at end of file\n");
	}
}

/* Writes a hunk with edits, from the edit `from` back to the edit `to`, which are at most two
 * contexts apart. */
static void put_hunk(struct pf_text *out, const struct diff *diff, size_t from, size_t to)
{
	const struct edit *first = &diff->edits[from], *last = &diff->edits[to];
	const int64_t least = first->a < first->b ? first->a : first->b;
	const int64_t before = least < CONTEXT ? least : CONTEXT;
	const int64_t rest = diff->a.count - last->a_end;
	const int64_t after = rest < CONTEXT ? rest : CONTEXT;
	int64_t at = first->a - before;

	put_range(out, "@@ -", at, last->a_end + after);
	put_range(out, " +", first->b - before, last->b_end + after);
	pf_text_put(out, " @@\n");
	for (size_t i = from + 1; i-- > to;) {
		const struct edit *edit = &diff->edits[i];
		put_lines(out, " ", &diff->a, at, edit->a);
		put_lines(out, "-", &diff->a, edit->a, edit->a_end);
		put_lines(out, "+", &diff->b, edit->b, edit->b_end);
		at = edit->a_end;
	}
	put_lines(out, " ", &diff->a, at, last->a_end + after);
}

/* Writes the hunks. The last edit comes first in the list. */
static void put_hunks(struct pf_text *out, const struct diff *diff, uint64_t *added,
		      uint64_t *removed)
{
	size_t first = diff->edit_count;

	for (size_t i = diff->edit_count; i-- > 0;) {
		const struct edit *edit = &diff->edits[i];
		*added += (uint64_t)(edit->b_end - edit->b);
		*removed += (uint64_t)(edit->a_end - edit->a);
		if (first < diff->edit_count && edit->a - edit[1].a_end > 2 * CONTEXT) {
			put_hunk(out, diff, first, i + 1);
			first = i;
		}
		if (first == diff->edit_count)
			first = i;
	}
	if (diff->edit_count > 0)
		put_hunk(out, diff, first, 0);
}

static int compare(struct diff *diff)
{
	const struct lines *a = &diff->a, *b = &diff->b;

	while (diff->start < a->count && diff->start < b->count &&
	       is_equal(&a->all[diff->start], &b->all[diff->start]))
		diff->start++;
	diff->a_end = a->count;
	diff->b_end = b->count;
	while (diff->a_end > diff->start && diff->b_end > diff->start &&
	       is_equal(&a->all[diff->a_end - 1], &b->all[diff->b_end - 1])) {
		diff->a_end--;
		diff->b_end--;
	}
	int r = find_edits(diff);
	return r != 0 ? r : add_edit(diff, diff->start, diff->a_end, diff->start, diff->b_end);
}

int pf_unified(struct pf_text *out, const char *one, size_t one_size, const char *other,
	       size_t other_size, uint64_t *ret_added, uint64_t *ret_removed)
{
	struct diff *diff = calloc(1, sizeof(*diff));
	int r = diff ? 0 : PF_NO_MEMORY;

	*ret_added = 0;
	*ret_removed = 0;
	if (r >= 0)
		r = split(one, one_size, &diff->a);
	if (r >= 0)
		r = split(other, other_size, &diff->b);
	if (r >= 0)
		r = compare(diff);
	if (r >= 0)
		put_hunks(out, diff, ret_added, ret_removed);
	for (int i = 0; diff && i < diff->steps; i++)
		free(diff->trace[i]);
	if (diff) {
		free(diff->edits);
		free(diff->a.all);
		free(diff->b.all);
	}
	free(diff);
	return r < 0 ? r : 0;
}
