/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the list of a container's changes. The kernel makes the overlays with these changes. */
#define _GNU_SOURCE
#include "scene.h"

#include <sys/socket.h>
#include <sys/un.h>
#include <sys/xattr.h>

static const char *changes(void **state, const char *lower, const char *container)
{
	struct scene scene = {lower, container, .look = scene_list, .user = scene_is_user(state)};

	return scene_text(&scene);
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
			      .act_upper = require_copies, .look = scene_list,
			      .user = scene_is_user(state)};

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
			      .look = scene_list,
			      .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "M /d\nA /e/a\nM /gone\nM /more\nM /other\n");
}

static void set_note(const char *path, const char *name, const char *value)
{
	char key[64];

	snprintf(key, sizeof(key), "trusted.overlay.%s", name);
	if (lsetxattr(path, key, value, strlen(value), 0) < 0) {
		MUST(errno == EPERM); /* expected in a user namespace */
		snprintf(key, sizeof(key), "user.overlay.%s", name);
		set(path, key, value);
	}
}

/* Attributes that other programs write into upper directories. */
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
			      .act_upper = write_notes, .look = scene_list,
			      .user = scene_is_user(state)};

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
			      .act_container = make_socket, .look = scene_list_jsonl,
			      .user = scene_is_user(state)};

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

/* Lists the changes of two overlays as one array. */
static void scene_list_json_twice(const struct pf_overlay *overlay, int out)
{
	struct pf_overlay other = *overlay;

	other.path = "/m";
	scene_list_as(overlay, PF_CHANGES_JSON, out);
	scene_list_as(&other, PF_CHANGES_JSON, out);
	MUST(pf_end_changes(PF_CHANGES_JSON, out) == 0);
}

static void json_is_one_array_for_all_overlays(void **state)
{
	struct scene scene = {"mkdir d", "mkdir a d/b", .look = scene_list_json_twice,
			      .user = scene_is_user(state)};
	struct scene none = {.look = scene_list_json_twice, .user = scene_is_user(state)};

#define JSON_DIRECTORY(path)                                                        \
	"{\"path\":\"" path "\",\"kind\":\"A\",\"type\":\"dir\",\"mode\":\"0755\"," \
	"\"uid\":0,\"gid\":0}"
	assert_string_equal(
		scene_text(&scene),
		"[\n" JSON_DIRECTORY("/a") ",\n" JSON_DIRECTORY("/d/b") ",\n" JSON_DIRECTORY(
			"/m/a") ",\n" JSON_DIRECTORY("/m/d/b") "\n]\n");
	assert_string_equal(scene_text(&none), "[]\n");
}

static void devices_are_not_opened(void **state)
{
	struct scene scene = {
		"mknod c c 1 5; mknod m c 1 3; touch -d @1 m; mknod same c 1 7; : >f",
		"mknod b b 200 7; rm m; mknod m c 1 5; touch -d @1 m; rm f; mkfifo f; rm c;"
		"chmod 0600 same; chmod 0644 same",
		.look = scene_list_jsonl};

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

/* Names with control characters and with malformed UTF-8. */
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
		scene_make_file(odd_names[i]);
}

static void a_line_is_a_path_whatever_its_name(void **state)
{
	struct scene scene = {
		.act_container = make_odd_names, .look = scene_list, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "A /\\x01\\x1b[31m\\x7f\nA /a\\x0aD b\n"
						"A /back\\x5cslash\nA /c1-\\xc2\\x9b\n"
						"A /e\xcc\x81-\xc3\xa9-\xe2\x82\xac\n"
						"A /long-\xf0\x9f\x98\x80\n"
						"A /no-\\xed\\xa0\\x80\\xc0\\xaf\\xf5\n"
						"A /quote\"\nA /raw-\\x9b\\xff\nA /\\xe2\\x82\n");
}

/* Returns the paths of a list of changes in JSON. */
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
	struct scene scene = {.act_container = make_odd_names,
			      .look = scene_list_jsonl,
			      .user = scene_is_user(state)};

	assert_string_equal(
		json_paths(scene_text(&scene)),
		"/\\u0001\\u001b[31m\\u007f\n/a\\u000aD b\n/back\\u005cslash\n/c1-\\u009b\n"
		"/e\xcc\x81-\xc3\xa9-\xe2\x82\xac\n/long-\xf0\x9f\x98\x80\n"
		"/no-\\udced\\udca0\\udc80\\udcc0\\udcaf\\udcf5\n/quote\\u0022\n"
		"/raw-\\udc9b\\udcff\n/\\udce2\\udc82\n");
}

/* --- the interface ---------------------------------------------------------------------------- */

static void list_below_home(const struct pf_overlay *overlay, int out)
{
	struct pf_overlay home = *overlay;

	home.path = "/ho\nme";
	scene_list(&home, out);
	home.lowerdir = -1;
	scene_list(&home, out);
}

static void a_layer_has_a_place_and_maybe_no_lower_directory(void **state)
{
	struct scene scene = {"mkdir d; : >d/e", "chmod 0700 .; rm d/e; : >d/f",
			      .look = list_below_home, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "M /ho\\x0ame\nD /ho\\x0ame/d/e\nA /ho\\x0ame/d/f\n"
						"A /ho\\x0ame\nA /ho\\x0ame/d\nA /ho\\x0ame/d/f\n");
}

static void list_skeleton(const struct pf_overlay *overlay, int out)
{
	struct pf_overlay skeleton = *overlay;

	skeleton.is_skeleton = 1;
	scene_list(&skeleton, out);
}

static void places_of_other_layers_are_not_compared(void **state)
{
	struct scene scene = {"mkdir d; : >f; mkdir gone",
			      "chmod 0700 .; echo 1 >f; : >d/new; mkdir e; : >e/f; rmdir gone",
			      .look = list_skeleton, .user = scene_is_user(state)};

	assert_string_equal(scene_text(&scene), "A /e\nA /e/f\nD /gone\n");
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
	SCENE_TEST(json_is_one_array_for_all_overlays),
	cmocka_unit_test(devices_are_not_opened),
	SCENE_TEST(a_line_is_a_path_whatever_its_name),
	SCENE_TEST(json_has_any_name),
	SCENE_TEST(a_layer_has_a_place_and_maybe_no_lower_directory),
	SCENE_TEST(places_of_other_layers_are_not_compared),
};

SCENE_MAIN(tests)
