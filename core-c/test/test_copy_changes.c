/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that the copy of an upper directory equals the original. The original has odd files, as a
 * container may write them. */
#define _GNU_SOURCE
#include "scene.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <sys/xattr.h>

#include "init/changes/copy_changes.h"

/* Lists a tree with every property that a copy must keep. The sizes of directories may differ. */
#define TREE(directory)                                                                            \
	"(cd " directory " && find . -mindepth 1 ! -type d -printf '%P %y %m %U %G %s %T@ %l\\n' " \
	"-o -type d -printf '%P %y %m %U %G %T@\\n' | sort)"

/* Lists each readable file with the checksum of its content. */
#define CONTENT(directory) "(cd " directory " && find . -type f -exec cksum {} + | sort)"

static void keep(const struct pf_overlay *overlay, int out)
{
	const char *path = "unset";
	int dest = open("dest", O_PATH | O_CLOEXEC);
	int r = pf_copy_changes(overlay, dest, &path);

	MUST(dest >= 0);
	close(dest);
	dprintf(out, "%s: %s\n", r < 0 ? path : "kept", strerror(-r));
}

static void make_dest(void)
{
	MUST(mkdir("../dest", 0700) == 0);
}

/* Compares the copy with the original, first as a tree, then as the upper directory of an
 * overlay. */
static void keep_and_compare(const struct pf_overlay *overlay, int out)
{
	keep(overlay, out);
	scene_shell(TREE("upper") ">a;" TREE("dest") ">b; diff a b >&2;" CONTENT(
		"upper") ">a;" CONTENT("dest") ">b; diff a b >&2; [ $(stat -c %a dest) = 700 ]");
	scene_mount_overlay("upper", overlay->userxattr);
	scene_shell(TREE("merged") ">a");
	MUST(umount2("merged", 0) == 0);
	scene_mount_overlay("dest", overlay->userxattr);
	scene_shell(TREE("merged") ">b; diff a b >&2; [ -s a ]");
	MUST(umount2("merged", 0) == 0);
}

static const char *kept(void **state, const char *lower, const char *container)
{
	struct scene scene = {lower, container, .act_upper = make_dest, .look = keep_and_compare,
			      .user = scene_is_user(state)};

	return scene_text(&scene);
}

static void all_types_are_kept(void **state)
{
	assert_string_equal(
		kept(state, "mkdir d; echo 1 >d/a; echo 2 >d/b; echo 3 >c; mkdir -p o/p; : >o/p/q",
		     "echo 4 >new; echo 5 >>d/a; rm d/b c; rm -r o; mkdir -m 1777 o; : >o/r;"
		     "ln -s nowhere link; mkfifo -m 604 fifo; chown 3:4 new; chown -h 5:6 link;"
		     "chmod 6711 new; mkdir -p deep/er/still; chmod 0 deep/er; touch -hd @1.5 link;"
		     "touch -d @2.25 fifo deep new; mkdir empty; chown 7:8 empty"),
		"kept: Success\n");
}

/* The copy keeps all names of one file as hard links: overlayfs refuses two files with one origin
 * in the lower directory. */
static void names_of_a_file_that_was_copied_up_are_kept(void **state)
{
	assert_string_equal(kept(state, "ln -s x l; mkfifo f; echo 1 >a; echo 2 >b",
				 "ln l m; ln f g; ln a c; ln b d; echo 3 >>d"),
			    "kept: Success\n");
}

static void devices_are_kept(void **state)
{
	(void)state;
	void *host = &scene_host;
	assert_string_equal(kept(&host, "", "mknod c c 1 5; mknod -m 640 b b 200 7; chown 3 c"),
			    "kept: Success\n");
}

static void symbolic_links_are_never_followed(void **state)
{
	assert_string_equal(kept(state, "mkdir d; : >d/a",
				 "rm -r d; ln -s / d; ln -s /proc/self/root/etc e; ln -s loop loop;"
				 "ln -s ../outside out; mkdir -p m; ln -s .. m/up"),
			    "kept: Success\n");
}

