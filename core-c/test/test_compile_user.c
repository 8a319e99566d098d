/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests plans with a user namespace: the maps, the ids of each process, and the mounts that the
 * kernel forbids in a user namespace. */
#define _GNU_SOURCE
#include "child.h"
#include "plans.h"

#include <errno.h>

#define ALICE 12345
#define ROOT "/tmp/root"

#define WORDS(...) ((const char *const[]){"command", "true", __VA_ARGS__, NULL})
#define IN_ROOT(...) WORDS("chroot", ROOT, __VA_ARGS__)
#define MAP "userMap", "0:100000:65536"

static void make_root(uid_t owner)
{
	child_cover_etc();
	assert_int_equal(mkdir(ROOT, 0755), 0);
	assert_int_equal(chown(ROOT, owner, owner), 0);
}

static void become_alice(void)
{
	child_cover_etc();
	child_become(ALICE, 23456);
}

static void root_writes_the_maps_itself(void)
{
	child_cover_etc();
	expect_lines(WORDS(MAP, "userMap", "u:65536:5:1"), "clone", "propagation",
		     "clone mnt pid ipc uts user cgroup\nuid_map 0 100000 65536, 65536 5 1\n"
		     "gid_map 0 100000 65536\n");
	expect_lines(WORDS(MAP), "setid", "mount", "setid 0 0\n");
	expect_lines(WORDS("userMap", "7:100000:1"), "setid", "mount", "setid 7 7\n");
	assert_false(has_line(WORDS("hostname", "x"), "setid       0 0"));
}

/* An unprivileged user can write a gid map only after setgroups(2) has been denied
 * (user_namespaces(7)). */
static void a_user_denies_setgroups_before_the_maps(void)
{
	become_alice();
	expect_lines(WORDS("hostname", "x"), "clone", "propagation",
		     "clone mnt pid ipc uts user cgroup\nsetgroups deny\nuid_map 12345 12345 1\n"
		     "gid_map 23456 23456 1\n");
	expect_lines(WORDS("hostname", "x"), "propagation", "hostname",
		     "propagation slave,rec\nsetid 12345 23456\n"
		     "mount proc /proc nosuid,nodev,noexec\n"
		     "renew cgroup2 /sys/fs/cgroup nosuid,nodev,noexec\n"
		     "renew mqueue /dev/mqueue nosuid,nodev,noexec\n");
	assert_true(has_line(WORDS("userns", "no"), "clone       mnt pid ipc uts cgroup"));
}

static void a_user_has_helpers_write_its_ranges(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\n");
	child_write("/etc/subgid", "alice:200000:65536\n");
	assert_int_equal(mkdir("/tmp/bin", 0755), 0);
	child_write("/tmp/bin/newuidmap", "");
	child_write("/tmp/bin/newgidmap", "");
	assert_int_equal(chmod("/tmp/bin/newuidmap", 0755), 0);
	assert_int_equal(chmod("/tmp/bin/newgidmap", 0755), 0);
	setenv("PATH", "/tmp/bin", 1);
	child_become(ALICE, 23456);
	expect_lines(WORDS("userMap", "auto"), "newuidmap", "propagation",
		     "newuidmap /tmp/bin/newuidmap 0 12345 1, 1 100000 65536\n"
		     "newgidmap /tmp/bin/newgidmap 0 23456 1, 1 200000 65536\n");
	/* The compiler decides for uids and for gids separately whether newuidmap(1) or
	 * newgidmap(1) writes the map. */
	expect_lines(WORDS("userMap", "u:0:12345:1", "userMap", "g:0:200000:9"), "clone",
		     "propagation",
		     "clone mnt pid ipc uts user cgroup\nuid_map 0 12345 1\n"
		     "newgidmap /tmp/bin/newgidmap 0 200000 9\n");
	expect_lines(WORDS("userMap", "u:0:100000:1", "userMap", "g:0:23456:1"), "clone",
		     "propagation",
		     "clone mnt pid ipc uts user cgroup\nsetgroups deny\n"
		     "newuidmap /tmp/bin/newuidmap 0 100000 1\ngid_map 0 23456 1\n");
}

static void the_command_becomes_the_user(void)
{
	child_cover_etc();
	/* Init is already alice, but lacks the mapped group as a supplementary group. */
	expect_lines(WORDS("user", "alice"), "umask", "environ",
		     "umask 0022\nuser 12345 23456 23456\nkeyring\n");
	expect_lines(WORDS("user", "alice"), "setid", "mount", "setid 12345 23456\n");
	expect_lines(WORDS("user", "alice", MAP), "umask", "environ",
		     "umask 0022\nuser 12345 23456 29 44 23456\nkeyring\n");
	expect_lines(WORDS("user", "alice", MAP), "setid", "mount", "setid 0 0\n");
	expect_lines(WORDS("user", "alice", "userMap", "0:12345:1", "userMap", "12345:5:1",
			   "userMap", "g:23456:6:1"),
		     "umask", "environ", "umask 0022\nuser 12345 23456 23456\nkeyring\n");
}

