/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the limits, and chooses the cgroups that can enforce them (cgroups.h). */
#define _GNU_SOURCE
#include "cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "compiled_cgroups.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

static int no_memory(struct pf_compiler *compiler)
{
	return pf_error_internal(compiler->error, ENOMEM, "out of memory");
}

/* Reads /proc/self/cgroup. Without cgroups in the kernel, the table is empty. */
static int read_table(struct pf_compiled_cgroups *cgroups)
{
	FILE *file = fopen("/proc/self/cgroup", "re");
	size_t room = 0;

	if (file && getdelim(&cgroups->table, &room, '\0', file) < 0 && cgroups->table)
		cgroups->table[0] = '\0';
	if (file)
		fclose(file);
	if (!cgroups->table)
		cgroups->table = strdup("");
	return cgroups->table ? 0 : -ENOMEM;
}

static int parse_limits(struct pf_compiler *compiler, struct pf_compiled_cgroups *cgroups)
{
	const pflask_spec *spec = compiler->spec;
	int r = 0;

	for (size_t i = 0; r == 0 && i < spec->limit.count; i++)
		r = pf_commas_split(spec->limit.items[i], &cgroups->pieces);
	cgroups->limits = calloc(cgroups->pieces.count + 1, sizeof(*cgroups->limits));
	cgroups->wishes =
		calloc(cgroups->pieces.count + spec->cgroup.count + 1, sizeof(*cgroups->wishes));
	if (r < 0 || !cgroups->limits || !cgroups->wishes)
		return no_memory(compiler);
	for (size_t i = 0; r == 0 && i < cgroups->pieces.count; i++)
		r = pf_limit_parse(cgroups->pieces.items[i],
				   &cgroups->limits[cgroups->limit_count++], compiler->error);
	return r;
}

/* Adds a remedy to the error for a cgroup that the caller cannot make. */
static void hint_place(struct pflask_error *error, int number, const struct pf_cgroup_place *place)
{
	int has_systemd = access("/run/systemd/system", F_OK) == 0;

	if (number == ENODEV)
		pf_error_hint(error, "boot a kernel with CONFIG_CGROUPS=y");
	else if (number == EROFS)
		pf_error_hint(error, "mount -o remount,rw /sys/fs/cgroup");
	else if (number == EBUSY)
		pf_error_hint(error,
			      "mkdir /sys/fs/cgroup%s/shell, and move the processes there: "
			      "echo $$ >/sys/fs/cgroup%s/shell/cgroup.procs",
			      place->path[1] ? place->path : "", place->path[1] ? place->path : "");
	else if (number == ENOENT && geteuid() == 0)
		pf_error_hint(error, "cat /proc/cgroups: choose a controller that the kernel has");
	else if (geteuid() != 0 && !*place->controllers)
		pf_error_hint(error, has_systemd ? "systemd-run --user --scope -p Delegate=yes "
						   "{program} ..."
						 : "{program}-userns check");
	else if (geteuid() != 0)
		pf_error_hint(error, "sudo {program} ...");
	else
		pf_error_hint(error,
			      "{limitsBestEffort=yes}: starts without the limits that cannot "
			      "be enforced here");
}

/* Makes the error for a cgroup that the caller cannot make. */
static int refuse(struct pf_compiler *compiler, const char *field, const char *text,
		  const struct pf_cgroup_place *place, int r)
{
	struct pflask_error *error = compiler->error;
	int is_v1 = *place->controllers != '\0';

	if (r == -ENOENT)
		pf_error_field(error, field, -r, "%s: the cgroup %s has no such controller", text,
			       place->path);
	else if (r == -EBUSY)
		pf_error_field(error, field, -r,
			       "%s: the cgroup %s has processes, and so cannot give controllers to "
			       "a cgroup below it",
			       text, place->path);
	else
		pf_error_field(error, field, -r, "%s: cannot create a cgroup in %s (%s): %s", text,
			       place->path, is_v1 ? place->controllers : PF_CGROUP_V2,
			       pf_errno_text(-r));
	hint_place(error, -r, place);
	if (compiler->lists.limit.count == 1) /* confine has set the only limit */
		pf_error_hint(error,
			      "{limit=pids=max}: only a cgroup can limit the processes of the "
			      "host's root");
	return r;
}

