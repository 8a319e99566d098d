/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests plans of ephemeral roots: privileged users get overlays, other users get a skeleton. */
#define _GNU_SOURCE
#include "child.h"
#include "plans.h"

#include <errno.h>

#define ALICE 12345
#define OFF "redirect_dir=off,metacopy=off,index=off"
#define ROOT "/tmp/root"

#define WORDS(...) ((const char *const[]){"command", "true", "ephemeral", "yes", __VA_ARGS__, NULL})
#define IN_ROOT(...) WORDS("chroot", ROOT, __VA_ARGS__)
#define HOSTS WORDS("chdir", "/")

static void make(const char *path)
{
	assert_int_equal(mkdir(path, 0755), 0);
}

static void make_and_mount(const char *path)
{
	make(path);
	child_cover(path);
}

static void make_root(void)
{
	child_cover_etc();
	make(ROOT);
	assert_int_equal(chdir("/"), 0);
}

/* Makes a small system and enters it as the child's root. The system has a file, a symbolic link,
 * and the directories that pflask replaces. The first line of its mount table is /proc. */
static void enter_world(void)
{
	make_and_mount("/tmp/world");
	assert_int_equal(chdir("/tmp/world"), 0);
	make("etc");
	make("proc");
	make("sys");
	make("dev");
	make("run");
	make("tmp");
	make("usr");
	make("usr/bin");
	assert_int_equal(symlink("usr/bin", "bin"), 0);
	child_write("file", "");
	child_write("etc/passwd", "alice:x:12345:12345::/:/bin/sh\n");
	assert_int_equal(mount("proc", "proc", "proc", 0, NULL), 0);
	assert_int_equal(chroot("."), 0);
	assert_int_equal(chdir("/"), 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void join_sorted(const struct pf_strings *list, char *ret, size_t size)
{
	if (!list->items)
		return;
	qsort(list->items, list->count, sizeof(*list->items), by_name);
	for (char **item = list->items; *item; item++)
		snprintf(ret + strlen(ret), size - strlen(ret), "%s", *item);
}

/* Tells whether an operation makes a part of an ephemeral root (skeleton, overlay, file and so
 * on). */
static int is_part(enum pf_op_code code)
{
	return code == PF_OP_overlay || code == PF_OP_skeleton || code == PF_OP_bind ||
	       code == PF_OP_mkdir || code == PF_OP_symlink;
}

/* Checks the parts of an ephemeral root as lines "OPERATION PATH". The lines are sorted, because
 * the order of directory entries varies. The parts end at the mount of /proc. */
static void expect_parts(const char *const *words, const char *wanted)
{
	PF_CLEANUP_STRINGS struct pf_strings parts = {0};
	void *plan = compiled(words);
	char text[4096] = "";

	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		if (op->code == PF_OP_mount)
			break;
		size_t at = strcspn(pf_op_table[op->code].arguments, "s");
		if (op->code == PF_OP_symlink)
			at = 1;
		if (is_part(op->code))
			pf_strings_format(&parts, "%s %s\n", name_of(plan, i),
					  pf_plan_string(plan, op->arg[at]));
	}
	free(plan);
	join_sorted(&parts, text, sizeof(text));
	assert_string_equal(text, wanted);
}

/* --- run by root
 * ---------------------------------------------------------------------------------- */

static void a_root_is_overlaid(void)
{
	make_root();
	expect_lines(IN_ROOT("userns", "no"), "propagation", "mount",
		     "propagation slave,rec\nlayer 0 " ROOT "\nscratch mode=0755\nwork 1 upper\n"
		     "work 2 work\noverlay / 0 1 2 " OFF " -\n");
	expect_lines(IN_ROOT("userns", "no"), "mount", "readonly",
		     "mount proc /proc nosuid,nodev,noexec\n"
		     "mount sysfs /sys ro,nosuid,nodev,noexec\n"
		     "mount cgroup2 /sys/fs/cgroup ro,nosuid,nodev,noexec\n");
}

static void every_filesystem_below_is_overlaid(void)
{
	make_root();
	make_and_mount(ROOT "/data");
	make_and_mount(ROOT "/data/deep");
	make(ROOT "/kernel");
	assert_int_equal(mount("proc", ROOT "/kernel", "proc", 0, NULL), 0);
	child_write(ROOT "/file", "");
	assert_int_equal(mount("/proc/version", ROOT "/file", NULL, MS_BIND, NULL), 0);
	child_write("/tmp/other", "");
	child_write(ROOT "/bound", "");
	assert_int_equal(mount("/tmp/other", ROOT "/bound", NULL, MS_BIND, NULL), 0);
	make(ROOT "/dev");
	make_and_mount(ROOT "/dev/shm");
	make_and_mount(ROOT "/run");
	expect_lines(IN_ROOT("userns", "no"), "layer", "scratch",
		     "layer 0 " ROOT "\nlayer 1 " ROOT "/data\nlayer 2 " ROOT "/data/deep\n"
		     "source_idle 3 " ROOT "/bound\n");
	expect_lines(IN_ROOT("userns", "no"), "scratch", "mount",
		     "scratch mode=0755\nwork 4 upper\nwork 5 work\noverlay / 0 4 5 " OFF " -\n"
		     "work 4 upper-1\nwork 5 work-1\noverlay /data 1 4 5 " OFF " -\n"
		     "work 4 upper-2\nwork 5 work-2\noverlay /data/deep 2 4 5 " OFF " -\n"
		     "bind 3 /bound ro -\n");
}

/* A mount below a file system of the kernel is left out, because that file system is left out. */
static void mounts_below_kernel_file_systems_are_left_out(void)
{
	make_root();
	make(ROOT "/kernel");
	assert_int_equal(mount("proc", ROOT "/kernel", "proc", 0, NULL), 0);
	child_cover(ROOT "/kernel/fs");
	expect_lines(IN_ROOT("userns", "no"), "layer", "scratch", "layer 0 " ROOT "\n");
}

static void mounts_of_deleted_files_are_hidden(void)
{
	make_root();
	child_write("/tmp/other", "");
	child_write(ROOT "/bound", "");
	assert_int_equal(mount("/tmp/other", ROOT "/bound", NULL, MS_BIND, NULL), 0);
	assert_int_equal(unlink("/tmp/other"), 0);
	expect_lines(IN_ROOT("userns", "no"), "layer", "scratch", "layer 0 " ROOT "\n");
	assert_true(has_line(IN_ROOT("userns", "no"), "mask        /bound"));
	child_become(ALICE, ALICE);
	assert_true(has_line(IN_ROOT("hostname", "x"), "bind        1 /bound ro -"));
	assert_true(has_line(IN_ROOT("hostname", "x"), "source      1 /dev/null"));
}

/* If the root is idmapped, the mounts in the root are idmapped, too. */
static void what_is_mounted_below_is_mapped_too(void)
{
	make_root();
	make_and_mount(ROOT "/data");
	child_write("/tmp/other", "");
	child_write(ROOT "/bound", "");
	assert_int_equal(mount("/tmp/other", ROOT "/bound", NULL, MS_BIND, NULL), 0);
	const char *const *words = IN_ROOT("userMap", "0:100000:65536");
	assert_true(has_line(words, "idmap_mount 0 " ROOT));
	assert_true(has_line(words, "idmap_mount 1 " ROOT "/data"));
	assert_true(has_line(words, "idmap_mount 2 " ROOT "/bound"));
	expect_lines(words, "attach", "scratch", "attach 0\nattach 1\n");
	assert_true(has_line(words, "overlay     /data 1 10 11 userxattr -"));
	assert_true(has_line(words, "bind        2 /bound ro -"));
}

/* --read-only applies to the whole root. */
static void a_root_may_be_read_only_too(void)
{
	make_root();
	make_and_mount(ROOT "/data");
	expect_lines(IN_ROOT("userns", "no", "readOnly", "yes"), "overlay", "mount",
		     "overlay / 0 2 3 " OFF " -\nwork 2 upper-1\nwork 3 work-1\n"
		     "overlay /data 1 2 3 " OFF " ro\n");
	assert_true(has_line(IN_ROOT("userns", "no", "readOnly", "yes"), "protect_root"));
}

static void changes_may_go_to_a_directory(void)
{
	make_root();
	make("/tmp/changes");
	assert_int_equal(symlink("changes", "/tmp/link"), 0);
	expect_lines(IN_ROOT("userns", "no", "ephemeralDir", "/tmp/link/."), "layer", "mount",
		     "layer 0 " ROOT "\nlayer 1 /tmp/changes\nscratch_in 1\nwork 2 upper\n"
		     "work 3 work\noverlay / 0 2 3 " OFF " -\n");
	child_write("/tmp/file", "");
	expect_error(IN_ROOT("ephemeralDir", "/tmp/nonesuch"), ENOENT, "ephemeral",
		     "/tmp/nonesuch: No such file or directory", "");
	expect_error(IN_ROOT("ephemeralDir", "/tmp/file"), ENOTDIR, "ephemeral",
		     "/tmp/file: Not a directory", "");
	expect_error(IN_ROOT("ephemeralDir", "/proc"), EINVAL, "ephemeral",
		     "/proc: is on proc, which cannot hold an upper directory", "");
	/* Without --ephemeral, ephemeralDir is ignored. */
	assert_true(has_line(
		((const char *const[]){"ephemeralDir", "/nonesuch", "command", "true", NULL}),
		"exec        true true"));
}

static void a_trial_goes_on_and_lies_above_a_trial(void)
{
	make_root();
	make("/tmp/changes");
	make("/tmp/below");
	child_write("/tmp/changes/file", "");
	expect_error(IN_ROOT("userns", "no", "ephemeralDir", "/tmp/changes"), ENOTEMPTY,
		     "ephemeral", "/tmp/changes: is not empty",
		     "mkdir DIR, and {ephemeralDir=DIR}");
	child_write("/tmp/changes/manifest", "");
	const char *const *words = IN_ROOT("userns", "no", "ephemeralDir", "/tmp/changes");
	assert_true(has_line(words, "resume      /tmp/changes"));
	assert_true(has_line(words, "stacked"));
	assert_false(has_line(words, "stack       /tmp/below"));
	words = IN_ROOT("userns", "no", "lower", "/tmp/below");
	assert_true(has_line(words, "stack       /tmp/below"));
	assert_true(has_line(words, "stacked"));
	words = IN_ROOT("userns", "no");
	assert_false(has_line(words, "stacked"));
	expect_error(IN_ROOT("userns", "no", "lower", "/tmp/nonesuch"), ENOENT, "lower",
		     "/tmp/nonesuch: No such file or directory", "");
}

static void the_hosts_own_root_is_overlaid(void)
{
	enter_world();
	make_and_mount("/home");
	make_and_mount("/run/user");
	make_and_mount("/dev/shm");
	make("/srv");
	make_and_mount("/srv/proc");
	assert_int_equal(mount("proc", "/srv/proc", "proc", 0, NULL), 0);
	expect_lines(HOSTS, "layer", "mount",
		     "layer 0 /\nlayer 1 /home\nscratch mode=0755\nwork 2 upper\nwork 3 work\n"
		     "overlay / 0 2 3 " OFF " -\nwork 2 upper-1\nwork 3 work-1\n"
		     "overlay /home 1 2 3 " OFF " -\n");
}

/* If the host's resolv.conf links to a file in /run, the plan writes a copy of the file, because
 * the container has its own /run. */
static void the_name_server_is_kept(void)
{
	enter_world();
	make("/run/resolver");
	child_write("/run/resolver/conf", "nameserver x\n");
	assert_int_equal(symlink("/run/resolver/conf", "/etc/resolv.conf"), 0);
#define CONF "write       /run/resolver/conf 0644 $'nameserver x\\x0a'"
	assert_true(has_line(HOSTS, CONF));
	make("/root");
	make("/root/etc");
	assert_int_equal(symlink("/run/resolver/conf", "/root/etc/resolv.conf"), 0);
	assert_true(has_line(WORDS("chroot", "/root"), CONF));
	assert_int_equal(unlink("/root/etc/resolv.conf"), 0);
	child_write("/root/etc/resolv.conf", "");
	assert_false(has_line(WORDS("chroot", "/root"), CONF));
	assert_int_equal(unlink("/run/resolver/conf"), 0);
	assert_false(has_line(HOSTS, CONF));
	assert_int_equal(unlink("/etc/resolv.conf"), 0);
	child_write("/etc/resolv.conf", "nameserver x\n");
	assert_false(has_line(HOSTS, CONF));
}

static void every_operation_names_the_option(void)
{
	int named = 0, roots = 0;

	make_root();
	make("/tmp/changes");
	void *plan = compiled(IN_ROOT("userns", "no", "ephemeralDir", "/tmp/changes"));
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_origin *origin = pf_origins_find(&plan_origins, i, EIO);
		if (!origin)
			continue;
		if (strcmp(origin->field, "chroot") == 0) { /* operations that open the root */
			roots++;
			continue;
		}
		named++;
		assert_string_equal(origin->field, "ephemeral");
		assert_string_equal(origin->text, "/tmp/changes");
	}
	assert_int_equal(roots, 2);
	assert_true(named >= 4);
	free(plan);
}

