/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Makes system calls for which some C libraries have no function. Each wrapper returns the kernel's
 * result: a value, or -errno.
 */
#ifndef PF_SYS_H
#define PF_SYS_H

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <linux/mount.h>
#include <linux/openat2.h>
#include <linux/sched.h>
#include <linux/stat.h>
#include <signal.h>
#include <stdint.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

/* The bits O_RDONLY, O_WRONLY and O_RDWR of open(2). O_ACCMODE of musl also has the bit of
 * O_PATH. */
#define PF_ACCESS_MODE 3

static inline int pf_sys_result(long r)
{
	return r < 0 ? -errno : (int)r;
}

/* Opens a path below dirfd (openat2(2)). With RESOLVE_IN_ROOT, dirfd acts as the root directory:
 * absolute symbolic links and ".." stay inside. The kernel returns EAGAIN if a rename races with a
 * "..", so the function tries several times. */
static inline int pf_openat2(int dirfd, const char *path, int flags, uint64_t resolve)
{
	struct open_how how = {.flags = (uint64_t)flags | O_CLOEXEC, .resolve = resolve};
	int fd = -EAGAIN;

	for (int i = 0; i < 64 && fd == -EAGAIN; i++)
		fd = pf_sys_result(syscall(SYS_openat2, dirfd, path, &how, sizeof(how)));
	return fd;
}

/* Makes a file in memory. glibc has memfd_create(2) only since 2.27. */
static inline int pf_memfd_create(const char *name, unsigned flags)
{
	return pf_sys_result(syscall(SYS_memfd_create, name, flags));
}

/* Call open(2) and fcntl(2) F_DUPFD_CLOEXEC without the functions of the C library. musl's
 * functions set close-on-exec a second time, by a further system call, for kernels that ignore the
 * flag. */
static inline int pf_open(const char *path, int flags)
{
	return pf_sys_result(syscall(SYS_openat, AT_FDCWD, path, flags | O_CLOEXEC, 0));
}

static inline int pf_dup(int fd, int least)
{
	return pf_sys_result(syscall(SYS_fcntl, fd, F_DUPFD_CLOEXEC, least));
}

static inline int pf_clone3(struct clone_args *args)
{
	return pf_sys_result(syscall(SYS_clone3, args, sizeof(*args)));
}

static inline int pf_pidfd_open(pid_t pid)
{
	return pf_sys_result(syscall(SYS_pidfd_open, pid, 0));
}

static inline int pf_pidfd_send_signal(int pidfd, int signal)
{
	return pf_sys_result(syscall(SYS_pidfd_send_signal, pidfd, signal, NULL, 0));
}

static inline int pf_close_range(unsigned first, unsigned last)
{
	return pf_sys_result(syscall(SYS_close_range, first, last, 0));
}

static inline int pf_open_tree(int dirfd, const char *path, unsigned flags)
{
	return pf_sys_result(syscall(SYS_open_tree, dirfd, path, flags | OPEN_TREE_CLOEXEC));
}

static inline int pf_statx_at(int dirfd, const char *path, int flags, unsigned mask,
			      struct statx *ret)
{
	return pf_sys_result(syscall(SYS_statx, dirfd, path, flags, mask, ret));
}

static inline int pf_statx(int fd, unsigned mask, struct statx *ret)
{
	return pf_statx_at(fd, "", AT_EMPTY_PATH, mask, ret);
}

/* Reads a status as pf_statx() does, but never asks the server of a network file system. */
static inline int pf_statx_idle(int fd, unsigned mask, struct statx *ret)
{
	return pf_statx_at(fd, "", AT_EMPTY_PATH | AT_STATX_DONT_SYNC, mask, ret);
}

/* Set only the ids of the calling thread. The functions of libc use signals to set the ids of all
 * threads. A process that shares its memory with another process must not call those functions. */
static inline int pf_setgroups(size_t count, const gid_t *groups)
{
	return pf_sys_result(syscall(SYS_setgroups, count, groups));
}

static inline int pf_set_ids(uid_t uid, gid_t gid)
{
	int r = pf_sys_result(syscall(SYS_setresgid, gid, gid, gid));
	return r < 0 ? r : pf_sys_result(syscall(SYS_setresuid, uid, uid, uid));
}

/* Forbids other processes to trace the calling process and to look into its /proc/PID. From then
 * on, tracing and looking require CAP_SYS_PTRACE in the user namespace in which the program was
 * executed. Root of a container does not have this capability (ptrace(2), ptrace access mode
 * checking). With fs.suid_dumpable=1, a change of ids allows tracing and looking again
 * (PR_SET_DUMPABLE(2const)). */
static inline void pf_forbid_tracing(void)
{
	prctl(PR_SET_DUMPABLE, 0);
}

/* Attaches the mount of the descriptor `from` to `name` in the directory of the descriptor `to`, or
 * to `to` itself if the name is "". Does not follow a link. */
static inline int pf_move_mount(int from, int to, const char *name)
{
	return pf_sys_result(syscall(SYS_move_mount, from, "", to, name,
				     MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH));
}

/* The attributes for a bind of a single device node of the host: the device stays writable, but
 * chmod and chown of the node fail. */
#define PF_HOST_DEVICE (MOUNT_ATTR_RDONLY | MOUNT_ATTR_NOSUID | MOUNT_ATTR_NOEXEC)

/* Sets and clears attributes of a descriptor's mount (mount_setattr(2), Linux 5.12). */
static inline int pf_mount_setattr(int fd, unsigned flags, uint64_t set, uint64_t clear)
{
	struct mount_attr attr = {.attr_set = set, .attr_clr = clear};
	return pf_sys_result(
		syscall(SYS_mount_setattr, fd, "", flags | AT_EMPTY_PATH, &attr, sizeof(attr)));
}

/* Makes a detached mount tree idmapped: a user namespace maps the owners of its files. In the same
 * call, takes the tree out of the host's peer group (mount_namespaces(7)). Otherwise, new mounts in
 * the tree would also appear on the host. */
static inline int pf_mount_idmap(int fd, int userns)
{
	struct mount_attr attr = {.attr_set = MOUNT_ATTR_IDMAP,
				  .propagation = MS_SLAVE,
				  .userns_fd = (uint64_t)userns};
	return pf_sys_result(syscall(SYS_mount_setattr, fd, "", AT_EMPTY_PATH | AT_RECURSIVE, &attr,
				     sizeof(attr)));
}

static inline int pf_fsopen(const char *type)
{
	return pf_sys_result(syscall(SYS_fsopen, type, FSOPEN_CLOEXEC));
}

static inline int pf_fsconfig(int fd, unsigned command, const char *key, const char *value)
{
	return pf_sys_result(syscall(SYS_fsconfig, fd, command, key, value, 0));
}

static inline int pf_fsmount(int fd, unsigned attributes)
{
	return pf_sys_result(syscall(SYS_fsmount, fd, FSMOUNT_CLOEXEC, attributes));
}

static inline int pf_renameat2(int from, const char *name, int to, const char *new_name,
			       unsigned flags)
{
	return pf_sys_result(syscall(SYS_renameat2, from, name, to, new_name, flags));
}

static inline int pf_pivot_root(const char *new_root, const char *put_old)
{
	return pf_sys_result(syscall(SYS_pivot_root, new_root, put_old));
}

#endif
