/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles limits, capabilities and no_new_privs (privileges.h). */
#define _GNU_SOURCE
#include "privileges.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/numbers.h"

/* Capabilities that apply to a network namespace. */
#define NET_CAPS                                                                            \
	(PF_CAP(CAP_NET_BIND_SERVICE) | PF_CAP(CAP_NET_BROADCAST) | PF_CAP(CAP_NET_ADMIN) | \
	 PF_CAP(CAP_NET_RAW))

/* Returns the number of the first capability of a set. */
static int first_of(uint64_t set)
{
	return __builtin_ctzll(set);
}

/* Writes the name of a capability, or its number. Returns `ret`. */
static const char *name_of(int capability, char ret[PF_NUMBER_TEXT])
{
	const char *name = pf_capability_name(capability);

	if (name)
		return name;
	snprintf(ret, PF_NUMBER_TEXT, "%d", capability);
	return ret;
}

/* Reads the capabilities that the kernel has, and those that pflask-init gets from the caller by
 * execve(2): root gets the bounding set, and any other user the ambient set. */
static void read_caps(uint64_t *ret_known, uint64_t *ret_own)
{
	int is_root = geteuid() == 0;

	*ret_known = *ret_own = 0;
	for (int i = 0; i < PF_CAPS_COUNT; i++) {
		int has = prctl(PR_CAPBSET_READ, i);
		if (has < 0)
			return;
		*ret_known |= PF_CAP(i);
		if (!is_root)
			has = prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_IS_SET, i, 0, 0) == 1;
		*ret_own |= has ? PF_CAP(i) : 0;
	}
}

/* Refuses capabilities that the kernel or the caller does not have. The first process of a new user
 * namespace has all capabilities of the kernel. */
static int check_available(const struct pf_compiler *compiler)
{
	const struct pf_caps *caps = &compiler->caps;
	char room[PF_NUMBER_TEXT];
	uint64_t known, own;

	read_caps(&known, &own);
	uint64_t unknown = caps->named & ~known, lacking = caps->granted & ~own;
	if (unknown) {
		pf_error_field(compiler->error, "caps", 0, "%s: this kernel has no such capability",
			       name_of(first_of(unknown), room));
		pf_error_hint(compiler->error, "cat /proc/sys/kernel/cap_last_cap");
		return -EINVAL;
	}
	if (compiler->identity.has_new_userns || !lacking)
		return 0;
	const char *name = name_of(first_of(lacking), room);
	int r = pf_error_field(compiler->error, "caps", EPERM,
			       "%s: the caller itself does not have this capability", name);
	pf_error_hint(compiler->error, "leave out +%s, or run {program} with this capability",
		      name);
	return r;
}

/* Refuses a capability that has no effect, for a command that is not root. In a new user namespace,
 * a capability applies only to namespaces that are made in this user namespace, and not to those
 * that the container shares with the host. */
static int check_effect(const struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	const struct {
		int is_own;
		uint64_t caps;
		const char *name, *hint;
	} kinds[] = {
		{compiler->has_new_netns, NET_CAPS, "network", "{netif=pasta}"},
		{spec->ipcns != 0, PF_CAP(CAP_IPC_OWNER), "ipc", "leave out {ipcns=no}"},
	};
	char room[PF_NUMBER_TEXT];

	if (!compiler->identity.has_new_userns || pf_identity_uid(&compiler->identity) == 0)
		return 0;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		uint64_t vain = kinds[i].is_own ? 0 : compiler->caps.granted & kinds[i].caps;
		if (!vain)
			continue;
		int r = pf_error_field(compiler->error, "caps", EPERM,
				       "%s: a user namespace has no rights over the host's %s "
				       "namespace",
				       name_of(first_of(vain), room), kinds[i].name);
		pf_error_hint(compiler->error, "%s, or %s {userns=no}", kinds[i].hint,
			      geteuid() == 0 ? "{program}" : "sudo {program}");
		return r;
	}
	return 0;
}