/* --- run by an ordinary user
 * ---------------------------------------------------------------------- */

static void without_mounts_below_one_overlay_does(void)
{
	make_root();
	make(ROOT "/dir");
	child_become(ALICE, ALICE);
	expect_lines(IN_ROOT("hostname", "x"), "layer", "mount",
		     "layer 0 " ROOT "\nsource 1 /dev/null\nsource 2 /dev/zero\n"
		     "source 3 /dev/full\nsource 4 /dev/random\nsource 5 /dev/urandom\n"
		     "source 6 /dev/tty\nsource 7 /sys\nsetid 12345 12345\nscratch mode=0755\n"
		     "work 8 upper\nwork 9 work\noverlay / 0 8 9 userxattr -\n");
}

/* A directory with a mount somewhere below it is a skeleton: a new directory in which symbolic
 * links are copied, files are bound, and directories without mounts are overlaid. */
static void the_way_to_a_mount_is_a_skeleton(void)
{
	enter_world();
	make("/var");
	make("/var/lib");
	make("/var/cache");
	child_write("/var/log", "");
	make_and_mount("/var/lib/data");
	make("/var/lib/data/dir");
	child_become(ALICE, ALICE);
	expect_parts(HOSTS, "bind /file\nbind /var/log\nmkdir /dev\nmkdir /proc\nmkdir /run\n"
			    "mkdir /sys\noverlay /etc\noverlay /tmp\noverlay /usr\n"
			    "overlay /var/cache\noverlay /var/lib/data\nskeleton /\n"
			    "skeleton /var\nskeleton /var/lib\nsymlink /bin\n");
	assert_true(has_line(HOSTS, "symlink     usr/bin /bin"));
}

