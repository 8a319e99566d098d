/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests users of the host and of a root directory. The files of a root may have any content. */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/sysmacros.h>

#include "src/host/nsswitch.h"
#include "src/ids/users.h"

#define HOST (-1)
#define ROOT "/tmp/root"

static void clear(struct pf_user *user)
{
	free(user->name);
	free(user->home);
	free(user->shell);
	pf_strings_clear(&user->groups);
}

/* Finds a user and checks the ids, the name, the home (NULL: none) and the supplementary groups,
 * such as "1 2". */
static void expect(int root, const char *text, uint32_t uid, uint32_t gid, const char *name,
		   const char *home, const char *groups)
{
	struct pflask_error error;
	struct pf_user user;
	char joined[4096] = "";

	const struct pf_passwd_files files = {root, -1, -1};
	assert_int_equal(pf_user_find(text, &files, &user, &error), 0);
	assert_int_equal(user.uid, uid);
	assert_int_equal(user.gid, gid);
	assert_int_equal(!user.name, !name);
	assert_int_equal(!user.home, !home);
	if (name)
		assert_string_equal(user.name, name);
	if (home)
		assert_string_equal(user.home, home);
	for (size_t i = 0; i < user.groups.count; i++)
		snprintf(joined + strlen(joined), sizeof(joined) - strlen(joined), "%s%s",
			 i ? " " : "", user.groups.items[i]);
	assert_string_equal(joined, groups);
	clear(&user);
}

/* Checks that a user is not found. */
static void refuse(int root, const char *text, const char *why)
{
	struct pflask_error error = {0};
	struct pf_user user;

	const struct pf_passwd_files files = {root, -1, -1};
	assert_int_equal(pf_user_find(text, &files, &user, &error), -EINVAL);
	assert_int_equal(error.code, PFLASK_INVALID);
	assert_string_equal(error.field, "user");
	assert_non_null(strstr(error.message, why));
}

/* Makes a root directory with a passwd and a group file (NULL: no such file). Returns a
 * descriptor. */
static int make_root(const char *passwd, const char *group)
{
	assert_int_equal(mkdir(ROOT, 0755), 0);
	assert_int_equal(mkdir(ROOT "/etc", 0755), 0);
	if (passwd)
		child_write(ROOT "/etc/passwd", passwd);
	if (group)
		child_write(ROOT "/etc/group", group);
	int root = open(ROOT, O_PATH | O_DIRECTORY | O_CLOEXEC);
	assert_true(root >= 0);
	return root;
}

static void users_of_the_host_are_found(void)
{
	child_cover_etc();
	expect(HOST, "alice", 12345, 23456, "alice", "/home/alice", "29 44");
	expect(HOST, "12345", 12345, 23456, "alice", "/home/alice", "29 44");
	expect(HOST, "root", 0, 0, "root", "/root", "");
	expect(HOST, "0", 0, 0, "root", "/root", "");
	expect(HOST, "alice:games", 12345, 60, "alice", "/home/alice", "29 44");
	expect(HOST, "alice:7", 12345, 7, "alice", "/home/alice", "29 44");
	expect(HOST, "12345:tty", 12345, 5, "alice", "/home/alice", "29 44");
}

/* A number without an entry is a user without a name. The gid defaults to the uid. */
static void a_number_needs_no_entry(void)
{
	child_cover_etc();
	expect(HOST, "777", 777, 777, NULL, NULL, "");
	expect(HOST, "777:0", 777, 0, NULL, NULL, "");
	expect(HOST, "4294967294:4294967294", 4294967294, 4294967294, NULL, NULL, "");
	expect(HOST, "777:tty", 777, 5, NULL, NULL, "");
}

static void named_groups_replace_the_groups_of_a_user(void)
{
	child_cover_etc();
	expect(HOST, "alice:games,tty,7", 12345, 60, "alice", "/home/alice", "5 7");
	expect(HOST, "alice:games,games", 12345, 60, "alice", "/home/alice", "60");
	expect(HOST, "777:0,4294967294", 777, 0, NULL, NULL, "4294967294");
}

static void unknown_users_are_refused_and_never_root(void)
{
	static const char *const users[] = {"nobody", "Alice",      "alice ",     " alice",
					    "-1",     "4294967295", "4294967296", "0x0",
					    "+0",     "alice\n"};

	child_cover_etc();
	for (size_t i = 0; i < UNIT_COUNT(users); i++)
		refuse(HOST, users[i], "no such user on this system");
}