/* Chooses a place in version 2 that has `controller` and all controllers of earlier calls. Keeps
 * the earlier place if this place already gives them all, or if there is no better place. If the
 * container must be a machine, chooses no place, because the scope of the machine is the place.
 * Returns 0 or -errno. */
static int need_v2(struct pf_compiler *compiler, const char *controller,
		   struct pf_cgroup_place *ret)
{
	struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	char controllers[PF_CGROUP_LIST];
	int length = snprintf(controllers, sizeof(controllers), "%s%s%s", cgroups->controllers,
			      *cgroups->controllers ? " " : "", controller);

	*ret = (struct pf_cgroup_place){.fd = -1};
	if (length >= (int)sizeof(controllers))
		return -E2BIG;
	if (cgroups->has_v2 && cgroups->v2.fd >= 0 &&
	    pf_cgroup_gives(cgroups->v2.fd, controllers)) {
		strcpy(cgroups->controllers, controllers);
		return 0;
	}
	int r = 0;
	if (compiler->spec->registered != PF_YES)
		r = pf_cgroup_choose_v2(cgroups->table, controllers, ret);
	if (r == 0 && ret->fd >= 0)
		r = pf_plan_fds_add(compiler->plan_fds, ret->fd);
	if (r < 0)
		return r;
	cgroups->v2 = *ret;
	cgroups->has_v2 = 1;
	strcpy(cgroups->controllers, controllers);
	return 0;
}

/* Opens the caller's cgroup in a hierarchy of version 1, if it is not open yet. Returns the index
 * of the hierarchy, or -errno. */
static int need_v1(struct pf_compiler *compiler, struct pf_cgroup_place *place)
{
	struct pf_compiled_cgroups *cgroups = compiler->cgroups;

	for (size_t i = 0; i < cgroups->v1_count; i++)
		if (strcmp(cgroups->v1[i].controllers, place->controllers) == 0)
			return (int)i;
	if (cgroups->v1_count + 2 == PF_CGROUPS) /* leave room for the two cgroups of version 2 */
		return -E2BIG;
	int r = pf_cgroup_open_v1(place);
	if (place->fd >= 0 && pf_plan_fds_add(compiler->plan_fds, place->fd) < 0)
		return -ENOMEM;
	if (r < 0)
		return r;
	cgroups->v1[cgroups->v1_count] = *place;
	return (int)cgroups->v1_count++;
}

/* Chooses a hierarchy that has a controller, which may have another name in version 2. Returns the
 * hierarchy, or -errno with an error. */
static int need(struct pf_compiler *compiler, const char *field, const char *text,
		const char *controllers[2], int *ret_hierarchy)
{
	struct pf_cgroup_place place;
	int is_v1 = pf_cgroup_find_v1(compiler->cgroups->table, controllers[0], &place);
	int r = is_v1 ? need_v1(compiler, &place) : need_v2(compiler, controllers[1], &place);

	if (r < 0)
		return refuse(compiler, field, text, &place, r);
	*ret_hierarchy = is_v1 ? r : IN_V2;
	return 0;
}

/* Tells whether the kernel lacks the file for a limit. Returns 0 for the topmost cgroup of version
 * 2, which never has such files. */
static int lacks_file(const struct pf_compiled_cgroups *cgroups, const struct pf_cgroup_wish *wish)
{
	int is_v1 = wish->hierarchy != IN_V2;
	int fd = is_v1 ? cgroups->v1[wish->hierarchy].fd : cgroups->v2.fd;

	return faccessat(fd, is_v1 ? "tasks" : "cgroup.type", F_OK, 0) == 0 &&
	       faccessat(fd, wish->files.items[0], F_OK, 0) < 0;
}