/* The directory of a part is made before the part. Each overlay uses the layers that were opened
 * for this overlay. */
static void a_skeleton_is_made_from_the_top(void)
{
	int overlays = 0, ended = 0;

	enter_world();
	make("/var");
	make_and_mount("/var/data");
	child_become(ALICE, ALICE);
	void *plan = compiled(HOSTS);
	const char *opened[64] = {NULL};
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		if (op->code == PF_OP_layer || op->code == PF_OP_layer_entry ||
		    op->code == PF_OP_source || op->code == PF_OP_source_idle ||
		    op->code == PF_OP_work)
			opened[op->arg[0]] = pf_plan_string(plan, op->arg[1]);
		ended |= op->code == PF_OP_skeleton_end;
		if (op->code != PF_OP_overlay)
			continue;
		overlays++;
		assert_false(ended);
		assert_string_equal(opened[op->arg[1]], pf_plan_string(plan, op->arg[0]));
		assert_int_equal(strncmp(opened[op->arg[2]], "upper", 5), 0);
		assert_int_equal(strncmp(opened[op->arg[3]], "work", 4), 0);
		assert_string_equal(opened[op->arg[2]] + 5, opened[op->arg[3]] + 4);
	}
	assert_int_equal(overlays, 4);
	assert_true(ended);
	assert_int_equal(pf_plan_find(plan, PF_OP_skeleton)->arg[1], 0);
	free(plan);
}

