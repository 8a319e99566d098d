/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the mount table that is read from the kernel, and from texts that the tests write. */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>

#include "src/host/mount_table.h"

static struct pf_mount_table table;

static void make_directory(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void mount_at(const char *path)
{
	assert_int_equal(mount("tmpfs", path, "tmpfs", 0, NULL), 0);
}

static void make_and_mount(const char *path)
{
	make_directory(path);
	mount_at(path);
}

/* Reads the mounts below a directory, and checks their paths, joined by blanks. */
static void expect(const char *directory, const char *paths)
{
	char joined[4096] = "";

	assert_int_equal(pf_mount_table_read(directory, &table), 0);
	for (size_t i = 0; i < table.count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i ? " " : "", table.items[i].path);
	assert_string_equal(joined, paths);
	pf_mount_table_clear(&table);
	assert_int_equal(table.count, 0);
}

/* Covers /proc with a directory that has `lines` as its self/mountinfo, and reads the table. Then
 * removes the cover, because the leak check needs the kernel's /proc. */
static void read_written(const char *lines, const char *directory)
{
	child_cover("/proc");
	make_directory("/proc/self");
	child_write("/proc/self/mountinfo", lines);
	assert_int_equal(pf_mount_table_read(directory, &table), 0);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
}

static void expect_written(const char *lines, const char *directory, const char *paths)
{
	char joined[4096] = "";

	read_written(lines, directory);
	for (size_t i = 0; i < table.count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i ? " " : "", table.items[i].path);
	pf_mount_table_clear(&table);
	assert_string_equal(joined, paths);
}

static void only_what_is_below_is_read(void)
{
	make_and_mount("/tmp/a");
	make_and_mount("/tmp/a/b");
	make_directory("/tmp/a/c");
	make_and_mount("/tmp/a/c/d");
	make_and_mount("/tmp/ab");
	make_and_mount("/tmp/ab/b");
	expect("/tmp/a", "/b /c/d");
	expect("/tmp/ab", "/b");
	expect("/tmp/a/c", "/d");
	expect("/tmp/a/b", "");
	expect("/tmp/a/", "");
	expect("/tmp/nonesuch", "");
	expect("/tmp", "/a /a/b /a/c/d /ab /ab/b");
}

static void all_is_below_the_root(void)
{
	make_and_mount("/tmp/a");
	assert_int_equal(pf_mount_table_read("/", &table), 0);
	assert_non_null(pf_mount_table_find(&table, "/tmp"));
	assert_non_null(pf_mount_table_find(&table, "/tmp/a"));
	assert_non_null(pf_mount_table_find(&table, "/proc"));
	assert_null(pf_mount_table_find(&table, "/"));
	assert_true(pf_mount_table_has_below(&table, "/"));
	assert_int_equal(pf_mount_table_find(&table, "/proc")->kind, PF_FILESYSTEM_KERNEL);
	assert_int_equal(pf_mount_table_find(&table, "/tmp/a")->kind, PF_FILESYSTEM_LAYER);
	pf_mount_table_clear(&table);
}

/* A path is below another path only if a slash follows that other path. */
static void a_place_is_found_by_its_whole_name(void)
{
	make_and_mount("/tmp/a");
	make_directory("/tmp/a/bc");
	make_and_mount("/tmp/a/bc/d");
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_true(pf_mount_table_has_below(&table, "/"));
	assert_true(pf_mount_table_has_below(&table, "/a"));
	assert_true(pf_mount_table_has_below(&table, "/a/bc"));
	assert_false(pf_mount_table_has_below(&table, "/a/b"));
	assert_false(pf_mount_table_has_below(&table, "/a/bc/d"));
	assert_false(pf_mount_table_has_below(&table, "/a/bc/d/e"));
	assert_non_null(pf_mount_table_find(&table, "/a"));
	assert_non_null(pf_mount_table_find(&table, "/a/bc/d"));
	assert_null(pf_mount_table_find(&table, "/a/bc"));
	assert_null(pf_mount_table_find(&table, "/a/bc/d/e"));
	assert_null(pf_mount_table_find(&table, "/"));
	pf_mount_table_clear(&table);
}

static void odd_names_are_read_as_they_are(void)
{
	static const char *const names[] = {"a b", "a\tb", "a\nb", "a\\b",        "a\\040b", "a#b",
					    " ",   " - ",  "\377", "caf\303\251", "\\134"};
	char path[64];

	for (size_t i = 0; i < UNIT_COUNT(names); i++) {
		snprintf(path, sizeof(path), "/tmp/%s", names[i]);
		make_and_mount(path);
	}
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_int_equal(table.count, UNIT_COUNT(names));
	for (size_t i = 0; i < UNIT_COUNT(names); i++)
		assert_string_equal(table.items[i].path + 1, names[i]);
	pf_mount_table_clear(&table);
	expect("/tmp/a b", "");
}

static void a_directory_may_have_an_odd_name(void)
{
	make_and_mount("/tmp/a b\\");
	make_and_mount("/tmp/a b\\/c");
	expect("/tmp/a b\\", "/c");
}

static void of_two_mounts_at_one_path_the_upper_mount_counts(void)
{
	make_directory("/tmp/a");
	mount_at("/tmp/a");
	assert_int_equal(mount("proc", "/tmp/a", "proc", 0, NULL), 0);
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_int_equal(table.count, 1);
	assert_int_equal(table.items[0].kind, PF_FILESYSTEM_KERNEL);
	pf_mount_table_clear(&table);
	mount_at("/tmp/a");
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_int_equal(table.count, 1);
	assert_int_equal(table.items[0].kind, PF_FILESYSTEM_LAYER);
	pf_mount_table_clear(&table);
}

static void covered_mounts_are_left_out(void)
{
	make_directory("/tmp/a");
	make_and_mount("/tmp/a/b");
	make_and_mount("/tmp/a/b/c");
	make_and_mount("/tmp/d");
	expect("/tmp", "/a/b /a/b/c /d");
	mount_at("/tmp/a");
	expect("/tmp", "/d /a");
	expect("/tmp/a", "");
	make_and_mount("/tmp/a/b");
	expect("/tmp", "/d /a /a/b");
	expect("/tmp/a", "/b");
	mount_at("/tmp/a");
	expect("/tmp", "/d /a");
	assert_int_equal(umount("/tmp/a"), 0);
	expect("/tmp", "/d /a /a/b");
}

/* A moved mount is found at its new place. The mount keeps its number, and so may precede its new
 * parent in the table. */
static void what_was_moved_is_where_it_is_now(void)
{
	make_and_mount("/tmp/b");
	make_and_mount("/tmp/a");
	make_directory("/tmp/a/b");
	assert_int_equal(mount("/tmp/b", "/tmp/a/b", NULL, MS_MOVE, NULL), 0);
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_int_equal(table.count, 2);
	assert_non_null(pf_mount_table_find(&table, "/a"));
	assert_non_null(pf_mount_table_find(&table, "/a/b"));
	pf_mount_table_clear(&table);
	/* A moved mount may also hide a younger mount. */
	make_directory("/tmp/c");
	make_and_mount("/tmp/c/d");
	assert_int_equal(mount("/tmp/a", "/tmp/c", NULL, MS_MOVE, NULL), 0);
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_int_equal(table.count, 2);
	assert_non_null(pf_mount_table_find(&table, "/c"));
	assert_non_null(pf_mount_table_find(&table, "/c/b"));
	pf_mount_table_clear(&table);
}

static void a_mount_follows_its_parent(void)
{
	expect_written("2 4 0:1 / /a/b/c rw - ext4 a rw\n3 1 0:1 / /d rw - ext4 a rw\n"
		       "4 5 0:1 / /a/b rw - ext4 a rw\n5 1 0:1 / /a rw - ext4 a rw\n"
		       "6 1 0:1 / /ab rw - ext4 a rw\n",
		       "/", "/a /d /a/b /a/b/c /ab");
}

static void a_file_is_a_place_too(void)
{
	child_write("/tmp/file", "x");
	child_write("/tmp/other", "y");
	assert_int_equal(mount("/tmp/file", "/tmp/other", NULL, MS_BIND, NULL), 0);
	expect("/tmp", "/other");
}

static void a_missing_proc_is_reported(void)
{
	child_cover("/proc");
	int r = pf_mount_table_read("/", &table);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	assert_int_equal(r, -ENOENT);
	assert_int_equal(table.count, 0);
	pf_mount_table_clear(&table);
}

/* A FUSE mount is recognized by the start of its type, "fuse.". The user's server may choose any
 * name after the dot. */
static void a_server_is_known_by_the_type(void)
{
	static const struct {
		const char *type;
		int is_remote;
	} cases[] = {
		{"nfs", 1},  {"nfs4", 1},       {"cifs", 1},         {"smb3", 1},    {"9p", 1},
		{"ceph", 1}, {"autofs", 1},     {"fuse", 1},         {"fuse.", 1},   {"fuseblk", 1},
		{"afs", 1},  {"fuse.sshfs", 1}, {"fuseblk.ntfs", 1}, {"fusectl", 0}, {"nfsd", 0},
		{"ext4", 0}, {"overlay", 0},    {"virtiofs", 0},     {"tmpfs", 0},   {"", 0},
	};
	char line[128];

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		snprintf(line, sizeof(line), "2 1 0:1 / /m rw - %s none rw\n", cases[i].type);
		read_written(line, "/");
		assert_int_equal(table.count, 1);
		assert_int_equal(table.items[0].is_remote, cases[i].is_remote);
		pf_mount_table_clear(&table);
	}
}

