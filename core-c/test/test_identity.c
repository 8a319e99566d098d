/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the identity that root gets for a spec: the user namespace, its maps and the ids. Root may
 * map any id. */
#define _GNU_SOURCE
#include "identities.h"

static void root_needs_no_user_namespace(void)
{
	child_cover_etc();
	assert_true(pf_is_privileged());
	assert_int_equal(DECIDE(-1, NULL), 0);
	assert_false(identity.has_new_userns || identity.has_user);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "userns", "yes"), 0);
	expect_maps("0 0 1", "0 0 1");
	expect_init(0, 0);
	expect_writer(NULL, 0);
	pf_identity_clear(&identity);
}

static void root_runs_a_user_mapped_to_itself(void)
{
	child_cover_etc();
	assert_int_equal(DECIDE(-1, "user", "alice"), 0);
	expect_maps("12345 12345 1", "23456 23456 1");
	expect_init(ALICE, ALICES_GROUP);
	expect_user(ALICE, ALICES_GROUP, "23456");
	expect_writer(NULL, 0);
	assert_string_equal(identity.name, "alice");
	assert_string_equal(identity.home, "/home/alice");
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "user", "777:5"), 0);
	expect_maps("777 777 1", "5 5 1");
	assert_null(identity.name);
	pf_identity_clear(&identity);
}

/* Without a user namespace, the command of root gets the ids and all groups of the user. */
static void root_drops_to_a_user(void)
{
	child_cover_etc();
	assert_int_equal(DECIDE(-1, "user", "alice", "userns", "no"), 0);
	assert_false(identity.has_new_userns);
	expect_user(ALICE, ALICES_GROUP, "29 44 23456");
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "user", "0", "userns", "no"), 0);
	expect_user(0, 0, "0");
	pf_identity_clear(&identity);
}

static void unknown_users_are_refused(void)
{
	child_cover_etc();
	expect_refused(DECIDE(-1, "user", "mallory"), EINVAL, "user", "mallory: no such user", "");
	expect_refused(DECIDE(-1, "user", "alice:nogroup"), EINVAL, "user", "nogroup", "");
	expect_refused(DECIDE(-1, "user", "4294967295", "userns", "no"), EINVAL, "user",
		       "4294967295: no such user", "");
}

static void users_of_a_root_are_looked_up_in_it(void)
{
	int root = make_root(0);

	child_cover_etc();
	assert_int_equal(mkdir(ROOT "/etc", 0755), 0);
	child_write(ROOT "/etc/passwd", "carol:x:3:4::/c:\n");
	assert_int_equal(DECIDE(root, "user", "carol"), 0);
	expect_maps("3 3 1", "4 4 1");
	assert_string_equal(identity.home, "/c");
	pf_identity_clear(&identity);
	expect_refused(DECIDE(root, "user", "alice"), EINVAL, "user",
		       "alice: no such user in the root's /etc/passwd", "");
	close(root);
}

static void root_maps_any_ids(void)
{
	child_cover_etc();
	assert_int_equal(DECIDE(-1, "userMap", "0:100000:65536"), 0);
	expect_maps("0 100000 65536", "0 100000 65536");
	expect_init(0, 0);
	expect_writer(NULL, 0);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "userMap", "u:5:1000:2", "userMap", "g:9:2000:1", "userMap",
				"0:0:1", "userMap", "g:50:3000:1"),
			 0);
	expect_maps("5 1000 2,0 0 1", "9 2000 1,0 0 1,50 3000 1");
	expect_init(0, 0);
	pf_identity_clear(&identity);
}

/* If the map has no id 0 inside, init gets the first id of the map. */
static void init_is_root_or_the_first_of_the_map(void)
{
	child_cover_etc();
	assert_int_equal(DECIDE(-1, "userMap", "u:7:1000:2", "userMap", "u:3:2000:1", "userMap",
				"g:1:2000:9"),
			 0);
	expect_init(7, 1);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "userMap", "u:7:1000:2", "userMap", "u:0:2000:1", "userMap",
				"g:1:2000:9"),
			 0);
	expect_init(0, 1);
	pf_identity_clear(&identity);
}

static void bad_maps_are_refused(void)
{
	static const char *const malformed[] = {"",
						"0",
						"0:0",
						"0:0:0",
						"x:0:0:1",
						"u:",
						"u:0:0",
						"g:0:0:0",
						"ug:0:0:1",
						"U:0:0:1",
						"0:0:1 ",
						"-1:0:1",
						"0:0:999999999999",
						"4294967294:0:2",
						"automatic"};

	child_cover_etc();
	for (size_t i = 0; i < UNIT_COUNT(malformed); i++)
		expect_refused(DECIDE(-1, "userMap", malformed[i]), EINVAL, "userMap",
			       "must be ID:HOST:COUNT", "");
	expect_refused(DECIDE(-1, "userMap", "auto", "userMap", "0:0:1"), EINVAL, "userMap", "auto",
		       "");
	expect_refused(DECIDE(-1, "userMap", "0:0:1", "userMap", "auto"), EINVAL, "userMap", "auto",
		       "");
	expect_refused(DECIDE(-1, "userMap", "0:0:2", "userMap", "g:1:9:1"), EINVAL, "userMap",
		       "g:1:9:1: overlaps another map", "");
	expect_refused(DECIDE(-1, "userMap", "0:5:2", "userMap", "u:9:6:1"), EINVAL, "userMap",
		       "u:9:6:1: overlaps another map", "");
	expect_refused(DECIDE(-1, "userMap", "u:0:0:1"), EINVAL, "userMap", "no group id is mapped",
		       "");
	expect_refused(DECIDE(-1, "userMap", "g:0:0:1"), EINVAL, "userMap", "no user id is mapped",
		       "");
}

