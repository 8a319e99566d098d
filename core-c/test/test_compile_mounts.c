/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests how the mounts of a spec are compiled: the operations of each type, their order, and mounts
 * that are refused. */
#define _GNU_SOURCE
#include "child.h"
#include "plans.h"

#include <errno.h>

#define ROOT "/tmp/root"

/* A container that runs a command in ROOT, which make_root() makes. */
#define WORDS(...) ((const char *const[]){"command", "true", "chroot", ROOT, __VA_ARGS__, NULL})
#define MOUNT(text) "mount", text

static void make_root(void)
{
	child_cover_etc();
	assert_int_equal(mkdir(ROOT, 0755), 0);
	assert_int_equal(mkdir(ROOT "/dir", 0755), 0);
	child_write(ROOT "/file", "");
	assert_int_equal(mkdir("/tmp/source", 0755), 0);
	child_write("/tmp/source/file", "");
}

/* Tells whether the plan of a container in ROOT with this mount has a line that ends with
 * `line`. */
static int becomes(const char *mount, const char *line)
{
	return has_line(WORDS(MOUNT(mount)), line);
}

static void every_type_becomes_an_operation(void)
{
	make_root();
	assert_true(becomes("tmp:/t", "mount       tmpfs /t nosuid,nodev mode=1777"));
	assert_true(becomes("tmp:/t:size=1k,mode=0,ro",
			    "mount       tmpfs /t ro,nosuid,nodev mode=0000,size=1k"));
	assert_true(becomes("proc:/p", "mount       proc /p nosuid,nodev,noexec"));
	assert_true(becomes("mqueue:/m", "mount       mqueue /m nosuid,nodev,noexec"));
	assert_true(becomes("dir:/d", "mkdir       /d 0755"));
	assert_true(becomes("dir:/d:1777", "mkdir       /d 1777"));
	assert_true(becomes("symlink:../x y:/l", "symlink     '../x y' /l"));
	assert_true(becomes("file:0:/f", "file        0 /f 0644 nodev"));
	assert_true(becomes("dev:/d", "mount       tmpfs /d nosuid,noexec,strictatime "
				      "mode=0755,size=65536k"));
	assert_true(becomes("dev:/d", "device      /d/null 0666 1 3"));
	assert_true(becomes("dev:/d", "symlink     pts/ptmx /d/ptmx"));
	assert_true(becomes("dev:/d:ro", "readonly    /d"));
	assert_false(becomes("dev:/d", "readonly    /d"));
}

static void a_bind_opens_its_source_first(void)
{
	make_root();
	expect_lines(WORDS(MOUNT("bind:/tmp/source:/dir")), "source", "mount",
		     "source 0 " ROOT "\nsource 1 /tmp/source\nroot 0 -\n");
	assert_true(becomes("bind:/tmp/source:/dir", "bind        1 /dir - -"));
	assert_true(becomes("bind-ro:/tmp/source:/dir", "bind        1 /dir ro -"));
	assert_true(becomes("bind:/tmp/source:/dir:rw,dev,noexec",
			    "bind        1 /dir noexec ro,nodev"));
	expect_lines(WORDS(MOUNT("bind:/tmp/source:/dir"), MOUNT("tmp:/t"),
			   MOUNT("bind:/tmp/source/file:/file")),
		     "bind", "pivot_root",
		     "bind 1 /dir - -\nmount tmpfs /t nosuid,nodev mode=1777\nbind 2 /file - -\n");
}

/* The compiler makes a relative source absolute: the container's processes have another working
 * directory. */
static void a_source_may_be_relative(void)
{
	make_root();
	assert_int_equal(chdir("/tmp/source"), 0);
	expect_lines(
		WORDS(MOUNT("bind:.:/dir"), MOUNT("bind:file:/file"), MOUNT("bind:../root:/a")),
		"source", "root",
		"source 0 " ROOT "\nsource 1 /tmp/source\nsource 2 /tmp/source/file\n"
		"source 3 " ROOT "\n");
}

