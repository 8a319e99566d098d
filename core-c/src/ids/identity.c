/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Decides the identity of a container (identity.h), by these options. --no-userns: no user
 * namespace. --user-map: the map is given. --user: the user is mapped to itself. Without these
 * options, only a caller who may not make other namespaces gets a user namespace.
 */
#define _GNU_SOURCE
#include "identity.h"

#include <errno.h>
#include <linux/capability.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "choose_id_map.h"
#include "id_map_self.h"
#include "src/base/error.h"
#include "src/host/nss.h"
#include "users.h"

int pf_has_capability(int capability)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	return syscall(SYS_capget, &header, data) == 0 &&
	       data[CAP_TO_INDEX(capability)].effective & CAP_TO_MASK(capability);
}

int pf_has_inheritable(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	struct __user_cap_data_struct data[2] = {{0}};

	return syscall(SYS_capget, &header, data) == 0 &&
	       (data[0].inheritable | data[1].inheritable) != 0;
}

int pf_is_privileged(void)
{
	return pf_has_capability(CAP_SYS_ADMIN);
}

/* Maps a user and a group to themselves, one id each. */
static void map_to_self(struct pf_identity *identity, const uint32_t id[2])
{
	for (int kind = 0; kind < 2; kind++) {
		const struct pf_id_line line = {id[kind], id[kind], 1};
		pf_id_map_add(&identity->map[kind], &line);
	}
}

/* Maps each named group to itself. */
static int map_named_groups(const pflask_spec *spec, struct pf_identity *identity,
			    struct pflask_error *reterr)
{
	struct pf_id_line line = {.count = 1};

	for (size_t i = 0; identity->has_named_groups && i < identity->groups.count; i++) {
		pf_id_parse(identity->groups.items[i], &line.inside);
		line.outside = line.inside;
		if (pf_id_map_add(&identity->map[PF_GID], &line) == -E2BIG)
			return pf_error_field(reterr, "user", 0,
					      "%s: more groups than a map can have (%d)",
					      spec->user, PF_ID_MAP_LINES);
	}
	return 0;
}

static int other_owner(const pflask_spec *spec, uid_t owner, struct pflask_error *reterr)
{
	struct passwd entry;
	char *memory = NULL;
	int r = pf_error_field(reterr, "chroot", EPERM,
			       "%s: owned by uid %u, which is neither yours nor one of your "
			       "subordinate ids",
			       spec->chroot, owner);

	if (owner == 0)
		pf_error_hint(reterr, "sudo {program} {chroot=%s} {userMap=auto} ...",
			      spec->chroot);
	else if (pf_nss_user(NULL, owner, &entry, &memory))
		pf_error_hint(reterr, "sudo -u %s {program} {chroot=%s} ...", entry.pw_name,
			      spec->chroot);
	free(memory);
	return r;
}

/* Tells whether the command has the ids of the caller. */
static int is_caller(const struct pf_identity *identity)
{
	return !identity->has_user ||
	       (identity->id[PF_UID] == geteuid() && identity->id[PF_GID] == getegid());
}

/* Chooses the map by the owner of the root directory. If the owner is a subordinate id of the
 * caller, the caller's subordinate ids are mapped to the ids from 0 on. If the owner is the caller,
 * the caller is mapped to root; without usable subordinate ids, the caller is mapped to itself.
 * Refuses any other owner, except if --user names the caller. */
static int map_by_owner(const pflask_spec *spec, int root, struct pf_identity *identity,
			struct pflask_error *reterr)
{
	const uint32_t self[2] = {geteuid(), getegid()};
	struct pf_subids subids;
	struct stat status;

