/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the /etc/resolv.conf of a container (resolv_conf.h). */
#define _GNU_SOURCE
#include "resolv_conf.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd_path.h"
#include "common/path_below.h"
#include "common/sys.h"
#include "pasta.h"

#define MAX_LINKS 40   /* maximum number of links on a path, as in the kernel */
#define MAX_TEXT 16384 /* maximum size of a resolv.conf; the rest is left out */

static const char resolv_conf[] = "/etc/resolv.conf";

/* Opens the host's resolv.conf, if it is a regular file: opening a fifo or a device can have
 * effects, or block for ever. Returns a descriptor or -1. */
static int open_host(void)
{
	char path[PF_FD_PATH];
	struct stat status;
	PF_CLEANUP_FD int place = open(resolv_conf, O_PATH | O_CLOEXEC);

	if (place < 0 || fstat(place, &status) < 0 || !S_ISREG(status.st_mode))
		return -1;
	pf_fd_path(place, path);
	return open(path, O_RDONLY | O_CLOEXEC);
}

/* Reads as many whole lines of the host's resolv.conf as fit. Returns 0 if there is no such
 * file. */
static int read_host(char ret[MAX_TEXT])
{
	PF_CLEANUP_FD int fd = open_host();
	FILE *file = fd < 0 ? NULL : fdopen(fd, "r");

	if (!file)
		return 0;
	pf_steal_fd(&fd);
	size_t size = fread(ret, 1, MAX_TEXT - 1, file);
	fclose(file);
	ret[size] = '\0';
	if (size == MAX_TEXT - 1 && strrchr(ret, '\n'))
		strrchr(ret, '\n')[1] = '\0';
	return 1;
}

/* --- a network by pasta ----------------------------------------------------------------------- */

int pf_compile_has_resolv_conf(const struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;

	return compiler->net_program && spec->mountns &&
	       (spec->chroot || access(resolv_conf, F_OK) == 0);
}

/* Tells whether a line of the host's resolv.conf is kept: search, domain or options. */
static int is_kept(const char *line)
{
	static const char words[][8] = {"search", "domain", "options"};
	size_t length = strcspn(line, " \t");

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (strlen(words[i]) == length && memcmp(line, words[i], length) == 0)
			return 1;
	return 0;
}

/* Writes a resolv.conf with the name server of the network program, and the search, domain and
 * options lines of the host's file. The host's own name servers are often on its loopback, which
 * the container cannot reach. */
void pf_compile_resolv_conf(struct pf_compiler *compiler)
{
	char host[MAX_TEXT], text[MAX_TEXT + 64];
	char *rest = read_host(host) ? host : NULL, *line;
	size_t used = (size_t)snprintf(text, sizeof(text), "nameserver %s\n",
				       compiler->is_pasta ? PF_PASTA_SERVER : PF_SLIRP_SERVER);

	while ((line = strsep(&rest, "\n")))
		if (is_kept(line))
			used += (size_t)snprintf(text + used, sizeof(text) - used, "%s\n", line);
	PF_ENCODE(&compiler->encoder, text, PF_S(resolv_conf), PF_S(text));
}

/* --- a fresh /run ----------------------------------------------------------------------------- */

/* A path during its resolution: the part without links, and the rest. */
struct walk {
	char done[PATH_MAX], rest[PATH_MAX];
	int links;
};

/* Takes the first component of the rest. Returns 0 if nothing is left, or if the component is too
 * long. */
static int take_component(struct walk *walk, char ret_name[NAME_MAX + 1])
{
	size_t slashes = strspn(walk->rest, "/");
	size_t length = strcspn(walk->rest + slashes, "/");

	if (length == 0 || length > NAME_MAX)
		return 0;
	memcpy(ret_name, walk->rest + slashes, length);
	ret_name[length] = '\0';
	memmove(walk->rest, walk->rest + slashes + length,
		strlen(walk->rest + slashes + length) + 1);
	return 1;
}

static void go_up(struct walk *walk)
{
	char *slash = strrchr(walk->done, '/');

	if (slash)
		*slash = '\0';
}

/* If the last component of the resolved part is a link, follows it. Returns 0 if the path leads
 * nowhere. */
static int follow(struct walk *walk, int root)
{
	char target[2 * PATH_MAX];
	PF_CLEANUP_FD int fd = pf_openat2(root, walk->done, O_PATH | O_NOFOLLOW, RESOLVE_IN_ROOT);
	if (fd < 0)
		return 0;
	ssize_t n = readlinkat(fd, "", target, PATH_MAX - 1);
	if (n < 0) /* not a link; ENOENT: the path is empty */
		return 1;
	if (snprintf(target + n, PATH_MAX, "/%s", walk->rest) >= PATH_MAX - n ||
	    ++walk->links > MAX_LINKS)
		return 0;
	strcpy(walk->rest, target);
	if (*target == '/')
		*walk->done = '\0';
	else
		go_up(walk);
	return 1;
}

/* Tells whether the root's /etc/resolv.conf is a link that leads below /run. `ret` gets the path.
 * Does not look into the root's own /run, which a new /run covers. */
static int leads_into_run(int root, char ret[PATH_MAX])
{
	struct walk walk = {.done = ""};
	char name[NAME_MAX + 1];

	strcpy(walk.rest, resolv_conf);
	while (take_component(&walk, name)) {
		size_t length = strlen(walk.done);
		if (strcmp(name, ".") == 0)
			continue;
		if (strcmp(name, "..") == 0) {
			go_up(&walk);
			continue;
		}
		if (length + 1 + strlen(name) >= PATH_MAX)
			return 0;
		snprintf(walk.done + length, PATH_MAX - length, "/%s", name);
		if (!pf_lies_in(walk.done, "/run") && !follow(&walk, root))
			return 0;
	}
	strcpy(ret, walk.done);
	return walk.rest[strspn(walk.rest, "/")] == '\0' && pf_lies_in(ret, "/run");
}

/* Tells whether an operation already makes this path in the new /run. */
static int is_taken(const char *path)
{
	return strcmp(path, "/run") == 0 || pf_lies_in(path, "/run/host") ||
	       pf_lies_in(path, "/run/lock");
}

/* Writes a copy, and not a bind mount of the host's file, because programs in the container may
 * replace the file. */
void pf_compile_run_resolv_conf(struct pf_compiler *compiler)
{
	char path[PATH_MAX], text[MAX_TEXT];
	PF_CLEANUP_FD int host =
		compiler->root_fd < 0 ? open("/", O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;

	if (pf_compile_has_resolv_conf(compiler) ||
	    !leads_into_run(compiler->root_fd < 0 ? host : compiler->root_fd, path) ||
	    is_taken(path) || !read_host(text))
		return;
	PF_ENCODE(&compiler->encoder, write, PF_S(path), PF_N(0644), PF_S(text));
}
