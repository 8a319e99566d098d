/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests hints: the remedy that an error gets. The tests write their own files of sysctls. */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <linux/sched.h>

#include "src/explain/hint.h"

/* Each error gets the right remedy, which is a command that a user can type. */
static void remedies_are_found(void **state)
{
	static const struct {
		enum pf_op_code code;
		int number;
		const char *part;
	} cases[] = {
		{PF_OP_cgroup, EROFS, "mount -o remount,rw /sys/fs/cgroup"},
		{PF_OP_cgroup_write, ENOENT, "ls /sys/fs/cgroup"},
		{PF_OP_cgroup_write, ENODEV, "lsblk"},
		{PF_OP_clone, EAGAIN, "ulimit -u"},
		{PF_OP_fork, EAGAIN, "ulimit -u"},
		{PF_OP_clone, EINVAL, "5.12"},
		{PF_OP_clone, ENOSPC, "sysctl"},
		{PF_OP_mount, EBUSY, "ls -l"},
		{PF_OP_mount, ENOTDIR, "ls -l"},
		{PF_OP_overlay, ENODEV, "modprobe overlay"},
		{PF_OP_overlay, EOPNOTSUPP, "{ephemeralDir=DIR}"},
		{PF_OP_work, EACCES, "chmod 1777"},
		{PF_OP_work, EEXIST, "empty directory"},
		{PF_OP_bind, ENOTDIR, "ls -ld"},
		{PF_OP_bind, EBUSY, "ls -l"},
		{PF_OP_root, EINVAL, "mount --make-private"},
		{PF_OP_propagation, EINVAL, "mount --bind DIR DIR before chroot DIR"},
		{PF_OP_chdir, ENOENT, "{chdir=/}"},
		{PF_OP_chdir, ENOTDIR, "{chdir=/}"},
		{PF_OP_chdir, EACCES, "{chdir=/}"},
		{PF_OP_account, ENOENT, "cat /etc/passwd /etc/group"},
		{PF_OP_account, EINVAL, "cat /proc/self/uid_map /proc/self/gid_map"},
		{PF_OP_terminal, ENOSPC, "sysctl kernel.pty.max"},
		{PF_OP_control, EROFS, "XDG_RUNTIME_DIR=DIR"},
		{PF_OP_setgroups, EROFS, "mount -o remount,rw /proc"},
		{PF_OP_take, EADDRINUSE, "mkdir DIR"},
		{PF_OP_exec, E2BIG, "getconf ARG_MAX"},
		{PF_OP_exec, ENOEXEC, "#!"},
	};
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, clone, PF_N(CLONE_NEWNS)) > 0);
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error = {.code = PFLASK_SETUP, .number = cases[i].number};
		pf_hint(&error, plan, cases[i].code);
		assert_non_null(strstr(error.hint, cases[i].part));
		assert_null(strchr(error.hint, '\n'));
	}
	free(plan);
}

static void no_remedy_is_made_up(void **state)
{
	struct pflask_error error = {.code = PFLASK_SETUP, .number = EIO};
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, clone, PF_N(CLONE_NEWNS)) > 0);
	pf_hint(&error, plan, PF_OP_mount);
	assert_string_equal(error.hint, "");
	free(plan);
}

/* --- switches of the system ------------------------------------------------------------------- */

static struct pflask_error error;

static void set_switch(const char *name, const char *value)
{
	char path[256];

	snprintf(path, sizeof(path), "/proc/sys/%s", name);
	child_write(path, value);
}

/* Covers /proc with a tmpfs that has one switch, or no switch if `name` is NULL. The caller must
 * uncover the kernel's /proc again, because the leak check needs /proc. */
static void cover_proc(const char *name, const char *value)
{
	child_cover("/proc");
	assert_int_equal(mkdir("/proc/sys", 0755), 0);
	assert_int_equal(mkdir("/proc/sys/user", 0755), 0);
	assert_int_equal(mkdir("/proc/sys/kernel", 0755), 0);
	if (name)
		set_switch(name, value);
}

