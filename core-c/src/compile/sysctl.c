/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles kernel settings, sysctl(8) (sysctl.h). */
#define _GNU_SOURCE
#include "sysctl.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "net.h"
#include "src/base/error.h"

#define MOST_PATH 128
#define MOST_VALUE 4000 /* maximum size of a value; the kernel takes less than a page */

/* The kinds of namespaces to which settings belong. */
enum owner { NET, IPC, UTS, USER, NONE };

/* The settings that belong to a namespace, by their paths below /proc/sys. A path that ends with a
 * slash stands for all settings in a directory. */
static const struct {
	char path[24];
	uint8_t owner;
} known[] = {
	{"net/", NET},
	{"fs/mqueue/", IPC},
	{"kernel/msgmax", IPC},
	{"kernel/msgmnb", IPC},
	{"kernel/msgmni", IPC},
	{"kernel/msg_next_id", IPC},
	{"kernel/sem", IPC},
	{"kernel/sem_next_id", IPC},
	{"kernel/shmall", IPC},
	{"kernel/shmmax", IPC},
	{"kernel/shmmni", IPC},
	{"kernel/shm_next_id", IPC},
	{"kernel/shm_rmid_forced", IPC},
	{"kernel/hostname", UTS},
	{"kernel/domainname", UTS},
	{"user/", USER},
};

/* A setting that each network namespace can change for all namespaces. */
static const char shared[] = "net/netfilter/nf_hooks_lwtunnel";

static int refuse(struct pf_compiler *compiler, const char *text, const char *why, const char *hint)
{
	int r = pf_error_field(compiler->error, "sysctl", 0, "%s: %s", text, why);

	pf_error_hint(compiler->error, "%s", hint);
	return r;
}

/* Writes the path of a setting below /proc/sys. If the first separator of the name is '.', all '.'
 * become '/', and '/' becomes '.': net.ipv4.conf.eth0/1.forwarding belongs to the interface eth0.1
 * (sysctl(8)). Returns 0, or -EINVAL if the name is not a plain path. */
static int write_path(const char *text, char ret[MOST_PATH])
{
	size_t length = strcspn(text, "=");
	int is_dotted = text[strcspn(text, "./=")] == '.';

	if (length >= MOST_PATH)
		return -EINVAL;
	for (size_t i = 0; i < length; i++)
		ret[i] = !is_dotted       ? text[i]
			 : text[i] == '.' ? '/'
			 : text[i] == '/' ? '.'
					  : text[i];
	ret[length] = '\0';
	for (const char *part = ret;; part++) {
		length = strcspn(part, "/");
		if (length == 0 || (length <= 2 && strncmp(part, "..", length) == 0))
			return -EINVAL;
		part += length;
		if (*part == '\0')
			return 0;
	}
}

static enum owner owner_of(const char *path)
{
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		size_t length = strlen(known[i].path);
		int is_directory = known[i].path[length - 1] == '/';
		if (strncmp(path, known[i].path, length + !is_directory) == 0)
			return strcmp(path, shared) == 0 ? NONE : (enum owner)known[i].owner;
	}
	return NONE;
}

/* Tells whether the container joins the network namespace of the caller or of the host. */
static int joins_host(const struct pf_compiler *compiler)
{
	static const char paths[][20] = {"/proc/self/ns/net", "/proc/1/ns/net"};
	struct stat joined, host;

	if (!compiler->joined_netns.path || fstat(compiler->joined_netns.fd, &joined) < 0)
		return 0;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++)
		if (stat(paths[i], &host) == 0 && host.st_dev == joined.st_dev &&
		    host.st_ino == joined.st_ino)
			return 1;
	return 0;
}

static int check_net(struct pf_compiler *compiler, const char *text)
{
	if (joins_host(compiler))
		return refuse(compiler, text, "the joined network namespace is that of the host",
			      "{netns=yes}");
	if (pf_compile_has_other_net(compiler))
		return 0;
	return refuse(compiler, text, "requires a network namespace", "{netns=yes}");
}

static int check_owner(struct pf_compiler *compiler, const char *path, const char *text)
{
	const pflask_spec *spec = compiler->spec;

	switch (owner_of(path)) {
	case NET:
		return check_net(compiler, text);
	case IPC:
		return spec->ipcns ? 0
				   : refuse(compiler, text, "requires an ipc namespace",
					    "leave out {ipcns=no}");
	case UTS:
		return spec->utsns ? 0
				   : refuse(compiler, text, "requires a uts namespace",
					    "leave out {utsns=no}");
	case USER:
		return compiler->identity.has_new_userns
			       ? 0
			       : refuse(compiler, text, "requires a user namespace",
					"{userMap=auto}");
	default:
		return refuse(compiler, text,
			      "belongs to the whole machine, and not to a namespace",
			      "names: net.*, fs.mqueue.*, kernel.msgmax and others of ipc, "
			      "kernel.hostname, kernel.domainname, user.*");
	}
}

/* Checks the value of kernel.hostname or kernel.domainname. */
static int check_name(struct pf_compiler *compiler, const char *path, const char *text)
{
	const char *value = strchr(text, '=') + 1;

	if (owner_of(path) != UTS)
		return 0;
	if (!pf_is_host_name(value))
		return refuse(compiler, text, "must be 1 to 64 letters, digits, '-', '.' and '_'",
			      "{sysctl=kernel.hostname=web-1}");
	int is_host = strcmp(path, "kernel/hostname") == 0;
	const char *other = is_host ? compiler->spec->hostname : compiler->spec->domainname;
	if (!other || strcmp(value, other) == 0)
		return 0;
	return refuse(compiler, text,
		      is_host ? "contradicts {hostname}" : "contradicts {domainname}",
		      "leave out one of them");
}

int pf_compile_sysctl_check(struct pf_compiler *compiler)
{
	const struct pf_strings *list = &compiler->spec->sysctl;
	char path[MOST_PATH];

	for (size_t i = 0; i < list->count; i++) {
		const char *text = list->items[i], *equals = strchr(text, '=');
		if (!equals || strlen(equals) > MOST_VALUE || write_path(text, path) < 0)
			return refuse(compiler, text,
				      "must be NAME=VALUE, with a name of sysctl(8)",
				      "{sysctl=net.ipv4.ip_forward=1}");
		int r = check_owner(compiler, path, text);
		if (r == 0)
			r = check_name(compiler, path, text);
		if (r < 0)
			return r;
	}
	return 0;
}

void pf_compile_sysctl_source(struct pf_compiler *compiler)
{
	if (compiler->spec->sysctl.count == 0)
		return;
	compiler->sysctl_source = compiler->source_count++;
	PF_ENCODE(&compiler->encoder, proc_source, PF_N(compiler->sysctl_source));
}

void pf_compile_sysctls(struct pf_compiler *compiler)
{
	const struct pf_strings *list = &compiler->spec->sysctl;
	struct pf_encoder *encoder = &compiler->encoder;
	char path[MOST_PATH];

	for (size_t i = 0; i < list->count; i++) {
		const char *value = strchr(list->items[i], '=') + 1;
		uint32_t first = encoder->count;
		write_path(list->items[i], path);
		if (strcmp(path, "kernel/hostname") == 0)
			PF_ENCODE(encoder, hostname, PF_S(value));
		else if (strcmp(path, "kernel/domainname") == 0)
			PF_ENCODE(encoder, domainname, PF_S(value));
		else
			PF_ENCODE(encoder, sysctl, PF_N(compiler->sysctl_source), PF_S(path),
				  PF_S(value));
		pf_note_origin(compiler, first, "sysctl", list->items[i]);
	}
}