static void modes_of_a_skeleton_are_those_of_the_host(void)
{
	enter_world();
	make("/var");
	make_and_mount("/var/data");
	assert_int_equal(chmod("/var", 02751), 0);
	assert_int_equal(chmod("/run", 0700), 0);
	assert_int_equal(chmod("/", 0711), 0);
	const char *const *words = WORDS("chdir", "/", "userMap", "0:0:65536");
	assert_true(has_line(words, "skeleton    / 0 0711"));
	assert_true(has_line(words, "mkdir       /run 0700"));
	void *plan = compiled(words);
	for (uint32_t i = 0; i < pf_plan_count(plan); i++) {
		const struct pf_op *op = pf_plan_op(plan, i);
		if (op->code != PF_OP_skeleton)
			continue;
		int is_top = strcmp(pf_plan_string(plan, op->arg[0]), "/") == 0;
		assert_int_equal(op->arg[2], is_top ? 0711 : 02751);
	}
	free(plan);
}

/* For root with a user namespace, the rules of an unprivileged user apply. */
static void root_with_maps_has_a_skeleton_too(void)
{
	enter_world();
	make_and_mount("/home");
	expect_parts(WORDS("chdir", "/", "userMap", "0:0:65536"),
		     "bind /file\nmkdir /dev\nmkdir /proc\nmkdir /run\nmkdir /sys\noverlay /etc\n"
		     "overlay /home\noverlay /tmp\noverlay /usr\nskeleton /\nsymlink /bin\n");
}

