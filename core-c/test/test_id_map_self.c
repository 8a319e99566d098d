/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the ids of the user namespace in which pflask itself runs. */
#define _GNU_SOURCE
#include "child.h"

#include "src/ids/id_map_self.h"

#define ALL 4294967295u

/* Reads maps that a test has written. Afterwards uncovers the kernel's /proc, which the leak check
 * needs. Returns the result of pf_id_map_self_read() for the uid map. */
static int read_written(const char *uid_map, const char *gid_map, struct pf_id_map ret[2])
{
	int initial;

	child_cover("/proc");
	assert_int_equal(mkdir("/proc/self", 0755), 0);
	child_write("/proc/self/uid_map", uid_map);
	child_write("/proc/self/gid_map", gid_map);
	initial = pf_id_map_self_read(PF_UID, &ret[PF_UID]);
	pf_id_map_self_read(PF_GID, &ret[PF_GID]);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	return initial;
}

static void expect_line(const struct pf_id_map *map, size_t index, uint32_t first, uint32_t count)
{
	assert_true(index < map->count);
	assert_int_equal(map->line[index].inside, first);
	assert_int_equal(map->line[index].outside, first);
	assert_int_equal(map->line[index].count, count);
}

static void the_first_namespace_has_all_ids(void)
{
	struct pf_id_map map[2];

	assert_true(read_written("         0          0 4294967295\n",
				 "         0          0 4294967295\n", map));
	assert_int_equal(map[PF_UID].count, 1);
	expect_line(&map[PF_UID], 0, 0, ALL);
	expect_line(&map[PF_GID], 0, 0, ALL);
	assert_true(pf_id_map_has(&map[PF_UID], 4294967294));
}

/* In a user namespace, pflask has the ids that are mapped inside. The ids outside do not matter. */
static void a_mapped_namespace_has_the_ids_of_its_map(void)
{
	struct pf_id_map map[2];

	assert_false(read_written("         0       1000          1\n         1     100000      "
				  "65536\n",
				  "         0        100          1\n", map));
	assert_int_equal(map[PF_UID].count, 2);
	expect_line(&map[PF_UID], 0, 0, 1);
	expect_line(&map[PF_UID], 1, 1, 65536);
	assert_int_equal(map[PF_GID].count, 1);
	expect_line(&map[PF_GID], 0, 0, 1);
	assert_false(read_written("0 0 4294967294\n", "0 0 1\n", map));
	assert_false(read_written("1 1 4294967294\n", "0 0 1\n", map));
	assert_false(read_written("0 1 4294967294\n", "0 0 1\n", map));
}

static void without_a_map_there_are_no_ids(void)
{
	struct pf_id_map map[2];

	assert_false(read_written("", "\n", map));
	assert_int_equal(map[PF_UID].count, 0);
	assert_int_equal(map[PF_GID].count, 0);
	child_cover("/proc");
	int initial = pf_id_map_self_read(PF_UID, &map[PF_UID]);
	int has = pf_id_map_self_has(PF_UID, 0, 1);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	assert_false(initial || has);
	assert_int_equal(map[PF_UID].count, 0);
}

/* Writes a file in the child's own directory in /proc, with one write(2) as the kernel requires. */
static void write_own(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/%s", name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

static void a_range_must_be_in_one_line(void)
{
	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	write_own("setgroups", "deny");
	write_own("gid_map", "7 0 1");
	write_own("uid_map", "5 0 1");
	assert_true(pf_id_map_self_has(PF_UID, 5, 1));
	assert_true(pf_id_map_self_has(PF_GID, 7, 1));
	assert_false(pf_id_map_self_has(PF_GID, 5, 1));
	assert_false(pf_id_map_self_has(PF_UID, 0, 1));
	assert_false(pf_id_map_self_has(PF_UID, 4, 2));
	assert_false(pf_id_map_self_has(PF_UID, 5, 2));
	assert_false(pf_id_map_self_has(PF_UID, 5, ALL));
	assert_false(pf_id_map_self_has(PF_UID, 4294967294, ALL));
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(the_first_namespace_has_all_ids),
	IN_CHILD(a_mapped_namespace_has_the_ids_of_its_map),
	IN_CHILD(without_a_map_there_are_no_ids),
	IN_CHILD(a_range_must_be_in_one_line),
};

UNIT_MAIN(tests)