/* --- attributes ------------------------------------------------------------------------------- */

#define CAPABILITY "\1\0\0\2\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0" /* cap_net_bind_service=ep */

static void set(const char *path, const char *key, const void *value, size_t size)
{
	MUST(lsetxattr(path, key, value, size, 0) == 0);
}

static void give_attributes(void)
{
	scene_shell("mkdir -m 0555 d; : >f; chmod 0444 f; : >program; ln -s x link; mkfifo fifo");
	set(".", "user.k", "root", 4);
	set("d", "user.k", "directory", 9);
	set("f", "user.k", "a\0b", 3);
	set("f", "user.empty", "", 0);
	set("program", "security.capability", CAPABILITY, sizeof(CAPABILITY) - 1);
	if (lsetxattr("link", "trusted.k", "link", 4, 0) == 0)
		set("fifo", "trusted.k", "fifo", 4);
}

static void give_notes(void)
{
	const char *opaque = "trusted.overlay.opaque", *whiteout = "trusted.overlay.whiteout";

	make_dest();
	if (lsetxattr(".", "trusted.overlay.origin", "1", 1, 0) < 0) {
		opaque = "user.overlay.opaque";
		whiteout = "user.overlay.whiteout";
	}
	scene_shell("mkdir o; : >w");
	set("o", opaque, "y", 1);
	set("w", whiteout, "", 0);
}

/* Tells whether overlayfs ties this attribute to one inode. A copy must not have such an
 * attribute. */
static int is_for_inode(const char *key)
{
	return strstr(key, ".overlay.") && !strstr(key, "opaque") && !strstr(key, "whiteout");
}

static void list_attributes(const char *path, int of_copy, int out)
{
	char keys[4096], value[4096];
	ssize_t size = llistxattr(path, keys, sizeof(keys));

	MUST(size >= 0);
	for (char *key = keys; key < keys + size; key += strlen(key) + 1) {
		ssize_t n = lgetxattr(path, key, value, sizeof(value));
		MUST(n >= 0);
		if (!of_copy && is_for_inode(key))
			continue;
		dprintf(out, "%s %s ", path, key);
		for (ssize_t i = 0; i < n; i++)
			dprintf(out, "%02x", (unsigned char)value[i]);
		dprintf(out, "\n");
	}
}

static void list_all_attributes(const char *directory, int of_copy, int out)
{
	static const char *const paths[] = {".", "d", "f", "program", "link", "fifo", "o", "w"};

	MUST(chdir(directory) == 0);
	for (size_t i = 0; i < UNIT_COUNT(paths); i++)
		list_attributes(paths[i], of_copy, out);
	MUST(chdir("..") == 0);
}

static void keep_attributes(const struct pf_overlay *overlay, int out)
{
	keep(overlay, out);
	list_all_attributes("upper", 0, out);
	dprintf(out, "--\n");
	list_all_attributes("dest", 1, out);
}

static void attributes_are_kept(void **state)
{
	struct scene scene = {.act_container = give_attributes,
			      .act_upper = give_notes,
			      .look = keep_attributes,
			      .user = scene_is_user(state)};
	const char *text = scene_text(&scene), *first = strchr(text, '\n') + 1;
	const char *second = strstr(text, "--\n") + 3;

	assert_memory_equal(text, "kept: Success\n", 14);
	assert_int_equal(strlen(second), second - 3 - first);
	assert_memory_equal(first, second, strlen(second));
	assert_non_null(strstr(second, ". user.k 726f6f74\n"));
	assert_non_null(strstr(second, "f user.k 610062\n"));
	assert_non_null(strstr(second, "program security.capability 0100000"));
	assert_non_null(strstr(second, "overlay.opaque 79\n"));
	assert_non_null(strstr(second, "w "));
	assert_true(scene_is_user(state) ||
		    strstr(second, "link trusted.k 6c696e6b\nfifo trusted.k"));
}

/* --- content ---------------------------------------------------------------------------------- */

