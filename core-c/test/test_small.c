/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests small modules: sealed memory files, numbers as text, paths, lists of strings, names of
 * cgroups, buffered output, text that is cut. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cgroup.h"
#include "common/cleanup.h"
#include "common/decimal.h"
#include "common/output.h"
#include "common/path_below.h"
#include "common/proc_path.h"
#include "common/signals.h"
#include "src/base/memfd.h"
#include "src/base/string_list.h"
#include "src/base/written.h"

static void a_memfd_holds_its_text(void **state)
{
	char data[100000], back[sizeof(data)];
	const int open_files = unit_open_files();

	(void)state;
	for (size_t i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7);
	int fd = pf_make_memfd("unit", data, sizeof(data), 0);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pread(fd, back, sizeof(back), 0), sizeof(back));
	assert_memory_equal(back, data, sizeof(data));
	close(fd);
	assert_int_equal(unit_open_files(), open_files);
}

static void a_memfd_cannot_be_changed(void **state)
{
	(void)state;
	for (int executable = 0; executable < 2; executable++) {
		PF_CLEANUP_FD int fd = pf_make_memfd("unit", "abc", 3, executable);
		assert_true(fd >= 0);
		assert_int_equal(pwrite(fd, "x", 1, 0), -1);
		assert_int_equal(errno, EPERM);
		assert_int_equal(ftruncate(fd, 0), -1);
		assert_int_equal(ftruncate(fd, 10), -1);
		assert_int_equal(fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1);
	}
}

/* The number of further calls of F_ADD_SEALS that fail with EBUSY, as if the kernel used the
 * file. */
static int busy;

int fcntl(int fd, int command, ...)
{
	va_list arguments;

	if (command == F_ADD_SEALS && busy > 0) {
		busy--;
		errno = EBUSY;
		return -1;
	}
	va_start(arguments, command);
	long argument = va_arg(arguments, long);
	va_end(arguments);
	return (int)syscall(SYS_fcntl, fd, command, argument);
}

static void a_busy_memfd_is_sealed_later(void **state)
{
	const int open_files = unit_open_files();

	(void)state;
	busy = 5;
	int fd = pf_make_memfd("unit", "abc", 3, 0);
	assert_int_equal(busy, 0);
	assert_int_equal(fcntl(fd, F_GET_SEALS) & F_SEAL_WRITE, F_SEAL_WRITE);
	close(fd);
	busy = 1000;
	assert_int_equal(pf_make_memfd("unit", "abc", 3, 0), -EBUSY);
	busy = 0;
	assert_int_equal(unit_open_files(), open_files);
}

static void numbers_are_written_in_decimal(void **state)
{
	static const uint64_t numbers[] = {0, 7, 10, 99, 4294967296, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(numbers); i++) {
		char got[PF_DECIMAL_SIZE], wanted[PF_DECIMAL_SIZE];
		int n = snprintf(wanted, sizeof(wanted), "%llu", (unsigned long long)numbers[i]);
		assert_int_equal(pf_write_decimal(numbers[i], got), n);
		assert_string_equal(got, wanted);
	}
}

static void paths_in_proc_name_a_process(void **state)
{
	char path[PF_PROC_PATH];

	(void)state;
	assert_int_equal(pf_proc_path(0, "ns/net", path), 17);
	assert_string_equal(path, "/proc/self/ns/net");
	assert_int_equal(pf_proc_path(4194304, "status", path), 20);
	assert_string_equal(path, "/proc/4194304/status");
	assert_int_equal(pf_proc_fd_path(0, "fd", 7, path), 15);
	assert_string_equal(path, "/proc/self/fd/7");
	assert_int_equal(pf_proc_fd_path(12, "fdinfo", 1048576, path), 23);
	assert_string_equal(path, "/proc/12/fdinfo/1048576");
	PF_CLEANUP_FD int fd = pf_proc_open(getpid(), "status", O_RDONLY);
	assert_int_equal(fcntl(fd, F_GETFD), FD_CLOEXEC);
	assert_int_equal(pf_proc_open(getpid(), "no such file", O_RDONLY), -ENOENT);
}

