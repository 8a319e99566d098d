/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the seccomp filter of the command (seccomp.h): the default filter, or a filter that the
 * caller passes by a descriptor. */
#define _GNU_SOURCE
#include "seccomp.h"

#include <errno.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/decimal.h"
#include "common/id_parse.h"
#include "common/protocol/plan.h"
#include "seccomp.gen.h"
#include "src/base/error.h"
#include "src/base/inherited_fds.h"
#include "src/base/numbers.h"

#define BY_NUMBER "fd:" /* prefix of a value that names a descriptor */

/* The conditions of defs/seccomp.def. */
enum { PF_SECCOMP_SYS_ADMIN, PF_SECCOMP_SYS_PTRACE, PF_SECCOMP_OWN_PIDS };

/* An instruction of the filter that allows a system call under a condition. */
struct unless {
	uint8_t condition, index;
};

/* Tells whether the command starts with a capability in its own user namespace. */
static int has_capability(const struct pf_compiler *compiler, int capability)
{
	const struct pf_caps *caps = &compiler->caps;
	int is_root = pf_identity_uid(&compiler->identity) == 0;

	if (compiler->spec->caps.count == 0)
		return is_root;
	return ((is_root ? caps->allowed : caps->granted) & PF_CAP(capability)) != 0;
}

static int holds(const struct pf_compiler *compiler, int condition)
{
	switch (condition) {
	case PF_SECCOMP_SYS_ADMIN:
		return has_capability(compiler, CAP_SYS_ADMIN);
	case PF_SECCOMP_SYS_PTRACE:
		return has_capability(compiler, CAP_SYS_PTRACE);
	default:
		return compiler->spec->pidns != 0;
	}
}

static int is_filtered(const pflask_spec *spec)
{
	return spec->seccomp && strcmp(spec->seccomp, "off") != 0;
}

void pf_compile_seccomp_privs(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;

	if (is_filtered(spec) && !spec->noNewPrivs && !has_capability(compiler, CAP_SYS_ADMIN))
		PF_ENCODE(&compiler->encoder, no_new_privs);
}

static void add(struct pf_compiler *compiler, const char *name, struct sock_filter *lines,
		size_t count)
{
	const struct sock_fprog filter = {.len = (unsigned short)count, .filter = lines};

	PF_ENCODE(&compiler->encoder, seccomp, PF_S(name), PF_B(&filter));
}

static void add_default(struct pf_compiler *compiler)
{
	static const struct unless table[] = {PF_SECCOMP_UNLESS};
	struct sock_filter lines[] = {PF_SECCOMP_DEFAULT};

	for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (holds(compiler, table[i].condition))
			lines[table[i].index].k = SECCOMP_RET_ALLOW;
	add(compiler, "default", lines, sizeof(lines) / sizeof(lines[0]));
}

/* Reads the BPF program of a filter from a descriptor, up to the end of file. The kernel checks the
 * program. Returns the number of bytes, or -errno. */
static ssize_t read_program(int fd, void *ret, size_t size)
{
	size_t used = 0;

	while (used < size) {
		ssize_t n = read(fd, (char *)ret + used, size - used);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (n == 0)
			break;
		used += (size_t)n;
	}
	return (ssize_t)used;
}

/* Makes an error about a descriptor. Returns -errno. */
static int refuse_program(struct pf_compiler *compiler, const char *name, int number,
			  const char *why)
{
	int r = pf_error_field(compiler->error, "seccomp", number, "%s: %s", name, why);

	pf_error_hint(compiler->error, "{seccomp=default}");
	return r;
}

/* Adds the filter of a value "fd:NUMBER[:NAME]". NAME is shown in the plan. */
static int add_program(struct pf_compiler *compiler, const char *text)
{
	struct sock_filter lines[PF_FILTER_MAX + 1];
	char number[PF_DECIMAL_SIZE] = "";
	const char *start = text + strlen(BY_NUMBER), *colon = strchr(start, ':');
	const char *name = colon ? colon + 1 : text;
	size_t length = strcspn(start, ":");
	uint32_t fd;

	if (length < sizeof(number))
		memcpy(number, start, length);
	if (pf_id_parse(number, &fd) < 0 || fd > INT_MAX || !pf_is_inherited((int)fd))
		return refuse_program(compiler, text, EBADF, pf_errno_text(EBADF));
	ssize_t size = read_program((int)fd, lines, sizeof(lines));
	if (size < 0)
		return refuse_program(compiler, name, (int)-size, pf_errno_text((int)-size));
	size_t count = (size_t)size / sizeof(lines[0]);
	if (count > PF_FILTER_MAX)
		return refuse_program(compiler, name, E2BIG,
				      "the filter has more instructions than the kernel takes");
	if (count == 0 || (size_t)size % sizeof(lines[0]) != 0)
		return refuse_program(compiler, name, EINVAL, "not the program of a filter");
	add(compiler, name, lines, count);
	return 0;
}

int pf_compile_seccomp(struct pf_compiler *compiler)
{
	const char *text = compiler->spec->seccomp;

	if (!is_filtered(compiler->spec))
		return 0;
	if (strncmp(text, BY_NUMBER, strlen(BY_NUMBER)) == 0)
		return add_program(compiler, text);
	if (strcmp(text, "default") == 0) {
		add_default(compiler);
		return 0;
	}
	return refuse_program(compiler, text, EINVAL, "not default, off or fd:NUMBER");
}