static void keep_sparse(const struct pf_overlay *overlay, int out)
{
	struct stat status;

	keep(overlay, out);
	scene_shell(
		"cmp upper/tail dest/tail; cmp upper/middle dest/middle; cmp upper/none dest/none");
	MUST(stat("dest/tail", &status) == 0);
	dprintf(out, "%lld %d\n", (long long)status.st_size, status.st_blocks < 1000);
	MUST(stat("dest/middle", &status) == 0);
	dprintf(out, "%lld %d\n", (long long)status.st_size, status.st_blocks < 1000);
}

static void holes_are_kept(void **state)
{
	struct scene scene = {
		NULL,
		"truncate -s 100M tail none; echo end >>tail; truncate -s 50M middle;"
		"printf x | dd of=middle bs=1 seek=30000001 conv=notrunc 2>/dev/null; : >empty;"
		"printf y | dd of=middle bs=1 conv=notrunc 2>/dev/null",
		.act_upper = make_dest, .look = keep_sparse, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "kept: Success\n104857604 1\n52428800 1\n");
}

static void keep_links(const struct pf_overlay *overlay, int out)
{
	keep(overlay, out);
	scene_shell("cd dest; [ a -ef d/e/b ] && [ a -ef z ]; [ x -ef y ]; [ $(stat -c %h a) = 3 ];"
		    "cmp a ../upper/a; ! [ a -ef x ]");
}

static void hard_links_are_kept(void **state)
{
	struct scene scene = {
		NULL, "echo 1 >z; mkdir -p d/e; ln z a; ln z d/e/b; echo 2 >x; ln x y",
		.act_upper = make_dest, .look = keep_links, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "kept: Success\n");
}

#define MANY 3000 /* files with two names; the copier can remember fewer files */