static void mounts_of_deleted_files_are_reported(void)
{
	static const struct {
		const char *root;
		int is_deleted;
	} cases[] = {
		{"/a//deleted", 1}, {"//deleted", 1},         {"/a\\040b//deleted", 1}, {"/", 0},
		{"/deleted", 0},    {"/a//deleted/other", 0}, {"/a/deleted", 0},        {"", 0},
	};
	char line[128];

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		snprintf(line, sizeof(line), "2 1 0:1 %s /m rw - ext4 none rw\n", cases[i].root);
		read_written(line, "/");
		assert_int_equal(table.count, 1);
		assert_int_equal(table.items[0].is_deleted, cases[i].is_deleted);
		pf_mount_table_clear(&table);
	}
	child_write("/tmp/file", "x");
	child_write("/tmp/other", "y");
	assert_int_equal(mount("/tmp/file", "/tmp/other", NULL, MS_BIND, NULL), 0);
	assert_int_equal(unlink("/tmp/file"), 0);
	assert_int_equal(pf_mount_table_read("/tmp", &table), 0);
	assert_int_equal(table.count, 1);
	assert_true(table.items[0].is_deleted);
	pf_mount_table_clear(&table);
}

static void file_systems_are_distinguished(void)
{
	static const struct {
		const char *type;
		enum pf_filesystem kind;
	} cases[] = {
		{"ext4", PF_FILESYSTEM_LAYER},      {"xfs", PF_FILESYSTEM_LAYER},
		{"btrfs", PF_FILESYSTEM_LAYER},     {"tmpfs", PF_FILESYSTEM_LAYER},
		{"overlay", PF_FILESYSTEM_LAYER},   {"nfs4", PF_FILESYSTEM_LAYER},
		{"squashfs", PF_FILESYSTEM_LAYER},  {"fuse.sshfs", PF_FILESYSTEM_LAYER},
		{"vfat", PF_FILESYSTEM_REFUSED},    {"msdos", PF_FILESYSTEM_REFUSED},
		{"exfat", PF_FILESYSTEM_REFUSED},   {"ntfs3", PF_FILESYSTEM_REFUSED},
		{"cifs", PF_FILESYSTEM_REFUSED},    {"proc", PF_FILESYSTEM_KERNEL},
		{"sysfs", PF_FILESYSTEM_KERNEL},    {"cgroup", PF_FILESYSTEM_KERNEL},
		{"cgroup2", PF_FILESYSTEM_KERNEL},  {"devpts", PF_FILESYSTEM_KERNEL},
		{"devtmpfs", PF_FILESYSTEM_KERNEL}, {"mqueue", PF_FILESYSTEM_KERNEL},
		{"nsfs", PF_FILESYSTEM_KERNEL},     {"autofs", PF_FILESYSTEM_REFUSED},
		{"bpf", PF_FILESYSTEM_KERNEL},      {"securityfs", PF_FILESYSTEM_KERNEL},
	};
	char line[128];

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		snprintf(line, sizeof(line), "2 1 0:1 / /m rw - %s none rw\n", cases[i].type);
		read_written(line, "/");
		assert_int_equal(table.count, 1);
		assert_int_equal(table.items[0].kind, cases[i].kind);
		pf_mount_table_clear(&table);
	}
}