	int known = pf_read_own_subids(PF_UID, &subids, reterr);
	if (known < 0)
		return known;
	int is_usable = subids.count > 0 && fstat(root, &status) == 0 &&
			pf_id_map_self_has(PF_UID, subids.range[0].outside, subids.range[0].count);
	if (!is_usable && !is_caller(identity))
		return pf_choose_map_auto(spec, identity, reterr);
	if (is_usable && pf_subids_hold(&subids, status.st_uid, 1))
		return pf_choose_map_of_subids(spec, identity, reterr);
	if (is_usable && status.st_uid == geteuid())
		return pf_choose_map_auto(spec, identity, reterr);
	if (is_usable && !(identity->has_user && is_caller(identity)))
		return other_owner(spec, status.st_uid, reterr);
	map_to_self(identity, self);
	return 0;
}

/* Maps the user of --user. A user with the caller's ids is mapped to itself; any other user gets a
 * subordinate id of the caller. Refuses the caller's uid with another group, because the command
 * would not own the caller's files. */
static int map_user(const pflask_spec *spec, int root, struct pf_identity *identity,
		    struct pflask_error *reterr)
{
	int is_of_root = root >= 0 && !pf_is_privileged();

	map_to_self(identity, identity->id);
	int r = map_named_groups(spec, identity, reterr);
	if (r < 0)
		return r;
	if (pf_may_map(identity) && !(is_of_root && is_caller(identity)))
		return 0;
	if (!is_of_root && identity->id[PF_UID] == geteuid()) {
		r = pf_error_field(reterr, "user", EPERM,
				   "%s: only root may run a command with another group",
				   spec->user);
		pf_error_hint(reterr, "sudo {program} {user=%s} ...", spec->user);
		return r;
	}
	for (int kind = 0; kind < 2; kind++)
		identity->map[kind].count = 0;
	return is_of_root ? map_by_owner(spec, root, identity, reterr)
			  : pf_choose_map_auto(spec, identity, reterr);
}

static int decide_maps(const pflask_spec *spec, int root, struct pf_identity *identity,
		       struct pflask_error *reterr)
{
	const uint32_t self[2] = {geteuid(), getegid()};

	identity->has_new_userns = identity->is_in_userns = 1;
	if (spec->userMap.count > 0) {
		int r = pf_choose_map_from_spec(spec, identity, reterr);
		return r < 0 ? r : pf_check_map_of_root(spec, root, identity, reterr);
	}
	if (identity->has_user)
		return map_user(spec, root, identity, reterr);
	if (root >= 0 && !pf_is_privileged())
		return map_by_owner(spec, root, identity, reterr);
	map_to_self(identity, self);
	return 0;
}

static int wants_userns(const pflask_spec *spec)
{
	if (spec->userns != PF_AUTO)
		return spec->userns == PF_YES;
	return spec->user || spec->userMap.count > 0 || !pf_is_privileged();
}

static int check_id(const pflask_spec *spec, const struct pf_identity *identity,
		    enum pf_id_kind kind, uint32_t id, struct pflask_error *reterr)
{
	static const char names[][8] = {"user", "group"};

	if (pf_id_map_has(&identity->map[kind], id))
		return 0;
	int r = pf_error_field(reterr, "user", 0, "%s: %s id %u is not mapped", spec->user,
			       names[kind], id);
	pf_error_hint(reterr, "{userMap=%c:%u:HOST:1}", "ug"[kind], id);
	return r;
}

static int check_mapped(const pflask_spec *spec, const struct pf_identity *identity,
			struct pflask_error *reterr)
{
	const struct pf_strings *groups = &identity->groups;
	uint32_t group;
	int r = check_id(spec, identity, PF_UID, identity->id[PF_UID], reterr);

	if (r == 0)
		r = check_id(spec, identity, PF_GID, identity->id[PF_GID], reterr);
	for (size_t i = 0; r == 0 && identity->has_named_groups && i < groups->count; i++)
		if (pf_id_parse(groups->items[i], &group) == 0)
			r = check_id(spec, identity, PF_GID, group, reterr);
	return r;
}