static void without_a_user_namespace_root_drops_to_the_user(void)
{
	const char *const *words = WORDS("user", "alice", "userns", "no");

	child_cover_etc();
	expect_lines(words, "umask", "environ",
		     "umask 0022\nuser 12345 23456 29 44 23456\nkeyring\n");
	assert_true(has_line(words, "clone       mnt pid ipc uts cgroup"));
	assert_false(has_line(words, "setid       12345 23456"));
	expect_lines(WORDS("user", "0", "userns", "no"), "umask", "environ",
		     "umask 0022\nuser 0 0 0\nkeyring\n");
}

/* Tells whether the environment names the user of the command. `shell` is "" or " SHELL=...". */
static int is_told(const char *const *words, const char *home, const char *name, const char *shell)
{
	char end[256];

	snprintf(end, sizeof(end),
		 "environ     PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "
		 "HOME=%s USER=%s LOGNAME=%s%s container=pflask",
		 home, name, name, shell);
	return has_line(words, end);
}

#define SH " SHELL=/bin/sh"

static void the_environment_says_who_it_is(void)
{
	make_root(0);
	clearenv();
	assert_int_equal(mkdir(ROOT "/etc", 0755), 0);
	child_write(ROOT "/etc/passwd", "carol:x:3:4::/c:\ndave:x:6:6::/d:/bin/d\n");
	assert_true(is_told(WORDS("hostname", "x"), "/root", "root", ""));
	assert_true(is_told(WORDS("user", "alice"), "/home/alice", "alice", SH));
	assert_true(is_told(WORDS("user", "alice", "userns", "no"), "/home/alice", "alice", SH));
	assert_true(is_told(WORDS("user", "777"), "/", "777", SH));
	assert_true(is_told(WORDS(MAP), "/root", "root", ""));
	assert_true(is_told(WORDS("userMap", "5:100000:1"), "/usr/games", "games", SH));
	assert_true(is_told(IN_ROOT("user", "carol"), "/c", "carol", SH));
	assert_true(is_told(IN_ROOT("user", "dave"), "/d", "dave", " SHELL=/bin/d"));
	assert_true(is_told(IN_ROOT("userMap", "6:100000:1"), "/d", "dave", " SHELL=/bin/d"));
	/* The root has its own users, which are not the users of the host. */
	assert_true(is_told(IN_ROOT("user", "12345"), "/", "12345", SH));
	assert_true(is_told(IN_ROOT("userMap", "5:100000:1"), "/", "5", SH));
	child_become(ALICE, 23456);
	assert_true(is_told(WORDS("hostname", "x"), "/home/alice", "alice", SH));
	assert_true(is_told(WORDS("userMap", "u:0:12345:1", "userMap", "g:0:23456:1"), "/root",
			    "root", ""));
	assert_true(is_told(IN_ROOT("hostname", "x"), "/", "12345", SH));
}

/* --- mounts that are forbidden in a user namespace
 * ------------------------------------------------ */

static void a_device_is_the_hosts(void)
{
	const char *const *words = IN_ROOT(MAP, "userMap", "g:65536:0:1");

	make_root(100000);
	assert_true(has_line(words, "source      1 /dev/null"));
	assert_true(has_line(words, "bind        1 /dev/null ro,nosuid,noexec -"));
	assert_true(has_line(words, "source      6 /dev/tty"));
	assert_true(has_line(words, "bind        6 /dev/tty ro,nosuid,noexec -"));
	assert_false(has_line(words, "device      /dev/null 0666 1 3"));
	assert_true(has_line(WORDS(MAP, "mount", "dev:/d"),
			     "bind        1 /d/null ro,nosuid,noexec -"));
	/* Without its own /dev, the container gets no device of the host. */
	assert_false(has_line(WORDS(MAP, "mount", "tmp:/d"), "source      1 /dev/null"));
}

static void the_terminals_group_is_given_where_it_is_mapped(void)
{
	make_root(0);
	assert_true(has_line(IN_ROOT(MAP), "mount       devpts /dev/pts nosuid,noexec "
					   "mode=0620,ptmxmode=0666,gid=5"));
	assert_true(has_line(IN_ROOT("userMap", "0:0:5"), "mount       devpts /dev/pts "
							  "nosuid,noexec mode=0620,ptmxmode=0666"));
	assert_true(has_line(IN_ROOT("userns", "no"), "mount       devpts /dev/pts nosuid,noexec "
						      "mode=0620,ptmxmode=0666,gid=5"));
}

