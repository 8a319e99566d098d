/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A scene is an overlay that a test looks at: a lower directory, the changes of a container, and
 * the resulting upper directory. A child plays each scene in its own namespaces and on its own
 * tmpfs. The child exits with an error if a step fails; the test checks the output of the child.
 */
#ifndef PF_SCENE_H
#define PF_SCENE_H

#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "init/changes/list_changes.h"

#define SCENE_TEXT (32 << 20)
#define SCENE_FILES 8 /* number of descriptors that scene_look() may open in addition */

/* Asserts a condition in the child. A failed assert_*() would continue the parent's tests in the
 * child. */
#define MUST(condition)                                                                      \
	do {                                                                                 \
		if (!(condition)) {                                                          \
			fprintf(stderr, "# %s:%d: %s: %s\n", __FILE__, __LINE__, #condition, \
				strerror(errno));                                            \
			_exit(1);                                                            \
		}                                                                            \
	} while (0)

struct scene {
	const char *lower, *container; /* shell commands, or NULL */
	/* Functions that run after the shell commands, each in its directory: lower, merged or
	 * upper. */
	void (*act_lower)(void), (*act_container)(void), (*act_upper)(void);
	void (*look)(const struct pf_overlay *overlay, int out);
	int user; /* the scene is played in a user namespace */
};

static inline void scene_shell(const char *commands)
{
	int status;
	pid_t child = fork();

	if (child == 0) {
		execl("/bin/sh", "sh", "-euc", commands, NULL);
		_exit(127);
	}
	MUST(child > 0 && waitpid(child, &status, 0) == child);
	MUST(status == 0);
}

/* Runs shell commands and a function in a directory. */
static inline void scene_do(const char *directory, const char *commands, void (*act)(void))
{
	int before = open(".", O_PATH | O_CLOEXEC);

	MUST(before >= 0 && chdir(directory) == 0);
	if (commands)
		scene_shell(commands);
	if (act)
		act();
	MUST(fchdir(before) == 0);
	close(before);
}

static inline void scene_mount_overlay(const char *upper, int user)
{
	char options[256];

	snprintf(options, sizeof(options), "lowerdir=lower,upperdir=%s,workdir=work,%s", upper,
		 user ? "userxattr" : "redirect_dir=nofollow,metacopy=off,index=off");
	MUST(mount("overlay", "merged", "overlay", 0, options) == 0);
}

/* Calls scene->look() with a low limit on descriptors, as in pflask-init, and checks that no
 * descriptor is left open. */
static inline void scene_look(const struct scene *scene, int out)
{
	struct stat before, after;
	struct pf_overlay overlay = {.path = "", .userxattr = scene->user};

	overlay.upperdir = open("upper", O_PATH | O_CLOEXEC);
	overlay.lowerdir = open("lower", O_PATH | O_CLOEXEC);
	MUST(overlay.upperdir >= 0 && overlay.lowerdir >= 0);
	const int open_files = unit_open_files();
	struct rlimit files = {(rlim_t)open_files + SCENE_FILES, (rlim_t)open_files + SCENE_FILES};
	MUST(stat(".", &before) == 0 && setrlimit(RLIMIT_NOFILE, &files) == 0);
	scene->look(&overlay, out);
	MUST(stat(".", &after) == 0 && before.st_ino == after.st_ino);
	MUST(unit_open_files() == open_files);
}

static inline void scene_play(const struct scene *scene, const char *place, int out)
{
	MUST(mount("tmpfs", place, "tmpfs", 0, "mode=0755") == 0 && chdir(place) == 0);
	MUST(mkdir("lower", 0755) == 0 && mkdir("upper", 0755) == 0);
	MUST(mkdir("work", 0755) == 0 && mkdir("merged", 0755) == 0);
	scene_do("lower", scene->lower, scene->act_lower);
	scene_mount_overlay("upper", scene->user);
	scene_do("merged", scene->container, scene->act_container);
	MUST(umount2("merged", 0) == 0);
	if (scene->act_upper)
		scene_do("upper", NULL, scene->act_upper);
	scene_look(scene, out);
}

