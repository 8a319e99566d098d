/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests how a path of the host is opened, how its real path is found, and the reasons why a path
 * cannot be mounted. */
#define _GNU_SOURCE
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "src/host/host_path.h"

static struct pf_plan_fds held;

static struct pf_host_path opened(const char *path, int flags)
{
	struct pf_host_path at;

	assert_int_equal(pf_host_path_open(&held, path, flags, &at), 0);
	assert_true(pf_plan_fds_has(&held, at.fd));
	return at;
}

static void expect_path(const char *path, const char *real)
{
	struct pf_host_path at = opened(path, O_PATH);
	const char *hint;
	struct stat status;

	assert_string_equal(at.path, real);
	assert_null(pf_host_path_problem(&at, &hint));
	assert_int_equal(stat(real, &status), 0);
	assert_int_equal(at.inode, status.st_ino);
	assert_int_equal(at.device, status.st_dev);
	pf_host_path_clear(&at);
}

static void expect_problem(const char *path, const char *problem)
{
	struct pf_host_path at = opened(path, O_PATH);
	const char *hint = "", *found = pf_host_path_problem(&at, &hint);

	assert_non_null(found);
	assert_non_null(strstr(found, problem));
	assert_string_not_equal(hint, "");
	pf_host_path_clear(&at);
}

static void a_path_is_that_of_the_descriptor(void)
{
	int fd;

	assert_int_equal(mkdir("/tmp/dir", 0755), 0);
	child_write("/tmp/dir/file", "");
	assert_int_equal(symlink("dir", "/tmp/link"), 0);
	assert_int_equal(chdir("/tmp/dir"), 0);
	expect_path(".", "/tmp/dir");
	expect_path("..", "/tmp");
	expect_path("file", "/tmp/dir/file");
	expect_path("/tmp/link/../link/file", "/tmp/dir/file");
	expect_path("/proc/self/cwd", "/tmp/dir");
	expect_path("/proc/self/root/tmp/link", "/tmp/dir");
	fd = open("/tmp/dir", O_RDONLY | O_CLOEXEC);
	assert_int_equal(dup2(fd, 77), 77);
	expect_path("/dev/fd/77", "/tmp/dir");
	expect_path("/proc/self/fd/77/file", "/tmp/dir/file");
	expect_path("/", "/");
}

static void what_cannot_be_opened_is_an_error(void)
{
	struct pf_host_path at;

	child_write("/tmp/file", "");
	assert_int_equal(symlink("loop", "/tmp/loop"), 0);
	assert_int_equal(pf_host_path_open(&held, "/tmp/nonesuch", O_PATH, &at), -ENOENT);
	assert_int_equal(pf_host_path_open(&held, "", O_PATH, &at), -ENOENT);
	assert_int_equal(pf_host_path_open(&held, "/tmp/loop", O_PATH, &at), -ELOOP);
	assert_int_equal(pf_host_path_open(&held, "/tmp/file/x", O_PATH, &at), -ENOTDIR);
	assert_int_equal(pf_host_path_open(&held, "/tmp/file", O_PATH | O_DIRECTORY, &at),
			 -ENOTDIR);
	assert_int_equal(held.count, 0);
}

static void standard_descriptors_are_left_alone(void)
{
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	struct pf_host_path at = opened("/tmp", O_PATH);
	int fd = at.fd, flags = fcntl(fd, F_GETFD), lowest = open("/", O_PATH | O_CLOEXEC);
	pf_host_path_clear(&at);
	pf_plan_fds_clear(&held);
	if (fd < 3 || flags != FD_CLOEXEC || lowest != 0 || fcntl(fd, F_GETFD) >= 0)
		_exit(1); /* without descriptors, the child cannot print a message */
}

static void files_without_a_path_cannot_be_mounted(void)
{
	int pair[2];

	assert_int_equal(mkdir("/tmp/dir", 0755), 0);
	assert_int_equal(chdir("/tmp/dir"), 0);
	assert_int_equal(rmdir("/tmp/dir"), 0);
	expect_problem(".", "has no path");
	assert_int_equal(pipe2(pair, O_CLOEXEC), 0);
	assert_int_equal(dup2(pair[0], 77), 77);
	expect_problem("/dev/fd/77", "has no path");
	expect_problem("/proc/self/ns/mnt", "has no path");
}

static void covered_files_cannot_be_mounted(void)
{
	assert_int_equal(mkdir("/tmp/dir", 0755), 0);
	assert_int_equal(mkdir("/tmp/dir/in", 0755), 0);
	assert_int_equal(chdir("/tmp/dir/in"), 0);
	child_cover("/tmp/dir");
	expect_problem(".", "is covered by another mount");
	assert_int_equal(mkdir("/tmp/dir/in", 0755), 0);
	expect_problem(".", "is covered by another mount");
	expect_path("/tmp/dir/in", "/tmp/dir/in");
}

static void files_below_unsearchable_directories_cannot_be_mounted(void)
{
	assert_int_equal(mkdir("/tmp/dir", 0700), 0);
	assert_int_equal(mkdir("/tmp/dir/in", 0755), 0);
	assert_int_equal(dup2(open("/tmp/dir/in", O_PATH | O_CLOEXEC), 77), 77);
	child_become(12345, 12345);
	expect_problem("/proc/self/fd/77", "may not search");
}

static void files_of_another_namespace_cannot_be_mounted(void)
{
	assert_int_equal(mkdir("/tmp/dir", 0755), 0);
	assert_int_equal(chdir("/tmp/dir"), 0);
	assert_int_equal(dup2(open("/tmp/dir", O_PATH | O_CLOEXEC), 77), 77);
	assert_int_equal(unshare(CLONE_NEWNS), 0);
	expect_path(".", "/tmp/dir"); /* the kernel has moved "." to the new namespace */
	expect_problem("/dev/fd/77", "another mount namespace");
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(a_path_is_that_of_the_descriptor),
	IN_CHILD(what_cannot_be_opened_is_an_error),
	IN_CHILD(standard_descriptors_are_left_alone),
	IN_CHILD(files_without_a_path_cannot_be_mounted),
	IN_CHILD(covered_files_cannot_be_mounted),
	IN_CHILD(files_below_unsearchable_directories_cannot_be_mounted),
	IN_CHILD(files_of_another_namespace_cannot_be_mounted),
};

UNIT_MAIN(tests)