/* Chooses the hierarchy for a limit, and the text to write to a cgroup file. */
static int add_limit(struct pf_compiler *compiler, const struct pf_limit *limit,
		     const struct pf_limit *memory)
{
	struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	struct pf_cgroup_wish *wish = &cgroups->wishes[cgroups->wish_count];
	const char *controllers[2] = {pf_limit_controller(limit, 1), pf_limit_controller(limit, 2)};
	int hierarchy;
	int r = need(compiler, "limit", limit->text, controllers, &hierarchy);

	if (r < 0)
		return r;
	r = pf_limit_wish(limit, memory, hierarchy == IN_V2 ? 2 : 1, wish, compiler->error);
	wish->hierarchy = hierarchy;
	cgroups->wish_count++;
	if (r == -ENOMEM)
		return no_memory(compiler);
	if (r < 0 || limit->word != PF_LIMIT_WORD_swap || !lacks_file(cgroups, wish))
		return r;
	pf_cgroup_wish_clear(&cgroups->wishes[--cgroups->wish_count]);
	pf_error_field(compiler->error, "limit", ENOENT, "%s: this kernel does not count swap",
		       limit->text);
	pf_error_hint(compiler->error, "boot with swapaccount=1 on the kernel's command line");
	return -ENOENT;
}

/* Returns the last limit of one kind, or NULL. */
static const struct pf_limit *last_limit(const struct pf_compiled_cgroups *cgroups,
					 enum pf_limit_word word)
{
	for (size_t i = cgroups->limit_count; i-- > 0;)
		if (cgroups->limits[i].word == word)
			return &cgroups->limits[i];
	return NULL;
}

/* Records a limit that no cgroup can enforce, and that the plan therefore leaves out. Returns 0 or
 * -ENOMEM. */
static int leave_out(struct pf_compiler *compiler, const struct pf_limit *limit)
{
	char *earlier = compiler->notes->left_out;
	char *text;

	if (asprintf(&text, "%s%s%s", earlier ? earlier : "", earlier ? "," : "", limit->text) < 0)
		return no_memory(compiler);
	free(earlier);
	compiler->notes->left_out = text;
	return 0;
}

/* Adds the limits in the order of cgroups.def. Of several limits with the same word, only the last
 * counts, except for `io`: all limits of disks count. */
static int add_limits(struct pf_compiler *compiler)
{
	const struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	const struct pf_limit *memory = last_limit(cgroups, PF_LIMIT_WORD_memory);

	for (int word = 0; word < PF_LIMIT_WORDS; word++)
		for (size_t i = 0; i < cgroups->limit_count; i++) {
			const struct pf_limit *limit = &cgroups->limits[i];
			if (limit->word != (enum pf_limit_word)word ||
			    (!limit->device && limit != last_limit(cgroups, limit->word)))
				continue;
			int r = add_limit(compiler, limit, memory);
			if (r < 0 && compiler->spec->limitsBestEffort && r != -EINVAL &&
			    r != -ENOMEM)
				r = leave_out(compiler, limit);
			if (r < 0)
				return r;
		}
	return 0;
}

/* Copies the processors and the memory nodes from the caller's cpuset. In version 1, no process can
 * enter a cpuset in which one of the two is empty. */
static int fill_cpuset(int cgroup, struct pf_strings *files, struct pf_strings *values)
{
	static const char names[][16] = {"cpuset.cpus", "cpuset.mems"};
	int r = 0;

	for (size_t i = 0; r == 0 && i < 2; i++) {
		char text[256] = "";
		PF_CLEANUP_FD int fd = openat(cgroup, names[i], O_RDONLY | O_CLOEXEC);
		if (fd < 0 || read(fd, text, sizeof(text) - 1) < 0)
			continue;
		text[strcspn(text, "\n")] = '\0';
		r = pf_strings_add(files, names[i]);
		if (r == 0)
			r = pf_strings_add(values, text);
	}
	return r;
}