/* A directory that the user cannot enter is empty in the container. A directory that the user
 * cannot list is empty, too, if a mount is below the directory: to make a skeleton, pflask would
 * have to list the directory. Any other directory is overlaid. */
static void unreadable_directories_are_empty(void)
{
	enter_world();
	make("/secret");
	make("/searched");
	make("/hiding");
	make("/hiding/inside");
	make_and_mount("/hiding/inside/data");
	assert_int_equal(chmod("/secret", 0700), 0);
	assert_int_equal(chmod("/searched", 0711), 0);
	assert_int_equal(chmod("/hiding", 0700), 0);
	child_become(ALICE, ALICE);
	expect_parts(HOSTS, "bind /file\nmkdir /dev\nmkdir /hiding\nmkdir /proc\nmkdir /run\n"
			    "mkdir /secret\nmkdir /sys\noverlay /etc\noverlay /searched\n"
			    "overlay /tmp\noverlay /usr\nskeleton /\nsymlink /bin\n");
	assert_true(has_line(HOSTS, "mkdir       /secret 0700"));
}

static void a_mount_that_cannot_be_overlaid_is_read_only(void)
{
	enter_world();
	child_write("/etc/machine-id", "");
	assert_int_equal(mount("/file", "/etc/machine-id", NULL, MS_BIND, NULL), 0);
	assert_int_equal(mkfifo("/fifo", 0644), 0);
	child_become(ALICE, ALICE);
	expect_parts(HOSTS, "bind /etc/machine-id\nbind /etc/passwd\nbind /fifo\nbind /file\n"
			    "mkdir /dev\nmkdir /proc\nmkdir /run\nmkdir /sys\noverlay /tmp\n"
			    "overlay /usr\nskeleton /\nskeleton /etc\nsymlink /bin\n");
}

/* The container has the mount point of a kernel file system as an empty directory. */
static void a_kernel_filesystem_is_an_empty_place(void)
{
	enter_world();
	make("/srv");
	make("/srv/proc");
	assert_int_equal(mount("proc", "/srv/proc", "proc", 0, NULL), 0);
	child_become(ALICE, ALICE);
	expect_parts(HOSTS, "bind /file\nmkdir /dev\nmkdir /proc\nmkdir /run\nmkdir /srv/proc\n"
			    "mkdir /sys\noverlay /etc\noverlay /tmp\noverlay /usr\nskeleton /\n"
			    "skeleton /srv\nsymlink /bin\n");
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(a_root_is_overlaid),
	IN_CHILD(every_filesystem_below_is_overlaid),
	IN_CHILD(mounts_below_kernel_file_systems_are_left_out),
	IN_CHILD(mounts_of_deleted_files_are_hidden),
	IN_CHILD(what_is_mounted_below_is_mapped_too),
	IN_CHILD(a_root_may_be_read_only_too),
	IN_CHILD(changes_may_go_to_a_directory),
	IN_CHILD(a_trial_goes_on_and_lies_above_a_trial),
	IN_CHILD(the_hosts_own_root_is_overlaid),
	IN_CHILD(the_name_server_is_kept),
	IN_CHILD(every_operation_names_the_option),
	IN_CHILD(without_mounts_below_one_overlay_does),
	IN_CHILD(the_way_to_a_mount_is_a_skeleton),
	IN_CHILD(a_skeleton_is_made_from_the_top),
	IN_CHILD(modes_of_a_skeleton_are_those_of_the_host),
	IN_CHILD(root_with_maps_has_a_skeleton_too),
	IN_CHILD(unreadable_directories_are_empty),
	IN_CHILD(a_mount_that_cannot_be_overlaid_is_read_only),
	IN_CHILD(a_kernel_filesystem_is_an_empty_place),
};

UNIT_MAIN(tests)
