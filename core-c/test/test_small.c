/* SPDX-License-Identifier: BSD-2-Clause */
/* The small parts: sealed memory files, numbers as text, lists of strings, names of cgroups. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cgroup.h"
#include "cleanup.h"
#include "decimal.h"
#include "memfd.h"
#include "string_list.h"

static void a_memfd_holds_what_it_was_given(void **state)
{
	char data[100000], back[sizeof(data)];
	const int open_files = unit_open_files();

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	int fd = pf_memfd("unit", data, sizeof(data), 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pread(fd, back, sizeof(back), 0), sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	close(fd);
	assert_int_equal(unit_open_files(), open_files);
}

static void a_memfd_can_not_be_changed(void **state)
{
	(void)state;
	for (int executable = 0; executable < 2; executable++) {
		PF_CLEANUP_FD int fd = pf_memfd("unit", "abc", 3, executable);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, "x", 1, 0), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(fd, 0), -1);
		assert_int_equal(ftruncate(fd, 10), -1);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	}
}

static void numbers_are_written_in_decimal(void **state)
{
	static const uint64_t numbers[] = {0, 7, 10, 99, 4294967296, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
		char got[PF_DECIMAL_SIZE], wanted[PF_DECIMAL_SIZE];
		int n = snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)numbers[i]);
		assert_int_equal(pf_decimal(numbers[i], got), n);
		assert_string_equal(got, wanted);
	}
}

static void lists_are_ended_and_cleared(void **state)
{
	struct pf_strings list = {0};

	(void)state;
	assert_int_equal(pf_strings_add(&list, "a"), 0);
	assert_int_equal(pf_strings_format(&list, "%s=%d", "b", 2), 0);
	assert_int_equal(list.count, 2);
	assert_string_equal(list.items[1], "b=2");
	assert_null(list.items[2]);
	pf_strings_clear(&list);
	assert_int_equal(list.count, 0);
	assert_null(list.items);
	pf_strings_clear(&list);
}

static void a_cgroup_is_named_after_its_monitor(void **state)
{
	char name[PF_CGROUP_NAME];

	(void)state;
	pf_cgroup_name("pflask-$PID", 4711, name);
	assert_string_equal(name, "pflask-4711");
	pf_cgroup_name("plain", 4711, name);
	assert_string_equal(name, "plain");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_memfd_holds_what_it_was_given),
	cmocka_unit_test(a_memfd_can_not_be_changed),
	cmocka_unit_test(numbers_are_written_in_decimal),
	cmocka_unit_test(lists_are_ended_and_cleared),
	cmocka_unit_test(a_cgroup_is_named_after_its_monitor),
};

UNIT_MAIN(tests)