/* Fills in the error of an operation and adds a hint. */
static void fail_with(enum pf_op_code code, int number, uint64_t namespaces)
{
	void *plan = NULL;

	error = (struct pflask_error){.number = number};
	error.code = number == EPERM ? PFLASK_PRIVILEGE : PFLASK_SETUP;
	strcpy(error.message, "it failed");
	assert_true(UNIT_PLAN(&plan, clone, PF_N(namespaces)) > 0);
	pf_hint(&error, plan, code);
	free(plan);
}

static void expect(const char *message, const char *hint)
{
	assert_string_equal(error.message, message);
	if (!strstr(error.hint, hint) || (*error.hint && !*hint))
		assert_string_equal(error.hint, hint);
}

static void what_blocks_user_namespaces_is_named(void)
{
	static const struct {
		const char *name, *value, *message, *hint;
	} cases[] = {
		{"user/max_user_namespaces", "0\n", "it failed (user.max_user_namespaces is 0)",
		 "sudo sysctl user.max_user_namespaces=15000"},
		{"kernel/unprivileged_userns_clone", "0\n",
		 "it failed (kernel.unprivileged_userns_clone is 0)",
		 "sudo sysctl kernel.unprivileged_userns_clone=1"},
		{"kernel/apparmor_restrict_unprivileged_userns", "1\n",
		 "it failed (kernel.apparmor_restrict_unprivileged_userns is 1)",
		 "sudo sysctl kernel.apparmor_restrict_unprivileged_userns=0"},
		/* The error names a sysctl only if the sysctl can be read and forbids user
		 * namespaces. */
		{"user/max_user_namespaces", "15000\n", "it failed", ""},
		{"kernel/unprivileged_userns_clone", "1\n", "it failed", ""},
		{"kernel/apparmor_restrict_unprivileged_userns", "0\n", "it failed", ""},
		{"user/max_user_namespaces", "", "it failed", ""},
		{"user/max_user_namespaces", "none\n", "it failed", ""},
		{NULL, NULL, "it failed", ""},
	};

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		cover_proc(cases[i].name, cases[i].value);
		fail_with(PF_OP_clone, EPERM, CLONE_NEWUSER | CLONE_NEWNS);
		assert_int_equal(umount2("/proc", MNT_DETACH), 0);
		expect(cases[i].message, cases[i].hint);
	}
}

/* Without a user namespace, the switches of user namespaces do not explain an error. */
static void without_a_user_namespace_its_switches_do_not_matter(void)
{
	cover_proc("user/max_user_namespaces", "0\n");
	fail_with(PF_OP_clone, EPERM, CLONE_NEWNS);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	expect("it failed", "CAP_SYS_ADMIN");
}

static void the_capability_that_root_lacks_is_named(void)
{
	static const struct {
		enum pf_op_code code;
		const char *name;
	} cases[] = {
		{PF_OP_device, "CAP_MKNOD"},      {PF_OP_chroot, "CAP_SYS_CHROOT"},
		{PF_OP_link_up, "CAP_NET_ADMIN"}, {PF_OP_user, "CAP_SETUID and CAP_SETGID"},
		{PF_OP_veth, "CAP_NET_ADMIN"},    {PF_OP_address, "CAP_NET_ADMIN"},
		{PF_OP_clone, "CAP_SYS_ADMIN"},   {PF_OP_root, "CAP_SYS_ADMIN"},
	};

	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		fail_with(cases[i].code, EPERM, CLONE_NEWNS);
		expect("it failed", cases[i].name);
	}
	fail_with(PF_OP_uid_map, EPERM, CLONE_NEWNS | CLONE_NEWUSER);
	expect("it failed", "CAP_SETFCAP");
}

static void the_hint_for_a_user_is_sudo_or_a_namespace(void)
{
	child_cover("/proc/sys");
	child_become(12345, 12345);
	fail_with(PF_OP_clone, EPERM, CLONE_NEWNS);
	expect("it failed", "sudo {program} ..., or leave out {userns=no}");
	fail_with(PF_OP_clone, EPERM, CLONE_NEWNS | CLONE_NEWUSER);
	expect("it failed", "sudo {program} ...");
	fail_with(PF_OP_uid_map, EPERM, CLONE_NEWNS | CLONE_NEWUSER);
	expect("it failed", "sudo {program} ...");
	assert_null(strstr(error.hint, "userns"));
	fail_with(PF_OP_macvlan, EPERM, CLONE_NEWNET | CLONE_NEWUSER);
	expect("it failed",
	       "{netif=pasta}, or sudo {program} ...: a user namespace cannot use the host's "
	       "interfaces and network namespaces");
}