static inline void scene_write(pid_t child, const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)child, name);
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, strlen(text)), strlen(text));
	close(fd);
}

/* Makes the overlay of a scene in a child, and examines it. Returns the output, in static
 * memory. */
static inline const char *scene_text(const struct scene *scene)
{
	static char text[SCENE_TEXT];
	char byte = 0;
	int out = memfd_create("out", MFD_CLOEXEC), go[2] = {-1, -1}, ready[2] = {-1, -1}, status;

	assert_true(out >= 0 && pipe2(go, O_CLOEXEC) == 0 && pipe2(ready, O_CLOEXEC) == 0);
	pid_t child = fork();
	if (child == 0) {
		MUST(close(go[1]) == 0 && dup2(out, STDOUT_FILENO) == STDOUT_FILENO);
		MUST(unshare(CLONE_NEWNS | (scene->user ? CLONE_NEWUSER : 0)) == 0);
		MUST(write(ready[1], &byte, 1) == 1 && read(go[0], &byte, 1) == 1);
		MUST(setresgid(0, 0, 0) == 0 && setresuid(0, 0, 0) == 0);
		MUST(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0);
		umask(022);
		scene_play(scene, "/tmp", out); /* mounts a tmpfs over /tmp */
		_exit(0);
	}
	close(go[0]);
	close(ready[1]);
	assert_true(child > 0);
	assert_int_equal(read(ready[0], &byte, 1), 1);
	if (scene->user) {
		scene_write(child, "uid_map", "0 100000 1000");
		scene_write(child, "gid_map", "0 100000 1000");
	}
	assert_int_equal(write(go[1], &byte, 1), 1);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_int_equal(status, 0);
	ssize_t size = pread(out, text, sizeof(text) - 1, 0);
	assert_true(size >= 0 && size < (ssize_t)sizeof(text) - 1);
	text[size] = '\0';
	close(go[1]);
	close(ready[0]);
	close(out);
	return text;
}

/* Writes the list of changes, and the error if there is one. */
static inline void scene_list_as(const struct pf_overlay *overlay, enum pf_changes_format format,
				 int out)
{
	const char *path = NULL;
	int r = pf_list_changes(overlay, format, out, &path);

	if (r < 0)
		dprintf(out, "%s: %s\n", path ? path : "output", strerror(-r));
}

static inline void scene_list(const struct pf_overlay *overlay, int out)
{
	scene_list_as(overlay, PF_CHANGES_TEXT, out);
}

static inline void scene_list_jsonl(const struct pf_overlay *overlay, int out)
{
	scene_list_as(overlay, PF_CHANGES_JSONL, out);
}

static inline int scene_is_user(void **state)
{
	return *(const int *)*state;
}

static inline void scene_make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	MUST(fd >= 0 && close(fd) == 0);
}

/* Each test runs twice: on the host as root, and in a user namespace. */
static int scene_host = 0, scene_user = 1;

#define SCENE_AS(test, how, user)                                                     \
	{                                                                             \
		.name = #test " (" how ")", .test_func = test, .initial_state = &user \
	}
#define SCENE_TEST(test) SCENE_AS(test, "host", scene_host), SCENE_AS(test, "user ns", scene_user)

/* Defines the main function of a test program that plays scenes. */
#define SCENE_MAIN(tests)                                                             \
	int main(void)                                                                \
	{                                                                             \
		if (geteuid() != 0) {                                                 \
			puts("1..0 # SKIP only root can mount, and map other users"); \
			return getenv("PFLASK_MUST_WORK") != NULL;                    \
		}                                                                     \
		cmocka_set_message_output(CM_OUTPUT_TAP);                             \
		return cmocka_run_group_tests(tests, NULL, NULL);                     \
	}

#endif
