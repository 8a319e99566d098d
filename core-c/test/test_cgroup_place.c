/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests where the cgroups of a container are made, with plain files in place of a hierarchy. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "src/host/cgroup_place.h"

static char top[] = "/tmp/pftest-place-XXXXXX";

/* Makes a cgroup. `has` lists its controllers, and `gives` the controllers that are enabled for its
 * children. `processes` lists pids. */
static void make(const char *path, const char *has, const char *gives, const char *processes)
{
	const char *const files[][2] = {{"cgroup.controllers", has},
					{"cgroup.subtree_control", gives},
					{"cgroup.procs", processes},
					{"cgroup.type", "domain\n"}};
	char name[256];

	snprintf(name, sizeof(name), "%s%s", top, path);
	mkdir(name, 0755);
	for (size_t i = 0; i < UNIT_COUNT(files); i++) {
		snprintf(name, sizeof(name), "%s%s/%s", top, path, files[i][0]);
		if (!*path && i == 3) /* the topmost cgroup has no type */
			continue;
		FILE *file = fopen(name, "we");
		assert_non_null(file);
		fputs(files[i][1], file);
		fclose(file);
	}
}

static int make_tree(void **state)
{
	static char own[32];

	(void)state;
	if (!mkdtemp(top))
		return -1;
	snprintf(own, sizeof(own), "%d\n", getpid());
	make("", "cpu memory pids\n", "memory pids\n", "1\n");
	make("/slice", "memory pids\n", "memory\n", "");
	make("/slice/shell", "memory\n", "", "5\n6\n");
	make("/slice/given", "memory\n", "", own);
	make("/slice/many", "memory\n", "", "5\n6\n");
	make("/slice/empty", "memory\n", "", "");
	return 0;
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

static int remove_tree(void **state)
{
	(void)state;
	return nftw(top, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
}

static void mark(const char *path)
{
	char name[256];

	snprintf(name, sizeof(name), "%s%s", top, path);
	if (setxattr(name, "trusted.delegate", "1", 1, 0) < 0 &&
	    setxattr(name, "user.delegate", "1", 1, 0) < 0)
		fail_msg("%s: %s", name, strerror(errno));
}

static int choose(const char *own, const char *controllers, struct pf_cgroup_place *ret)
{
	int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int r = pf_cgroup_choose_below(fd, own, controllers, ret);

	close(fd);
	if (ret->fd >= 0)
		close(ret->fd);
	return r;
}

static void the_nearest_cgroup_that_can_is_chosen(void **state)
{
	static const struct {
		const char *own, *controllers, *place;
		int is_missing;
	} cases[] = {
		{"/slice/shell", "", "/slice/shell", 0}, /* no controller is needed */
		{"/slice/shell", "memory", "/slice", 0},
		{"/slice/shell", "memory pids", "/slice", 1},
		{"/slice/shell", "cpu", "/", 1}, /* the topmost cgroup may have processes */
		{"/slice/empty", "memory", "/slice/empty", 1},
		{"/", "pids", "/", 0},
	};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(cases); i++) {
		struct pf_cgroup_place place;
		assert_int_equal(choose(cases[i].own, cases[i].controllers, &place), 0);
		assert_string_equal(place.path, cases[i].place);
		assert_int_equal(place.is_missing, cases[i].is_missing);
		assert_int_equal(place.must_move, 0);
	}
}

static void a_missing_controller_is_told(void **state)
{
	struct pf_cgroup_place place;

	(void)state;
	assert_int_equal(choose("/slice/shell", "hugetlb", &place), -ENOENT);
	assert_string_equal(place.path, "/slice/shell");
	assert_int_equal(choose("/slice/gone/deep", "memory", &place), 0);
	assert_string_equal(place.path, "/slice");
	assert_true(choose("/../outside", "hugetlb", &place) < 0);
}

static void a_delegated_cgroup_is_not_left(void **state)
{
	struct pf_cgroup_place place;

	(void)state;
	mark("/slice/given");
	mark("/slice/many");
	assert_int_equal(choose("/slice/given", "memory", &place), 0);
	assert_string_equal(place.path, "/slice/given");
	assert_int_equal(place.must_move, 1); /* this process is alone in the cgroup */
	assert_int_equal(choose("/slice/many", "memory", &place), -EBUSY);
	assert_string_equal(place.path, "/slice/many");
	assert_int_equal(choose("/slice/given", "pids", &place), -ENOENT);
}

static void a_hierarchy_is_found_by_its_controller(void **state)
{
	static const char table[] = "9:name=systemd:/s\n4:cpu,cpuacct:/a:b\n3:memory:/m\n0::/v2\n";
	struct pf_cgroup_place place;

	(void)state;
	assert_int_equal(pf_cgroup_find_v1(table, "cpuacct", &place), 1);
	assert_string_equal(place.controllers, "cpu,cpuacct");
	assert_string_equal(place.path, "/a:b");
	assert_int_equal(pf_cgroup_find_v1(table, "name=systemd", &place), 1);
	assert_int_equal(pf_cgroup_find_v1(table, "acct", &place), 0);
	assert_int_equal(pf_cgroup_find_v1(table, "pids", &place), 0);
	assert_int_equal(pf_cgroup_find_v1("", "memory", &place), 0);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(the_nearest_cgroup_that_can_is_chosen),
	cmocka_unit_test(a_missing_controller_is_told),
	cmocka_unit_test(a_delegated_cgroup_is_not_left),
	cmocka_unit_test(a_hierarchy_is_found_by_its_controller),
};

int main(void)
{
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, make_tree, remove_tree);
}
