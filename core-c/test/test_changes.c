/* SPDX-License-Identifier: BSD-2-Clause */
/* What a container changed is listed: on overlays of the kernel, with what only hostility does. */
#define _GNU_SOURCE
#include "scene.h"

#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

static void list_as(const struct pf_layer *layer, enum pf_changes_format format, int out)
{
	const char *path = NULL;
	int r = pf_changes(layer, format, out, &path);

	if (r < 0)
		dprintf(out, "%s: %s\n", path ? path : "output", strerror(-r));
}

static void list(const struct pf_layer *layer, int out)
{
	list_as(layer, PF_CHANGES_TEXT, out);
}

static void list_json(const struct pf_layer *layer, int out)
{
	list_as(layer, PF_CHANGES_JSON, out);
}

static int is_user(void **state)
{
	return *(const int *)*state;
}

static const char *changes(void **state, const char *lower, const char *container)
{
	struct scene scene = {lower, container, .look = list, .user = is_user(state)};

	return scene_text(&scene);
}

static void make_file(const char *path)
{
	int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);

	MUST(fd >= 0 && close(fd) == 0);
}

static void nothing_is_listed_where_nothing_changed(void **state)
{
	assert_string_equal(changes(state, "mkdir d; echo a >d/a", "cat d/a >/dev/null"), "");
}

static void what_is_new_is_added(void **state)
{
	assert_string_equal(
		changes(state, "mkdir d", "echo 1 >b; echo 2 >d/f; mkdir d/e; : >d/e/x"),
		"A /b\nA /d/e\nA /d/e/x\nA /d/f\n");
}

static void what_is_gone_is_deleted(void **state)
{
	assert_string_equal(
		changes(state, "mkdir -p d/e; echo >d/e/f; echo >g; ln -s g h", "rm -r d g h"),
		"D /d\nD /g\nD /h\n");
}

static void what_came_and_went_is_not_listed(void **state)
{
	assert_string_equal(
		changes(state, "mkdir d", "mkdir d/e; echo >d/e/f; echo >g; rm -r d/e g"), "");
}

static void a_directory_made_anew_hides_what_was_in_it(void **state)
{
	assert_string_equal(
		changes(state,
			"mkdir -p d/e; echo 1 >d/a; echo 2 >d/e/f; echo 3 >d/z; echo 4 >d/e/g",
			"rm -r d; mkdir -p d/e; echo new >d/b; echo new >d/e/f"),
		"D /d/a\nA /d/b\nM /d/e/f\nD /d/e/g\nD /d/z\n");
}

static void a_directory_made_anew_as_it_was_is_not_listed(void **state)
{
	assert_string_equal(changes(state,
				    "mkdir -p d/e; echo 1 >d/e/a; touch -d @1000000000 d/e/a",
				    "cp -a d/e x; rm -r d; mkdir d; mv x d/e"),
			    "");
}

static void a_changed_type_is_modified(void **state)
{
	assert_string_equal(
		changes(state, "mkdir a b; echo 1 >a/x; echo 2 >b/x; echo 3 >c; ln -s c d",
			"rm -r a b c d; echo 4 >a; ln -s / b; mkdir c d; echo 5 >c/y; : >d/y"),
		"M /a\nM /b\nM /c\nA /c/y\nM /d\nA /d/y\n");
}

static void mode_and_owner_are_compared(void **state)
{
	assert_string_equal(
		changes(state, "mkdir d e f; for i in d/a d/b d/c e/a f/a; do : >$i; done",
			"chmod 4755 d/a; chown 1 d/b; chgrp 1 d/c; chmod 0700 e; chown 2 f"),
		"M /d/a\nM /d/b\nM /d/c\nM /e\nM /f\n");
}

static void the_root_is_compared_too(void **state)
{
	assert_string_equal(changes(state, ": >a", "chmod 0711 ."), "M /\n");
}

static void the_time_of_a_file_is_compared_and_not_that_of_a_directory(void **state)
{
	assert_string_equal(changes(state, "mkdir d; : >a; : >d/b; ln -s a l",
				    "touch -d @1 a d; touch -h -d @1 l; touch -r d/b b; mv b d/b"),
			    "M /a\nM /l\n");
}