/* A file system that shows a namespace of the host, such as sysfs, is bound from the host: only the
 * owner of that namespace may mount the file system. */
static void file_systems_of_shared_namespaces_are_bound(void)
{
	make_root(100000);
	assert_true(has_line(IN_ROOT(MAP), "source      7 /sys"));
	assert_true(has_line(IN_ROOT(MAP), "bind        7 /sys ro -"));
	assert_true(has_line(IN_ROOT(MAP, "netns", "yes"),
			     "mount       sysfs /sys ro,nosuid,nodev,noexec"));
	assert_true(has_line(IN_ROOT(MAP), "mount       mqueue /dev/mqueue nosuid,nodev,noexec"));
	assert_false(has_line(IN_ROOT(MAP, "ipcns", "no"),
			      "mount       mqueue /dev/mqueue nosuid,nodev,noexec"));
	assert_true(has_line(IN_ROOT(MAP), "mount       proc /proc nosuid,nodev,noexec"));
	assert_true(has_line(IN_ROOT(MAP, "pidns", "no"), "source      1 /proc"));
	assert_true(
		has_line(IN_ROOT(MAP, "pidns", "no"), "bind        1 /proc nosuid,nodev,noexec -"));
	/* Root without a user namespace mounts all these file systems. */
	assert_true(has_line(IN_ROOT("userns", "no", "pidns", "no", "ipcns", "no"),
			     "mount       proc /proc nosuid,nodev,noexec"));
	assert_true(has_line(IN_ROOT("userns", "no", "pidns", "no", "ipcns", "no"),
			     "mount       mqueue /dev/mqueue nosuid,nodev,noexec"));
	assert_true(
		has_line(IN_ROOT("userns", "no"), "mount       sysfs /sys ro,nosuid,nodev,noexec"));
}

/* If pflask already runs in a user namespace, and makes no further user namespace, the plan has the
 * same mounts as a plan with a new user namespace. */
static void root_of_a_user_namespace_gets_the_same_plan(void)
{
	make_root(0);
	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	child_write("/proc/self/setgroups", "deny");
	child_write("/proc/self/gid_map", "0 0 1");
	child_write("/proc/self/uid_map", "0 0 1");
	assert_true(has_line(IN_ROOT("hostname", "x"), "clone       mnt pid ipc uts cgroup"));
	assert_true(
		has_line(IN_ROOT("hostname", "x"), "bind        1 /dev/null ro,nosuid,noexec -"));
	assert_true(has_line(IN_ROOT("hostname", "x"), "bind        7 /sys ro -"));
	assert_true(
		has_line(IN_ROOT("netns", "yes"), "mount       sysfs /sys ro,nosuid,nodev,noexec"));
	assert_true(has_line(IN_ROOT("hostname", "x"), "mount       devpts /dev/pts nosuid,noexec "
						       "mode=0620,ptmxmode=0666"));
	assert_false(has_line(IN_ROOT("hostname", "x"), "setid       0 0"));
	expect_lines(IN_ROOT("ephemeral", "yes"), "overlay", "mount",
		     "overlay / 0 8 9 userxattr -\n");
}

static void proc_is_the_hosts_where_asked_for(void)
{
	make_root(0);
	assert_true(has_line(IN_ROOT("userns", "no", "bindProc", "yes"), "source      1 /proc"));
	assert_true(has_line(IN_ROOT("userns", "no", "bindProc", "yes"),
			     "bind        1 /proc nosuid,nodev,noexec -"));
	assert_false(has_line(IN_ROOT("userns", "no", "bindProc", "yes"),
			      "mount       proc /proc nosuid,nodev,noexec"));
	/* The host's root already has /proc. */
	expect_lines(WORDS("userns", "no", "bindProc", "yes"), "propagation", "renew",
		     "propagation slave,rec\n");
}

static void nothing_is_hidden_or_read_only_where_asked_for(void)
{
	make_root(0);
	expect_lines(IN_ROOT("userns", "no", "unmaskProc", "yes"), "mount", "device",
		     "mount proc /proc nosuid,nodev,noexec\n"
		     "mount sysfs /sys ro,nosuid,nodev,noexec\n"
		     "mount cgroup2 /sys/fs/cgroup ro,nosuid,nodev,noexec\n"
		     "mount tmpfs /dev nosuid,noexec,strictatime mode=0755,size=65536k\n");
	assert_false(
		has_line(IN_ROOT("mount", "proc:/p", "unmaskProc", "yes"), "mask        /p/acpi"));
	assert_true(has_line(IN_ROOT("mount", "proc:/p"), "mask        /p/acpi"));
}

