/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the environment of the command: the caller's environment, or a minimal environment. A later
 * variable replaces an earlier variable of the same name. */
#define _GNU_SOURCE
#include "unit.h"

#include <stdio.h>
#include <unistd.h>

#include "common/passwd.h"
#include "src/compile/environment.h"

static const struct pf_passwd_files host = {-1, -1, -1};

/* Returns the environment for a spec. `words` has fields and their values, and ends with NULL. */
static struct pf_strings environment(const char *const *words)
{
	struct pf_strings list = {0};
	struct pf_identity identity = {.knows_user = 1};
	pflask_spec *spec = pf_spec_new();

	for (; *words; words += 2)
		assert_int_equal(pf_spec_set(spec, words[0], words[1], &(struct pflask_error){0}),
				 0);
	assert_int_equal(pf_make_environment(spec, &identity, &host, &list), 0);
	assert_null(list.items[list.count]);
	pf_spec_free(spec);
	return list;
}

#define WORDS(...) ((const char *const[9]){__VA_ARGS__})

/* Returns how many times a list has the variable "NAME=VALUE". */
static int count(const struct pf_strings *list, const char *variable)
{
	int found = 0;

	for (size_t i = 0; i < list->count; i++)
		found += strcmp(list->items[i], variable) == 0;
	return found;
}

static int count_name(const struct pf_strings *list, const char *name)
{
	int found = 0;

	for (size_t i = 0; i < list->count; i++)
		found += strncmp(list->items[i], name, strlen(name)) == 0 &&
			 list->items[i][strlen(name)] == '=';
	return found;
}

static void an_environment_without_the_callers_variables(void **state)
{
	static const char *const names[] = {"PATH",    "HOME",  "USER",
					    "LOGNAME", "SHELL", "container"};

	(void)state;
	setenv("LD_PRELOAD_OF_THE_CALLER", "1", 1);
	unsetenv("TERM");
	struct pf_strings list = environment(WORDS("keepenv", "no"));
	for (size_t i = 0; i < UNIT_COUNT(names); i++)
		assert_int_equal(count_name(&list, names[i]), 1);
	assert_int_equal(list.count, UNIT_COUNT(names));
	assert_int_equal(count(&list, "container=pflask"), 1);
	pf_strings_clear(&list);
	unsetenv("LD_PRELOAD_OF_THE_CALLER");
}

static void the_user_is_named_where_known(void **state)
{
	struct pf_identity joe = {.has_user = 1,
				  .id = {7, 7},
				  .knows_user = 1,
				  .name = "joe",
				  .home = "/home/joe",
				  .shell = "/bin/zsh"};
	struct pf_strings list = {0};
	pflask_spec *spec = pf_spec_new();

	(void)state;
	setenv("HOME", "/home/caller", 1);
	setenv("SHELL", "/bin/caller", 1);
	assert_int_equal(pf_make_environment(spec, &joe, &host, &list), 0);
	assert_int_equal(count(&list, "USER=joe"), 1);
	assert_int_equal(count(&list, "LOGNAME=joe"), 1);
	assert_int_equal(count(&list, "HOME=/home/joe"), 1);
	assert_int_equal(count(&list, "SHELL=/bin/zsh"), 1);
	pf_strings_clear(&list);
	joe.name = joe.home = joe.shell = NULL;
	assert_int_equal(pf_spec_set(spec, "chroot", "/", &(struct pflask_error){0}), 0);
	assert_int_equal(pf_make_environment(spec, &joe, &host, &list), 0);
	assert_int_equal(count(&list, "USER=7"), 1);
	assert_int_equal(count(&list, "HOME=/"), 1);
	assert_int_equal(count(&list, "SHELL=/bin/sh"), 1);
	pf_strings_clear(&list);
	pf_spec_free(spec);
}

static void the_terminal_is_named(void **state)
{
	(void)state;
	setenv("TERM", "vt220", 1);
	struct pf_strings list = environment(WORDS(NULL));
	assert_int_equal(count(&list, "TERM=vt220"), 1);
	pf_strings_clear(&list);
	unsetenv("TERM");
	list = environment(WORDS("terminal", "yes"));
	assert_int_equal(count(&list, "TERM=linux"), 1);
	pf_strings_clear(&list);
}

static int keeps(const char *const *words)
{
	struct pf_strings list = environment(words);
	int kept = count(&list, "OF_THE_CALLER=a=b");

	assert_int_equal(count(&list, "container=pflask"), 1);
	assert_int_equal(count_name(&list, "container"), 1);
	pf_strings_clear(&list);
	return kept;
}

