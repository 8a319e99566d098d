/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests subordinate ids: their owners, and free ranges, even with a malformed /etc/subuid. */
#define _GNU_SOURCE
#include "child.h"

#include <signal.h>

#include "src/ids/subids.h"

#define FIRST_PICK 0x80000u /* the lowest id that systemd-nspawn(1) picks, too */
#define LAST_PICK 0x6fff0000u

/* Writes the content into both files, and returns the ranges of alice, whose uid is 12345. */
static struct pf_subids alices(const char *subuid)
{
	struct pf_subids subids;

	child_cover_etc();
	child_write("/etc/subuid", subuid);
	child_write("/etc/subgid", "alice:1:1\n");
	pf_subids_read(PF_UID, "alice", 12345, &subids);
	return subids;
}

static void expect(const struct pf_subids *subids, size_t index, uint32_t first, uint32_t count)
{
	assert_true(index < subids->count);
	assert_int_equal(subids->range[index].inside, 0);
	assert_int_equal(subids->range[index].outside, first);
	assert_int_equal(subids->range[index].count, count);
}

static void each_kind_has_its_file(void)
{
	struct pf_subids subids = alices("alice:100000:65536\n");

	assert_int_equal(subids.count, 1);
	expect(&subids, 0, 100000, 65536);
	pf_subids_read(PF_GID, "alice", 12345, &subids);
	assert_int_equal(subids.count, 1);
	expect(&subids, 0, 1, 1);
	assert_string_equal(pf_subids_file(PF_UID), "/etc/subuid");
	assert_string_equal(pf_subids_file(PF_GID), "/etc/subgid");
}

static void without_a_file_there_is_no_range(void)
{
	struct pf_subids subids = {.count = 3};

	child_cover_etc();
	pf_subids_read(PF_UID, "alice", 12345, &subids);
	assert_int_equal(subids.count, 0);
	child_write("/etc/subuid", "");
	pf_subids_read(PF_UID, "alice", 12345, &subids);
	assert_int_equal(subids.count, 0);
	assert_int_equal(pf_subids_next(), 100000);
}

static void a_user_has_a_name_or_a_number(void)
{
	struct pf_subids subids = alices("bob:1000:1\nalice:2000:2\n1234:3000:3\n12345:4000:4\n"
					 "123456:5000:5\nalic:6000:6\nalice2:7000:7\nALICE:8000:8\n"
					 "alice:9000:9");

	assert_int_equal(subids.count, 3);
	expect(&subids, 0, 2000, 2);
	expect(&subids, 1, 4000, 4);
	expect(&subids, 2, 9000, 9);
}

static void malformed_lines_are_skipped(void)
{
	struct pf_subids subids =
		alices("\n\n:\n::\n:::\nalice\nalice:\nalice:1\nalice:1:\nalice::1\nalice:1:0\n"
		       "alice:-1:5\nalice:1:-5\nalice:+1:5\nalice: 1:5\nalice:1:5 \nalice:1:5:6\n"
		       "alice:0x10:5\nalice:1:5\r\n#alice:1:5\n alice:1:5\nalice :1:5\n"
		       "alice:4294967295:1\nalice:4294967296:1\nalice:1:4294967296\n"
		       "alice:18446744073709551617:1\nalice:100000:65536\n");

	assert_int_equal(subids.count, 1);
	expect(&subids, 0, 100000, 65536);
}

/* A range beyond the last valid id is ignored, because no map can have it. */
static void ranges_stay_among_the_ids(void)
{
	struct pf_subids subids = alices("alice:4294967294:2\nalice:4294901760:65536\n"
					 "alice:1:4294967294\nalice:4294967294:1\n"
					 "alice:2:4294967294\n");

	assert_int_equal(subids.count, 2);
	expect(&subids, 0, 1, 4294967294);
	expect(&subids, 1, 4294967294, 1);
}

static void bytes_of_all_kinds_are_read(void)
{
	struct pf_subids subids;
	FILE *file;

	child_cover_etc();
	file = fopen("/etc/subuid", "we");
	assert_non_null(file);
	for (int i = 0; i < 100000; i++)
		fputc(i % 256 == '\n' ? ':' : i % 256, file);
	fputs("\nalice:5:5\n", file);
	for (int i = 0; i < 1000000; i++)
		fputc('9', file);
	fputs("\nalice\0:6:6\n", file);
	fwrite("\0alice:7:7\nalice:8:8\0\n", 1, 23, file);
	fputs("alice:9:", file);
	assert_int_equal(fclose(file), 0);
	pf_subids_read(PF_UID, "alice", 12345, &subids);
	assert_int_equal(subids.count, 2);
	expect(&subids, 0, 5, 5);
	expect(&subids, 1, 8, 8);
}

