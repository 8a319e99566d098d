/* SPDX-License-Identifier: BSD-2-Clause */
/* Verbs that examine and change paths and mounts, and print the results. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <mqueue.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "probe.h"

static const char *type_name(mode_t mode)
{
	if (S_ISREG(mode))
		return "file";
	if (S_ISDIR(mode))
		return "directory";
	if (S_ISLNK(mode))
		return "link";
	if (S_ISCHR(mode))
		return "character";
	if (S_ISBLK(mode))
		return "block";
	return S_ISFIFO(mode) ? "fifo" : "socket";
}

/* stat PATH...: prints type, mode, owner and device number of a file. For a symbolic link, prints
 * the properties of the link itself, and its target. */
static int status(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		char target[PATH_MAX];
		struct stat info;
		ssize_t length = readlink(words[i], target, sizeof(target) - 1);

		if (lstat(words[i], &info) < 0) {
			printf("stat.%s %s\n", words[i], outcome(-1));
			continue;
		}
		printf("stat.%s %s %04o %u:%u %u:%u", words[i], type_name(info.st_mode),
		       (unsigned)info.st_mode & 07777, info.st_uid, info.st_gid,
		       major(info.st_rdev), minor(info.st_rdev));
		if (length >= 0)
			printf(" %.*s", (int)length, target);
		printf("\n");
	}
	return 0;
}

/* where PATH...: prints device and inode number of the file to which a path leads. */
static int where(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		struct stat info;

		if (stat(words[i], &info) < 0)
			printf("where.%s %s\n", words[i], outcome(-1));
		else
			printf("where.%s %lu:%lu\n", words[i], (unsigned long)info.st_dev,
			       (unsigned long)info.st_ino);
	}
	return 0;
}

static int list(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		DIR *directory = opendir(words[i]);
		struct dirent *entry;

		if (!directory) {
			printf("ls.%s! %s\n", words[i], outcome(-1));
			continue;
		}
		while ((entry = readdir(directory)))
			if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
				printf("ls.%s %s\n", words[i], entry->d_name);
		closedir(directory);
	}
	return 0;
}

/* read PATH...: prints the result of read(2), and the first bytes up to the end of the line. */
static int read_files(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		char text[128] = "";
		int fd = open(words[i], O_RDONLY | O_NONBLOCK | O_CLOEXEC);
		ssize_t length = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

		printf("read.%s %s", words[i], outcome(length));
		if (length >= 0)
			printf(" %zd %.*s", length, (int)strcspn(text, "\n"), text);
		printf("\n");
		close(fd);
	}
	return 0;
}

static int copy_out(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		char text[65536];
		int fd = open(words[i], O_RDONLY | O_CLOEXEC);
		ssize_t length;

		while ((length = read(fd, text, sizeof(text))) > 0)
			fwrite(text, 1, (size_t)length, stdout);
		close(fd);
	}
	return 0;
}

/* write PATH [TEXT]: opens a file for writing, and writes the text, if given. */
static int write_file(int count, char **words)
{
	long result;
	int fd;

	if (count < 2)
		misused("write PATH [TEXT]");
	result = fd = open(words[1], O_WRONLY | O_CLOEXEC);
	if (fd >= 0 && count > 2)
		result = write(fd, words[2], strlen(words[2]));
	printf("write.%s %s\n", words[1], outcome(result));
	close(fd);
	return 0;
}

/* attribute PATH KEY VALUE: sets an extended attribute of a path. */
static int set_attribute(int count, char **words)
{
	if (count < 4)
		misused("attribute PATH KEY VALUE");
	int r = setxattr(words[1], words[2], words[3], strlen(words[3]), 0);
	printf("attribute.%s %s\n", words[1], outcome(r));
	return 0;
}

/* attributes PATH KEY...: prints extended attributes of a path. */
static int attributes(int count, char **words)
{
	for (int i = 2; i < count; i++) {
		char value[256];
		ssize_t n = getxattr(words[1], words[i], value, sizeof(value));

		printf("attributes.%s %s %.*s\n", words[1], outcome(n < 0 ? -1 : 0),
		       n < 0 ? 0 : (int)n, value);
	}
	return 0;
}

static int create(int count, char **words)
{
	for (int i = 1; i < count; i++) {
		int fd = open(words[i], O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);

		printf("create.%s %s\n", words[i], outcome(fd));
		close(fd);
	}
	return 0;
}

static int make_directories(int count, char **words)
{
	for (int i = 1; i < count; i++)
		printf("mkdir.%s %s\n", words[i], outcome(mkdir(words[i], 0777)));
	return 0;
}

static int remove_files(int count, char **words)
{
	for (int i = 1; i < count; i++)
		printf("rm.%s %s\n", words[i], outcome(remove(words[i])));
	return 0;
}

static int make_node(int count, char **words)
{
	if (count < 4)
		misused("mknod PATH MAJOR MINOR");
	printf("mknod.%s %s\n", words[1],
	       outcome(mknod(words[1], S_IFCHR | 0666,
			     makedev(number(words[2]), number(words[3])))));
	return 0;
}

