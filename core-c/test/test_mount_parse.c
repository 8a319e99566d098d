/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the parser of --mount: every type and option, and arbitrary input. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <linux/mount.h>
#include <stdio.h>
#include <sys/mount.h>

#include "src/spec/mount_parse.h"

#define RO MOUNT_ATTR_RDONLY
#define NOSUID MOUNT_ATTR_NOSUID
#define NODEV MOUNT_ATTR_NODEV
#define NOEXEC MOUNT_ATTR_NOEXEC
#define KERNEL (NOSUID | NODEV | NOEXEC)

/* The result of parsing a spec. Members that the type does not use are NULL or 0. */
struct expected {
	const char *text;
	enum pf_mount_type type;
	const char *source, *dest, *work;
	uint64_t set, clear;
};

static void assert_same_string(const char *got, const char *wanted)
{
	if (wanted) {
		assert_non_null(got);
		assert_string_equal(got, wanted);
	} else {
		assert_null(got);
	}
}

static void expect(const struct expected *expected)
{
	struct pflask_error error = {0};
	struct pf_mount mount;

	assert_int_equal(pf_mount_parse(expected->text, &mount, &error), 0);
	assert_ptr_equal(mount.text, expected->text);
	assert_int_equal(mount.type, expected->type);
	assert_same_string(mount.source, expected->source);
	assert_same_string(mount.dest, expected->dest);
	assert_same_string(mount.workdir, expected->work);
	assert_true(mount.set == expected->set);
	assert_true(mount.clear == expected->clear);
	assert_int_equal(error.code, 0);
	pf_mount_clear(&mount);
}

static void expect_all(const struct expected *expected, size_t count)
{
	for (size_t i = 0; i < count; i++)
		expect(&expected[i]);
}

static void every_type_has_its_fields(void **state)
{
	static const struct expected types[] = {
		{"bind:/a:/b", PF_MOUNT_BIND, "/a", "/b", NULL, 0, 0},
		{"bind:a/b:/c", PF_MOUNT_BIND, "a/b", "/c", NULL, 0, 0},
		{"bind-ro:/a:/b", PF_MOUNT_BIND, "/a", "/b", NULL, RO, 0},
		{"overlay:/u:/d:/w", PF_MOUNT_OVERLAY, "/u", "/d", "/w", 0, 0},
		{"tmp:/t", PF_MOUNT_TMP, NULL, "/t", NULL, NOSUID | NODEV, 0},
		{"proc:/p", PF_MOUNT_PROC, NULL, "/p", NULL, KERNEL, 0},
		{"dev:/d", PF_MOUNT_DEV, NULL, "/d", NULL, NOSUID | NOEXEC, 0},
		{"mqueue:/m", PF_MOUNT_MQUEUE, NULL, "/m", NULL, KERNEL, 0},
		{"symlink:../x:/l", PF_MOUNT_SYMLINK, "../x", "/l", NULL, 0, 0},
		{"dir:/d", PF_MOUNT_DIR, NULL, "/d", NULL, 0, 0},
		{"dir:/d:0700", PF_MOUNT_DIR, NULL, "/d", NULL, 0, 0},
		{"file:7:/f", PF_MOUNT_FILE, "7", "/f", NULL, NODEV, 0},
	};

	(void)state;
	expect_all(types, UNIT_COUNT(types));
}

/* "\:" is a colon. A backslash before another character is a backslash. */
static void a_backslash_escapes_a_colon(void **state)
{
	static const struct expected escaped[] = {
		{"bind:/a\\:b:/c", PF_MOUNT_BIND, "/a:b", "/c", NULL, 0, 0},
		{"bind:\\::/\\:", PF_MOUNT_BIND, ":", "/:", NULL, 0, 0},
		{"bind:/a\\b:/c\\", PF_MOUNT_BIND, "/a\\b", "/c\\", NULL, 0, 0},
		{"bind:/a\\\\:b:/c", PF_MOUNT_BIND, "/a\\:b", "/c", NULL, 0, 0},
		{"symlink:a\\:\\:b:/\\:\\:", PF_MOUNT_SYMLINK, "a::b", "/::", NULL, 0, 0},
		{"tmp:/a\\:ro", PF_MOUNT_TMP, NULL, "/a:ro", NULL, NOSUID | NODEV, 0},
		{"overlay:/u\\:1:/d\\:2:/w\\:3:ro", PF_MOUNT_OVERLAY, "/u:1", "/d:2", "/w:3", RO,
		 0},
	};

	(void)state;
	expect_all(escaped, UNIT_COUNT(escaped));
}