static void more_ranges_than_fit_are_left_out(void)
{
	struct pf_subids subids;
	FILE *file;

	child_cover_etc();
	file = fopen("/etc/subuid", "we");
	assert_non_null(file);
	for (int i = 0; i < 1000; i++)
		fprintf(file, "alice:%d:1\n", 1000 + i);
	assert_int_equal(fclose(file), 0);
	pf_subids_read(PF_UID, "alice", 12345, &subids);
	assert_int_equal(subids.count, PF_SUBID_RANGES);
	expect(&subids, PF_SUBID_RANGES - 1, 1000 + PF_SUBID_RANGES - 1, 1);
}

static void a_range_holds_only_whole_ranges(void)
{
	struct pf_subids subids = alices("alice:100:10\nalice:4294967290:5\n");

	assert_true(pf_subids_hold(&subids, 100, 10));
	assert_true(pf_subids_hold(&subids, 109, 1));
	assert_false(pf_subids_hold(&subids, 99, 1));
	assert_false(pf_subids_hold(&subids, 99, 2));
	assert_false(pf_subids_hold(&subids, 110, 1));
	assert_false(pf_subids_hold(&subids, 109, 2));
	assert_false(pf_subids_hold(&subids, 100, 4294967294));
	assert_true(pf_subids_hold(&subids, 4294967290, 5));
	assert_false(pf_subids_hold(&subids, 4294967290, 6));
	assert_false(pf_subids_hold(&subids, 4294967294, 4294967294));
}

/* Adjacent ranges in any order are one range, as for newuidmap(1). */
static void adjacent_ranges_hold_together(void)
{
	struct pf_subids subids = alices("alice:120:10\nalice:100:10\nalice:105:15\nalice:200:1\n");

	assert_true(pf_subids_hold(&subids, 100, 30));
	assert_true(pf_subids_hold(&subids, 119, 2));
	assert_false(pf_subids_hold(&subids, 100, 31));
	assert_false(pf_subids_hold(&subids, 99, 31));
	assert_false(pf_subids_hold(&subids, 129, 72));
	subids.count = 0;
	assert_false(pf_subids_hold(&subids, 100, 1));
}

static void the_source_is_what_nsswitch_conf_names(void)
{
	static const struct {
		const char *text, *source;
	} cases[] = {
		{"", NULL},
		{"passwd: files\n", NULL},
		{"subid: files\n", NULL},
		{"subid: files sss\n", NULL},
		{"subid:\n", NULL},
		{"#subid: sss\n", NULL},
		{"subids: sss\n", NULL},
		{"subid: sss\n", "sss"},
		{" \tsubid:sss files\n", "sss"},
		{"passwd: files\nsubid:\tldap", "ldap"},
	};

	child_cover_etc();
	assert_null(pf_subids_source());
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		child_write("/etc/nsswitch.conf", cases[i].text);
		char *source = pf_subids_source();
		assert_int_equal(source != NULL, cases[i].source != NULL);
		if (source)
			assert_string_equal(source, cases[i].source);
		free(source);
	}
}

static void the_next_range_follows_the_last(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\nbob:300000:10\n");
	assert_int_equal(pf_subids_next(), 300010);
	child_write("/etc/subgid", "bob:500000:65536\n");
	assert_int_equal(pf_subids_next(), 565536);
	/* A range is ignored if no free range fits after it. */
	child_write("/etc/subgid", "bob:1:4294967294\nbob:1879048191:1\nbob:500001:65536\n");
	assert_int_equal(pf_subids_next(), 565537);
}

static void a_pick_is_a_whole_place_among_those_of_containers(void)
{
	static const char *const names[] = {"/", "/srv/debian", "/srv/1", "/srv/2", ""};
	uint32_t picks[5], others = 0;

	child_cover_etc();
	for (int i = 0; i < 5; i++) {
		picks[i] = pf_subids_pick(names[i], 65536);
		assert_true(picks[i] >= FIRST_PICK && picks[i] < LAST_PICK);
		assert_int_equal(picks[i] % 65536, 0);
		others += picks[i] != picks[0];
	}
	assert_true(others > 0);
}

/* A second process picks a different range, although no process uses the range of the first process
 * yet. */
static void another_process_picks_another_place(void)
{
	uint32_t first, others = 0;

	child_cover_etc();
	first = pf_subids_pick("/", 65536);
	for (int i = 0; i < 4; i++) {
		int ends[2];
		uint32_t other = 0;
		assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
		pid_t pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			other = pf_subids_pick("/", 65536);
			_exit(write(ends[1], &other, sizeof(other)) != sizeof(other));
		}
		assert_int_equal(read(ends[0], &other, sizeof(other)), sizeof(other));
		assert_int_equal(waitpid(pid, NULL, 0), pid);
		close(ends[0]);
		close(ends[1]);
		others += other != first;
	}
	assert_true(others > 0);
}

/* Writes an entry with an id into a file, and checks that the picked range does not have the id. */
static void expect_avoided(const char *file, const char *format, uint32_t id)
{
	char text[256];
	uint32_t first;

	snprintf(text, sizeof(text), format, id);
	child_write(file, text);
	first = pf_subids_pick("/srv/debian", 65536);
	assert_true(first >= FIRST_PICK && first < LAST_PICK);
	assert_true(id < first || id > first + 65535);
}