static void settings_of_a_network_of_its_own_can_be_written(void)
{
	make_root(0);
	assert_true(has_line(IN_ROOT("netns", "yes"), "readonly_but /proc/sys net"));
	assert_false(has_line(IN_ROOT("netns", "yes"), "readonly    /proc/sys"));
	assert_true(has_line(IN_ROOT("netns", "no"), "readonly    /proc/sys"));
	assert_true(
		has_line(IN_ROOT("netns", "yes", "mount", "proc:/p"), "readonly_but /p/sys net"));
}

/* Three ranges. The first range has the lowest ids inside, but the highest ids outside. */
#define TURNED "userMap", "0:300000:10", "userMap", "10:100000:10", "userMap", "20:200000:10"

/* Only mapped groups may use ping. The kernel takes the first and the last group of one range. The
 * id of the first group must not be higher than the id of the last group, both inside and outside
 * the user namespace. */
static void groups_that_may_ping_are_those_of_the_map(void)
{
	make_root(0);
	assert_true(has_line(WORDS("netns", "yes", "userns", "no"), "ping_groups 0 2147483647"));
	assert_false(has_line(WORDS("netns", "no", "userns", "no"), "ping_groups 0 2147483647"));
	assert_true(has_line(WORDS("netns", "yes", MAP), "ping_groups 0 65535"));
	assert_true(has_line(WORDS("netns", "yes", "userMap", "7:0:1"), "ping_groups 7 7"));
	assert_true(has_line(WORDS("netns", "yes", "userMap", "0:100000:1000", "userMap",
				   "1000:1000:1", "userMap", "1001:101000:64535"),
			     "ping_groups 1000 65535"));
	/* No single range has all the mapped groups. */
	assert_true(has_line(
		WORDS("netns", "yes", "userMap", "0:100000:1000", "userMap", "1000:1000:1"),
		"ping_groups 0 999"));
	assert_true(has_line(WORDS("netns", "yes", "user", "1000:1000", "userMap", "0:100000:1000",
				   "userMap", "1000:1000:1"),
			     "ping_groups 1000 1000"));
	assert_true(has_line(WORDS("netns", "yes", TURNED), "ping_groups 10 29"));
	assert_true(has_line(WORDS("netns", "yes", "user", "5:5", TURNED), "ping_groups 0 9"));
	assert_true(has_line(WORDS("netns", "yes", "user", "10:25", TURNED), "ping_groups 10 29"));
	/* Some kernels refuse a group above 2147483647. */
	assert_true(has_line(
		WORDS("netns", "yes", "userMap", "0:100000:1", "userMap", "2147483000:200000:1000"),
		"ping_groups 0 2147483647"));
	assert_true(has_line(
		WORDS("netns", "yes", "userMap", "0:100000:1", "userMap", "3000000000:200000:1000"),
		"ping_groups 0 0"));
}

/* --- owners of the files of a root
 * ---------------------------------------------------------------- */

static void roots_files_are_seen_through_the_maps(void)
{
	make_root(0);
	expect_lines(IN_ROOT(MAP), "gid_map", "source",
		     "gid_map 0 100000 65536\nidmap_mount 0 " ROOT "\npropagation slave,rec\n");
	assert_true(has_line(IN_ROOT(MAP), "root        0 -"));
	expect_lines(IN_ROOT(MAP, "ephemeral", "yes"), "attach", "mount",
		     "attach 0\nscratch mode=0755\nwork 8 upper\nwork 9 work\n"
		     "overlay / 0 8 9 userxattr -\n");
}

/* The mounts in a root are mapped, too. A covered mount is not mapped, because its file system
 * might not support maps. */
static void what_is_mounted_in_a_root_is_mapped_too(void)
{
	static const char *const places[] = {"/proc", "/run", "/a", "/a/b", "/c", "/c/d", "/cd"};
	char path[64];

	make_root(0);
	for (size_t i = 0; i < UNIT_COUNT(places); i++) {
		snprintf(path, sizeof(path), ROOT "%s", places[i]);
		assert_int_equal(mkdir(path, 0755), 0);
		child_cover(path);
	}
	const char *const *words = IN_ROOT(MAP, "mount", "tmp:/c", "mount", "dir:/a");
	expect_lines(words, "gid_map", "source",
		     "gid_map 0 100000 65536\nidmap_mount 0 " ROOT "\nidmap_mount 1 " ROOT
		     "/a\nidmap_mount 2 " ROOT "/a/b\nidmap_mount 3 " ROOT
		     "/cd\npropagation slave,rec\n");
	expect_lines(words, "root", "mount",
		     "root 0 -\nbind 1 /a - -\nbind 2 /a/b - -\nbind 3 /cd - -\n");
	expect_lines(IN_ROOT(MAP, "readOnly", "yes", "mount", "tmp:/a", "mount", "tmp:/c"), "root",
		     "mount", "root 0 ro\nbind 1 /cd ro -\n");
}