static void every_form_of_a_line_is_read(void)
{
	expect_written("2 1 0:1 / /none rw - ext4 /dev/a rw\n"
		       "3 1 0:1 / /one rw shared:1 - ext4 /dev/a rw\n"
		       "4 1 0:1 / /two rw shared:1 master:2 - ext4 /dev/a rw\n"
		       "5 1 0:1 / /new rw unbindable future:9 - ext4 /dev/a rw\n"
		       "6 1 0:1 /sub\\040dir /odd rw - ext4 /dev/a rw\n"
		       "7 1 0:1 / /short rw - ext4\n"
		       "8 1 0:1 / /last rw - vfat",
		       "/", "/none /one /two /new /odd /short /last");
}

static void malformed_lines_are_skipped(void)
{
	expect_written("\n \n- \n - \n2\n2 1\n2 1 0:1 /\n2 1 0:1 / /m\n2 1 0:1 / /m rw\n"
		       "2 1 0:1 / /m rw -\n2 1 0:1 / /m rw -ext4 a rw\n2 1 0:1 / m rw - ext4 a rw\n"
		       "3 1 0:1 / /good rw - ext4 a rw\n",
		       "/", "/good");
}

static void a_broken_escape_is_itself(void)
{
	expect_written("2 1 0:1 / /\\ rw - ext4 a rw\n3 1 0:1 / /\\0 rw - ext4 a rw\n"
		       "4 1 0:1 / /\\04 rw - ext4 a rw\n5 1 0:1 / /\\089 rw - ext4 a rw\n"
		       "6 1 0:1 / /\\x41 rw - ext4 a rw\n7 1 0:1 / /\\1011 rw - ext4 a rw\n",
		       "/", "/\\ /\\0 /\\04 /\\089 /\\x41 /A1");
}