/* Chooses the hierarchy for an element of the field `cgroup`. */
static int add_wish(struct pf_compiler *compiler, const char *text)
{
	struct pf_compiled_cgroups *cgroups = compiler->cgroups;
	struct pf_cgroup_wish asked, *wish = &cgroups->wishes[cgroups->wish_count++];
	int r = pf_cgroup_wish_parse(text, wish, compiler->error);

	if (r < 0)
		return r;
	const char *controllers[2] = {wish->controller, wish->controller};
	r = need(compiler, "cgroup", text, controllers, &wish->hierarchy);
	if (r < 0 || wish->hierarchy == IN_V2 || strcmp(wish->controller, "cpuset") != 0)
		return r;
	asked = *wish;
	wish->files = wish->values = (struct pf_strings){0};
	r = fill_cpuset(cgroups->v1[wish->hierarchy].fd, &wish->files, &wish->values);
	for (size_t i = 0; r == 0 && i < asked.files.count; i++) {
		r = pf_strings_add(&wish->files, asked.files.items[i]);
		if (r == 0)
			r = pf_strings_add(&wish->values, asked.values.items[i]);
	}
	pf_strings_clear(&asked.files);
	pf_strings_clear(&asked.values);
	return r < 0 ? no_memory(compiler) : 0;
}

/* Chooses a cgroup for a booted system, which manages cgroups of its own. Its root user must own
 * the cgroup, and an ordinary user cannot give a cgroup to another user. */
static int add_boot(struct pf_compiler *compiler)
{
	const char *command = compiler->spec->command.items[0];
	struct pf_cgroup_place place;
	uint32_t uid = 0, gid = 0;
	int r = compiler->cgroups->has_v2 ? 0 : need_v2(compiler, "", &place);

	if (r < 0)
		return refuse(compiler, "command", command, &place, r);
	if (geteuid() == 0 || !pf_identity_root(&compiler->identity, &uid, &gid) ||
	    uid == geteuid())
		return 0;
	pf_error_field(compiler->error, "command", EPERM,
		       "%s: you cannot give a cgroup to the system's root, who is user %u on the "
		       "host",
		       command, uid);
	pf_error_hint(compiler->error, "{userMap=auto}: then you are the system's root");
	return -EPERM;
}

int pf_compile_cgroups_check(struct pf_compiler *compiler)
{
	const pflask_spec *spec = compiler->spec;

	if (!pf_spec_has_limits(spec) && !compiler->is_boot)
		return 0;
	compiler->cgroups = calloc(1, sizeof(*compiler->cgroups));
	if (!compiler->cgroups || read_table(compiler->cgroups) < 0)
		return no_memory(compiler);
	int r = parse_limits(compiler, compiler->cgroups);
	if (r == 0)
		r = add_limits(compiler);
	for (size_t i = 0; r == 0 && i < spec->cgroup.count; i++)
		r = add_wish(compiler, spec->cgroup.items[i]);
	return r == 0 && compiler->is_boot ? add_boot(compiler) : r;
}

void pf_compile_cgroups_free(struct pf_compiler *compiler)
{
	struct pf_compiled_cgroups *cgroups = compiler->cgroups;

	if (!cgroups)
		return;
	for (size_t i = 0; i < cgroups->limit_count; i++)
		pf_limit_clear(&cgroups->limits[i]);
	for (size_t i = 0; i < cgroups->wish_count; i++)
		pf_cgroup_wish_clear(&cgroups->wishes[i]);
	free(cgroups->limits);
	free(cgroups->wishes);
	free(cgroups->table);
	pf_strings_clear(&cgroups->pieces);
	free(cgroups);
}
