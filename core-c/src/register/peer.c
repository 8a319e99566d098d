/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "peer.h"

#include <errno.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/cleanup.h"

static int knows_pids(int fd)
{
	struct ucred peer = {0};
	socklen_t length = sizeof(peer);

	/* The pid is 0 if the process is not in the caller's pid namespace. */
	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &length) == 0 && peer.pid > 0;
}

int pf_peer_connect(const char *path, char why[PF_RTNL_TEXT])
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	PF_CLEANUP_FD int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	if (knows_pids(fd))
		return pf_steal_fd(&fd);
	strcpy(why, "machined is in another pid namespace");
	return -EXDEV;
}

int pf_peer_send(int fd, const void *bytes, size_t size)
{
	ssize_t n = sendto(fd, bytes, size, MSG_NOSIGNAL, NULL, 0);

	return n < 0 ? -errno : (size_t)n < size ? -EMSGSIZE : 0;
}

int pf_peer_receive(int fd, void *ret, size_t size, const struct pf_patience *patience)
{
	int left;

	if (size == 0)
		return -EMSGSIZE;
	while ((left = pf_patience_left(patience)) > 0) {
		struct pollfd wait = {.fd = fd, .events = POLLIN};
		if (poll(&wait, 1, left) <= 0)
			continue;
		ssize_t n = read(fd, ret, size);
		return n < 0 ? -errno : n == 0 ? -ECONNRESET : (int)n;
	}
	return pf_patience_end(patience);
}

/* Compares the last word of the error name, which is the same in Varlink and D-Bus. */
int pf_peer_errno(const char *name)
{
	static const struct {
		unsigned char number;
		char word[35];
	} errors[] = {
		{EEXIST, "MachineExists"},
		{EPERM, "AccessDenied"},
		{EPERM, "PermissionDenied"},
		{EPERM, "InteractiveAuthorizationRequired"},
		{EPERM, "InteractiveAuthenticationRequired"},
		{ENOENT, "ServiceUnknown"},
		{ENOENT, "NoSuchUnit"},
		{EOPNOTSUPP, "InvalidParameter"},
		{EOPNOTSUPP, "MethodNotFound"},
		{EOPNOTSUPP, "InterfaceNotFound"},
	};
	const char *dot = strrchr(name, '.');

	for (size_t i = 0; dot && i < sizeof(errors) / sizeof(errors[0]); i++)
		if (strcmp(dot + 1, errors[i].word) == 0)
			return -errors[i].number;
	return -EIO;
}