static void unknown_groups_are_refused(void)
{
	static const char *const users[] = {"alice:nogroup",    "alice:-1",        "777:nogroup",
					    "alice:4294967295", "alice:tty:games", "alice:tty ",
					    "alice:tty,-1",     "alice:tty, games"};

	child_cover_etc();
	for (size_t i = 0; i < UNIT_COUNT(users); i++)
		refuse(HOST, users[i], "no such group on this system");
}

static void malformed_users_are_refused(void)
{
	static const char *const users[] = {
		"", ":", ":tty", "alice:", "0:", "::", "alice:,tty", "alice:tty,", "0:1,,2"};
	char *text = malloc(100001);

	child_cover_etc();
	for (size_t i = 0; i < UNIT_COUNT(users); i++)
		refuse(HOST, users[i], "must be USER[:GROUP[,GROUP...]]");
	memset(text, 'x', 100000);
	text[100000] = '\0';
	refuse(HOST, text, "x");
	memcpy(text, "alice:", 6);
	refuse(HOST, text, "xxx");
	free(text);
}

/* A root has its own users. Users of the host are unknown there. */
static void users_of_a_root_are_its_own(void)
{
	int root = make_root("root:x:0:0::/root:/bin/sh\n"
			     "alice:x:1:2::/srv:/bin/sh\n"
			     "carol:x:3:4:,,,:/c:\n"
			     "alice:x:9:9::/later:/bin/sh\n"
			     "last:x:7:8::/l:/bin/sh",
			     "root:x:0:\nalice:x:2:\nwheel:x:10:carol,alice\n"
			     "other:x:11:alic,alice2\ntty:x:12:alice\n"
			     "same:x:4:carol\n");

	child_cover_etc();
	expect(root, "alice", 1, 2, "alice", "/srv", "10 12");
	expect(root, "carol", 3, 4, "carol", "/c", "10");
	expect(root, "3", 3, 4, "carol", "/c", "10");
	expect(root, "last", 7, 8, "last", "/l", "");
	expect(root, "alice:tty", 1, 12, "alice", "/srv", "10 12");
	expect(root, "alice:9", 1, 9, "alice", "/srv", "10 12");
	expect(root, "alice:9,tty,7", 1, 9, "alice", "/srv", "12 7");
	expect(root, "12345", 12345, 12345, NULL, NULL, "");
	refuse(root, "bob", "no such user in the root's /etc/passwd");
	refuse(root, "alice:tty,audio,9", "audio: no such group in the root's /etc/group");
	refuse(root, "alice:audio", "no such group in the root's /etc/group");
	refuse(root, "bob:tty", "no such user in the root's /etc/passwd");
	close(root);
}

static void a_root_without_files_has_no_names(void)
{
	int root = make_root(NULL, NULL);

	refuse(root, "root", "no such user");
	refuse(root, "0:root", "no such group");
	expect(root, "0", 0, 0, NULL, NULL, "");
	expect(root, "5:6", 5, 6, NULL, NULL, "");
	close(root);
}

/* A line gives no user if other programs read the line differently, or take its user for root. */
static void malformed_lines_give_no_user(void)
{
	static const char *const names[] = {"empty", "nogid",  "minus",    "neg",       "big",
					    "big2",  "short",  "minusgid", "+",         "+nis",
					    "-nis",  "neggid", "hex",      "fivefields"};
	int root = make_root("\n\n:\n::::::\nshort\nshort:x\nshort:x:0\n"
			     "empty:x:::::\nempty:x:::::/:\nnogid:x:5:::/:\n"
			     "minus:x:4294967295:5::/:\nneg:x:-1:5::/:\nbig:x:4294967296:5::/:\n"
			     "minusgid:x:5:4294967295::/:\nneggid:x:5:-1::/:\n"
			     "big2:x:18446744073709551616:5::/:\n"
			     "+::::::\n+nis::::::\n-nis:x:0:0::/:\n#6:x:6:60::/:\n"
			     "hex:x:0x5:5::/:\nfivefields:x:7:7:\n:x:6:60::/:\n"
			     "good:x:8:9::/g:\nsix:x:10:11::/six\ngood:x:0:0::/:\n",
			     NULL);

	for (size_t i = 0; i < UNIT_COUNT(names); i++)
		refuse(root, names[i], "no such user");
	expect(root, "good", 8, 9, "good", "/g", "");
	expect(root, "six", 10, 11, "six", "/six", "");
	expect(root, "6", 6, 6, NULL, NULL, "");
	close(root);
}