static void make_many(int length)
{
	char name[NAME_MAX + 1], other[NAME_MAX + 1];

	make_dest();
	for (int i = 0; i < MANY; i++) {
		snprintf(name, sizeof(name), "%0*d", length, i);
		snprintf(other, sizeof(other), "other%d", i);
		int fd = open(name, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
		MUST(fd >= 0 && dprintf(fd, "%d", i) > 0 && close(fd) == 0);
		MUST(link(name, other) == 0);
	}
}

static void make_many_short(void)
{
	make_many(4);
}

static void make_many_long(void)
{
	make_many(250);
}

static void more_hard_links_than_there_is_room_for_become_files(void **state)
{
	struct scene scene = {.act_upper = make_many_short,
			      .look = keep_and_compare,
			      .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "kept: Success\n");
	scene.act_upper = make_many_long;
	assert_string_equal(scene_text(&scene), "kept: Success\n");
}

/* --- failure ---------------------------------------------------------------------------------- */

static void drop_mknod(void)
{
	struct __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
	struct __user_cap_data_struct data[2];

	MUST(syscall(SYS_capget, &header, data) == 0);
	data[0].effective &= ~(1u << CAP_MKNOD);
	MUST(syscall(SYS_capset, &header, data) == 0);
}

static void keep_without_mknod(const struct pf_overlay *overlay, int out)
{
	drop_mknod();
	keep(overlay, out);
	scene_shell("[ -c dest/gone ]; [ -p dest/fifo ]; cmp upper/z dest/z; ! [ -e dest/null ]");
}

/* Without CAP_MKNOD, a device cannot be copied, but a whiteout can: any user may make a whiteout
 * (Linux 5.8). */
static void a_device_without_privilege_is_an_error_of_its_own(void **state)
{
	struct scene scene = {": >gone",
			      "mknod null c 1 3; mknod zero c 1 5; rm gone; mkfifo fifo; echo 1 >z",
			      .act_upper = make_dest, .look = keep_without_mknod};

	(void)state;
	assert_string_equal(scene_text(&scene), "/null: Operation not permitted\n");
}

static void keep_on_small_disk(const struct pf_overlay *overlay, int out)
{
	MUST(mount("tmpfs", "dest", "tmpfs", 0, "size=64k") == 0);
	keep(overlay, out);
	scene_shell("[ -e dest/d/a ]; [ -e dest/d/b ]; ! [ -e dest/d/c ]");
	MUST(umount2("dest", 0) == 0);
}

static void a_full_disk_ends_it(void **state)
{
	struct scene scene = {
		NULL, "mkdir d; echo 1 >d/a; head -c 100000 /dev/zero >d/b; echo 2 >d/c",
		.act_upper = make_dest, .look = keep_on_small_disk, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "/d/b: No space left on device\n");
}

static void make_full_dest(void)
{
	make_dest();
	scene_shell("ln -s /tmp ../dest/a; echo old >../dest/b; ln -s ../outside ../dest/c");
}

static void keep_over_something(const struct pf_overlay *overlay, int out)
{
	keep(overlay, out);
	scene_shell("[ $(readlink dest/a) = /tmp ]; [ $(cat dest/b) = old ]; ! [ -e outside ];"
		    "cmp upper/d dest/d");
}

static void what_is_there_is_not_overwritten(void **state)
{
	struct scene scene = {NULL, "mkdir -m 700 a; : >a/x; echo new >b; echo new >c; echo new >d",
			      .act_upper = make_full_dest, .look = keep_over_something,
			      .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "/a: File exists\n");
}

static void keep_skeleton(const struct pf_overlay *overlay, int out)
{
	struct pf_overlay skeleton = *overlay;

	skeleton.is_skeleton = 1;
	keep(&skeleton, out);
	scene_shell("cd dest; echo * */*");
}

static void places_of_other_layers_are_not_kept(void **state)
{
	struct scene scene = {"mkdir d; : >f", "echo 1 >f; : >d/new; mkdir e; : >e/f; : >g",
			      .act_upper = make_dest, .look = keep_skeleton,
			      .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "kept: Success\ne g e/f\n");
}

#define ABYSS 3000

static void make_abyss(void)
{
	int before = open(".", O_PATH | O_CLOEXEC);

	make_dest();
	for (int depth = 0; depth < ABYSS; depth++)
		MUST(mkdir("d", 0755) == 0 && chdir("d") == 0);
	MUST(fchdir(before) == 0);
	close(before);
	scene_shell("echo 1 >z");
}

static void keep_abyss(const struct pf_overlay *overlay, int out)
{
	int depth = 0;

	keep(overlay, out);
	scene_shell("cmp upper/z dest/z");
	MUST(chdir("dest") == 0);
	while (chdir("d") == 0)
		depth++;
	dprintf(out, "%d\n", depth);
	while (depth-- >= 0)
		MUST(chdir("..") == 0);
}

static void an_abyss_is_kept_as_far_as_paths_go(void **state)
{
	struct scene scene = {
		.act_upper = make_abyss, .look = keep_abyss, .user = scene_is_user(state)};
	const char *text = scene_text(&scene);

	assert_memory_equal(text, "/d/d/d/", 7);
	assert_string_equal(strchr(text, ':'), ": File name too long\n2049\n");
}

static const struct CMUnitTest tests[] = {
	SCENE_TEST(all_types_are_kept),
	SCENE_TEST(names_of_a_file_that_was_copied_up_are_kept),
	cmocka_unit_test(devices_are_kept),
	SCENE_TEST(symbolic_links_are_never_followed),
	SCENE_TEST(attributes_are_kept),
	SCENE_TEST(holes_are_kept),
	SCENE_TEST(hard_links_are_kept),
	SCENE_TEST(more_hard_links_than_there_is_room_for_become_files),
	cmocka_unit_test(a_device_without_privilege_is_an_error_of_its_own),
	SCENE_TEST(a_full_disk_ends_it),
	SCENE_TEST(what_is_there_is_not_overwritten),
	SCENE_TEST(places_of_other_layers_are_not_kept),
	SCENE_TEST(an_abyss_is_kept_as_far_as_paths_go),
};

SCENE_MAIN(tests)
