/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the ring buffer of a terminal's output: compares the ring with a simple model. */
#include "init/base/ring.h"

#include <sys/mman.h>

#include "unit.h"

#define SIZE 5000
#define CAPACITY (SIZE + PF_RING_READ)

struct model {
	struct pf_ring ring;
	unsigned char seen[1 << 20]; /* all bytes since the start */
};

static int set_up(void **state)
{
	static struct model model;

	*state = &model;
	return pf_ring_open(&model.ring, SIZE);
}

static int tear_down(void **state)
{
	struct model *model = *state;

	return munmap(model->ring.data, CAPACITY);
}

/* Adds bytes, as a reader of a terminal does. Does not overwrite the bytes from position `keep` on.
 * Returns the number of bytes added. */
static size_t put(struct model *model, size_t count, uint64_t keep)
{
	struct pf_ring *ring = &model->ring;
	size_t done = 0;

	while (done < count) {
		char *at;
		size_t room = pf_ring_room(ring, keep, &at);
		size_t part = room < count - done ? room : count - done;
		if (part == 0)
			break;
		for (size_t i = 0; i < part; i++) {
			unsigned char byte = (unsigned char)((ring->head + i) * 31 >> 2);
			at[i] = (char)byte;
			model->seen[ring->head + i] = byte;
		}
		pf_ring_add(ring, part);
		done += part;
	}
	return done;
}

/* Checks that the ring and the model have the same bytes from a position on. Returns the number of
 * bytes. */
static size_t check(const struct model *model, uint64_t place, size_t most)
{
	struct iovec parts[2];
	size_t count = pf_ring_look(&model->ring, place, most, parts);

	assert_int_equal(parts[0].iov_len + parts[1].iov_len, count);
	assert_true(count <= most);
	for (int i = 0; i < 2; i++) {
		const char *data = parts[i].iov_base;
		assert_true(parts[i].iov_len == 0 || data >= model->ring.data);
		assert_true(parts[i].iov_len == 0 ||
			    data + parts[i].iov_len <= model->ring.data + CAPACITY);
		assert_memory_equal(data, model->seen + place + (i ? parts[0].iov_len : 0),
				    parts[i].iov_len);
	}
	return count;
}

static void an_empty_ring_has_nothing_and_all_its_room(void **state)
{
	struct model *model = *state;
	char *at;

	assert_int_equal(pf_ring_tail(&model->ring), 0);
	assert_int_equal(check(model, 0, SIZE), 0);
	assert_int_equal(pf_ring_room(&model->ring, 0, &at), PF_RING_READ);
	assert_ptr_equal(at, model->ring.data);
}

static void what_was_put_in_is_found_in_order(void **state)
{
	struct model *model = *state;

	assert_int_equal(put(model, 100, 0), 100);
	assert_int_equal(check(model, 0, SIZE), 100);
	assert_int_equal(check(model, 0, 10), 10);
	assert_int_equal(check(model, 99, SIZE), 1);
	assert_int_equal(check(model, 100, SIZE), 0);
}

static void the_last_bytes_stay_when_it_goes_round(void **state)
{
	struct model *model = *state;

	for (int i = 0; i < 300; i++) {
		assert_int_equal(put(model, 1000 + (size_t)i, model->ring.head), 1000 + i);
		uint64_t tail = pf_ring_tail(&model->ring);
		assert_int_equal(tail, model->ring.head > SIZE ? model->ring.head - SIZE : 0);
		assert_int_equal(check(model, tail, SIZE * 2), model->ring.head - tail);
	}
}

static void what_somebody_has_not_got_is_never_overwritten(void **state)
{
	struct model *model = *state;

	put(model, 3000, 0);
	assert_int_equal(put(model, 9000, 1000), SIZE - 2000);
	assert_int_equal(check(model, 1000, SIZE), SIZE);
	char *at;
	assert_int_equal(pf_ring_room(&model->ring, 1000, &at), 0);
	assert_int_equal(put(model, 9000, 1500), 500);
	assert_int_equal(check(model, 1500, SIZE), SIZE);
}

static void any_size_works(void **state)
{
	struct pf_ring ring;
	struct iovec parts[2];
	char *at;

	(void)state;
	assert_int_equal(pf_ring_open(&ring, 5000), 0);
	for (int i = 0; i < 9999; i++) {
		assert_true(pf_ring_room(&ring, ring.head, &at) > 0);
		*at = (char)i;
		pf_ring_add(&ring, 1);
	}
	assert_int_equal(pf_ring_look(&ring, pf_ring_tail(&ring), 9999, parts), 5000);
	assert_int_equal(*(unsigned char *)parts[0].iov_base, (9999 - 5000) & 0xff);
	munmap(ring.data, 5000 + PF_RING_READ);
}

/* Reads the bytes that each new piece pushes out of the ring, and misses no byte. */
static void what_falls_out_is_still_there(void **state)
{
	struct model *model = *state;
	struct pf_ring *ring = &model->ring;
	uint64_t looked_at = 0;

	for (size_t i = 0; i < 200; i++) {
		char *at;
		uint64_t before = pf_ring_tail(ring);
		size_t room = pf_ring_room(ring, ring->head, &at);
		size_t part = i % 7 ? 1 + i * 37 % room : room;
		assert_int_equal(put(model, part, ring->head), part);
		looked_at += check(model, before, (size_t)(pf_ring_tail(ring) - before));
	}
	assert_true(looked_at > 10 * SIZE);
	assert_int_equal(looked_at, pf_ring_tail(ring));
}

#define WITH_RING(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

static const struct CMUnitTest tests[] = {
	WITH_RING(an_empty_ring_has_nothing_and_all_its_room),
	WITH_RING(what_was_put_in_is_found_in_order),
	WITH_RING(the_last_bytes_stay_when_it_goes_round),
	WITH_RING(what_somebody_has_not_got_is_never_overwritten),
	WITH_RING(what_falls_out_is_still_there),
	cmocka_unit_test(any_size_works),
};

UNIT_MAIN(tests)
