/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes sealed memory files (memfd.h). */
#define _GNU_SOURCE
#include "memfd.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>

#include "common/cleanup.h"
#include "common/sys.h"

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U /* since Linux 6.3 */
#endif

#define SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)
#define SEAL_TRIES 20

/* Makes a memfd. Before Linux 6.3, the kernel has neither MFD_EXEC nor MFD_NOEXEC_SEAL, and makes
 * every memfd executable. */
static int create(const char *name, int executable)
{
	const unsigned flags = MFD_CLOEXEC | MFD_ALLOW_SEALING;
	int fd = pf_memfd_create(name, flags | (executable ? MFD_EXEC : MFD_NOEXEC_SEAL));

	return fd == -EINVAL ? pf_memfd_create(name, flags) : fd;
}

/* Seals a memfd. Tries again on EBUSY, which the kernel returns while a page of the file is in use,
 * for instance by memory reclaim (memfd_wait_for_pins() of Linux). Returns 0 or -errno. */
static int seal(int fd)
{
	int error = EBUSY;

	for (int i = 0; i < SEAL_TRIES && error == EBUSY; i++)
		error = fcntl(fd, F_ADD_SEALS, SEALS) < 0 ? errno : 0;
	return -error;
}

int pf_make_memfd(const char *name, const void *data, size_t size, int executable)
{
	PF_CLEANUP_FD int fd = create(name, executable);
	if (fd < 0)
		return fd;
	for (size_t done = 0; done < size;) {
		ssize_t n = write(fd, (const char *)data + done, size - done);
		if (n < 0 && errno != EINTR)
			return -errno;
		done += n > 0 ? (size_t)n : 0;
	}
	int r = seal(fd);
	return r < 0 ? r : pf_steal_fd(&fd);
}
