/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the identity that an unprivileged caller gets. Also tests who writes the id maps: the
 * monitor, or newuidmap(1) and newgidmap(1). */
#define _GNU_SOURCE
#include "identities.h"
#include "src/ids/choose_id_map.h"

#include <linux/capability.h>
#include <sys/syscall.h>

static void a_user_is_mapped_to_itself(void)
{
	become_alice();
	assert_false(pf_is_privileged());
	for (int i = 0; i < 2; i++) {
		assert_int_equal(i ? DECIDE(-1, "user", "alice") : DECIDE(-1, NULL), 0);
		expect_maps("12345 12345 1", "23456 23456 1");
		expect_init(ALICE, ALICES_GROUP);
		expect_writer(NULL, 1);
		pf_identity_clear(&identity);
	}
	assert_int_equal(DECIDE(-1, "userns", "no"), 0);
	assert_false(identity.has_new_userns);
	pf_identity_clear(&identity);
	/* A user may map the user's own id to any id inside, without privilege. */
	assert_int_equal(DECIDE(-1, "userMap", "u:0:12345:1", "userMap", "g:0:23456:1"), 0);
	expect_maps("0 12345 1", "0 23456 1");
	expect_init(0, 0);
	expect_writer(NULL, 1);
	pf_identity_clear(&identity);
}

static void another_user_has_a_subordinate_id(void)
{
	become_alice_with_ranges();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(DECIDE(-1, "user", i == 0 ? "root" : i == 1 ? "bob" : "12346"), 0);
		expect_maps("0 12345 1,1 100000 65536",
			    "0 23456 1,1 200000 65536,65537 300000 1000");
		expect_writer("", 0);
		pf_identity_clear(&identity);
	}
	/* A single id among the caller's ids. */
	assert_int_equal(DECIDE(-1, "user", "100005:200005"), 0);
	expect_maps("100005 100005 1", "200005 200005 1");
	pf_identity_clear(&identity);
	expect_refused(DECIDE(-1, "user", "4000000000"), EINVAL, "user", "is not mapped", "");
	expect_refused(DECIDE(-1, "user", "alice:tty"), EPERM, "user", "another group",
		       "sudo {program} {user=alice:tty}");
}

static void without_ranges_a_user_cannot_become_another_user(void)
{
	child_cover_etc();
	make_helpers();
	child_become(ALICE, ALICES_GROUP);
	expect_refused(DECIDE(-1, "user", "bob"), EPERM, "user",
		       "bob: another user needs subordinate ids, and alice has none in /etc/subuid",
		       "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 "
		       "alice");
}

static void the_owner_of_a_root_selects_the_map_of_any_user(void)
{
	int own = make_root(ALICE);

	become_alice_with_ranges();
	for (int i = 0; i < 3; i++) {
		assert_int_equal(DECIDE(own, "chroot", ROOT, "user",
					i == 0   ? "0"
					: i == 1 ? "5:6"
						 : "12345:23456"),
				 0);
		expect_map(PF_UID, "0 12345 1,1 100000 65536");
		pf_identity_clear(&identity);
	}
	close(own);
}

static void a_root_of_another_owner_is_only_for_the_user_itself(void)
{
	int root = make_root(0);

	become_alice_with_ranges();
	assert_int_equal(DECIDE(root, "chroot", ROOT, "user", "12345:23456"), 0);
	expect_maps("12345 12345 1", "23456 23456 1");
	pf_identity_clear(&identity);
	expect_refused(DECIDE(root, "chroot", ROOT, "user", "5:6"), EPERM, "chroot",
		       "owned by uid 0", "sudo {program} {chroot=" ROOT "} {userMap=auto}");
	close(root);
}

static void a_map_without_the_owner_of_the_root_is_refused(void)
{
	int root = make_root(ALICE);

	become_alice_with_ranges();
	expect_refused(DECIDE(root, "chroot", ROOT, "userMap", "u:0:100000:65536", "userMap",
			      "g:0:200000:65536"),
		       EPERM, "userMap", "does not map uid 12345, which owns the root directory",
		       "{program} {chroot=" ROOT "} ...");
	/* The check concerns only root of the container, and this map has no root. */
	assert_int_equal(
		DECIDE(root, "chroot", ROOT, "userMap", "u:5:100000:1", "userMap", "g:5:200000:1"),
		0);
	pf_identity_clear(&identity);
	close(root);
}