static void bytes_are_unchanged(void **state)
{
	static const struct expected odd[] = {
		{"bind:/a b\n:/c,d=e", PF_MOUNT_BIND, "/a b\n", "/c,d=e", NULL, 0, 0},
		{"bind:/caf\303\251:/\377", PF_MOUNT_BIND, "/caf\303\251", "/\377", NULL, 0, 0},
		{"bind:.:/", PF_MOUNT_BIND, ".", "/", NULL, 0, 0},
	};

	(void)state;
	expect_all(odd, UNIT_COUNT(odd));
}

/* Redundant parts of a destination are removed. A source is not changed. */
static void a_destination_is_tidied(void **state)
{
	static const struct {
		const char *text, *dest;
	} cases[] = {
		{"tmp:/", "/"},
		{"tmp:///", "/"},
		{"tmp:/.", "/"},
		{"tmp:/./././", "/"},
		{"tmp:/a/", "/a"},
		{"tmp:/a/.", "/a"},
		{"tmp://a///b", "/a/b"},
		{"tmp:/./a/./b/./", "/a/b"},
		{"tmp:/.a/..b/c.", "/.a/..b/c."},
		{"tmp:/...", "/..."},
		{"tmp:/a/../b/..", "/a/../b/.."},
		{"bind:.//x/:/./y", "/y"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error;
		struct pf_mount mount;
		assert_int_equal(pf_mount_parse(cases[i].text, &mount, &error), 0);
		assert_string_equal(mount.dest, cases[i].dest);
		if (mount.source)
			assert_string_equal(mount.source, ".//x/");
		pf_mount_clear(&mount);
	}
}

static void every_option_sets_or_clears(void **state)
{
	static const struct expected options[] = {
		{"bind:/a:/b:ro", PF_MOUNT_BIND, "/a", "/b", NULL, RO, 0},
		{"bind:/a:/b:rw", PF_MOUNT_BIND, "/a", "/b", NULL, 0, RO},
		{"bind:/a:/b:nosuid", PF_MOUNT_BIND, "/a", "/b", NULL, NOSUID, 0},
		{"bind:/a:/b:suid", PF_MOUNT_BIND, "/a", "/b", NULL, 0, NOSUID},
		{"bind:/a:/b:nodev", PF_MOUNT_BIND, "/a", "/b", NULL, NODEV, 0},
		{"bind:/a:/b:dev", PF_MOUNT_BIND, "/a", "/b", NULL, 0, NODEV},
		{"bind:/a:/b:noexec", PF_MOUNT_BIND, "/a", "/b", NULL, NOEXEC, 0},
		{"bind:/a:/b:exec", PF_MOUNT_BIND, "/a", "/b", NULL, 0, NOEXEC},
		{"bind:/a:/b:ro,nosuid,nodev,noexec", PF_MOUNT_BIND, "/a", "/b", NULL, RO | KERNEL,
		 0},
		{"bind-ro:/a:/b:noexec", PF_MOUNT_BIND, "/a", "/b", NULL, RO | NOEXEC, 0},
		{"tmp:/t:noexec", PF_MOUNT_TMP, NULL, "/t", NULL, KERNEL, 0},
		{"tmp:/t:suid,dev", PF_MOUNT_TMP, NULL, "/t", NULL, 0, NOSUID | NODEV},
		{"proc:/p:ro", PF_MOUNT_PROC, NULL, "/p", NULL, RO | KERNEL, 0},
		{"dev:/d:ro", PF_MOUNT_DEV, NULL, "/d", NULL, RO | NOSUID | NOEXEC, 0},
		{"mqueue:/m:ro", PF_MOUNT_MQUEUE, NULL, "/m", NULL, RO | KERNEL, 0},
		{"overlay:/u:/d:/w:nodev", PF_MOUNT_OVERLAY, "/u", "/d", "/w", NODEV, 0},
		{"file:0:/f:ro,noexec", PF_MOUNT_FILE, "0", "/f", NULL, RO | NODEV | NOEXEC, 0},
	};

	(void)state;
	expect_all(options, UNIT_COUNT(options));
}

static void only_a_bind_is_idmapped(void **state)
{
	static const struct {
		const char *text;
		int r, idmap;
	} cases[] = {
		{"bind:/a:/b", 0, 0},
		{"bind:/a:/b:idmap", 0, 1},
		{"bind-ro:/a:/b:noexec,idmap", 0, 1},
		{"tmp:/t:idmap", -EINVAL, 0},
		{"overlay:/u:/d:/w:idmap", -EINVAL, 0},
		{"file:0:/f:idmap", -EINVAL, 0},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error;
		struct pf_mount mount;
		assert_int_equal(pf_mount_parse(cases[i].text, &mount, &error), cases[i].r);
		assert_int_equal(mount.idmap, cases[i].idmap);
		pf_mount_clear(&mount);
	}
}

/* A mode is octal, as for chmod(1); a leading zero is optional. A size is written as for
 * tmpfs(5). */
static void modes_and_sizes_are_those_of_chmod_and_tmpfs(void **state)
{
	static const struct {
		const char *text;
		mode_t mode;
		const char *size;
	} cases[] = {
		{"dir:/d", 0755, NULL},
		{"dir:/d:0", 0, NULL},
		{"dir:/d:7", 07, NULL},
		{"dir:/d:0700", 0700, NULL},
		{"dir:/d:1777", 01777, NULL},
		{"dir:/d:01777", 01777, NULL},
		{"dir:/d:7777", 07777, NULL},
		{"tmp:/t", 01777, NULL},
		{"tmp:/t:mode=0", 0, NULL},
		{"tmp:/t:mode=700", 0700, NULL},
		{"tmp:/t:mode=01777", 01777, NULL},
		{"tmp:/t:mode=700,mode=755", 0755, NULL},
		{"tmp:/t:size=0", 01777, "0"},
		{"tmp:/t:size=4096", 01777, "4096"},
		{"tmp:/t:size=16k", 01777, "16k"},
		{"tmp:/t:size=1G", 01777, "1G"},
		{"tmp:/t:size=50%", 01777, "50%"},
		{"tmp:/t:size=999999999999999m", 01777, "999999999999999m"},
		{"tmp:/t:size=1,ro,size=2", 01777, "2"},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pflask_error error;
		struct pf_mount mount;
		assert_int_equal(pf_mount_parse(cases[i].text, &mount, &error), 0);
		assert_int_equal(mount.mode, cases[i].mode);
		assert_same_string(mount.size, cases[i].size);
		pf_mount_clear(&mount);
	}
}

/* Checks that each spec is refused with an error of one line that contains the spec, and that
 * nothing leaks. */
static void expect_refused(const char *const *texts, size_t count, const char *why,
			   const char *hint)
{
	for (size_t i = 0; i < count; i++) {
		struct pflask_error error = {0};
		struct pf_mount mount;
		assert_int_equal(pf_mount_parse(texts[i], &mount, &error), -EINVAL);
		assert_int_equal(error.code, PFLASK_INVALID);
		assert_string_equal(error.field, "mount");
		assert_int_equal(strncmp(error.message, texts[i], strlen(texts[i])), 0);
		assert_int_equal(strncmp(error.message + strlen(texts[i]), ": ", 2), 0);
		assert_non_null(strstr(error.message, why));
		assert_non_null(strstr(error.hint, hint));
		pf_mount_clear(&mount);
		assert_null(mount.dest);
		pf_mount_clear(&mount);
	}
}

#define REFUSED(why, hint, ...)                                      \
	do {                                                         \
		static const char *const texts[] = {__VA_ARGS__};    \
		expect_refused(texts, UNIT_COUNT(texts), why, hint); \
	} while (0)

static void unknown_types_are_refused(void **state)
{
	(void)state;
	REFUSED("unknown type of mount", "bind, bind-ro, overlay, tmp", "", ":", "Bind:/a:/b",
		"bind :/a:/b", "bind-rw:/a:/b", "binds:/a:/b", "bin:/a:/b", "bind\\:/a:/b",
		"tmpfs:/t", "none:/a", "\\", "\377:/a");
	REFUSED("unknown type of mount", "{mount=bind:/a:/b}", "/a:/b");
}

static void fields_are_counted(void **state)
{
	(void)state;
	REFUSED("fields", "bind:HOST:DEST", "bind", "bind:", "bind:/a", "bind:/a:/b:ro:rw",
		"bind::/b", "bind:/a:", "bind:::", "bind:/a\\:/b");
	REFUSED("fields", "overlay:UPPER:DEST:WORK", "overlay:/u:/d",
		"overlay:/u:/d:", "overlay::/d:/w", "overlay:/u::/w", "overlay:/u:/d:/w:ro:x");
	REFUSED("fields", "tmp:DEST", "tmp", "tmp:", "tmp:/t:ro:rw");
	REFUSED("fields", "proc:DEST", "proc", "proc:", "proc:/p:ro:rw");
	REFUSED("fields", "dev:DEST", "dev", "dev:");
	REFUSED("fields", "mqueue:DEST", "mqueue", "mqueue:");
	REFUSED("fields", "symlink:TARGET:DEST", "symlink:/a", "symlink::/b",
		"symlink:/a:", "symlink:/a:/b:", "symlink:/a:/b:ro");
	REFUSED("fields", "dir:DEST[:MODE]", "dir", "dir:", "dir:/d:", "dir:/d:0755:ro");
	REFUSED("fields", "file:FD:DEST", "file:3", "file::/f", "file:3:", "file:3:/f:ro:rw");
}

static void a_relative_destination_is_refused(void **state)
{
	(void)state;
	REFUSED("is not an absolute path", "", "bind:/a:b", "bind:/a:./b", "bind:/a:..",
		"overlay:/u:d:/w", "tmp:t", "tmp: /t", "proc:p", "dev:d", "mqueue:m",
		"symlink:/a:l", "dir:d", "dir:d:0700", "file:0:f", "tmp:\\:/t", "bind:/a:~/b");
}

static void malformed_modes_are_refused(void **state)
{
	(void)state;
	REFUSED("fields", "dir:DEST[:MODE]", "dir:/d:8", "dir:/d:0x7", "dir:/d:10000",
		"dir:/d:u=rwx", "dir:/d:-1", "dir:/d: 7", "dir:/d:7 ", "dir:/d:40000000000");
}

static void unknown_options_are_refused(void **state)
{
	(void)state;
	REFUSED("unknown option", "", "bind:/a:/b:", "bind:/a:/b:,", "bind:/a:/b:ro,",
		"bind:/a:/b:,ro", "bind:/a:/b:ro,,rw", "bind:/a:/b:RO", "bind:/a:/b:ro ",
		"bind:/a:/b:rec", "bind:/a:/b:size=1", "bind:/a:/b:mode=0755", "tmp:/t:uid=0",
		"tmp:/t:size", "proc:/p:size=1", "proc:/p:hidepid=2", "dev:/d:mode=0",
		"file:0:/f:mode=0600");
}

static void other_options_are_parsed(void **state)
{
	struct pflask_error error;
	struct pf_mount mount;

	(void)state;
	assert_int_equal(pf_mount_parse("bind:/a:/b:rro,rnoatime,rslave", &mount, &error), 0);
	assert_true(mount.set == (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOATIME) &&
		    mount.clear == MOUNT_ATTR__ATIME && mount.propagation == (MS_SLAVE | MS_REC));
	pf_mount_clear(&mount);
	assert_int_equal(pf_mount_parse("proc:/p:data=hidepid=2,data=gid=5", &mount, &error), 0);
	assert_string_equal(mount.data, ",hidepid=2,gid=5");
	pf_mount_clear(&mount);
	REFUSED("contradicts", "", "tmp:/a:shared,private", "tmp:/a:noatime,strictatime");
	REFUSED("must be data=", "{mount=tmp:/t:data=nr_inodes=1000}", "tmp:/t:data=");
}

/* A known option with a malformed value is refused. */
static void malformed_values_are_refused(void **state)
{
	(void)state;
	REFUSED("must be size=NUMBER", "{mount=tmp:/t:size=64m}", "tmp:/t:size=", "tmp:/t:size=k",
		"tmp:/t:size=-1", "tmp:/t:size=1kk", "tmp:/t:size=1t", "tmp:/t:size=1 k",
		"tmp:/t:size=0x10", "tmp:/t:size=1000000000000000");
	REFUSED("must be mode=OCTAL", "{mount=tmp:/t:mode=1777}", "tmp:/t:mode=", "tmp:/t:mode=8",
		"tmp:/t:mode=10000");
}

static void contradicting_options_are_refused(void **state)
{
	(void)state;
	REFUSED("contradicts", "", "bind:/a:/b:ro,rw", "bind:/a:/b:rw,ro", "bind-ro:/a:/b:rw",
		"bind-ro:/a:/b:nodev,rw", "bind:/a:/b:dev,nodev", "tmp:/t:suid,noexec,nosuid",
		"overlay:/u:/d:/w:exec,noexec", "file:0:/f:ro,rw");
}

/* The error names the wrong option, even between correct options. */
static void the_option_at_fault_is_named(void **state)
{
	struct pflask_error error;
	struct pf_mount mount;

	(void)state;
	assert_int_equal(pf_mount_parse("tmp:/t:ro,size=1k,odd,rw", &mount, &error), -EINVAL);
	assert_non_null(strstr(error.message, ": odd: "));
	pf_mount_clear(&mount);
}

/* Parses a copy that is exactly `length` bytes large, so that the sanitizer sees a read beyond the
 * end. Returns whether the spec was accepted. */
static int try(const char *text, size_t length)
{
	struct pflask_error error = {0};
	struct pf_mount mount;
	char *copy = malloc(length + 1);

	memcpy(copy, text, length);
	copy[length] = '\0';
	int r = pf_mount_parse(copy, &mount, &error);
	if (r == 0) {
		assert_int_equal(*mount.dest, '/');
		assert_int_equal(mount.set & mount.clear, 0);
		assert_true(mount.mode <= 07777);
	} else {
		assert_int_equal(r, -EINVAL);
		assert_string_equal(error.field, "mount");
	}
	pf_mount_clear(&mount);
	free(copy);
	return r == 0;
}

static const char *const seeds[] = {
	"bind:/a\\:b:/c:ro,idmap",
	"bind-ro:/a:/b:rw,nosuid,noexec",
	"overlay:/u:/d:/w:nodev",
	"tmp:/t:size=50%,mode=1777",
	"proc:/p:ro",
	"dev:/d:nosuid",
	"mqueue:/m",
	"symlink:../x:/l",
	"dir:/d:0755",
	"file:0:/f:ro",
};

static void a_cut_sequence_is_read_to_its_end(void **state)
{
	int taken = 0;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(seeds); i++)
		for (size_t length = 0; length <= strlen(seeds[i]); length++)
			taken += try(seeds[i], length);
	assert_true(taken >= (int)UNIT_COUNT(seeds));
}