/* A mount may be its own parent, as the first mount in an initramfs is. */
static void a_mount_may_be_in_itself(void)
{
	expect_written("1 1 0:1 / / rw - rootfs rootfs rw\n2 1 0:2 / /a rw - ext4 a rw\n"
		       "3 2 0:3 / /a/b rw - ext4 a rw\n",
		       "/", "/a /a/b");
}

/* The reader ends even if the parents form a circle. */
static void a_circle_ends(void)
{
	expect_written("2 3 0:1 / /a rw - ext4 a rw\n3 2 0:1 / /b rw - ext4 a rw\n", "/", "/a /b");
	expect_written("2 3 0:1 / /a rw - ext4 a rw\n3 2 0:1 / /a rw - ext4 a rw\n", "/", "");
}

static void a_long_table_is_read(void)
{
	const int count = 2000;
	char *lines = malloc((size_t)count * 64 + 64), *to = lines;

	for (int i = 0; i < count; i++)
		to += snprintf(to, 64, "%d 1 0:1 / /m/%d rw - ext4 a rw\n", i + 2, i);
	read_written(lines, "/m");
	assert_int_equal(table.count, count);
	assert_string_equal(table.items[count - 1].path, "/1999");
	pf_mount_table_clear(&table);
	free(lines);
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(only_what_is_below_is_read),
	IN_CHILD(all_is_below_the_root),
	IN_CHILD(a_place_is_found_by_its_whole_name),
	IN_CHILD(odd_names_are_read_as_they_are),
	IN_CHILD(a_directory_may_have_an_odd_name),
	IN_CHILD(of_two_mounts_at_one_path_the_upper_mount_counts),
	IN_CHILD(covered_mounts_are_left_out),
	IN_CHILD(what_was_moved_is_where_it_is_now),
	IN_CHILD(a_mount_follows_its_parent),
	IN_CHILD(a_file_is_a_place_too),
	IN_CHILD(a_missing_proc_is_reported),
	IN_CHILD(a_server_is_known_by_the_type),
	IN_CHILD(mounts_of_deleted_files_are_reported),
	IN_CHILD(file_systems_are_distinguished),
	IN_CHILD(every_form_of_a_line_is_read),
	IN_CHILD(malformed_lines_are_skipped),
	IN_CHILD(a_broken_escape_is_itself),
	IN_CHILD(a_mount_may_be_in_itself),
	IN_CHILD(a_circle_ends),
	IN_CHILD(a_long_table_is_read),
};

UNIT_MAIN(tests)
