/* SPDX-License-Identifier: BSD-2-Clause */
/* The functions of pflask/trial.h. */
#include <stdlib.h>
#include <string.h>

#include "differ.h"
#include "src/base/error.h"
#include "src/base/numbers.h"
#include "src/base/struct_size.h"
#include "steps.h"

#define EXPORT __attribute__((visibility("default")))

/* The sizes of the structures in ABI 1. A caller's structure must be at least as large. */
#define LEAST_CHANGE 56
#define LEAST_DIFFERENCE 88
#define LEAST_OVERLAY 32

_Static_assert(sizeof(struct pflask_change) >= LEAST_CHANGE, "a structure only grows");
_Static_assert(sizeof(struct pflask_overlay) >= LEAST_OVERLAY, "a structure only grows");
_Static_assert(sizeof(struct pflask_difference) >= LEAST_DIFFERENCE, "a structure only grows");

/* Ends a function: gives the error to the caller. Returns the result, or -errno. */
static int give(struct pflask_trial *trial, int r, struct pflask_error *reterr, uint32_t error_size)
{
	if (r >= 0)
		return r;
	if (r != PF_SAID)
		pf_say_failure(trial, trial->dir ? trial->dir : "trial", r, NULL);
	const int number = trial->error.number;
	return pf_error_give(number > 0 ? -number : -EPROTO, &trial->error, reterr, error_size);
}

EXPORT uint32_t pflask_trial_abi(void)
{
	return PFLASK_TRIAL_ABI;
}

EXPORT int pflask_trial_open(const char *dir, pflask_trial **ret, struct pflask_error *reterr,
			     uint32_t error_size)
{
	struct pflask_error error;
	int r = pf_error_begin(&error, reterr, error_size);

	if (r < 0)
		return r;
	struct pflask_trial *trial = calloc(1, sizeof(*trial));
	if (!trial)
		return pf_error_give(-ENOMEM, &error, reterr, error_size);
	r = give(trial, pf_open_trial(trial, dir), reterr, error_size);
	if (r < 0)
		pf_free_trial(trial);
	else
		*ret = trial;
	return r < 0 ? r : 0;
}

EXPORT pflask_trial *pflask_trial_close(pflask_trial *trial)
{
	if (trial)
		pf_free_trial(trial);
	return NULL;
}

EXPORT int pflask_trial_select(pflask_trial *trial, const char *const *paths, uint32_t count,
			       struct pflask_error *reterr, uint32_t error_size)
{
	int r = pf_error_begin(&trial->error, reterr, error_size);

	if (r < 0)
		return r;
	pf_free_differ(trial->differ);
	trial->differ = NULL;
	trial->last_index = (size_t)-1;
	return give(trial, pf_select(trial, paths, count), reterr, error_size);
}

static int give_change(struct pflask_change change, struct pflask_change *ret, uint32_t size)
{
	if (size < LEAST_CHANGE)
		return -EINVAL;
	pf_copy_to_caller(ret, size, &change, sizeof(change));
	return 0;
}

static struct pflask_change describe(const struct pflask_trial *trial,
				     const struct pf_change *change)
{
	return (struct pflask_change){
		.path = change->path,
		.size = change->now.size,
		.kind = change->kind,
		.index = (int32_t)pf_index_of(trial, change),
		.mode = change->now.mode,
		.uid = change->now.uid,
		.gid = change->now.gid,
		.below = change->below.known == PF_FOUND ? change->below.mode : 0,
		.below_size = change->below.size,
	};
}

static struct pflask_change describe_reason(const struct pflask_trial *trial,
					    const struct pf_reason *reason)
{
	const struct pf_change *found = pf_find_change(trial, reason->path);
	struct pflask_change change = {.index = -1};

	if (found)
		change = describe(trial, found);
	change.path = reason->path;
	change.why = reason->why;
	return change;
}