/* Returns the next number of a pseudo-random generator. Every run has the same numbers. */
static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* Changes, drops or repeats a byte. Returns the new length. */
static size_t mutate(char *text, size_t length, uint32_t *random)
{
	static const char interesting[] = ":\\,/=%07roidmap \n\377";
	size_t at = next_random(random) % (length + 1);

	switch (next_random(random) % 3) {
	case 0:
		memmove(text + at + 1, text + at, length - at);
		length++;
		break;
	case 1:
		if (at == length)
			return length;
		memmove(text + at, text + at + 1, length - at - 1);
		return length - 1;
	default:
		if (at == length)
			return length;
	}
	text[at] = interesting[next_random(random) % (sizeof(interesting) - 1)];
	return length;
}

static void whatever_is_typed_is_taken_or_refused(void **state)
{
	uint32_t random = 20261124;
	int taken = 0, rounds = 50000;

	(void)state;
	for (int i = 0; i < rounds; i++) {
		char text[64];
		const char *seed = seeds[next_random(&random) % UNIT_COUNT(seeds)];
		size_t length = strlen(seed);
		memcpy(text, seed, length);
		for (uint32_t n = 1 + next_random(&random) % 8; n > 0; n--)
			length = mutate(text, length, &random);
		taken += try(text, length);
	}
	assert_true(taken > rounds / 100);
	assert_true(taken < rounds);
}

