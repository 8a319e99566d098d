/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests control directories and their sockets. */
#define _GNU_SOURCE
#include "common/protocol/control_dir.h"

#include <errno.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>

#include "child.h"
#include "common/cleanup.h"

#define DIRECTORY "/tmp/pflask"

static int open_it(void)
{
	int fd = pf_control_dir_open(DIRECTORY, geteuid(), 1);

	assert_true(fd >= 0);
	return fd;
}

static void a_directory_is_made_for_its_owner_alone(void)
{
	struct stat status;

	umask(0);
	assert_int_equal(pf_control_dir_open(DIRECTORY, geteuid(), 0), -ENOENT);
	close(open_it());
	assert_int_equal(stat(DIRECTORY, &status), 0);
	assert_int_equal(status.st_mode, S_IFDIR | 0700);
	close(open_it());
}

static void a_directory_that_others_may_enter_is_refused(void)
{
	static const mode_t modes[] = {0750, 0701, 0707, 0770, 01777};

	close(open_it());
	for (size_t i = 0; i < UNIT_COUNT(modes); i++) {
		assert_int_equal(chmod(DIRECTORY, modes[i]), 0);
		assert_int_equal(pf_control_dir_open(DIRECTORY, geteuid(), 1), -EACCES);
	}
}

static void a_directory_of_another_user_is_refused(void)
{
	close(open_it());
	assert_int_equal(pf_control_dir_open(DIRECTORY, geteuid() + 1, 0), -EACCES);
	assert_int_equal(chown(DIRECTORY, 12345, 0), 0);
	assert_int_equal(pf_control_dir_open(DIRECTORY, geteuid(), 1), -EACCES);
}

static void a_link_or_a_file_is_not_a_directory(void)
{
	assert_int_equal(mkdir("/tmp/real", 0700), 0);
	assert_int_equal(symlink("/tmp/real", DIRECTORY), 0);
	assert_int_equal(pf_control_dir_open(DIRECTORY, geteuid(), 1), -ENOTDIR);
	unlink(DIRECTORY);
	child_write(DIRECTORY, "");
	assert_int_equal(pf_control_dir_open(DIRECTORY, geteuid(), 1), -ENOTDIR);
}

static void listening_monitors_are_found(void)
{
	PF_CLEANUP_FD int directory = open_it();
	assert_int_equal(pf_control_socket_connect(directory, "a.sock"), -ENOENT);
	PF_CLEANUP_FD int server = pf_control_socket_listen(directory, "a.sock");
	assert_true(server >= 0);
	PF_CLEANUP_FD int client = pf_control_socket_connect(directory, "a.sock");
	assert_true(client >= 0);
	PF_CLEANUP_FD int accepted = accept4(server, NULL, NULL, SOCK_CLOEXEC);
	assert_true(accepted >= 0);
	assert_int_equal(fcntl(client, F_GETFD), FD_CLOEXEC);
	assert_int_equal(fcntl(server, F_GETFD), FD_CLOEXEC);
}

static void a_name_is_unique_and_free_after_its_owner_is_gone(void)
{
	PF_CLEANUP_FD int directory = open_it();
	int server = pf_control_socket_listen(directory, "a.sock");
	assert_true(server >= 0);
	assert_int_equal(pf_control_socket_listen(directory, "a.sock"), -EADDRINUSE);
	pf_control_socket_clean(directory, "a.sock");
	PF_CLEANUP_FD int other = pf_control_socket_listen(directory, "b.sock");
	assert_true(other >= 0);
	close(server);
	assert_int_equal(pf_control_socket_connect(directory, "a.sock"), -ECONNREFUSED);
	PF_CLEANUP_FD int again = pf_control_socket_listen(directory, "a.sock");
	assert_true(again >= 0);
	PF_CLEANUP_FD int client = pf_control_socket_connect(directory, "a.sock");
	assert_true(client >= 0);
}

