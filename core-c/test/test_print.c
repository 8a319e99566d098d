/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that the text of a plan is readable, quoted for a shell, and harmless to a terminal. */
#define _GNU_SOURCE
#include "unit.h"

#include <linux/capability.h>
#include <linux/mount.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "src/explain/print.h"

/* Checks the text of a plan with one operation, and frees the plan. */
static void expect(void *plan, const char *text)
{
	char line[256];

	pf_print_op(plan, pf_plan_op(plan, 0), line, sizeof(line));
	assert_string_equal(line, text);
	free(plan);
}

#define EXPECT(text, name, ...)                                       \
	do {                                                          \
		void *plan = NULL;                                    \
		assert_true(UNIT_PLAN(&plan, name, __VA_ARGS__) > 0); \
		expect(plan, text);                                   \
	} while (0)

static void strings_are_quoted_where_they_must_be(void **state)
{
	static const struct {
		const char *string, *text;
	} cases[] = {
		{"/usr/bin", "chdir /usr/bin"},
		{"/srv/a-b_c.d,e:f=g@h+i%j~k", "chdir /srv/a-b_c.d,e:f=g@h+i%j~k"},
		{"", "chdir ''"},
		{"a b", "chdir 'a b'"},
		{"a*b", "chdir 'a*b'"},
		{"it's", "chdir $'it\\'s'"},
		{"a\\b", "chdir $'a\\\\b'"},
		{"a\nb", "chdir $'a\\x0ab'"},
		{"\033[31m", "chdir $'\\x1b[31m'"},
		{"\001", "chdir $'\\x01'"},
		{"\177", "chdir $'\\x7f'"},
		{"caf\303\251", "chdir 'caf\303\251'"},
		{"\302\2331m", "chdir $'\\xc2\\x9b1m'"},
		{"\377\303\251", "chdir $'\\xff\303\251'"},
		{"\303", "chdir $'\\xc3'"},
		{"\355\240\200", "chdir $'\\xed\\xa0\\x80'"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++)
		EXPECT(cases[i].text, chdir, PF_S(cases[i].string));
}

static void no_control_character_is_printed(void **state)
{
	(void)state;
	for (int c = 1; c < 256; c++) {
		const char string[] = {'x', (char)c, '\0'};
		char line[256];
		void *plan = NULL;
		assert_true(UNIT_PLAN(&plan, chdir, PF_S(string)) > 0);
		pf_print_op(plan, pf_plan_op(plan, 0), line, sizeof(line));
		for (const char *at = line; *at; at++)
			assert_true(*at >= ' ' && *at < 127);
		free(plan);
	}
}

static void flags_have_the_names_of_the_field(void **state)
{
	(void)state;
	EXPECT("clone mnt pid", clone, PF_N(CLONE_NEWNS | CLONE_NEWPID));
	EXPECT("clone -", clone, PF_N(0));
	EXPECT("propagation slave,rec", propagation, PF_N(MS_SLAVE | MS_REC));
	EXPECT("mount proc /proc nosuid,nodev,noexec", mount, PF_S("proc"), PF_S("/proc"),
	       PF_N(MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC), PF_S(""));
	EXPECT("mount tmpfs /run - mode=0755", mount, PF_S("tmpfs"), PF_S("/run"), PF_N(0),
	       PF_S("mode=0755"));
}

static void numbers_and_modes_are_readable(void **state)
{
	(void)state;
	EXPECT("device /dev/null 0666 1 3", device, PF_S("/dev/null"), PF_N(0666), PF_N(1),
	       PF_N(3));
	EXPECT("umask 0022", umask, PF_N(022));
	EXPECT("open_files 1024", open_files, PF_N(1024));
	EXPECT("kill_signal TERM", kill_signal, PF_N(SIGTERM));
	EXPECT("kill_signal RTMIN+3", kill_signal, PF_N(SIGRTMIN + 3));
	EXPECT("rlimit nofile 3 unlimited", rlimit, PF_N(RLIMIT_NOFILE), PF_N(3),
	       PF_N(PF_UNLIMITED));
}

static void sets_of_capabilities_have_names(void **state)
{
	(void)state;
	EXPECT("bounding none", bounding, PF_N(0));
	EXPECT("bounding chown,net_raw,62", bounding,
	       PF_N(PF_CAP(CAP_CHOWN) | PF_CAP(CAP_NET_RAW) | PF_CAP(62)));
	EXPECT("bounding all", bounding, PF_N(UINT64_MAX));
	EXPECT("caps all,-chown,-62 none", caps, PF_N(~(PF_CAP(CAP_CHOWN) | PF_CAP(62))), PF_N(0));
}

static void standard_descriptors_say_where_they_come_from(void **state)
{
	const uint64_t two = PF_STDIO_TERMINAL | PF_STDIO_TERMINAL << PF_STDIO_BITS;

	(void)state;
	EXPECT("stdio caller caller caller", stdio, PF_N(0));
	EXPECT("stdio pty pty caller", stdio, PF_N(two));
	EXPECT("guard_input pty pty caller", guard_input, PF_N(two));
}

static void lists_are_words(void **state)
{
	char *command[] = {"sh", "-c", "echo hi", NULL};

	(void)state;
	EXPECT("exec /bin/sh sh -c 'echo hi'", exec, PF_S("/bin/sh"), PF_L(command));
}

static void maps_are_lines_of_numbers(void **state)
{
	char *map[] = {"0 100000 65536", "65536 5 1", NULL}, *none[] = {NULL};

	(void)state;
	EXPECT("uid_map 0 100000 65536, 65536 5 1", uid_map, PF_L(map));
	EXPECT("gid_map ", gid_map, PF_L(none));
	EXPECT("newgidmap /usr/bin/newgidmap 0 100000 65536, 65536 5 1", newgidmap,
	       PF_S("/usr/bin/newgidmap"), PF_L(map));
}

static void mounts_say_from_where_to_where(void **state)
{
	(void)state;
	EXPECT("bind 3 '/a b' ro,nodev noexec", bind, PF_N(3), PF_S("/a b"),
	       PF_N(MOUNT_ATTR_RDONLY | MOUNT_ATTR_NODEV), PF_N(MOUNT_ATTR_NOEXEC));
	EXPECT("bind 3 /a - -", bind, PF_N(3), PF_S("/a"));
	EXPECT("overlay / 1 2 3 userxattr -", overlay, PF_S("/"), PF_N(1), PF_N(2), PF_N(3),
	       PF_S("userxattr"), PF_N(0));
	EXPECT("file 7 /f 0644 ro", file, PF_N(7), PF_S("/f"), PF_N(0644), PF_N(MOUNT_ATTR_RDONLY));
	EXPECT("skeleton /var 4 0755", skeleton, PF_S("/var"), PF_N(4), PF_N(0755));
	EXPECT("mkdir /m 1777", mkdir, PF_S("/m"), PF_N(01777));
	EXPECT("symlink ../x /l", symlink, PF_S("../x"), PF_S("/l"));
	EXPECT("layer 0 /", layer, PF_N(0), PF_S("/"));
	EXPECT("pivot_root", pivot_root, PF_N(0));
}

/* The text has the path, but not the device and inode that the caller found at the path. */
static void the_path_stands_for_what_was_opened(void **state)
{
	(void)state;
	EXPECT("source 1 /a", source, PF_N(1), PF_S("/a"), PF_N(2049), PF_N(77));
	EXPECT("netns /run/netns/a", netns, PF_S("/run/netns/a"), PF_N(9));
	EXPECT("changes_file /c 1", changes_file, PF_S("/c"), PF_N(1), PF_N(9));
}

static void ids_are_numbers(void **state)
{
	char *groups[] = {"29", "44", NULL}, *none[] = {NULL};

	(void)state;
	EXPECT("setid 0 0", setid, PF_N(0), PF_N(0));
	EXPECT("user 1000 4294967294 29 44", user, PF_N(1000), PF_N(4294967294), PF_L(groups));
	EXPECT("user 1000 1000 ", user, PF_N(1000), PF_N(1000), PF_L(none));
	EXPECT("setgroups deny", setgroups, PF_S("deny"));
	EXPECT("clone mnt user", clone, PF_N(CLONE_NEWNS | CLONE_NEWUSER));
}

static void a_long_line_is_cut(void **state)
{
	char line[8];
	void *plan = NULL;

	(void)state;
	assert_true(UNIT_PLAN(&plan, chdir, PF_S("/a/long/path")) > 0);
	for (size_t size = 1; size <= sizeof(line); size++) {
		pf_print_op(plan, pf_plan_op(plan, 0), line, size);
		assert_true(strlen(line) < size);
		assert_memory_equal(line, "chdir /a/long/path", strlen(line));
	}
	free(plan);
}

static void a_plan_has_a_line_an_operation(void **state)
{
	char *variables[] = {"A=1", "", "container=pflask", NULL};
	struct pf_encoder encoder = {0};
	void *plan = NULL;

	(void)state;
	PF_ENCODE(&encoder, clone, PF_N(CLONE_NEWNS));
	PF_ENCODE(&encoder, fork);
	PF_ENCODE(&encoder, environ, PF_L(variables));
	assert_true(pf_encode_finish(&encoder, &plan) > 0);
	char *text = pf_print_plan(plan);
	assert_string_equal(text, " 0 monitor clone       mnt\n"
				  " 1 init    fork\n"
				  " 2 init    environ     A=1 '' container=pflask\n");
	free(text);
	free(plan);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(strings_are_quoted_where_they_must_be),
	cmocka_unit_test(no_control_character_is_printed),
	cmocka_unit_test(flags_have_the_names_of_the_field),
	cmocka_unit_test(numbers_and_modes_are_readable),
	cmocka_unit_test(sets_of_capabilities_have_names),
	cmocka_unit_test(standard_descriptors_say_where_they_come_from),
	cmocka_unit_test(lists_are_words),
	cmocka_unit_test(maps_are_lines_of_numbers),
	cmocka_unit_test(mounts_say_from_where_to_where),
	cmocka_unit_test(the_path_stands_for_what_was_opened),
	cmocka_unit_test(ids_are_numbers),
	cmocka_unit_test(a_long_line_is_cut),
	cmocka_unit_test(a_plan_has_a_line_an_operation),
};

UNIT_MAIN(tests)