static int mount_new(int count, char **words)
{
	if (count < 3)
		misused("mount TYPE TARGET");
	printf("mount.%s %s\n", words[2], outcome(mount(words[1], words[2], words[1], 0, NULL)));
	return 0;
}

static int mount_bind(int count, char **words)
{
	if (count < 3)
		misused("bind SOURCE TARGET");
	printf("bind.%s %s\n", words[2], outcome(mount(words[1], words[2], NULL, MS_BIND, NULL)));
	return 0;
}

/* remount-rw PATH: tries to make a read-only mount writable. */
static int remount(int count, char **words)
{
	if (count < 2)
		misused("remount-rw PATH");
	printf("remount.%s %s\n", words[1],
	       outcome(mount(NULL, words[1], NULL, MS_REMOUNT | MS_BIND, NULL)));
	return 0;
}

static int unmount(int count, char **words)
{
	if (count < 2)
		misused("umount PATH");
	printf("umount.%s %s\n", words[1], outcome(umount2(words[1], MNT_DETACH)));
	return 0;
}

static int mounts(int count, char **words)
{
	FILE *file = fopen("/proc/self/mountinfo", "re");
	char line[4096];

	(void)count;
	(void)words;
	if (!file) {
		printf("mount! %s\n", outcome(-1));
		return 0;
	}
	while (fgets(line, sizeof(line), file))
		printf("mount %s", line);
	fclose(file);
	return 0;
}

/*
 * Escapes from chroot(2) in the classic way. After a second chroot(2) below the first, the working
 * directory is outside the new root. From that directory, ".." leads up to the real root.
 */
static int escape(int count, char **words)
{
	char directory[] = "/escape-XXXXXX";
	struct stat before, after;

	(void)count;
	(void)words;
	stat("/", &before);
	if (!mkdtemp(directory) || chroot(directory) < 0) {
		printf("escape %s\n", outcome(-1));
		return 0;
	}
	for (int i = 0; i < 64; i++)
		if (chdir("..") < 0)
			break;
	if (chroot(".") < 0 || stat("/", &after) < 0) {
		printf("escape %s\n", outcome(-1));
		return 0;
	}
	rmdir(directory);
	printf("escape %s\n",
	       before.st_dev == after.st_dev && before.st_ino == after.st_ino ? "caught" : "free");
	return 0;
}

/* Tries POSIX shared memory, which needs /dev/shm, and a POSIX message queue. */
static int posix_ipc(int count, char **words)
{
	int shm = shm_open("/probe-shm", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	mqd_t queue = mq_open("/probe-queue", O_RDWR | O_CREAT | O_CLOEXEC, 0600, NULL);

	(void)count;
	(void)words;
	printf("shm %s\nshm.file %s\n", outcome(shm), outcome(access("/dev/shm/probe-shm", F_OK)));
	printf("queue %s\nqueue.file %s\n", outcome(queue),
	       outcome(access("/dev/mqueue/probe-queue", F_OK)));
	return 0;
}

/* Tries to open the program of pid 1 for writing (CVE-2019-5736). */
static int overwrite_init(int count, char **words)
{
	char path[64], target[PATH_MAX] = "";
	int fd = open("/proc/1/exe", O_RDONLY | O_CLOEXEC);
	int again;

	(void)count;
	(void)words;
	printf("init.read %s\n", outcome(fd));
	printf("init.exe %s %s\n", outcome(readlink("/proc/1/exe", target, sizeof(target) - 1)),
	       target);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	again = open(path, O_WRONLY | O_CLOEXEC);
	printf("init.write %s\n", outcome(again));
	if (again >= 0)
		printf("init.overwritten %s\n", outcome(write(again, "\177", 1)));
	if (fd >= 0)
		printf("init.seals %d\n", fcntl(fd, F_GET_SEALS));
	return 0;
}

/* exchange A B: exchanges two names again and again, until the process is killed. */
static int exchange(int count, char **words)
{
	if (count < 3)
		misused("exchange A B");
	printf("ready\n");
	fflush(stdout);
	while (syscall(SYS_renameat2, AT_FDCWD, words[1], AT_FDCWD, words[2], 2 /* exchange */) ==
	       0)
		;
	printf("exchange %s\n", outcome(-1));
	return 1;
}

static int move(int count, char **words)
{
	if (count < 2)
		misused("cd PATH");
	printf("cd %s\n", outcome(chdir(words[1])));
	return 0;
}

const struct verb file_verbs[] = {
	{"stat", status, false},
	{"where", where, false},
	{"ls", list, false},
	{"read", read_files, false},
	{"cat", copy_out, false},
	{"write", write_file, false},
	{"attribute", set_attribute, false},
	{"attributes", attributes, false},
	{"create", create, false},
	{"mkdir", make_directories, false},
	{"rm", remove_files, false},
	{"mknod", make_node, false},
	{"mount", mount_new, false},
	{"bind", mount_bind, false},
	{"remount-rw", remount, false},
	{"umount", unmount, false},
	{"mounts", mounts, false},
	{"escape", escape, false},
	{"posix-ipc", posix_ipc, false},
	{"overwrite-init", overwrite_init, false},
	{"exchange", exchange, false},
	{"cd", move, false},
	{NULL, NULL, false},
};