static void a_path_lies_in_a_directory(void **state)
{
	static const struct {
		const char *path, *directory, *rest;
	} cases[] = {
		{"/a/b", "/a", "/b"}, {"/a", "/a", ""},         {"/ab", "/a", NULL},
		{"/a", "/a/b", NULL}, {"/a", "/", "/a"},        {"/", "/", ""},
		{"/", "/a", NULL},    {"/a/b/c", "/a/b", "/c"}, {"/b/a", "/a", NULL},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		const char *rest = pf_path_below(cases[i].path, cases[i].directory);
		assert_int_equal(rest != NULL, cases[i].rest != NULL);
		assert_int_equal(pf_lies_in(cases[i].path, cases[i].directory), rest != NULL);
		if (rest)
			assert_string_equal(rest, cases[i].rest);
	}
}

static void signals_that_wait_are_taken_in_their_order(void **state)
{
	uint64_t waiting = 0;

	(void)state;
	assert_int_equal(pf_take_signal(&waiting), 0);
	for (int signal = 64; signal > 0; signal -= 21)
		waiting = pf_add_signal(waiting, signal);
	for (int signal = 1; signal <= 64; signal += 21)
		assert_int_equal(pf_take_signal(&waiting), signal);
	assert_int_equal(pf_take_signal(&waiting), 0);
}

static void of_stop_and_continue_the_later_signal_waits(void **state)
{
	uint64_t stopped = pf_add_signal(pf_signal_bit(SIGCONT), SIGSTOP);

	(void)state;
	assert_int_equal(stopped, pf_signal_bit(SIGSTOP));
	assert_int_equal(pf_add_signal(stopped, SIGCONT), pf_signal_bit(SIGCONT));
	assert_int_equal(pf_add_signal(stopped, SIGTERM), pf_signal_bit(SIGTERM));
	assert_int_equal(pf_add_signal(stopped, SIGUSR1), stopped | pf_signal_bit(SIGUSR1));
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
	char name[PF_CGROUP_NAME], expected[PF_CGROUP_NAME] = "pflask-4711";
	struct stat pidns;

	(void)state;
	assert_int_equal(stat("/proc/self/ns/pid", &pidns), 0);
	if (pidns.st_ino != 4026531836) /* the first pid namespace */
		snprintf(expected, sizeof(expected), "pflask-4711-%ju", (uintmax_t)pidns.st_ino);
	pf_cgroup_name("pflask-$PID", 4711, name);
	assert_string_equal(name, expected);
	pf_cgroup_name("plain", 4711, name);
	assert_string_equal(name, "plain");
}

/* Writes many short texts and a few long texts. Each byte differs from the byte before it. Returns
 * the number of bytes. */
static size_t put_much(struct pf_output *out)
{
	char text[20000];
	size_t total = 0;

	for (size_t size = 0; size < sizeof(text); size += size / 8 + 1) {
		for (size_t i = 0; i < size; i++)
			text[i] = (char)((total + i) % 251);
		pf_output_put(out, text, size);
		total += size;
	}
	return total;
}

static void output_arrives_whole(void **state)
{
	struct pf_output out = {.fd = memfd_create("unit", MFD_CLOEXEC)};
	unsigned char byte;

	(void)state;
	assert_true(out.fd >= 0);
	const size_t total = put_much(&out);
	assert_int_equal(pf_output_flush(&out), 0);
	assert_int_equal(lseek(out.fd, 0, SEEK_END), total);
	for (size_t i = 0; i < total; i += 97) {
		assert_int_equal(pread(out.fd, &byte, 1, (off_t)i), 1);
		assert_int_equal(byte, i % 251);
	}
	pf_output_put_string(&out, "end");
	assert_int_equal(lseek(out.fd, 0, SEEK_END), total);
	assert_int_equal(pf_output_flush(&out), 0);
	assert_int_equal(lseek(out.fd, 0, SEEK_END), total + 3);
	assert_int_equal(pf_output_flush(&out), 0);
	assert_int_equal(lseek(out.fd, 0, SEEK_END), total + 3);
	close(out.fd);
}