static void odd_groups_are_left_out(void)
{
	int root = make_root("alice:x:1:2::/:\n",
			     "\n:\n::::\nshort:x\nempty:x::alice\nminus:x:4294967295:alice\n"
			     "neg:x:-1:alice\nbig:x:4294967296:alice\n+:::alice\n+nis:x:3:alice\n"
			     "-nis:x:4:alice\n#:x:5:alice\nspaces:x:10: alice\n"
			     "many:x:11:,,alice,,\nnone:x:12:\nfew:x:14\ngood:x:13:bob,alice");

	expect(root, "alice", 1, 2, "alice", "/", "11 13");
	expect(root, "alice:good", 1, 13, "alice", "/", "11 13");
	expect(root, "alice:few", 1, 14, "alice", "/", "11 13");
	refuse(root, "alice:minus", "no such group");
	refuse(root, "alice:+nis", "no such group");
	refuse(root, "alice:-nis", "no such group");
	refuse(root, "alice:empty", "no such group");
	refuse(root, "alice:short", "no such group");
	close(root);
}

/* Makes etc/passwd and etc/group symbolic links to the host's files, and checks that no user of the
 * host is found. */
static void expect_kept_inside(int root, const char *passwd, const char *group)
{
	unlink(ROOT "/etc/passwd");
	unlink(ROOT "/etc/group");
	assert_int_equal(symlink(passwd, ROOT "/etc/passwd"), 0);
	assert_int_equal(symlink(group, ROOT "/etc/group"), 0);
	refuse(root, "alice", "no such user");
	refuse(root, "0:audio", "no such group");
}

static void no_link_leads_out_of_a_root(void)
{
	int root = make_root(NULL, NULL);
	char by_fd[64];

	child_cover_etc();
	expect_kept_inside(root, "/etc/passwd", "/etc/group");
	expect_kept_inside(root, "../../../../etc/passwd", "../../../../etc/group");
	expect_kept_inside(root, "/../../etc/passwd", "/../../etc/group");
	assert_int_equal(mkdir(ROOT "/proc", 0755), 0);
	assert_int_equal(mount("/proc", ROOT "/proc", NULL, MS_BIND | MS_REC, NULL), 0);
	expect_kept_inside(root, "/proc/self/root/etc/passwd", "/proc/self/root/etc/group");
	int fd = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
	snprintf(by_fd, sizeof(by_fd), "/proc/self/fd/%d", fd);
	expect_kept_inside(root, by_fd, by_fd);
	close(fd);
	close(root);
}

static void a_link_is_resolved_inside(void)
{
	int root = make_root(NULL, NULL);

	child_cover_etc();
	assert_int_equal(mkdir(ROOT "/usr", 0755), 0);
	child_write(ROOT "/usr/passwd", "carol:x:3:4::/c:\n");
	child_write(ROOT "/usr/group", "carol:x:4:\nwheel:x:10:carol\n");
	assert_int_equal(symlink("/usr/passwd", ROOT "/etc/passwd"), 0);
	assert_int_equal(symlink("../../../usr/group", ROOT "/etc/group"), 0);
	expect(root, "carol", 3, 4, "carol", "/c", "10");
	close(root);
}

/* Replaces both files with nodes that are not regular files, and checks that they are not read. */
static void expect_unread(int root, mode_t mode, dev_t device)
{
	assert_int_equal(mknod(ROOT "/etc/passwd", mode, device), 0);
	assert_int_equal(mknod(ROOT "/etc/group", mode, device), 0);
	refuse(root, "alice", "no such user");
	refuse(root, "0:audio", "no such group");
	unlink(ROOT "/etc/passwd");
	unlink(ROOT "/etc/group");
}

/* Only a regular file is opened. A fifo without a writer would block, and /dev/zero has no end. */
static void only_a_regular_file_is_read(void)
{
	int root = make_root(NULL, NULL);

	expect_unread(root, S_IFIFO | 0644, 0);
	expect_unread(root, S_IFCHR | 0644, makedev(1, 5));
	expect_unread(root, S_IFSOCK | 0644, 0);
	assert_int_equal(mkdir(ROOT "/etc/passwd", 0755), 0);
	assert_int_equal(symlink("group", ROOT "/etc/group"), 0);
	refuse(root, "alice", "no such user");
	refuse(root, "0:audio", "no such group");
	close(root);
}