/* Checks the hint of an explicit map. newuidmap(1) decides later whether the map is allowed; the
 * user sees the hint if newuidmap(1) refuses the map. */
static void expect_hint(int r, const char *hint)
{
	assert_int_equal(r, 0);
	assert_true(identity.map_program[PF_UID] || identity.map_program[PF_GID]);
	pf_hint_missing_ids(identity.map, &error);
	assert_string_equal(error.hint, hint);
	pf_identity_clear(&identity);
}

static void a_user_maps_ranges_as_newuidmap_allows(void)
{
	static const char own[] =
		"{userMap=auto}, or {chroot=DIR} alone: your subordinate ids are 100000-165535";

	become_alice_with_ranges();
	assert_int_equal(DECIDE(-1, "userMap", "u:0:100000:65536", "userMap", "g:0:200000:65536"),
			 0);
	expect_maps("0 100000 65536", "0 200000 65536");
	expect_writer("", 0);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "userMap", "u:0:12345:1", "userMap", "u:1:165535:1", "userMap",
				"g:5:300999:1"),
			 0);
	expect_writer("", 0);
	pf_identity_clear(&identity);
	expect_hint(DECIDE(-1, "userMap", "u:0:100000:65536", "userMap", "g:0:200000:65536"), "");
	expect_hint(DECIDE(-1, "userMap", "0:100000:65536"), own);
	expect_hint(DECIDE(-1, "userMap", "u:0:99999:2", "userMap", "g:0:200000:1"), own);
	expect_hint(DECIDE(-1, "userMap", "u:0:165535:2", "userMap", "g:0:200000:1"), own);
	expect_hint(DECIDE(-1, "userMap", "u:0:0:1", "userMap", "g:0:200000:1"), own);
	expect_hint(DECIDE(-1, "userMap", "u:0:12345:2", "userMap", "g:0:200000:1"), own);
}

/* If nsswitch.conf(5) names a source of subordinate ids other than the files, getsubids is run and
 * /etc/subuid is not read. */
static void another_source_of_ranges_is_asked(void)
{
	become_alice_with_source("#!/bin/sh\n"
				 "[ \"$1\" = -g ] && shift && echo \"1: $1 500000 10\" || "
				 "echo \"0: $1 400000 65536\"\n"
				 "[ $# = 1 ]\n");
	assert_int_equal(DECIDE(-1, "userMap", "auto"), 0);
	expect_maps("0 12345 1,1 400000 65536", "0 23456 1,1 500000 10");
	pf_identity_clear(&identity);
	expect_hint(DECIDE(-1, "userMap", "u:0:400000:2", "userMap", "g:0:500000:2"), "");
	expect_hint(
		DECIDE(-1, "userMap", "u:0:100000:2", "userMap", "g:0:500000:2"),
		"{userMap=auto}, or {chroot=DIR} alone: your subordinate ids are 400000-465535");
}

static void a_source_without_ranges_is_named(void)
{
	become_alice_with_source("#!/bin/sh\nexit 1\n");
	expect_refused(DECIDE(-1, "userMap", "auto"), EPERM, "userMap",
		       "user alice has no subordinate ids in sss", "getsubids alice");
}

static void a_source_that_cannot_be_asked_is_an_error(void)
{
	become_alice_with_source(NULL);
	expect_refused(DECIDE(-1, "userMap", "auto"), ENOENT, "userMap", "getsubids",
		       "sudo apt install uidmap");
}

static void a_user_is_root_before_its_ranges(void)
{
	become_alice_with_ranges();
	assert_int_equal(DECIDE(-1, "userMap", "auto"), 0);
	expect_maps("0 12345 1,1 100000 65536", "0 23456 1,1 200000 65536,65537 300000 1000");
	expect_init(0, 0);
	expect_writer("", 0);
	pf_identity_clear(&identity);
}