static void a_pick_avoids_granted_ids(void)
{
	uint32_t first;

	child_cover_etc();
	first = pf_subids_pick("/srv/debian", 65536);
	expect_avoided("/etc/subuid", "bob:%u:65536\n", first);
	expect_avoided("/etc/subuid", "bob:%u:1\n", first);
	expect_avoided("/etc/subuid", "bob:%u:1\n", first + 65535);
	child_write("/etc/subuid", "");
	expect_avoided("/etc/subgid", "bob:%u:65536\n", first);
	child_write("/etc/subgid", "");
	expect_avoided("/etc/passwd", "odd:x:%u:100::/:\n", first);
	child_write("/etc/passwd", "");
	expect_avoided("/etc/group", "odd:x:%u:\n", first);
	child_write("/etc/group", "");
	assert_int_equal(pf_subids_pick("/srv/debian", 65536), first);
}

/* Starts a process with a uid. The process runs until it is killed or its parent ends. */
static pid_t run_as(uid_t uid)
{
	int ready[2];
	char byte;

	assert_int_equal(pipe2(ready, O_CLOEXEC), 0);
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		child_become(uid, 12345);
		assert_int_equal(prctl(PR_SET_PDEATHSIG, SIGKILL), 0);
		close(ready[1]);
		for (;;)
			pause();
	}
	close(ready[1]);
	assert_int_equal(read(ready[0], &byte, 1), 0);
	close(ready[0]);
	return pid;
}

/* The ids of a running process are not picked. */
static void a_pick_avoids_ids_of_processes(void)
{
	uint32_t first;

	child_cover_etc();
	first = pf_subids_pick("/srv/debian", 65536);
	pid_t pid = run_as(first + 65535);
	uint32_t other = pf_subids_pick("/srv/debian", 65536);
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, NULL, 0), pid);
	assert_int_not_equal(other, first);
	assert_int_equal(pf_subids_pick("/srv/debian", 65536), first);
}

static void granted_ids_are_not_free(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "bob:1000:10\n");
	child_write("/etc/subgid", "bob:2000:10\n");
	assert_false(pf_subids_are_free(PF_UID, 1009, 1));
	assert_false(pf_subids_are_free(PF_UID, 0, 4294967295));
	assert_false(pf_subids_are_free(PF_UID, 990, 11));
	assert_true(pf_subids_are_free(PF_UID, 990, 10));
	assert_true(pf_subids_are_free(PF_UID, 1010, 4294966285));
	assert_true(pf_subids_are_free(PF_UID, 2000, 10));
	assert_true(pf_subids_are_free(PF_GID, 1000, 10));
	assert_false(pf_subids_are_free(PF_GID, 2005, 1));
}

/* Malformed lines reserve no ids. */
static void a_pick_is_not_deceived_by_malformed_lines(void)
{
	uint32_t first;
	char text[256];

	child_cover_etc();
	first = pf_subids_pick("/srv/debian", 65536);
	snprintf(text, sizeof(text), "bob:%u:0\nbob:%u\nbob:%u:x\n", first, first, first);
	child_write("/etc/subuid", text);
	assert_int_equal(pf_subids_pick("/srv/debian", 65536), first);
}

static void the_last_free_place_is_found(void)
{
	uint32_t free;
	char text[256];

	child_cover_etc();
	free = pf_subids_pick("/srv/debian", 65536) + 100 * 65536;
	snprintf(text, sizeof(text), "bob:1:%u\nbob:%u:2000000000\n", free - 1, free + 65536);
	child_write("/etc/subuid", text);
	assert_int_equal(pf_subids_pick("/srv/debian", 65536), free);
	assert_int_equal(pf_subids_pick("/srv/debian", 65537), 0);
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(each_kind_has_its_file),
	IN_CHILD(without_a_file_there_is_no_range),
	IN_CHILD(a_user_has_a_name_or_a_number),
	IN_CHILD(malformed_lines_are_skipped),
	IN_CHILD(ranges_stay_among_the_ids),
	IN_CHILD(bytes_of_all_kinds_are_read),
	IN_CHILD(more_ranges_than_fit_are_left_out),
	IN_CHILD(a_range_holds_only_whole_ranges),
	IN_CHILD(adjacent_ranges_hold_together),
	IN_CHILD(the_source_is_what_nsswitch_conf_names),
	IN_CHILD(the_next_range_follows_the_last),
	IN_CHILD(a_pick_is_a_whole_place_among_those_of_containers),
	IN_CHILD(another_process_picks_another_place),
	IN_CHILD(a_pick_avoids_granted_ids),
	IN_CHILD(a_pick_avoids_ids_of_processes),
	IN_CHILD(granted_ids_are_not_free),
	IN_CHILD(a_pick_is_not_deceived_by_malformed_lines),
	IN_CHILD(the_last_free_place_is_found),
};

UNIT_MAIN(tests)