static void a_user_must_be_mapped(void)
{
	child_cover_etc();
	expect_refused(DECIDE(-1, "user", "alice", "userMap", "0:100000:100"), EINVAL, "user",
		       "alice: user id 12345 is not mapped", "{userMap=u:12345:HOST:1}");
	expect_refused(DECIDE(-1, "user", "alice", "userMap", "0:100000:20000"), EINVAL, "user",
		       "alice: group id 23456", "{userMap=g:23456:HOST:1}");
	assert_int_equal(DECIDE(-1, "user", "alice", "userMap", "0:100000:65536"), 0);
	expect_user(ALICE, ALICES_GROUP, "29 44 23456");
	expect_init(0, 0);
	pf_identity_clear(&identity);
	/* Supplementary groups that are not mapped are left out, because they cannot be set. */
	assert_int_equal(DECIDE(-1, "user", "alice", "userMap", "u:12345:1:1", "userMap",
				"g:23456:1:1", "userMap", "g:44:2:1"),
			 0);
	expect_user(ALICE, ALICES_GROUP, "44 23456");
	pf_identity_clear(&identity);
}

static void root_gets_ids_that_are_free(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\n");
	assert_int_equal(DECIDE(-1, "userMap", "auto"), 0);
	assert_int_equal(identity.map[PF_UID].count, 1);
	const struct pf_id_line line = identity.map[PF_UID].line[0];
	assert_int_equal(line.inside, 0);
	assert_int_equal(line.count, 65536);
	assert_true(line.outside >= 524288);
	assert_memory_equal(&identity.map[PF_GID].line[0], &line, sizeof(line));
	expect_writer(NULL, 0);
	pf_identity_clear(&identity);
	child_write("/etc/subgid", "alice:1:4294967294\n");
	expect_refused(DECIDE(-1, "userMap", "auto"), EINVAL, "userMap",
		       "no range of 65536 ids is free", "");
}

/* Each path of a root directory gives the same ids. */
static void a_root_has_the_same_ids_by_each_of_its_names(void)
{
	static const char *const names[] = {ROOT, "/tmp/root/", "/tmp/./root", "root",
					    "../tmp/link"};
	int root = make_root(0);
	uint32_t first = 0;

	child_cover_etc();
	assert_int_equal(symlink("root", "/tmp/link"), 0);
	assert_int_equal(chdir("/tmp"), 0);
	for (size_t i = 0; i < UNIT_COUNT(names); i++) {
		assert_int_equal(DECIDE(root, "userMap", "auto", "chroot", names[i]), 0);
		first = first ? first : identity.map[PF_UID].line[0].outside;
		assert_int_equal(identity.map[PF_UID].line[0].outside, first);
		pf_identity_clear(&identity);
	}
	assert_int_equal(DECIDE(-1, "userMap", "auto"), 0);
	assert_int_not_equal(identity.map[PF_UID].line[0].outside, first);
	pf_identity_clear(&identity);
	close(root);
}

/* If pflask runs as root of a user namespace, pflask makes no further user namespace by default,
 * and can map only the ids of the existing namespace. Such a root lacks some rights of the initial
 * root. */
static void root_of_a_user_namespace_is_confined_to_it(void)
{
	child_cover_etc();
	assert_int_equal(unshare(CLONE_NEWUSER), 0);
	child_write("/proc/self/setgroups", "deny");
	child_write("/proc/self/gid_map", "0 0 1");
	child_write("/proc/self/uid_map", "0 0 1");
	assert_true(pf_is_privileged());
	assert_int_equal(DECIDE(-1, NULL), 0);
	assert_false(identity.has_new_userns);
	assert_true(identity.is_in_userns);
	expect_map(PF_UID, "0 0 1");
	expect_map(PF_GID, "0 0 1");
	expect_init(0, 0);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "userns", "yes"), 0);
	assert_true(identity.has_new_userns && identity.is_in_userns);
	pf_identity_clear(&identity);
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(root_needs_no_user_namespace),
	IN_CHILD(root_runs_a_user_mapped_to_itself),
	IN_CHILD(root_drops_to_a_user),
	IN_CHILD(unknown_users_are_refused),
	IN_CHILD(users_of_a_root_are_looked_up_in_it),
	IN_CHILD(root_maps_any_ids),
	IN_CHILD(init_is_root_or_the_first_of_the_map),
	IN_CHILD(bad_maps_are_refused),
	IN_CHILD(a_user_must_be_mapped),
	IN_CHILD(root_gets_ids_that_are_free),
	IN_CHILD(a_root_has_the_same_ids_by_each_of_its_names),
	IN_CHILD(root_of_a_user_namespace_is_confined_to_it),
};

UNIT_MAIN(tests)
