/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests that trees of any size and depth are listed in order, and that no hostile tree leads out of
 * the directory. */
#define _GNU_SOURCE
#include "scene.h"

#include <signal.h>
#include <sys/ioctl.h>

#define MIXED 0 /* stands for names of all lengths */

/* Writes the name of file `i` of a large directory. The names sort in the order of `i`. */
static void large_name(char ret[NAME_MAX + 1], int i, int length)
{
	if (length == MIXED)
		length = i < 2500 ? 6 + i % 4 : NAME_MAX - i % 4;
	memset(ret, 'x', (size_t)length);
	ret[length] = '\0';
	ret[snprintf(ret, NAME_MAX, "%05d", i)] = 'x';
}

static void make_files(int from, int to, int step, int length)
{
	char name[NAME_MAX + 1];

	for (int i = from; i < to; i += step) {
		large_name(name, i * 7919 % to, length); /* shuffled: 7919 is a prime */
		scene_make_file(name);
	}
}

static void make_5000_short(void)
{
	make_files(0, 5000, 1, 6);
}

static void make_5000_long(void)
{
	make_files(0, 5000, 1, NAME_MAX);
}

static void make_5000_mixed(void)
{
	make_files(0, 5000, 1, MIXED);
}

static void assert_5000(const char *text, int length)
{
	char name[NAME_MAX + 1], line[NAME_MAX + 8];

	for (int i = 0; i < 5000; i++) {
		large_name(name, i, length);
		int n = snprintf(line, sizeof(line), "A /%s\n", name);
		assert_memory_equal(text, line, n);
		text += n;
	}
	assert_string_equal(text, "");
}

static void large_directories_are_sorted(void **state)
{
	struct scene scene = {
		.act_container = make_5000_short, .look = scene_list, .user = scene_is_user(state)};

	assert_5000(scene_text(&scene), 6);
	scene.act_container = make_5000_long;
	assert_5000(scene_text(&scene), NAME_MAX);
	scene.act_container = make_5000_mixed;
	assert_5000(scene_text(&scene), MIXED);
}

static void make_even(void)
{
	MUST(mkdir("d", 0755) == 0 && chdir("d") == 0);
	make_files(0, 5000, 2, 200);
	MUST(chdir("..") == 0);
}

static void make_odd_anew(void)
{
	scene_shell("rm -r d; mkdir d");
	MUST(chdir("d") == 0);
	make_files(1, 5000, 2, 200);
}

/* The list is in order. Names with an even number are deleted, and names with an odd number are
 * new: make_files() makes the name `i * 7919 % 5000`. This number is even exactly when i is
 * even. */
static void large_opaque_directories_are_sorted(void **state)
{
	struct scene scene = {.act_lower = make_even,
			      .act_container = make_odd_anew,
			      .look = scene_list,
			      .user = scene_is_user(state)};
	const char *text = scene_text(&scene);
	char name[NAME_MAX + 1], line[NAME_MAX + 8];

	for (int i = 0; i < 5000; i++) {
		large_name(name, i, 200);
		int n = snprintf(line, sizeof(line), "%c /d/%s\n", i % 2 ? 'A' : 'D', name);
		assert_memory_equal(text, line, n);
		text += n;
	}
	assert_string_equal(text, "");
}

#define DEPTH 15  /* nested directories with long names: close to PATH_MAX */
#define WIDTH 600 /* names in each directory; memory holds far fewer */

static void make_wide_and_deep(void)
{
	char name[NAME_MAX + 1];

	for (int depth = 0; depth < DEPTH; depth++) {
		make_files(0, WIDTH, 1, NAME_MAX - 1);
		large_name(name, WIDTH / 2, NAME_MAX);
		MUST(mkdir(name, 0755) == 0 && chdir(name) == 0);
	}
}

static const char *expect_files(const char *text, const char *path, int from, int to)
{
	char name[NAME_MAX + 1], line[PATH_MAX + NAME_MAX + 8];

	for (int i = from; i < to; i++) {
		large_name(name, i, NAME_MAX - 1);
		int n = snprintf(line, sizeof(line), "A %s/%s\n", path, name);
		assert_memory_equal(text, line, n);
		text += n;
	}
	return text;
}

static void large_directories_in_each_other_are_sorted(void **state)
{
	struct scene scene = {.act_container = make_wide_and_deep,
			      .look = scene_list,
			      .user = scene_is_user(state)};
	const char *text = scene_text(&scene);
	char path[PATH_MAX] = "", name[NAME_MAX + 1];
	size_t length = 0;

	large_name(name, WIDTH / 2, NAME_MAX);
	for (int depth = 0; depth < DEPTH; depth++) {
		text = expect_files(text, path, 0, WIDTH / 2 + 1);
		length += (size_t)snprintf(path + length, sizeof(path) - length, "/%s", name);
		assert_memory_equal(text, "A ", 2);
		assert_memory_equal(text + 2, path, length);
		text += length + 3;
	}
	for (int depth = DEPTH - 1; depth >= 0; depth--) {
		path[depth * (NAME_MAX + 1)] = '\0';
		text = expect_files(text, path, WIDTH / 2 + 1, WIDTH);
	}
	assert_string_equal(text, "");
}

#define ABYSS 5000