/* Tells whether the hard limit of a resource must be raised. */
static int is_raised(const struct pf_rlimit *limit, int resource, struct rlimit *ret_own)
{
	return limit->text && getrlimit(resource, ret_own) == 0 && limit->hard > ret_own->rlim_max;
}

/* Refuses hard limits that only a caller with CAP_SYS_RESOURCE can have. */
static int check_limits(const struct pf_compiler *compiler)
{
	struct rlimit own;

	for (int i = 0; i < PF_RESOURCES; i++) {
		const struct pf_rlimit *limit = &compiler->rlimits[i];
		if (!is_raised(limit, i, &own) || pf_has_capability(CAP_SYS_RESOURCE))
			continue;
		int r = pf_error_field(compiler->error, "rlimit", EPERM,
				       "%s: higher than the hard limit of the caller, %llu",
				       limit->text, (unsigned long long)own.rlim_max);
		pf_error_hint(compiler->error, "{rlimit=%s=%llu}, or %s", pf_resource_name(i),
			      (unsigned long long)own.rlim_max,
			      geteuid() == 0 ? "run {program} with CAP_SYS_RESOURCE"
					     : "sudo {program} ...");
		return r;
	}
	return 0;
}

int pf_compile_privileges_check(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;
	int r = pf_rlimits_parse(&spec->rlimit, compiler->rlimits, compiler->error);

	if (r == 0)
		r = check_limits(compiler);
	if (r < 0 || spec->caps.count == 0)
		return r;
	r = pf_caps_parse(&spec->caps, &compiler->caps, compiler->error);
	if (r == 0)
		r = check_available(compiler);
	return r < 0 ? r : check_effect(compiler);
}

/* Raises hard limits in the monitor, because init may have no privilege on the host. Init and all
 * processes that join the container inherit them. */
void pf_compile_raised_limits(struct pf_compiler *compiler)
{
	struct rlimit own;

	for (int i = 0; i < PF_RESOURCES; i++)
		if (is_raised(&compiler->rlimits[i], i, &own))
			PF_ENCODE(&compiler->encoder, raise_limit, PF_N(i),
				  PF_N(compiler->rlimits[i].hard));
}

void pf_compile_limits(struct pf_compiler *compiler)
{
	const struct pf_rlimit *limits = compiler->rlimits;

	if (compiler->spec->openFiles && !limits[RLIMIT_NOFILE].text)
		PF_ENCODE(&compiler->encoder, open_files, PF_N(compiler->spec->openFiles));
	for (int i = 0; i < PF_RESOURCES; i++)
		if (limits[i].text)
			PF_ENCODE(&compiler->encoder, rlimit, PF_N(i), PF_N(limits[i].soft),
				  PF_N(limits[i].hard));
}

void pf_compile_bounding(struct pf_compiler *compiler)
{
	if (compiler->spec->caps.count > 0)
		PF_ENCODE(&compiler->encoder, bounding, PF_N(compiler->caps.allowed));
}

/* Tells whether the command would inherit inheritable or ambient capabilities from the caller. In a
 * new user namespace, the kernel clears both sets. */
static int inherits(const struct pf_compiler *compiler)
{
	return !compiler->identity.has_new_userns && pf_has_inheritable();
}

/* Adds the operations on capabilities, and no_new_privs. A user other than root gets only the
 * capabilities that were named. If the command is root, other users of --exec get none, as after
 * su(1). Without the field `caps`, the operation only clears the inheritable and the ambient set
 * (CVE-2022-24769), and is left out if both are empty. */
void pf_compile_caps(struct pf_compiler *compiler)
{
	int is_root = pf_identity_uid(&compiler->identity) == 0;

	if (compiler->spec->caps.count > 0)
		PF_ENCODE(&compiler->encoder, caps, PF_N(compiler->caps.allowed),
			  PF_N(is_root ? 0 : compiler->caps.granted));
	else if (inherits(compiler))
		PF_ENCODE(&compiler->encoder, caps, PF_N(UINT64_MAX), PF_N(0));
	if (compiler->spec->noNewPrivs)
		PF_ENCODE(&compiler->encoder, no_new_privs);
}