static void the_limit_that_is_reached_is_named(void)
{
	static const struct {
		const char *name;
		uint64_t flag;
	} kinds[] = {
#define PF_NAMESPACE(name, flag, field) {#name, flag},
#include "defs/namespaces.def"
	};
	char name[64], hint[64];

	for (size_t i = 0; i < UNIT_COUNT(kinds); i++) {
		snprintf(name, sizeof(name), "user/max_%s_namespaces", kinds[i].name);
		snprintf(hint, sizeof(hint), "sudo sysctl user.max_%s_namespaces=", kinds[i].name);
		cover_proc(name, "0\n");
		fail_with(PF_OP_clone, ENOSPC, kinds[i].flag);
		assert_int_equal(umount2("/proc", MNT_DETACH), 0);
		expect("it failed", hint);
		/* The error does not name the limit of a namespace that the operation does not
		 * make. */
		cover_proc(name, "0\n");
		fail_with(PF_OP_clone, ENOSPC, ~kinds[i].flag & (CLONE_NEWNS | CLONE_NEWPID));
		assert_int_equal(umount2("/proc", MNT_DETACH), 0);
		expect("it failed", "one of these limits is reached");
	}
}

static void what_is_hidden_has_its_own_remedy(void)
{
	static const char *const remedies[][2] = {{"/proc", "{bindProc=yes}"},
						  {"/sys", "{mount=tmp:/sys}"}};
	void *plan = NULL;

	assert_true(UNIT_PLAN(&plan, clone, PF_N(CLONE_NEWUSER)) > 0);
	for (size_t i = 0; i < 2; i++) {
		error = (struct pflask_error){.code = PFLASK_PRIVILEGE, .number = EPERM};
		strcpy(error.subject, remedies[i][0]);
		pf_hint(&error, plan, PF_OP_mount);
		assert_non_null(strstr(error.hint, remedies[i][1]));
	}
	free(plan);
}

static void an_old_kernel_is_named(void)
{
	fail_with(PF_OP_overlay, EPERM, CLONE_NEWNS | CLONE_NEWUSER);
	expect("it failed", "5.11");
	fail_with(PF_OP_overlay, EPERM, CLONE_NEWNS);
	expect("it failed", "CAP_SYS_ADMIN");
	fail_with(PF_OP_mount, ENOSYS, CLONE_NEWNS);
	expect("it failed", "5.12");
	fail_with(PF_OP_clone, ENOSYS, CLONE_NEWNS | CLONE_NEWUSER);
	expect("it failed", "5.12");
}

static void a_full_message_has_no_room_for_more(void)
{
	cover_proc("user/max_user_namespaces", "0\n");
	error = (struct pflask_error){.code = PFLASK_PRIVILEGE, .number = EPERM};
	memset(error.message, 'x', sizeof(error.message) - 1);
	void *plan = NULL;
	assert_true(UNIT_PLAN(&plan, clone, PF_N(CLONE_NEWUSER)) > 0);
	pf_hint(&error, plan, PF_OP_clone);
	free(plan);
	assert_int_equal(umount2("/proc", MNT_DETACH), 0);
	assert_int_equal(strlen(error.message), sizeof(error.message) - 1);
	assert_non_null(strstr(error.hint, "max_user_namespaces"));
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(remedies_are_found),
	cmocka_unit_test(no_remedy_is_made_up),
	IN_CHILD(what_blocks_user_namespaces_is_named),
	IN_CHILD(without_a_user_namespace_its_switches_do_not_matter),
	IN_CHILD(the_capability_that_root_lacks_is_named),
	IN_CHILD(the_hint_for_a_user_is_sudo_or_a_namespace),
	IN_CHILD(the_limit_that_is_reached_is_named),
	IN_CHILD(what_is_hidden_has_its_own_remedy),
	IN_CHILD(an_old_kernel_is_named),
	IN_CHILD(a_full_message_has_no_room_for_more),
};

UNIT_MAIN(tests)