static void require_copies(void)
{
	struct stat status;

	MUST(stat("a", &status) == 0 && stat("d/b", &status) == 0);
}

static void what_was_only_opened_is_not_listed(void **state)
{
	struct scene scene = {"mkdir d; echo 1 >a; echo 2 >d/b", ": >>a; ln d/b c; rm c",
			      .act_upper = require_copies, .look = list, .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "");
}

static void content_is_compared_where_all_else_is_equal(void **state)
{
	assert_string_equal(
		changes(state,
			"head -c 200000 /dev/zero >a; cp a b; ln -s 1 l; touch -d @1 a b; touch "
			"-hd @1 l",
			"printf x | dd of=a bs=1 seek=150000 conv=notrunc 2>/dev/null; touch -d @1 "
			"a;"
			"printf '\\0' | dd of=b bs=1 conv=notrunc 2>/dev/null; touch -d @1 b;"
			"ln -sfn 2 l; touch -hd @1 l"),
		"M /a\nM /l\n");
}

static void a_hard_link_is_added(void **state)
{
	assert_string_equal(changes(state, "echo 1 >a; ln a b", "ln a c"), "A /c\n");
}

static void a_renamed_file_is_deleted_and_added(void **state)
{
	assert_string_equal(changes(state, "mkdir d; : >a; : >d/b", "mv a b; mv d e"),
			    "D /a\nA /b\nD /d\nA /e\nA /e/b\n");
}

static void set(const char *path, const char *key, const char *value)
{
	MUST(lsetxattr(path, key, value, strlen(value), 0) == 0);
}

static void give_attributes(void)
{
	set("same", "user.k", "1");
	set("other", "user.k", "1");
	set("gone", "user.k", "1");
	set("e", "user.k", "1");
}

static void change_attributes(void)
{
	set("d", "user.k", "2");
	set("more", "user.k", "2");
	set("other", "user.k", "2");
	MUST(removexattr("gone", "user.k") == 0);
}

static void attributes_are_compared(void **state)
{
	struct scene scene = {"mkdir d e; : >same; : >more; : >other; : >gone",
			      ": >>same; : >e/a; chmod 0600 same; chmod 0644 same",
			      .act_lower = give_attributes,
			      .act_container = change_attributes,
			      .look = list,
			      .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "M /d\nA /e/a\nM /gone\nM /more\nM /other\n");
}

static void set_note(const char *path, const char *name, const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), "trusted.overlay.%s", name);
	if (lsetxattr(path, key, value, strlen(value), 0) < 0) {
		MUST(errno == EPERM); /* a user namespace */
		snprintf(key, sizeof(key), "user.overlay.%s", name);
		set(path, key, value);
	}
}

/* What other programs write into upper directories. */
static void write_notes(void)
{
	scene_shell("mkdir x y z r; : >x/a; : >x/new; : >full; echo 1 >full");
	set_note("x", "opaque", "x");
	set_note("x/a", "whiteout", "");
	set_note("x/new", "whiteout", "y");
	set_note("full", "whiteout", "");
	set_note("y", "opaque", "yes");
	set_note("z", "opaque", "y");
	set_note("r", "redirect", "/x");
	set_note(".", "opaque", "y");
	set_note(".", "origin", "some");
}

static void notes_of_overlayfs_are_understood(void **state)
{
	struct scene scene = {"mkdir x y z; for i in x y z; do echo >$i/a; echo >$i/b; done; : >o",
			      .act_upper = write_notes, .look = list, .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "A /full\nA /r\nD /x/a\nD /z/a\nD /z/b\n");
}

static void a_whiteout_of_nothing_is_nothing(void **state)
{
	assert_string_equal(changes(state, "mkdir d; : >d/a", "rm -r d; mkdir d; : >d/a; rm d/a"),
			    "D /d/a\n");
}

static void make_socket(void)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	MUST(fd >= 0 && bind(fd, (void *)&address, sizeof(address)) == 0);
	close(fd);
}