static void without_ranges_the_hint_adds_ranges(void)
{
	static const char range_hint[] =
		"sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 alice";

	child_cover_etc();
	make_helpers();
	child_become(ALICE, ALICES_GROUP);
	expect_refused(DECIDE(-1, "userMap", "auto"), EPERM, "userMap",
		       "user alice has no subordinate ids in /etc/subuid", range_hint);
	expect_hint(DECIDE(-1, "userMap", "0:100000:65536"), range_hint);
}

static void a_user_without_a_name_is_a_number(void)
{
	child_cover_etc();
	child_write("/etc/subuid", ":100000:65536\n777:300000:10\n");
	child_write("/etc/subgid", ":100000:65536\n777:300000:10\n");
	make_helpers();
	child_become(777, 777);
	assert_int_equal(DECIDE(-1, "userMap", "0:300000:10"), 0);
	pf_identity_clear(&identity);
	expect_hint(DECIDE(-1, "userMap", "0:100000:65536"),
		    "sudo usermod --add-subuids 300010-365545 --add-subgids 300010-365545 777, "
		    "and {userMap=0:300010:65536}");
	expect_hint(
		DECIDE(-1, "userMap", "0:400000:10"),
		"{userMap=auto}, or {chroot=DIR} alone: your subordinate ids are 300000-300009");
}

static void without_helpers_the_hint_installs_them(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\n");
	child_write("/etc/subgid", "alice:100000:65536\n");
	make_helpers();
	child_become(ALICE, ALICES_GROUP);
	static const char *const paths[] = {"", ":", "/nonesuch", "bin:./bin",
					    "/tmp/bin/newuidmap"};
	for (size_t i = 0; i < UNIT_COUNT(paths); i++) {
		setenv("PATH", paths[i], 1);
		expect_refused(DECIDE(-1, "userMap", "0:100000:9"), ENOENT, "userMap",
			       "needs newuidmap", "sudo apt install uidmap");
	}
	assert_int_equal(chdir("/tmp"), 0);
	setenv("PATH", "bin::/nonesuch:/tmp/bin:/", 1);
	assert_int_equal(DECIDE(-1, "userMap", "0:100000:9"), 0);
	expect_writer("", 0);
	pf_identity_clear(&identity);
}

static void a_helper_must_be_executable(void)
{
	child_cover_etc();
	child_write("/etc/subuid", "alice:100000:65536\n");
	child_write("/etc/subgid", "alice:100000:65536\n");
	make_helpers();
	assert_int_equal(mkdir("/tmp/directory", 0755), 0);
	assert_int_equal(mkdir("/tmp/directory/newuidmap", 0755), 0);
	assert_int_equal(mkdir("/tmp/plain", 0755), 0);
	child_write("/tmp/plain/newuidmap", "#!/bin/sh\n");
	child_become(ALICE, ALICES_GROUP);
	setenv("PATH", "/tmp/plain:/tmp/directory:/tmp/bin", 1);
	assert_int_equal(DECIDE(-1, "userMap", "0:100000:9"), 0);
	expect_writer("", 0);
	pf_identity_clear(&identity);
}

/* --- the owner of the root directory selects the map
 * ---------------------------------------------- */

static void a_root_of_the_user_maps_the_user_to_root(void)
{
	int root = make_root(ALICE);

	become_alice_with_ranges();
	assert_int_equal(DECIDE(root, "chroot", ROOT), 0);
	expect_maps("0 12345 1,1 100000 65536", "0 23456 1,1 200000 65536,65537 300000 1000");
	pf_identity_clear(&identity);
	close(root);
}

static void a_root_of_subordinate_ids_maps_only_these_ids(void)
{
	int root = make_root(100000);

	become_alice_with_ranges();
	assert_int_equal(DECIDE(root, "chroot", ROOT), 0);
	expect_maps("0 100000 65536", "0 200000 65536,65536 300000 1000");
	expect_init(0, 0);
	pf_identity_clear(&identity);
	/* With an explicit userMap, the owner of the root does not matter. */
	assert_int_equal(DECIDE(root, "chroot", ROOT, "userMap", "auto"), 0);
	assert_int_equal(identity.map[PF_UID].count, 2);
	pf_identity_clear(&identity);
	close(root);
}