static void an_overlay_is_over_what_the_root_has(void)
{
	make_root();
	assert_int_equal(mkdir("/tmp/u", 0755), 0);
	assert_int_equal(mkdir("/tmp/w", 0755), 0);
	assert_int_equal(chdir("/tmp"), 0);
	expect_lines(WORDS(MOUNT("overlay:u:/dir:/tmp/w")), "source", "root",
		     "source 0 " ROOT "\nlayer 1 /tmp/u\nlayer 2 /tmp/w\n");
	expect_lines(WORDS(MOUNT("overlay:/tmp/u:/dir:/tmp/w:ro")), "layer_inside", "pivot_root",
		     "layer_inside 3 /dir\noverlay /dir 3 1 2 '' ro\n");
	expect_lines(WORDS(MOUNT("overlay:/tmp/u:/dir:/tmp/w"), "userMap", "0:0:65536"),
		     "layer_inside", "pivot_root",
		     "layer_inside 10 /dir\noverlay /dir 10 8 9 userxattr -\n");
}

/* The content of a descriptor goes to a file on a tmpfs. The tmpfs is mounted before the root. */
static void files_have_a_place_of_their_own(void)
{
	make_root();
	expect_lines(WORDS(MOUNT("file:0:/a"), MOUNT("file:1:/b:ro")), "files", "mount",
		     "files\nroot 0 -\n");
	expect_lines(WORDS(MOUNT("file:0:/a"), MOUNT("file:1:/b:ro")), "file", "pivot_root",
		     "file 0 /a 0644 nodev\nfile 1 /b 0644 ro,nodev\n");
}

/* The mounts of a spec come after the mounts that every root has, and before init enters the
 * root. */
static void mounts_keep_their_order(void)
{
	make_root();
	expect_lines(WORDS(MOUNT("dir:/a"), MOUNT("tmp:/a/b"), MOUNT("symlink:x:/a/b/c"),
			   MOUNT("dir:/d"), "readOnly", "yes"),
		     "write", "keyring",
		     "write /run/host/container-manager 0444 $'pflask\\x0a'\n"
		     "mkdir /a 0755\nmount tmpfs /a/b nosuid,nodev mode=1777\nsymlink x /a/b/c\n"
		     "mkdir /d 0755\nprotect_root\npivot_root\n");
	assert_true(has_line(WORDS("readOnly", "yes"), "root        0 ro"));
	void *plan = compiled(WORDS(MOUNT("dir:/a"), "terminal", "yes"));
	uint32_t run = 0, console = 0, made = 0;
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		run = strcmp(name_of(plan, i), "mask") == 0 ? i : run;
		console = strcmp(name_of(plan, i), "console") == 0 ? i : console;
		made = strcmp(name_of(plan, i), "mkdir") == 0 ? i : made;
	}
	assert_true(run > 0 && run < console && console < made);
	free(plan);
}

/* A plan that copies the host's root mounts these file systems again, because they show
 * namespaces. */
#define RENEWED                                              \
	"mount proc /proc nosuid,nodev,noexec\n"             \
	"renew cgroup2 /sys/fs/cgroup nosuid,nodev,noexec\n" \
	"renew mqueue /dev/mqueue nosuid,nodev,noexec\n"

static void without_a_root_the_hosts_is_used(void)
{
	make_root();
	expect_lines(((const char *const[]){"command", "true", MOUNT("tmp:/srv"), NULL}), "source",
		     "keyring",
		     "source 0 /\nroot 0 -\n" RENEWED
		     "mount tmpfs /srv nosuid,nodev mode=1777\npivot_root\n");
	expect_lines(((const char *const[]){"command", "true", "readOnly", "yes", NULL}), "source",
		     "keyring", "source 0 /\nroot 0 ro\n" RENEWED "protect_root\npivot_root\n");
}

static void every_operation_of_a_mount_names_it(void)
{
	const char *const *words = WORDS(MOUNT("bind:/tmp/source:/dir"), MOUNT("dev:/d:ro"),
					 MOUNT("file:0:/f"), MOUNT("overlay:/tmp/u:/d:/tmp/w"));
	static const char *const counted[] = {"bind:", "dev:", "file:", "overlay:"};
	static const int wanted[] = {2, 17, 1, 6};
	int got[4] = {0};

	make_root();
	assert_int_equal(mkdir("/tmp/u", 0755), 0);
	assert_int_equal(mkdir("/tmp/w", 0755), 0);
	void *plan = compiled(words);
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_origin *origin = pf_origins_find(&plan_origins, i, EIO);
		if (!origin || strcmp(origin->field, "chroot") == 0)
			continue;
		assert_string_equal(origin->field, "mount");
		assert_ptr_equal(pf_origins_find(&plan_origins, i, EACCES), origin);
		for (int j = 0; j < 4; j++)
			got[j] += strncmp(origin->text, counted[j], strlen(counted[j])) == 0;
	}
	free(plan);
	for (int j = 0; j < 4; j++)
		assert_int_equal(got[j], wanted[j]);
}