static void nothing_is_mapped_without_a_mount_namespace(void)
{
	make_root(0);
	const char *const *words = IN_ROOT(MAP, "mountns", "no");
	assert_false(has_line(words, "idmap_mount 0 " ROOT));
	assert_true(has_line(words, "chroot      " ROOT));
}

static void files_that_are_mapped_are_left_alone(void)
{
	make_root(100001);
	assert_true(has_line(IN_ROOT(MAP), "source      0 " ROOT));
	assert_false(has_line(IN_ROOT(MAP), "idmap_mount 0 " ROOT));
	assert_int_equal(chown(ROOT, 0, 0), 0);
	assert_true(has_line(IN_ROOT("userMap", "0:0:1"), "source      0 " ROOT));
	assert_true(has_line(IN_ROOT("userMap", "5:0:1"), "source      0 " ROOT));
	assert_true(has_line(IN_ROOT("userns", "no"), "source      0 " ROOT));
	/* The group of the root directory does not matter. */
	assert_int_equal(chown(ROOT, 165535, 0), 0);
	assert_true(has_line(IN_ROOT(MAP), "source      0 " ROOT));
	assert_int_equal(chown(ROOT, 165536, 0), 0);
	assert_true(has_line(IN_ROOT(MAP), "idmap_mount 0 " ROOT));
}

/* The root directory is not mounted idmapped if the map maps every id to itself. Such a mount would
 * change no owner, and some file systems do not support idmapped mounts. */
static void equal_ids_need_no_map(void)
{
	make_root(0);
	assert_true(has_line(IN_ROOT("user", "777"), "source      0 " ROOT));
	assert_true(has_line(IN_ROOT("userMap", "5:5:10", "userMap", "20:20:1"),
			     "source      0 " ROOT));
	assert_true(has_line(IN_ROOT("userMap", "5:5:10", "userMap", "20:21:1"),
			     "idmap_mount 0 " ROOT));
}

static void a_user_cannot_map_owners_of_files(void)
{
	make_root(0);
	child_become(ALICE, 23456);
	assert_true(has_line(IN_ROOT("hostname", "x"), "source      0 " ROOT));
}

/* Without a mount namespace, init enters the root before its ids change: with the new ids, init
 * might not reach the path. */
static void a_root_is_entered_before_the_ids_change(void)
{
	make_root(0);
	expect_lines(IN_ROOT("mountns", "no", MAP), "chroot", "keyring",
		     "chroot " ROOT "\nsetid 0 0\n");
	expect_lines(WORDS("mountns", "no", MAP), "setid", "keyring", "setid 0 0\n");
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(root_writes_the_maps_itself),
	IN_CHILD(a_user_denies_setgroups_before_the_maps),
	IN_CHILD(a_user_has_helpers_write_its_ranges),
	IN_CHILD(the_command_becomes_the_user),
	IN_CHILD(without_a_user_namespace_root_drops_to_the_user),
	IN_CHILD(the_environment_says_who_it_is),
	IN_CHILD(a_device_is_the_hosts),
	IN_CHILD(the_terminals_group_is_given_where_it_is_mapped),
	IN_CHILD(file_systems_of_shared_namespaces_are_bound),
	IN_CHILD(root_of_a_user_namespace_gets_the_same_plan),
	IN_CHILD(proc_is_the_hosts_where_asked_for),
	IN_CHILD(nothing_is_hidden_or_read_only_where_asked_for),
	IN_CHILD(settings_of_a_network_of_its_own_can_be_written),
	IN_CHILD(groups_that_may_ping_are_those_of_the_map),
	IN_CHILD(roots_files_are_seen_through_the_maps),
	IN_CHILD(what_is_mounted_in_a_root_is_mapped_too),
	IN_CHILD(nothing_is_mapped_without_a_mount_namespace),
	IN_CHILD(files_that_are_mapped_are_left_alone),
	IN_CHILD(equal_ids_need_no_map),
	IN_CHILD(a_user_cannot_map_owners_of_files),
	IN_CHILD(a_root_is_entered_before_the_ids_change),
};

UNIT_MAIN(tests)