/* Drops supplementary groups that are not mapped, because they cannot be set in the namespace. */
static void drop_unmapped_groups(struct pf_identity *identity)
{
	struct pf_strings kept = {0};
	uint32_t group;

	for (size_t i = 0; i < identity->groups.count; i++)
		if (pf_id_parse(identity->groups.items[i], &group) == 0 &&
		    pf_id_map_has(&identity->map[PF_GID], group))
			pf_strings_add(&kept, identity->groups.items[i]);
	pf_strings_clear(&identity->groups);
	identity->groups = kept;
}

static void decide_init(struct pf_identity *identity)
{
	for (int kind = 0; kind < 2; kind++)
		identity->init[kind] = pf_id_map_has(&identity->map[kind], 0)
					       ? 0
					       : identity->map[kind].line[0].inside;
}

static int find_user(const pflask_spec *spec, const struct pf_passwd_files *files,
		     struct pf_identity *identity, struct pflask_error *reterr)
{
	struct pf_user user;
	int r = pf_user_find(spec->user, files, &user, reterr);

	if (r < 0)
		return r;
	identity->has_user = 1;
	identity->id[PF_UID] = user.uid;
	identity->id[PF_GID] = user.gid;
	identity->has_named_groups = user.has_named_groups;
	identity->groups = user.groups; /* includes the primary group, as with initgroups(3) */
	if (pf_strings_format(&identity->groups, "%u", user.gid) < 0)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	identity->name = user.name;
	identity->home = user.home;
	identity->shell = user.shell;
	identity->knows_user = 1;
	return 0;
}

uint32_t pf_identity_uid(const struct pf_identity *identity)
{
	if (identity->has_user)
		return identity->id[PF_UID];
	return identity->has_new_userns ? identity->init[PF_UID] : geteuid();
}

static int find_outside(const struct pf_id_map *map, uint32_t *ret)
{
	for (size_t i = 0; i < map->count; i++)
		if (map->line[i].inside == 0) {
			*ret = map->line[i].outside;
			return 1;
		}
	return 0;
}

int pf_identity_root(const struct pf_identity *identity, uint32_t *ret_uid, uint32_t *ret_gid)
{
	return identity->has_new_userns && find_outside(&identity->map[PF_UID], ret_uid) &&
	       find_outside(&identity->map[PF_GID], ret_gid);
}

void pf_identity_look_up_user(struct pf_identity *identity, const struct pf_passwd_files *files)
{
	struct pf_user user;

	if (identity->knows_user)
		return;
	identity->knows_user = 1;
	pf_user_of(pf_identity_uid(identity), files, &user);
	identity->name = user.name;
	identity->home = user.home;
	identity->shell = user.shell;
}

int pf_identity(const pflask_spec *spec, const struct pf_passwd_files *files,
		struct pf_identity *ret, struct pflask_error *reterr)
{
	memset(ret, 0, sizeof(*ret));
	int r = spec->user ? find_user(spec, files, ret, reterr) : 0;
	if (r < 0)
		return r;
	if (!wants_userns(spec)) {
		ret->is_in_userns = !pf_id_map_self_read(PF_UID, &ret->map[PF_UID]);
		if (ret->is_in_userns)
			pf_id_map_self_read(PF_GID, &ret->map[PF_GID]);
		return 0;
	}
	r = decide_maps(spec, files->root, ret, reterr);
	if (r == 0)
		r = pf_choose_map_writer(ret, reterr);
	if (r == 0 && ret->has_user)
		r = check_mapped(spec, ret, reterr);
	if (r < 0)
		return r;
	drop_unmapped_groups(ret);
	decide_init(ret);
	return 0;
}

void pf_identity_clear(struct pf_identity *identity)
{
	pf_strings_clear(&identity->groups);
	for (int kind = 0; kind < 2; kind++)
		free(identity->map_program[kind]);
	free(identity->name);
	free(identity->home);
	free(identity->shell);
}