/* --- what is refused -------------------------------------------------------------------------- */

static void refuse(const char *mount, int number, const char *why)
{
	expect_error(WORDS(MOUNT("tmp:/fine"), MOUNT(mount), MOUNT("tmp:/fine")), number, "mount",
		     why, "");
}

static void a_missing_source_is_refused(void)
{
	make_root();
	assert_int_equal(symlink("nonesuch", "/tmp/dangling"), 0);
	refuse("bind:/nonesuch:/b", ENOENT,
	       "bind:/nonesuch:/b: /nonesuch: No such file or directory");
	refuse("bind-ro:/tmp/dangling:/b", ENOENT, "/tmp/dangling: No such file or directory");
	refuse("bind:/tmp/source/file/x:/b", ENOTDIR, "Not a directory");
	refuse("file:99:/b", EBADF, "file:99:/b: 99: not an open descriptor");
	refuse("file:-1:/b", EBADF, "not an open descriptor");
	refuse("file:x:/b", EBADF, "not an open descriptor");
	refuse("file:4294967294:/b", EBADF, "not an open descriptor");
	refuse("file:99999999999999999999:/b", EBADF, "not an open descriptor");
	refuse("nonesuch:/b", EINVAL, "unknown type of mount");
	refuse("tmp:b", EINVAL, "is not an absolute path");
}

static void a_directory_goes_to_a_directory(void)
{
	static const char directory[] = "cannot mount a directory on a file";
	static const char file[] = "cannot mount a file on a directory";

	make_root();
	refuse("bind:/tmp/source:/file", EINVAL, directory);
	refuse("bind:/tmp/source/file:/dir", EINVAL, file);
	refuse("bind:/tmp/source/file:/", EINVAL, file);
	refuse("tmp:/file", EINVAL, directory);
	refuse("proc:/file", EINVAL, directory);
	refuse("dev:/file", EINVAL, directory);
	refuse("mqueue:/file", EINVAL, directory);
	refuse("dir:/file", EINVAL, directory);
	refuse("file:0:/dir", EINVAL, file);
	assert_true(becomes("bind:/tmp/source/file:/file", "bind        1 /file - -"));
	assert_true(becomes("bind:/tmp/source/file:/new", "bind        1 /new - -"));
	assert_true(becomes("file:0:/file", "file        0 /file 0644 nodev"));
}

/* A symbolic link in the root is resolved within the root. */
static void a_destination_is_looked_at_inside_the_root(void)
{
	make_root();
	assert_int_equal(symlink("/tmp/source/file", ROOT "/absolute"), 0);
	assert_int_equal(symlink("../../../../tmp/source/file", ROOT "/relative"), 0);
	assert_int_equal(symlink("/file", ROOT "/inside"), 0);
	assert_true(becomes("tmp:/absolute", "mount       tmpfs /absolute nosuid,nodev mode=1777"));
	assert_true(becomes("tmp:/relative", "mount       tmpfs /relative nosuid,nodev mode=1777"));
	refuse("tmp:/inside", EINVAL, "/inside: cannot mount a directory on a file");
	refuse("tmp:/../../file", EINVAL, "/../../file: cannot mount a directory on a file");
}