/* The first error is returned. After an error, nothing is written. */
static void output_that_failed_stays_failed(void **state)
{
	struct pf_output out = {.fd = open("/dev/full", O_WRONLY | O_CLOEXEC)};

	(void)state;
	assert_true(out.fd >= 0);
	pf_output_put_string(&out, "x");
	assert_int_equal(pf_output_flush(&out), -ENOSPC);
	close(out.fd);
	out.fd = memfd_create("unit", MFD_CLOEXEC);
	put_much(&out);
	assert_int_equal(pf_output_flush(&out), -ENOSPC);
	assert_int_equal(lseek(out.fd, 0, SEEK_END), 0);
	close(out.fd);
}

/* The writer waits for a full pipe, even if another process has made the shared pipe
 * non-blocking. */
static void output_waits_for_a_slow_reader(void **state)
{
	struct pf_output out = {0};
	int ends[2], status = 0;

	(void)state;
	assert_int_equal(pipe2(ends, O_CLOEXEC | O_NONBLOCK), 0);
	pid_t reader = fork();
	assert_true(reader >= 0);
	if (reader == 0) {
		char buffer[1000];
		ssize_t n;
		size_t total = 0;
		close(ends[1]);
		while ((n = read(ends[0], buffer, sizeof(buffer))) != 0)
			total += n > 0 ? (size_t)n : 0;
		_exit(total % 251);
	}
	close(ends[0]);
	out.fd = ends[1];
	size_t total = 0;
	for (int i = 0; i < 5; i++)
		total += put_much(&out);
	assert_int_equal(pf_output_flush(&out), 0);
	assert_true(total > 65536);
	close(out.fd);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), total % 251);
}

static void output_without_a_reader_ends(void **state)
{
	struct pf_output out = {0};
	int ends[2];

	(void)state;
	void (*usual)(int) = signal(SIGPIPE, SIG_IGN);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	close(ends[0]);
	out.fd = ends[1];
	put_much(&out);
	assert_int_equal(pf_output_flush(&out), -EPIPE);
	close(out.fd);
	signal(SIGPIPE, usual);
}

static void written_text_is_cut(void **state)
{
	char text[8] = "before";
	struct pf_written written;

	(void)state;
	for (size_t size = 1; size <= sizeof(text); size++) {
		fputs("0123456789", pf_write_begin(&written));
		pf_write_end(&written, text, size);
		assert_int_equal(strlen(text), size - 1);
		assert_memory_equal(text, "0123456", size - 1);
	}
	assert_non_null(pf_write_begin(&written));
	pf_write_end(&written, text, sizeof(text));
	assert_string_equal(text, "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(a_memfd_holds_its_text),
	cmocka_unit_test(a_memfd_cannot_be_changed),
	cmocka_unit_test(a_busy_memfd_is_sealed_later),
	cmocka_unit_test(numbers_are_written_in_decimal),
	cmocka_unit_test(paths_in_proc_name_a_process),
	cmocka_unit_test(a_path_lies_in_a_directory),
	cmocka_unit_test(signals_that_wait_are_taken_in_their_order),
	cmocka_unit_test(of_stop_and_continue_the_later_signal_waits),
	cmocka_unit_test(lists_are_ended_and_cleared),
	cmocka_unit_test(a_cgroup_is_named_after_its_monitor),
	cmocka_unit_test(output_arrives_whole),
	cmocka_unit_test(output_that_failed_stays_failed),
	cmocka_unit_test(output_waits_for_a_slow_reader),
	cmocka_unit_test(output_without_a_reader_ends),
	cmocka_unit_test(written_text_is_cut),
};

UNIT_MAIN(tests)