static void json_has_what_there_is(void **state)
{
	struct scene scene = {"echo 12345 >old; mkdir -m 1777 gone; : >mod",
			      "rm -r old gone; echo 1234567 >mod; chown 3:4 mod; chmod 4711 mod;"
			      "mkdir -m 2750 dir; ln -s /nowhere symlink; mkfifo -m 600 fifo",
			      .act_container = make_socket, .look = list_json,
			      .user = is_user(state)};

	assert_string_equal(
		scene_text(&scene),
		"{\"path\":\"/"
		"dir\",\"kind\":\"A\",\"type\":\"dir\",\"mode\":\"2750\",\"uid\":0,\"gid\":0}\n"
		"{\"path\":\"/"
		"fifo\",\"kind\":\"A\",\"type\":\"fifo\",\"mode\":\"0600\",\"uid\":0,\"gid\":0,"
		"\"size\":0}\n"
		"{\"path\":\"/"
		"gone\",\"kind\":\"D\",\"type\":\"dir\",\"mode\":\"1777\",\"uid\":0,\"gid\":0}\n"
		"{\"path\":\"/"
		"mod\",\"kind\":\"M\",\"type\":\"file\",\"mode\":\"4711\",\"uid\":3,\"gid\":4,"
		"\"size\":8}\n"
		"{\"path\":\"/"
		"old\",\"kind\":\"D\",\"type\":\"file\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,"
		"\"size\":6}\n"
		"{\"path\":\"/"
		"socket\",\"kind\":\"A\",\"type\":\"socket\",\"mode\":\"0755\",\"uid\":0,"
		"\"gid\":0,\"size\":0}\n"
		"{\"path\":\"/"
		"symlink\",\"kind\":\"A\",\"type\":\"symlink\",\"mode\":\"0777\",\"uid\":0,"
		"\"gid\":0,\"size\":8}\n");
}

static void devices_are_not_opened(void **state)
{
	struct scene scene = {
		"mknod c c 1 5; mknod m c 1 3; touch -d @1 m; mknod same c 1 7; : >f",
		"mknod b b 200 7; rm m; mknod m c 1 5; touch -d @1 m; rm f; mkfifo f; rm c;"
		"chmod 0600 same; chmod 0644 same",
		.look = list_json};

	(void)state;
	assert_string_equal(
		scene_text(&scene),
		"{\"path\":\"/"
		"b\",\"kind\":\"A\",\"type\":\"block\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,"
		"\"size\":0}\n"
		"{\"path\":\"/"
		"c\",\"kind\":\"D\",\"type\":\"char\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,"
		"\"size\":0}\n"
		"{\"path\":\"/"
		"f\",\"kind\":\"M\",\"type\":\"fifo\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,"
		"\"size\":0}\n"
		"{\"path\":\"/"
		"m\",\"kind\":\"M\",\"type\":\"char\",\"mode\":\"0644\",\"uid\":0,\"gid\":0,"
		"\"size\":0}\n");
}

/* Names that are more than they seem. */
static const char *const odd_names[] = {
	"\x01\x1b[31m\x7f",
	"a\nD b",
	"back\\slash",
	"c1-\xc2\x9b",
	"e\xcc\x81-\xc3\xa9-\xe2\x82\xac",
	"long-\xf0\x9f\x98\x80",
	"no-\xed\xa0\x80\xc0\xaf\xf5",
	"quote\"",
	"raw-\x9b\xff",
	"\xe2\x82",
};

static void make_odd_names(void)
{
	for (size_t i = 0; i < UNIT_COUNT(odd_names); i++)
		make_file(odd_names[i]);
}

static void a_line_is_a_path_whatever_its_name(void **state)
{
	struct scene scene = {
		.act_container = make_odd_names, .look = list, .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "A /\\x01\\x1b[31m\\x7f\nA /a\\x0aD b\n"
						"A /back\\x5cslash\nA /c1-\\xc2\\x9b\n"
						"A /e\xcc\x81-\xc3\xa9-\xe2\x82\xac\n"
						"A /long-\xf0\x9f\x98\x80\n"
						"A /no-\\xed\\xa0\\x80\\xc0\\xaf\\xf5\n"
						"A /quote\"\nA /raw-\\x9b\\xff\nA /\\xe2\\x82\n");
}