/* The content of the root does not matter below a directory that another mount will cover. */
static void covered_destinations_are_not_checked(void)
{
	make_root();
	assert_int_equal(mkdir(ROOT "/run", 0755), 0);
	child_write(ROOT "/run/x", "");
	free(compiled(WORDS(MOUNT("tmp:/run/x"))));
	free(compiled(WORDS(MOUNT("tmp:/dir"), MOUNT("bind:/tmp/source/file:/dir/sub"))));
	free(compiled(WORDS(MOUNT("bind:/tmp/source:/new"), MOUNT("tmp:/new/file"))));
	assert_int_equal(mkdir(ROOT "/dirty", 0755), 0);
	child_write(ROOT "/dirty/x", "");
	expect_error(WORDS(MOUNT("tmp:/dir"), MOUNT("tmp:/dirty/x")), EINVAL, "mount",
		     "cannot mount a directory on a file", "");
	expect_error(WORDS(MOUNT("tmp:/dirty/x"), MOUNT("tmp:/dirty")), EINVAL, "mount",
		     "cannot mount a directory on a file", "");
}

static void a_bad_overlay_is_refused(void)
{
	make_root();
	assert_int_equal(mkdir("/tmp/u", 0755), 0);
	assert_int_equal(mkdir("/tmp/w", 0755), 0);
	assert_int_equal(mkdir("/tmp/full", 0755), 0);
	child_write("/tmp/full/file", "");
	refuse("overlay:/nonesuch:/dir:/tmp/w", ENOENT, "/nonesuch: No such file or directory");
	refuse("overlay:/tmp/source/file:/dir:/tmp/w", ENOTDIR, "/file: Not a directory");
	refuse("overlay:/proc:/dir:/tmp/w", EINVAL, "/proc: is on proc");
	refuse("overlay:/tmp/u:/dir:/nonesuch", ENOENT, "/nonesuch: No such file");
	refuse("overlay:/tmp/u:/dir:/tmp/full", EINVAL, "/tmp/full: is not empty");
	refuse("overlay:/tmp/u:/dir:/tmp/u", EINVAL, "/tmp/u: is the upper directory itself");
	refuse("overlay:/tmp/u:/dir:/proc", EINVAL, "/proc: must be on the file system of");
	refuse("overlay:/tmp/u:/file:/tmp/w", EINVAL, "/file: cannot mount a directory on a file");
}

static void an_idmapped_bind_takes_root_and_maps(void)
{
	const char *const *words =
		WORDS("userMap", "0:0:65536", MOUNT("bind:/tmp/source:/dir:idmap"),
		      MOUNT("bind:/tmp/source:/b:idmap"), MOUNT("bind:/tmp/source:/c"));

	make_root();
	expect_error(WORDS(MOUNT("bind:/tmp/source:/dir:idmap")), EINVAL, "mount",
		     "idmap: requires a user namespace", "{userMap=auto}");
	expect_lines(words, "gid_map", "propagation",
		     "gid_map 0 0 65536\nidmap_source 0 /tmp/source\nidmap_source 1 /tmp/source\n");
	assert_true(has_line(words, "source      2 " ROOT));
	assert_true(has_line(words, "bind        0 /dir - -"));
	assert_true(has_line(words, "bind        1 /b - -"));
	void *plan = compiled(words);
	for (uint32_t i = 0; i < pf_plan_count(plan); i++)
		if (strcmp(name_of(plan, i), "idmap_source") == 0)
			assert_non_null(pf_origins_find(&plan_origins, i, EIO));
	free(plan);
	child_become(12345, 23456);
	expect_error(WORDS(MOUNT("bind:/tmp/source:/dir:idmap")), EPERM, "mount",
		     "bind:/tmp/source:/dir:idmap: idmap: only root may", "");
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(every_type_becomes_an_operation),
	IN_CHILD(a_bind_opens_its_source_first),
	IN_CHILD(a_source_may_be_relative),
	IN_CHILD(an_overlay_is_over_what_the_root_has),
	IN_CHILD(files_have_a_place_of_their_own),
	IN_CHILD(mounts_keep_their_order),
	IN_CHILD(without_a_root_the_hosts_is_used),
	IN_CHILD(every_operation_of_a_mount_names_it),
	IN_CHILD(a_missing_source_is_refused),
	IN_CHILD(a_directory_goes_to_a_directory),
	IN_CHILD(a_destination_is_looked_at_inside_the_root),
	IN_CHILD(covered_destinations_are_not_checked),
	IN_CHILD(a_bad_overlay_is_refused),
	IN_CHILD(an_idmapped_bind_takes_root_and_maps),
};

UNIT_MAIN(tests)