static void make_abyss(void)
{
	int before = open(".", O_PATH | O_CLOEXEC);

	for (int depth = 0; depth < ABYSS; depth++) {
		MUST(mkdir("d", 0755) == 0 && chdir("d") == 0);
		if (depth % 100 == 0)
			scene_make_file("f");
	}
	MUST(fchdir(before) == 0 && close(before) == 0);
	scene_make_file("z");
}

/* Entries are listed until a path is too long for any system call. A longer path gives an error at
 * the end. */
static void an_abyss_is_listed_as_far_as_paths_go(void **state)
{
	struct scene scene = {
		.act_upper = make_abyss, .look = scene_list, .user = scene_is_user(state)};
	const char *text = scene_text(&scene);
	int directories = 0, files = 0;

	for (; strncmp(text, "A /d", 4) == 0; text = strchr(text, '\n') + 1)
		*(strchr(text, '\n')[-1] == 'd' ? &directories : &files) += 1;
	assert_int_equal(directories, PATH_MAX / 2 + 1);
	assert_int_equal(files, (PATH_MAX / 2 - 1) / 100 + 1);
	assert_memory_equal(text, "A /z\n/d/d/", 10);
	assert_string_equal(strchr(text + 5, ':'), ": File name too long\n");
}

static void symbolic_links_are_never_followed(void **state)
{
	struct scene scene = {
		"mkdir -p d/etc e f; : >e/new; : >f/a; ln -s e l; ln -s / r; ln -s .. u",
		"rm -r d; ln -s / d; ln -s /proc/self/root p; ln -s loop loop; rm l r u; "
		"mkdir l r;"
		": >l/new; : >r/etc; rm -r f; ln -s e f",
		.look = scene_list, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene),
			    "M /d\nM /f\nM /l\nA /l/new\nA /loop\nA /p\nM /r\nA /r/etc\nD /u\n");
}

/* Lists the changes while a tmpfs is mounted in the upper directory. Files on another mount do not
 * belong to the overlay. */
static void mount_below(const struct pf_overlay *overlay, int out)
{
	MUST(mount("tmpfs", "upper/d", "tmpfs", 0, "mode=0700") == 0);
	scene_make_file("upper/d/x");
	scene_list(overlay, out);
	MUST(umount("upper/d") == 0);
}

static void other_mounts_are_not_entered(void **state)
{
	struct scene scene = {"mkdir d", "mkdir d/e; : >f", .look = mount_below,
			      .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "M /d\nA /f\n/d: Invalid cross-device link\n");
}

/* --- the output ------------------------------------------------------------------------------- */

static void list_to_nowhere(const struct pf_overlay *overlay, int out)
{
	const char *path = "unset";
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];

	MUST(full >= 0 && pipe2(ends, O_CLOEXEC) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	close(ends[0]);
	MUST(pf_list_changes(overlay, PF_CHANGES_TEXT, full, &path) == -ENOSPC && path == NULL);
	MUST(pf_list_changes(overlay, PF_CHANGES_JSON, ends[1], &path) == -EPIPE && path == NULL);
	MUST(pf_list_changes(overlay, PF_CHANGES_JSON, overlay->upperdir, &path) == -EBADF &&
	     path == NULL);
	close(ends[1]);
	close(full);
	dprintf(out, "done\n");
}

static void errors_of_the_output_are_returned(void **state)
{
	struct scene scene = {.act_container = make_5000_long,
			      .look = list_to_nowhere,
			      .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "done\n");
	scene.act_container = NULL;
	scene.container = ": >a";
	assert_string_equal(scene_text(&scene), "done\n");
}

static void list_to_slow_reader(const struct pf_overlay *overlay, int out)
{
	char buffer[1000];
	ssize_t n;
	int ends[2], waiting, status;

	MUST(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		scene_list(overlay, ends[1]);
		_exit(0);
	}
	close(ends[1]);
	do
		MUST(ioctl(ends[0], FIONREAD, &waiting) == 0);
	while (waiting < fcntl(ends[0], F_GETPIPE_SZ));
	MUST(fcntl(ends[0], F_SETFL, 0) == 0);
	while ((n = read(ends[0], buffer, sizeof(buffer))) > 0)
		MUST(write(out, buffer, (size_t)n) == n);
	close(ends[0]);
	MUST(waitpid(child, &status, 0) == child && status == 0);
}

static void a_full_pipe_is_waited_for(void **state)
{
	struct scene scene = {.act_container = make_5000_long,
			      .look = list_to_slow_reader,
			      .user = scene_is_user(state)};

	assert_5000(scene_text(&scene), NAME_MAX);
}

static const struct CMUnitTest tests[] = {
	SCENE_TEST(large_directories_are_sorted),
	SCENE_TEST(large_opaque_directories_are_sorted),
	SCENE_TEST(large_directories_in_each_other_are_sorted),
	SCENE_TEST(an_abyss_is_listed_as_far_as_paths_go),
	SCENE_TEST(symbolic_links_are_never_followed),
	SCENE_TEST(other_mounts_are_not_entered),
	SCENE_TEST(errors_of_the_output_are_returned),
	SCENE_TEST(a_full_pipe_is_waited_for),
};

SCENE_MAIN(tests)
