/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the compiler of capabilities, limits and no_new_privs: the operations, their order and
 * arguments, and the specs that are refused. The tests run as root, with any set of
 * capabilities. */
#define _GNU_SOURCE
#include "plans.h"

#include <errno.h>
#include <linux/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include "src/ids/identity.h"

#define WORDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void nothing_is_added_without_a_field(void **state)
{
	(void)state;
	expect_names(WORDS("command", "true", "mountns", "no"),
		     "clone keyring fork session stdio guard_input umask environ chdir_first exec");
}

static void each_operation_has_its_place(void **state)
{
	(void)state;
	expect_names(WORDS("command", "true", "mountns", "no", "userns", "no", "user", "5:6",
			   "caps", "-all", "noNewPrivs", "yes", "rlimit", "core=0"),
		     "clone keyring fork session stdio guard_input rlimit bounding umask user "
		     "keyring caps no_new_privs environ chdir_first exec");
}

static void only_named_capabilities_are_a_users(void **state)
{
	(void)state;
	assert_true(has_line(WORDS("caps", "-all,+kill,chown"), "bounding    chown,kill"));
	assert_true(has_line(WORDS("caps", "-all,+kill,chown"), "caps        chown,kill none"));
	assert_true(has_line(WORDS("caps", "-all"), "caps        none none"));
	assert_true(has_line(WORDS("caps", "-kill"), "caps        all,-kill none"));
	const char *const *user = WORDS("caps", "+kill,chown,-chown", "user", "5", "userns", "no");
	assert_true(has_line(user, "bounding    all,-chown"));
	assert_true(has_line(user, "caps        all,-chown kill"));
}

static void a_capability_must_exist_for_the_kernel(void **state)
{
	(void)state;
	for (int i = 0; i < 2; i++)
		expect_error(WORDS("caps", i ? "+62" : "-62"), EINVAL, "caps",
			     "62: this kernel has no such capability", "cap_last_cap");
}

/* Drops a capability from the bounding set of the test itself. */
static void a_capability_must_be_the_callers(void **state)
{
	(void)state;
	assert_int_equal(prctl(PR_CAPBSET_DROP, CAP_WAKE_ALARM), 0);
	expect_error(WORDS("caps", "-all,+wake_alarm"), EPERM, "caps",
		     "wake_alarm: the caller itself does not have this capability", "+wake_alarm");
	void *plan = compiled(WORDS("caps", "-wake_alarm"));
	free(plan);
	plan = compiled(WORDS("caps", "+wake_alarm", "user", "0", "userMap", "0:1000:10"));
	free(plan);
}

static void a_capability_without_effect_is_refused(void **state)
{
	static const char why[] = "net_raw: a user namespace has no rights over the host's network";

	(void)state;
	expect_error(WORDS("caps", "+net_raw", "user", "5"), EPERM, "caps", why, "{netif=pasta}");
	expect_error(WORDS("caps", "+ipc_owner", "user", "5", "ipcns", "no"), EPERM, "caps",
		     "the host's ipc namespace", "leave out {ipcns=no}");
	free(compiled(WORDS("caps", "+net_raw", "user", "5", "netns", "yes")));
	free(compiled(WORDS("caps", "+net_raw", "user", "5", "userns", "no")));
	free(compiled(WORDS("caps", "+ipc_owner", "user", "5")));
	free(compiled(WORDS("caps", "+net_raw", "userMap", "0:1000:10")));
	free(compiled(WORDS("caps", "-net_raw", "user", "5")));
}

static void limits_replace_those_of_open_files(void **state)
{
	const char *const *words = WORDS("openFiles", "7", "rlimit", "nofile=3:9");

	(void)state;
	assert_true(has_line(words, "rlimit      nofile 3 9"));
	assert_false(has_line(words, "open_files  7"));
	assert_true(has_line(WORDS("openFiles", "7", "rlimit", "core=3"), "open_files  7"));
	assert_true(
		has_line(WORDS("rlimit", "core=3:4", "rlimit", "core=5"), "rlimit      core 5 5"));
}

/* Lowers a hard limit of the test itself, and asks for more. */
static void only_a_privileged_caller_raises_a_hard_limit(void **state)
{
	const struct rlimit low = {5, 10};

	(void)state;
	assert_int_equal(setrlimit(RLIMIT_SIGPENDING, &low), 0);
	assert_true(has_line(WORDS("rlimit", "sigpending=10"), "rlimit      sigpending 10 10"));
	if (pf_has_capability(CAP_SYS_RESOURCE))
		assert_true(has_line(WORDS("rlimit", "sigpending=11:unlimited"),
				     "raise_limit sigpending unlimited"));
	else
		expect_error(WORDS("rlimit", "sigpending=11"), EPERM, "rlimit",
			     "sigpending=11: higher than the hard limit of the caller, 10",
			     "{rlimit=sigpending=10}");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(nothing_is_added_without_a_field),
	cmocka_unit_test(each_operation_has_its_place),
	cmocka_unit_test(only_named_capabilities_are_a_users),
	cmocka_unit_test(a_capability_must_exist_for_the_kernel),
	cmocka_unit_test(a_capability_must_be_the_callers),
	cmocka_unit_test(a_capability_without_effect_is_refused),
	cmocka_unit_test(limits_replace_those_of_open_files),
	cmocka_unit_test(only_a_privileged_caller_raises_a_hard_limit),
};

UNIT_MAIN(tests)