EXPORT int pflask_trial_change(pflask_trial *trial, uint32_t number, struct pflask_change *ret,
			       uint32_t change_size)
{
	uint32_t left = number;

	/* Mostly, all changes are selected, and the caller asks for one after the other. */
	if (trial->last_index < trial->change_count && number == trial->last_number + 1)
		left = 0;
	else
		trial->last_index = (size_t)-1;
	for (size_t i = trial->last_index + 1; i < trial->change_count; i++) {
		if (!trial->changes[i].is_selected || !trial->changes[i].layer || left-- > 0)
			continue;
		trial->last_index = i;
		trial->last_number = number;
		return give_change(describe(trial, &trial->changes[i]), ret, change_size);
	}
	uint32_t selected = 0;
	for (size_t i = 0; i < trial->change_count; i++)
		selected += trial->changes[i].is_selected && trial->changes[i].layer;
	trial->last_index = (size_t)-1;
	if (number - selected >= trial->lost.count)
		return -ENOENT;
	return give_change(describe_reason(trial, &trial->lost.all[number - selected]), ret,
			   change_size);
}

EXPORT int pflask_trial_overlay(pflask_trial *trial, uint32_t number, struct pflask_overlay *ret,
				uint32_t overlay_size)
{
	if (number >= trial->layer_count || overlay_size < LEAST_OVERLAY)
		return number >= trial->layer_count ? -ENOENT : -EINVAL;
	const struct pf_layer *layer = &trial->layers[number];
	const struct pflask_overlay overlay = {
		.path = *layer->path ? layer->path : "/",
		.upper = layer->upper_name,
		.lower = layer->place,
		.uid = trial->uid,
		.userns = (uint32_t)trial->userns,
	};
	pf_copy_to_caller(ret, overlay_size, &overlay, sizeof(overlay));
	return 0;
}

EXPORT int pflask_trial_difference(pflask_trial *trial, struct pflask_difference *ret,
				   uint32_t difference_size, struct pflask_error *reterr,
				   uint32_t error_size)
{
	struct pflask_difference one;
	int r = pf_error_begin(&trial->error, reterr, error_size);

	if (r < 0 || difference_size < LEAST_DIFFERENCE)
		return r < 0 ? r : -EINVAL;
	r = give(trial, pf_next_difference(trial, &one), reterr, error_size);
	if (r > 0)
		pf_copy_to_caller(ret, difference_size, &one, sizeof(one));
	return r;
}

EXPORT int pflask_trial_diff(pflask_trial *trial, int out_fd, struct pflask_error *reterr,
			     uint32_t error_size)
{
	int r = pf_error_begin(&trial->error, reterr, error_size);

	if (r < 0)
		return r;
	return give(trial, pf_write_differences(trial, out_fd), reterr, error_size);
}

/* Forgets the results of the last step. */
static void forget(pflask_trial *trial)
{
	pf_clear_reasons(&trial->conflicts);
	trial->done_count = 0;
}

EXPORT int pflask_trial_apply(pflask_trial *trial, uint32_t flags, struct pflask_error *reterr,
			      uint32_t error_size)
{
	int r = pf_error_begin(&trial->error, reterr, error_size);

	if (r < 0)
		return r;
	forget(trial);
	return give(trial, pf_apply(trial, flags), reterr, error_size);
}

EXPORT int pflask_trial_revert(pflask_trial *trial, struct pflask_error *reterr,
			       uint32_t error_size)
{
	int r = pf_error_begin(&trial->error, reterr, error_size);

	if (r < 0)
		return r;
	forget(trial);
	return give(trial, pf_revert(trial), reterr, error_size);
}

EXPORT int pflask_trial_conflict(pflask_trial *trial, uint32_t number, struct pflask_change *ret,
				 uint32_t change_size)
{
	if (number >= trial->conflicts.count)
		return -ENOENT;
	return give_change(describe_reason(trial, &trial->conflicts.all[number]), ret, change_size);
}

EXPORT int pflask_trial_done(pflask_trial *trial, uint32_t number, struct pflask_change *ret,
			     uint32_t change_size)
{
	if (number >= trial->done_count)
		return -ENOENT;
	return give_change(describe(trial, trial->done[number]), ret, change_size);
}