static void a_long_spec_is_read(void **state)
{
	const size_t length = 1 << 13;
	char *text = malloc(length + 1);

	(void)state;
	memset(text, '/', length);
	memcpy(text, "tmp:", 4);
	assert_true(try(text, length));
	memset(text, ':', length);
	assert_false(try(text, length));
	memcpy(text, "bind:/a:/b:", 11);
	memset(text + 11, ',', length - 11);
	assert_false(try(text, length));
	free(text);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(every_type_has_its_fields),
	cmocka_unit_test(a_backslash_escapes_a_colon),
	cmocka_unit_test(bytes_are_unchanged),
	cmocka_unit_test(a_destination_is_tidied),
	cmocka_unit_test(every_option_sets_or_clears),
	cmocka_unit_test(only_a_bind_is_idmapped),
	cmocka_unit_test(modes_and_sizes_are_those_of_chmod_and_tmpfs),
	cmocka_unit_test(unknown_types_are_refused),
	cmocka_unit_test(fields_are_counted),
	cmocka_unit_test(a_relative_destination_is_refused),
	cmocka_unit_test(malformed_modes_are_refused),
	cmocka_unit_test(unknown_options_are_refused),
	cmocka_unit_test(malformed_values_are_refused),
	cmocka_unit_test(contradicting_options_are_refused),
	cmocka_unit_test(other_options_are_parsed),
	cmocka_unit_test(the_option_at_fault_is_named),
	cmocka_unit_test(a_cut_sequence_is_read_to_its_end),
	cmocka_unit_test(whatever_is_typed_is_taken_or_refused),
	cmocka_unit_test(a_long_spec_is_read),
};

UNIT_MAIN(tests)