static void the_callers_is_kept_on_the_hosts_files(void **state)
{
	(void)state;
	setenv("OF_THE_CALLER", "a=b", 1);
	setenv("container", "outer", 1);
	assert_true(keeps(WORDS(NULL)));
	assert_true(keeps(WORDS("ephemeral", "yes")));
	assert_true(keeps(WORDS("chroot", "/", "keepenv", "yes")));
	assert_false(keeps(WORDS("chroot", "/")));
	assert_false(keeps(WORDS("keepenv", "no")));
	assert_false(keeps(WORDS("ephemeral", "yes", "command", "/sbin/init")));
	assert_true(keeps(WORDS("ephemeral", "yes", "command", "/sbin/init", "keepenv", "yes")));
	assert_false(keeps(WORDS("ephemeral", "yes", "keepenv", "no")));
	unsetenv("OF_THE_CALLER");
	unsetenv("container");
}

static void what_the_caller_has_is_not_changed(void **state)
{
	static const char *const own[] = {"HOME=/h", "USER=u", "LOGNAME=l", "SHELL=/s",
					  "PATH=/p", "TERM=t", "PWD=/d"};

	(void)state;
	for (size_t i = 0; i < UNIT_COUNT(own); i++)
		assert_int_equal(putenv((char *)own[i]), 0);
	struct pf_strings list = environment(WORDS("terminal", "yes"));
	for (size_t i = 0; i < UNIT_COUNT(own); i++)
		assert_int_equal(count(&list, own[i]), 1);
	pf_strings_clear(&list);
	list = environment(WORDS("chdir", "/x"));
	assert_int_equal(count_name(&list, "PWD"), 0);
	pf_strings_clear(&list);
	assert_int_equal(clearenv(), 0);
}

static void some_shells_refuse_logins(void **state)
{
	(void)state;
	assert_true(pf_is_shell("/bin/zsh"));
	assert_true(pf_is_shell("/opt/nologin/bin/fish"));
	assert_false(pf_is_shell(NULL));
	assert_false(pf_is_shell(""));
	assert_false(pf_is_shell("zsh"));
	assert_false(pf_is_shell("/usr/sbin/nologin"));
	assert_false(pf_is_shell("/bin/false"));
}

static void what_is_set_replaces_what_is_there(void **state)
{
	(void)state;
	struct pf_strings list = environment(
		WORDS("setenv", "A=1", "setenv", "AB=2", "setenv", "A=", "setenv", "PATH=/x"));
	assert_int_equal(count_name(&list, "A"), 1);
	assert_int_equal(count(&list, "A="), 1);
	assert_int_equal(count(&list, "AB=2"), 1);
	assert_int_equal(count(&list, "PATH=/x"), 1);
	assert_int_equal(count_name(&list, "PATH"), 1);
	pf_strings_clear(&list);
}

/* A caller can have two variables of one name: programs that the caller runs get both. */
static void a_name_that_the_caller_has_twice(void **state)
{
	static char *twice[] = {"A=1", "B=2", "A=3", "B=4", NULL};
	char **before = environ;

	(void)state;
	environ = twice;
	struct pf_strings list = environment(WORDS("setenv", "B=5"));
	environ = before;
	assert_string_equal(list.items[0], "A=1");
	assert_string_equal(list.items[1], "A=3");
	assert_int_equal(count(&list, "B=5"), 1);
	assert_int_equal(count_name(&list, "B"), 1);
	pf_strings_clear(&list);
}

/* execve(2) also takes strings that are not NAME=VALUE. */
static void what_is_no_variable(void **state)
{
	static char *odd[] = {"PATH", "HOME", "A", "", NULL};
	char **before = environ;

	(void)state;
	environ = odd;
	struct pf_strings list = environment(WORDS("setenv", "A=1"));
	environ = before;
	assert_non_null(pf_find_variable(&list, "PATH"));
	assert_non_null(pf_find_variable(&list, "HOME"));
	assert_string_equal(pf_find_variable(&list, "A"), "1");
	pf_strings_clear(&list);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(an_environment_without_the_callers_variables),
	cmocka_unit_test(the_user_is_named_where_known),
	cmocka_unit_test(the_terminal_is_named),
	cmocka_unit_test(the_callers_is_kept_on_the_hosts_files),
	cmocka_unit_test(what_the_caller_has_is_not_changed),
	cmocka_unit_test(some_shells_refuse_logins),
	cmocka_unit_test(what_is_set_replaces_what_is_there),
	cmocka_unit_test(a_name_that_the_caller_has_twice),
	cmocka_unit_test(what_is_no_variable),
};

UNIT_MAIN(tests)