static void huge_files_are_read_in_time_or_not_at_all(void)
{
	const size_t length = 8 << 20;
	char *text = malloc(length + 100);
	int root = make_root(NULL, NULL);

	memset(text, 'x', length);
	strcpy(text + length, "\nalice:x:1:2::/:\n");
	child_write(ROOT "/etc/passwd", text);
	memset(text, ',', length);
	memcpy(text, "wheel:x:10:", 11);
	strcpy(text + length, "alice\n");
	child_write(ROOT "/etc/group", text);
	expect(root, "alice", 1, 2, "alice", "/", "10");
	assert_int_equal(truncate(ROOT "/etc/passwd", (off_t)1 << 40), 0);
	refuse(root, "alice", "no such user");
	free(text);
	close(root);
}

/* A user in 65536 groups is found. No process can have more groups (NGROUPS_MAX). */
static void a_user_in_all_groups_is_found(void)
{
	struct pflask_error error;
	struct pf_user user;
	int root = make_root("alice:x:1:2::/:\n", NULL);
	const struct pf_passwd_files files = {root, -1, -1};
	FILE *file = fopen(ROOT "/etc/group", "we");

	assert_non_null(file);
	for (int i = 0; i < 65535; i++)
		fprintf(file, "g%d:x:%d:alice\n", i, 1000 + i);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(pf_user_find("alice", &files, &user, &error), 0);
	assert_int_equal(user.groups.count, 65535);
	clear(&user);
	fprintf(file, "last:x:99999:alice\n");
	assert_int_equal(fclose(file), 0);
	refuse(root, "alice", "more groups than a process can have");
	close(root);
}

/* Each row has a line of nsswitch.conf, and tells whether glibc asks only the files: for an entry
 * that the files have, and for an entry that the files lack. */
static const struct {
	const char *config;
	int found, missing;
} sources[] = {
	{"", 1, 1},
	{"passwd: files\n", 1, 1},
	{"passwd: files\npasswd: files\n", 0, 0},
	{"group: sss\npasswdx: sss\npasswd:files\n", 1, 1},
	{" \tpasswd \t:\t files \t\n", 1, 1},
	{"passwd: files # sss\n", 1, 1},
	{"#passwd: sss\n", 1, 1},
	{"passwd: files systemd\n", 1, 0},
	{"passwd: files [NOTFOUND=return] sss\n", 0, 0},
	{"passwd: files [SUCCESS=merge] sss\n", 0, 0},
	{"passwd: sss files\n", 0, 0},
	{"passwd: compat\n", 0, 0},
	{"passwd: filesx\n", 0, 0},
	{"passwd:\n", 0, 0},
};

static void other_sources_than_the_files_are_seen(void)
{
	for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
		child_write("/tmp/config", sources[i].config);
		assert_int_equal(pf_nsswitch_is_files("/tmp/config", "passwd", 1),
				 sources[i].found);
		assert_int_equal(pf_nsswitch_is_files("/tmp/config", "passwd", 0),
				 sources[i].missing);
	}
	assert_true(pf_nsswitch_is_files("/tmp/absent", "passwd", 0));
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(users_of_the_host_are_found),
	IN_CHILD(a_number_needs_no_entry),
	IN_CHILD(named_groups_replace_the_groups_of_a_user),
	IN_CHILD(unknown_users_are_refused_and_never_root),
	IN_CHILD(unknown_groups_are_refused),
	IN_CHILD(malformed_users_are_refused),
	IN_CHILD(users_of_a_root_are_its_own),
	IN_CHILD(a_root_without_files_has_no_names),
	IN_CHILD(malformed_lines_give_no_user),
	IN_CHILD(odd_groups_are_left_out),
	IN_CHILD(no_link_leads_out_of_a_root),
	IN_CHILD(a_link_is_resolved_inside),
	IN_CHILD(only_a_regular_file_is_read),
	IN_CHILD(huge_files_are_read_in_time_or_not_at_all),
	IN_CHILD(a_user_in_all_groups_is_found),
	IN_CHILD(other_sources_than_the_files_are_seen),
};

UNIT_MAIN(tests)