/* Keeps the path of each line only. */
static const char *json_paths(const char *json)
{
	static char paths[4096];
	char *end = paths;

	for (const char *line = json; *line; line = strchr(line, '\n') + 1) {
		size_t length = (size_t)(strstr(line, "\",\"kind\"") - line);
		memcpy(end, line + 9, length - 9);
		end += length - 9;
		*end++ = '\n';
	}
	*end = '\0';
	return paths;
}

static void json_has_any_name(void **state)
{
	struct scene scene = {
		.act_container = make_odd_names, .look = list_json, .user = is_user(state)};

	assert_string_equal(
		json_paths(scene_text(&scene)),
		"/\\u0001\\u001b[31m\\u007f\n/a\\u000aD b\n/back\\u005cslash\n/c1-\\u009b\n"
		"/e\xcc\x81-\xc3\xa9-\xe2\x82\xac\n/long-\xf0\x9f\x98\x80\n"
		"/no-\\udced\\udca0\\udc80\\udcc0\\udcaf\\udcf5\n/quote\\u0022\n"
		"/raw-\\udc9b\\udcff\n/\\udce2\\udc82\n");
}

/* --- size and hostility ----------------------------------------------------------------------- */

#define MIXED 0 /* as a length: names of all lengths */

/* Writes the name of file `i` of a large directory: they sort in the order of `i`. */
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
		large_name(name, i * 7919 % to, length); /* in another order: 7919 is a prime */
		make_file(name);
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
		.act_container = make_5000_short, .look = list, .user = is_user(state)};

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

/* 5000 is even, so that the product of make_files() keeps what is even and what is odd. */
static void large_opaque_directories_are_sorted(void **state)
{
	struct scene scene = {.act_lower = make_even,
			      .act_container = make_odd_anew,
			      .look = list,
			      .user = is_user(state)};
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

#define DEPTH 15  /* directories in each other, with long names: close to PATH_MAX */
#define WIDTH 600 /* names beside each of them, far more than there is memory for */

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
	struct scene scene = {
		.act_container = make_wide_and_deep, .look = list, .user = is_user(state)};
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
			make_file("f");
	}
	MUST(fchdir(before) == 0 && close(before) == 0);
	make_file("z");
}

/* A path that no system call takes is an error, in the end: the rest is listed. */
static void an_abyss_is_listed_as_far_as_paths_go(void **state)
{
	struct scene scene = {.act_upper = make_abyss, .look = list, .user = is_user(state)};
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
	assert_string_equal(
		changes(state,
			"mkdir -p d/etc e f; : >e/new; : >f/a; ln -s e l; ln -s / r; ln -s .. u",
			"rm -r d; ln -s / d; ln -s /proc/self/root p; ln -s loop loop; rm l r u; "
			"mkdir l r;"
			": >l/new; : >r/etc; rm -r f; ln -s e f"),
		"M /d\nM /f\nM /l\nA /l/new\nA /loop\nA /p\nM /r\nA /r/etc\nD /u\n");
}

/* Another filesystem in either tree is none of the overlay. */
static void mount_below(const struct pf_layer *layer, int out)
{
	MUST(mount("tmpfs", "upper/d", "tmpfs", 0, "mode=0700") == 0);
	make_file("upper/d/x");
	list(layer, out);
	MUST(umount("upper/d") == 0);
}

static void other_mounts_are_not_entered(void **state)
{
	struct scene scene = {"mkdir d", "mkdir d/e; : >f", .look = mount_below,
			      .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "M /d\nA /f\n/d: Invalid cross-device link\n");
}

/* --- the interface ---------------------------------------------------------------------------- */

static void list_below_home(const struct pf_layer *layer, int out)
{
	struct pf_layer home = *layer;

	home.path = "/ho\nme";
	list(&home, out);
	home.lower = -1;
	list(&home, out);
}

static void a_layer_has_a_place_and_maybe_no_lower_directory(void **state)
{
	struct scene scene = {"mkdir d; : >d/e", "chmod 0700 .; rm d/e; : >d/f",
			      .look = list_below_home, .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "M /ho\\x0ame\nD /ho\\x0ame/d/e\nA /ho\\x0ame/d/f\n"
						"A /ho\\x0ame\nA /ho\\x0ame/d\nA /ho\\x0ame/d/f\n");
}