static void a_root_of_another_user_is_refused(void)
{
	int root = make_root(0);

	become_alice_with_ranges();
	expect_refused(DECIDE(root, "chroot", ROOT), EPERM, "chroot", "owned by uid 0",
		       "sudo {program} {chroot=" ROOT "} {userMap=auto}");
	close(root);
}

static void without_ranges_the_owner_of_a_root_is_nothing(void)
{
	int root = make_root(0);

	become_alice();
	assert_int_equal(DECIDE(root, "chroot", ROOT), 0);
	expect_maps("12345 12345 1", "23456 23456 1");
	expect_writer(NULL, 1);
	pf_identity_clear(&identity);
	close(root);
}

/* Makes the child alice with some capabilities of root. */
static void become_alice_with(uint32_t capabilities)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{capabilities, capabilities, 0}};

	assert_int_equal(prctl(PR_SET_KEEPCAPS, 1), 0);
	child_become(ALICE, ALICES_GROUP);
	assert_int_equal(syscall(SYS_capset, &header, data), 0);
}

/* CAP_SETUID and CAP_SETGID permit any map, but no new namespaces. */
static void capabilities_count_and_not_ids(void)
{
	child_cover_etc();
	become_alice_with(1u << CAP_SETUID | 1u << CAP_SETGID);
	assert_false(pf_is_privileged());
	assert_int_equal(DECIDE(-1, NULL), 0);
	expect_maps("12345 12345 1", "23456 23456 1");
	expect_writer(NULL, 0);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "userMap", "0:100000:65536"), 0);
	expect_writer(NULL, 0);
	pf_identity_clear(&identity);
	assert_int_equal(DECIDE(-1, "user", "bob"), 0);
	expect_maps("12346 12346 1", "12346 12346 1");
	pf_identity_clear(&identity);
}

static void a_privileged_caller_needs_no_user_namespace(void)
{
	child_cover_etc();
	become_alice_with(1u << CAP_SYS_ADMIN);
	assert_true(pf_is_privileged());
	assert_int_equal(DECIDE(-1, NULL), 0);
	assert_false(identity.has_new_userns);
	pf_identity_clear(&identity);
	/* CAP_SYS_ADMIN permits new namespaces, but no map. */
	expect_hint(DECIDE(-1, "userMap", "0:100000:65536"),
		    "sudo usermod --add-subuids 100000-165535 --add-subgids 100000-165535 alice");
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(a_user_is_mapped_to_itself),
	IN_CHILD(another_user_has_a_subordinate_id),
	IN_CHILD(without_ranges_a_user_cannot_become_another_user),
	IN_CHILD(the_owner_of_a_root_selects_the_map_of_any_user),
	IN_CHILD(a_root_of_another_owner_is_only_for_the_user_itself),
	IN_CHILD(a_map_without_the_owner_of_the_root_is_refused),
	IN_CHILD(a_user_maps_ranges_as_newuidmap_allows),
	IN_CHILD(another_source_of_ranges_is_asked),
	IN_CHILD(a_source_without_ranges_is_named),
	IN_CHILD(a_source_that_cannot_be_asked_is_an_error),
	IN_CHILD(a_user_is_root_before_its_ranges),
	IN_CHILD(without_ranges_the_hint_adds_ranges),
	IN_CHILD(a_user_without_a_name_is_a_number),
	IN_CHILD(without_helpers_the_hint_installs_them),
	IN_CHILD(a_helper_must_be_executable),
	IN_CHILD(a_root_of_the_user_maps_the_user_to_root),
	IN_CHILD(a_root_of_subordinate_ids_maps_only_these_ids),
	IN_CHILD(a_root_of_another_user_is_refused),
	IN_CHILD(without_ranges_the_owner_of_a_root_is_nothing),
	IN_CHILD(capabilities_count_and_not_ids),
	IN_CHILD(a_privileged_caller_needs_no_user_namespace),
};

UNIT_MAIN(tests)
