/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the parser of limits, and the texts that pflask writes for limits in both versions of
 * cgroups. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <stdio.h>

#include "src/spec/limit_parse.h"

/* Prints the files and texts that pflask writes for a limit, or the error. */
static void describe(const char *text, const char *memory_text, int version, char ret[512])
{
	struct pflask_error error = {0};
	struct pf_limit limit, memory;
	struct pf_cgroup_wish wish = {0};
	int length = 0;

	strcpy(ret, "refused");
	int r = pf_limit_parse(text, &limit, &error);
	if (r == 0 && memory_text)
		assert_int_equal(pf_limit_parse(memory_text, &memory, &error), 0);
	if (r == 0)
		r = pf_limit_wish(&limit, memory_text ? &memory : NULL, version, &wish, &error);
	assert_int_equal(r < 0, *error.message != '\0');
	for (size_t i = 0; r == 0 && i < wish.values.count; i++)
		length += snprintf(ret + length, 512 - (size_t)length, "%s%s=%s", i ? ", " : "",
				   wish.files.items[i], wish.values.items[i]);
	pf_cgroup_wish_clear(&wish);
	pf_limit_clear(&limit);
}

static void limits_are_written_for_both_versions(void **state)
{
	static const struct {
		const char *text, *memory, *old, *new;
	} cases[] = {
		{"memory=512M", NULL, "memory.limit_in_bytes=536870912", "memory.max=536870912"},
		{"memory=1", NULL, "memory.limit_in_bytes=1", "memory.max=1"},
		{"memory=2g", NULL, "memory.limit_in_bytes=2147483648", "memory.max=2147483648"},
		{"memory=1T", NULL, "memory.limit_in_bytes=1099511627776",
		 "memory.max=1099511627776"},
		{"memory=max", NULL, "memory.limit_in_bytes=-1", "memory.max=max"},
		{"swap=0", "memory=1M", "memory.memsw.limit_in_bytes=1048576", "memory.swap.max=0"},
		{"swap=1M", "memory=1M", "memory.memsw.limit_in_bytes=2097152",
		 "memory.swap.max=1048576"},
		{"swap=max", "memory=1M", "memory.memsw.limit_in_bytes=-1", "memory.swap.max=max"},
		{"swap=0", NULL, "refused", "memory.swap.max=0"},
		{"swap=0", "memory=max", "refused", "memory.swap.max=0"},
		{"pids=100", NULL, "pids.max=100", "pids.max=100"},
		{"pids=max", NULL, "pids.max=max", "pids.max=max"},
		{"cpu=1.5", NULL, "cpu.cfs_period_us=100000, cpu.cfs_quota_us=150000",
		 "cpu.max=150000 100000"},
		{"cpu=0.01", NULL, "cpu.cfs_period_us=100000, cpu.cfs_quota_us=1000",
		 "cpu.max=1000 100000"},
		{"cpu=2", NULL, "cpu.cfs_period_us=100000, cpu.cfs_quota_us=200000",
		 "cpu.max=200000 100000"},
		{"cpu=max", NULL, "cpu.cfs_period_us=100000, cpu.cfs_quota_us=-1",
		 "cpu.max=max 100000"},
	};
	char got[512];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		describe(cases[i].text, cases[i].memory, 1, got);
		assert_string_equal(got, cases[i].old);
		describe(cases[i].text, cases[i].memory, 2, got);
		assert_string_equal(got, cases[i].new);
	}
}

static void malformed_limits_are_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"=",
		"memory",
		"memory=",
		"memory=0",
		"memory=K",
		"memory=1KB",
		"memory=-1",
		"memory=1 M",
		"memory=0x10",
		"mem=1",
		"memory2=1",
		"Memory=1",
		"swap=",
		"pids=0",
		"pids=1K",
		"pids=99999999",
		"cpu=0",
		"cpu=.5",
		"cpu=1.",
		"cpu=0.009",
		"cpu=1.5x",
		"cpu=1.000001",
		"cpu=9999999999",
		"io=",
		"io=/dev/null",
		"io=:rbps=1",
		"io=/dev/null:rbps",
		"io=/dev/null:rbps=0",
		"io=/dev/null:rbps=1:rbps=1",
		"io=/dev/null:x=1",
		"io=/dev/null:rbps=1",
		"memory=99999999999999999999",
		"memory=9223372036854775807T",
		/* multiples of 2^64, and a little more */
		"memory=18446744073709551716",
		"memory=18446744073709552640K",
		"swap=18446744073709551616",
	};
	char got[512];

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(texts); i++) {
		describe(texts[i], NULL, 2, got);
		if (strcmp(got, "refused") != 0)
			fail_msg("%s: %s", texts[i], got);
	}
}

static void commas_separate(void **state)
{
	struct pf_strings pieces = {0};

	(void)state;
	assert_int_equal(pf_commas_split("a=1,b\\,c,,\\d", &pieces), 0);
	assert_int_equal(pieces.count, 4);
	assert_string_equal(pieces.items[1], "b,c");
	assert_string_equal(pieces.items[2], "");
	assert_string_equal(pieces.items[3], "\\d");
	pf_strings_clear(&pieces);
}

static void keys_name_files_of_the_controller(void **state)
{
	static const struct {
		const char *text, *file, *value;
	} cases[] = {
		{"memory:max=1", "memory.max", "1"},
		{"memory:memory.max=1", "memory.max", "1"},
		{"hugetlb:2MB.max=a=b", "hugetlb.2MB.max", "a=b"},
		{"devices:allow=c 1:3 rwm", "devices.allow", "c 1:3 rwm"},
		{"cpuset:cpus=0\\,2", "cpuset.cpus", "0,2"},
	};
	static const char *const refused[] = {
		"",
		":",
		"../memory",
		"memory/x",
		".",
		"memory:",
		"memory:max",
		"memory:max=",
		"memory:=1",
		"memory:../max=1",
		"memory:..=1",
		"memory:a/b=1",
		"memory:a b=1",
		"memory:max=1,",
		"memory:\x7f=1",
		"memory:\n=1",
		"\xff",
	};
	struct pflask_error error = {0};
	struct pf_cgroup_wish wish;

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		assert_int_equal(pf_cgroup_wish_parse(cases[i].text, &wish, &error), 0);
		assert_int_equal(wish.files.count, 1);
		assert_string_equal(wish.files.items[0], cases[i].file);
		assert_string_equal(wish.values.items[0], cases[i].value);
		pf_cgroup_wish_clear(&wish);
	}
	for (size_t i = 0; i < UNIT_COUNT(refused); i++) {
		if (pf_cgroup_wish_parse(refused[i], &wish, &error) != -EINVAL)
			fail_msg("%s: is not refused", refused[i]);
		pf_cgroup_wish_clear(&wish);
	}
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(limits_are_written_for_both_versions),
	cmocka_unit_test(malformed_limits_are_refused),
	cmocka_unit_test(commas_separate),
	cmocka_unit_test(keys_name_files_of_the_controller),
};

UNIT_MAIN(tests)