static void list_skeleton(const struct pf_layer *layer, int out)
{
	struct pf_layer skeleton = *layer;

	skeleton.skeleton = 1;
	list(&skeleton, out);
}

static void places_of_other_layers_are_not_compared(void **state)
{
	struct scene scene = {"mkdir d; : >f; mkdir gone",
			      "chmod 0700 .; echo 1 >f; : >d/new; mkdir e; : >e/f; rmdir gone",
			      .look = list_skeleton, .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "A /e\nA /e/f\nD /gone\n");
}

static void list_to_nowhere(const struct pf_layer *layer, int out)
{
	const char *path = "unset";
	int full = open("/dev/full", O_WRONLY | O_CLOEXEC), ends[2];

	MUST(full >= 0 && pipe2(ends, O_CLOEXEC) == 0 && signal(SIGPIPE, SIG_IGN) != SIG_ERR);
	close(ends[0]);
	MUST(pf_changes(layer, PF_CHANGES_TEXT, full, &path) == -ENOSPC && path == NULL);
	MUST(pf_changes(layer, PF_CHANGES_JSON, ends[1], &path) == -EPIPE && path == NULL);
	MUST(pf_changes(layer, PF_CHANGES_JSON, layer->upper, &path) == -EBADF && path == NULL);
	close(ends[1]);
	close(full);
	dprintf(out, "done\n");
}

static void errors_of_the_output_are_returned(void **state)
{
	struct scene scene = {
		.act_container = make_5000_long, .look = list_to_nowhere, .user = is_user(state)};

	assert_string_equal(scene_text(&scene), "done\n");
	scene.act_container = NULL;
	scene.container = ": >a";
	assert_string_equal(scene_text(&scene), "done\n");
}

static void list_to_slow_reader(const struct pf_layer *layer, int out)
{
	char buffer[1000];
	ssize_t n;
	int ends[2], waiting, status;

	MUST(pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
	pid_t child = fork();
	if (child == 0) {
		close(ends[0]);
		list(layer, ends[1]);
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
			      .user = is_user(state)};

	assert_5000(scene_text(&scene), NAME_MAX);
}

static const struct CMUnitTest tests[] = {
	SCENE_TEST(nothing_is_listed_where_nothing_changed),
	SCENE_TEST(what_is_new_is_added),
	SCENE_TEST(what_is_gone_is_deleted),
	SCENE_TEST(what_came_and_went_is_not_listed),
	SCENE_TEST(a_directory_made_anew_hides_what_was_in_it),
	SCENE_TEST(a_directory_made_anew_as_it_was_is_not_listed),
	SCENE_TEST(a_changed_type_is_modified),
	SCENE_TEST(mode_and_owner_are_compared),
	SCENE_TEST(the_root_is_compared_too),
	SCENE_TEST(the_time_of_a_file_is_compared_and_not_that_of_a_directory),
	SCENE_TEST(what_was_only_opened_is_not_listed),
	SCENE_TEST(content_is_compared_where_all_else_is_equal),
	SCENE_TEST(a_hard_link_is_added),
	SCENE_TEST(a_renamed_file_is_deleted_and_added),
	SCENE_TEST(attributes_are_compared),
	SCENE_TEST(notes_of_overlayfs_are_understood),
	SCENE_TEST(a_whiteout_of_nothing_is_nothing),
	SCENE_TEST(json_has_what_there_is),
	cmocka_unit_test(devices_are_not_opened),
	SCENE_TEST(a_line_is_a_path_whatever_its_name),
	SCENE_TEST(json_has_any_name),
	SCENE_TEST(large_directories_are_sorted),
	SCENE_TEST(large_opaque_directories_are_sorted),
	SCENE_TEST(large_directories_in_each_other_are_sorted),
	SCENE_TEST(an_abyss_is_listed_as_far_as_paths_go),
	SCENE_TEST(symbolic_links_are_never_followed),
	SCENE_TEST(other_mounts_are_not_entered),
	SCENE_TEST(a_layer_has_a_place_and_maybe_no_lower_directory),
	SCENE_TEST(places_of_other_layers_are_not_compared),
	SCENE_TEST(errors_of_the_output_are_returned),
	SCENE_TEST(a_full_pipe_is_waited_for),
};

SCENE_MAIN(tests)