static void files_that_are_not_sockets_stay(void)
{
	PF_CLEANUP_FD int directory = open_it();

	child_write(DIRECTORY "/a.sock", "a file");
	assert_int_equal(pf_control_socket_connect(directory, "a.sock"), -ECONNREFUSED);
	assert_int_equal(pf_control_socket_listen(directory, "a.sock"), -EADDRINUSE);
	pf_control_socket_clean(directory, "a.sock");
	assert_int_equal(access(DIRECTORY "/a.sock", F_OK), 0);
}

static void a_dead_socket_is_cleaned(void)
{
	PF_CLEANUP_FD int directory = open_it();

	close(pf_control_socket_listen(directory, "a.sock"));
	assert_int_equal(access(DIRECTORY "/a.sock", F_OK), 0);
	pf_control_socket_clean(directory, "a.sock");
	assert_int_equal(access(DIRECTORY "/a.sock", F_OK), -1);
	pf_control_socket_clean(directory, "none.sock");
}

static void a_socket_with_many_clients_is_not_dead(void)
{
	int clients[1024], count = 0;
	PF_CLEANUP_FD int directory = open_it();
	PF_CLEANUP_FD int server = pf_control_socket_listen(directory, "a.sock");

	while (count < 1024 &&
	       (clients[count] = pf_control_socket_connect(directory, "a.sock")) >= 0)
		count++;
	assert_true(count < 1024);
	assert_int_equal(clients[count], -EAGAIN);
	pf_control_socket_clean(directory, "a.sock");
	assert_int_equal(access(DIRECTORY "/a.sock", F_OK), 0);
	while (count > 0)
		close(clients[--count]);
}

static void a_name_that_is_too_long_is_an_error(void)
{
	char name[PF_CONTROL_FILE + 1];
	PF_CLEANUP_FD int directory = open_it();

	memset(name, 'a', PF_CONTROL_FILE);
	name[PF_CONTROL_FILE] = '\0';
	assert_int_equal(pf_control_socket_listen(directory, name), -ENAMETOOLONG);
	assert_int_equal(pf_control_socket_connect(directory, name), -ENAMETOOLONG);
	name[PF_CONTROL_FILE - 1] = '\0';
	PF_CLEANUP_FD int server = pf_control_socket_listen(directory, name);
	assert_true(server >= 0);
}

static void a_lock_has_one_owner_and_a_time_limit(void)
{
	PF_CLEANUP_FD int one = open_it();
	PF_CLEANUP_FD int other = open_it();

	assert_int_equal(pf_control_dir_lock(one), 0);
	assert_int_equal(pf_control_dir_lock(other), 0);
	assert_int_equal(flock(other, LOCK_EX | LOCK_NB), -1);
	flock(one, LOCK_UN);
	assert_int_equal(pf_control_dir_lock(other), 0);
	assert_int_equal(flock(one, LOCK_EX | LOCK_NB), -1);
	flock(other, LOCK_UN);
	assert_int_equal(rmdir(DIRECTORY), 0);
	assert_int_equal(pf_control_dir_lock(one), -ENOENT);
}

static const struct CMUnitTest tests[] = {
	IN_CHILD(a_directory_is_made_for_its_owner_alone),
	IN_CHILD(a_directory_that_others_may_enter_is_refused),
	IN_CHILD(a_directory_of_another_user_is_refused),
	IN_CHILD(a_link_or_a_file_is_not_a_directory),
	IN_CHILD(listening_monitors_are_found),
	IN_CHILD(a_name_is_unique_and_free_after_its_owner_is_gone),
	IN_CHILD(files_that_are_not_sockets_stay),
	IN_CHILD(a_dead_socket_is_cleaned),
	IN_CHILD(a_socket_with_many_clients_is_not_dead),
	IN_CHILD(a_name_that_is_too_long_is_an_error),
	IN_CHILD(a_lock_has_one_owner_and_a_time_limit),
};

UNIT_MAIN(tests)
