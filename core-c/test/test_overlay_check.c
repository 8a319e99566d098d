/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests which directories cannot be the upper or work directory of an overlay, and the reason. */
#define _GNU_SOURCE
#include "child.h"

#include <fcntl.h>

#include "src/host/overlay_check.h"

static void make_directories(const char *const *paths)
{
	for (; *paths; paths++)
		assert_int_equal(mkdir(*paths, 0755), 0);
}

#define MAKE(...) make_directories((const char *const[]){__VA_ARGS__, NULL})

static struct pf_plan_fds held;

static struct pf_host_path opened(const char *path)
{
	struct pf_host_path at;

	assert_int_equal(pf_host_path_open(&held, path, O_PATH, &at), 0);
	return at;
}

static const char *upper_problem(const char *path, int userxattr, char text[PF_UPPERDIR_TEXT])
{
	struct pf_host_path at = opened(path);
	const char *problem = pf_upperdir_problem(at.fd, userxattr, text);

	pf_host_path_clear(&at);
	return problem;
}

static const char *work_problem(const char *path, const char *upper)
{
	struct pf_host_path work = opened(path), other = opened(upper);
	const char *problem = pf_workdir_problem(&work, &other);

	pf_host_path_clear(&work);
	pf_host_path_clear(&other);
	pf_plan_fds_clear(&held); /* otherwise the file system stays busy */
	return problem;
}

static int has_entries(const char *path)
{
	struct pf_host_path at = opened(path);
	int r = pf_has_entries(at.fd);

	pf_host_path_clear(&at);
	return r;
}

static void expect_upper(const char *path, const char *why)
{
	char text[PF_UPPERDIR_TEXT];
	const char *problem = upper_problem(path, 0, text);

	assert_non_null(problem);
	assert_string_equal(problem, why);
}

static void expect_work(const char *path, const char *upper, const char *why)
{
	const char *problem = work_problem(path, upper);

	assert_non_null(problem);
	assert_string_equal(problem, why);
}

/* Checks that the kernel accepts the directories that the library accepts. */
static void expect_good(const char *work, const char *upper)
{
	char options[256], text[PF_UPPERDIR_TEXT];

	assert_null(upper_problem(upper, 0, text));
	assert_null(upper_problem(upper, 1, text));
	assert_null(work_problem(work, upper));
	snprintf(options, sizeof(options), "lowerdir=/tmp/lower,upperdir=%s,workdir=%s", upper,
		 work);
	assert_int_equal(mount("overlay", "/tmp/merged", "overlay", 0, options), 0);
	assert_int_equal(umount("/tmp/merged"), 0);
}

static void what_is_empty_and_at_one_place_is_good(void)
{
	MAKE("/tmp/lower", "/tmp/merged", "/tmp/upper", "/tmp/work");
	child_write("/tmp/upper/file", "an upper directory may hold what it likes");
	expect_good("/tmp/work", "/tmp/upper");
	/* The overlay has left a directory "work" in the work directory. */
	assert_int_equal(access("/tmp/work/work", F_OK), 0);
	expect_good("/tmp/work", "/tmp/upper");
	MAKE("/tmp/work/index");
	assert_null(work_problem("/tmp/work", "/tmp/upper"));
	assert_int_equal(symlink("work", "/tmp/link"), 0);
	expect_good("/tmp/link", "/tmp/upper/");
}

static void an_upper_directory_must_be_a_directory(void)
{
	child_write("/tmp/file", "");
	expect_upper("/tmp/file", "Not a directory");
}

static void some_filesystems_hold_no_upper(void)
{
	MAKE("/tmp/lower", "/tmp/merged", "/tmp/upper", "/tmp/work");
	expect_upper("/proc", "is on proc, which cannot hold an upper directory");
	expect_upper("/proc/self/fd", "is on proc, which cannot hold an upper directory");
	MAKE("/tmp/sys");
	assert_int_equal(mount("sysfs", "/tmp/sys", "sysfs", 0, NULL), 0);
	expect_upper("/tmp/sys/kernel", "is on sysfs, which cannot hold an upper directory");
	assert_int_equal(mount("overlay", "/tmp/merged", "overlay", 0,
			       "lowerdir=/tmp/lower,upperdir=/tmp/upper,workdir=/tmp/work"),
			 0);
	expect_upper("/tmp/merged", "is on overlayfs, which cannot hold an upper directory");
}

static void some_filesystems_have_no_attributes(void)
{
	char text[PF_UPPERDIR_TEXT];

	MAKE("/tmp/ram");
	assert_int_equal(mount("none", "/tmp/ram", "ramfs", 0, NULL), 0);
	expect_upper("/tmp/ram",
		     "is on ramfs, which has no extended attributes for an upper directory");
	assert_string_equal(
		upper_problem("/tmp/ram", 1, text),
		"is on ramfs, which has no user extended attributes for an upper directory");
}

static void a_work_directory_is_empty(void)
{
	MAKE("/tmp/upper", "/tmp/work", "/tmp/work/work", "/tmp/work/index", "/tmp/hidden",
	     "/tmp/hidden/.x", "/tmp/like", "/tmp/like/works");
	assert_null(work_problem("/tmp/work", "/tmp/upper"));
	child_write("/tmp/work/file", "");
	expect_work("/tmp/work", "/tmp/upper", "is not empty");
	expect_work("/tmp/hidden", "/tmp/upper", "is not empty");
	expect_work("/tmp/like", "/tmp/upper", "is not empty");
	assert_true(has_entries("/tmp/work"));
	assert_true(has_entries("/tmp/hidden"));
	assert_false(has_entries("/tmp/upper"));
}

static void a_work_directory_is_beside_the_upper_one(void)
{
	MAKE("/tmp/upper", "/tmp/upper/work", "/tmp/other", "/tmp/bind", "/tmp/bind/work");
	expect_work("/tmp/upper", "/tmp/upper", "is the upper directory itself");
	expect_work("/tmp/upper/.", "/tmp/upper", "is the upper directory itself");
	expect_work("/tmp/upper/work", "/tmp/upper", "is in the upper directory");
	expect_work("/tmp/other/../upper/work", "/tmp/upper/", "is in the upper directory");
	expect_work("/tmp", "/tmp/upper", "is not empty");
	child_cover("/tmp/other");
	expect_work("/tmp/other", "/tmp/upper",
		    "must be on the file system of the upper directory");
	/* Both directories must be on one mount. One file system is not enough for the kernel. */
	assert_int_equal(mount("/tmp/bind", "/tmp/bind", NULL, MS_BIND, NULL), 0);
	expect_work("/tmp/bind/work", "/tmp/upper", "must be on the mount of the upper directory");
	assert_int_equal(umount("/tmp/bind"), 0);
	assert_null(work_problem("/tmp/bind/work", "/tmp/upper"));
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(what_is_empty_and_at_one_place_is_good),
	IN_CHILD(an_upper_directory_must_be_a_directory),
	IN_CHILD(some_filesystems_hold_no_upper),
	IN_CHILD(some_filesystems_have_no_attributes),
	IN_CHILD(a_work_directory_is_empty),
	IN_CHILD(a_work_directory_is_beside_the_upper_one),
};

UNIT_MAIN(tests)
