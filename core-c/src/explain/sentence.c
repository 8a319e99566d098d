/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts failed operations into words (sentence.h). */
#define _GNU_SOURCE
#include "sentence.h"

#include <stdio.h>
#include <string.h>

#include "print.h"

/* Sentences for failed operations. `text` says what could not be done; %N is an argument of the
 * operation. If `text` is only an argument, the field that the error names (origins.h) says the
 * rest. `alone` replaces `text` if the arguments are unknown, and is "" for an operation that
 * cannot fail in this case. The arrays have no pointers; plan.h says why. */
static const struct {
	char text[72];
	char alone[40];
} sentences[PF_OP_COUNT] = {
	[PF_OP_kill_signal] = {"signal %0 cannot be sent", ""},
	[PF_OP_kill_after] = {"%0 ms cannot be waited", ""},
	[PF_OP_cgroup] = {"no cgroup can be made for the system that boots", ""},
	[PF_OP_control] = {"the control directory %1 cannot be used", ""},
	[PF_OP_pid_file] = {"%0", ""},
	[PF_OP_take] = {"%0 cannot be taken for changes", ""},
	[PF_OP_clone] = {"no namespaces can be made (%0)", ""},
	[PF_OP_setgroups] = {"setgroups(2) cannot be forbidden in the user namespace", ""},
	[PF_OP_uid_map] = {"the user ids cannot be mapped (%0)", ""},
	[PF_OP_gid_map] = {"the group ids cannot be mapped (%0)", ""},
	[PF_OP_newuidmap] = {"the user ids cannot be mapped", ""},
	[PF_OP_newgidmap] = {"the group ids cannot be mapped", ""},
	[PF_OP_idmap_source] = {"the owners below %1 cannot be seen through the maps", ""},
	[PF_OP_idmap_mount] = {"the owners in %1 cannot be seen through the maps", ""},
	[PF_OP_sys_source] = {"no sysfs can be made for the network namespace", ""},
	[PF_OP_netns] = {"the network namespace %0 cannot be entered", ""},
	[PF_OP_veth] = {"the interfaces %0 and %1 cannot be made", ""},
	[PF_OP_macvlan] = {"the interface %1 cannot be made on %0", ""},
	[PF_OP_ipvlan] = {"the interface %1 cannot be made on %0", ""},
	[PF_OP_link_move] = {"the interface %0 cannot be moved", ""},
	[PF_OP_port] = {"%0 port %1 of the host cannot be used", ""},
	[PF_OP_pasta] = {"%0 cannot make the network", ""},
	[PF_OP_slirp4netns] = {"%0 cannot make the network", ""},
	[PF_OP_changes] = {"descriptor %0 cannot be used", ""},
	[PF_OP_changes_file] = {"%0", ""},
	[PF_OP_keep] = {"%0", ""},
	[PF_OP_subreaper] = {"the container's processes cannot be adopted", ""},
	[PF_OP_hostname] = {"%0", ""},
	[PF_OP_await] = {"the host's part of the container is not made", ""},
	[PF_OP_ping_groups] = {"groups %0 to %1 cannot be let use ping sockets", ""},
	[PF_OP_link_mac] = {"%0 cannot have the hardware address %1", ""},
	[PF_OP_link_mtu] = {"%0 cannot have the mtu %1", ""},
	[PF_OP_link_up] = {"%0 cannot be brought up", ""},
	[PF_OP_address] = {"%0 cannot have the address %1", ""},
	[PF_OP_route] = {"%0 cannot have the gateway %1", ""},
	[PF_OP_propagation] = {"mounts cannot be kept away from the host", ""},
	[PF_OP_source] = {"%1 of the host cannot be opened", ""},
	[PF_OP_source_idle] = {"%1 of the host cannot be opened", ""},
	[PF_OP_layer] = {"the directory %1 of the host cannot be opened", ""},
	[PF_OP_layer_entry] = {"the directory %1 of the host cannot be opened", ""},
	[PF_OP_setid] = {"the ids of the user namespace cannot be taken on", ""},
	[PF_OP_root] = {"the root directory cannot be attached", ""},
	[PF_OP_skeleton] = {"the directory %0 cannot be made", ""},
	[PF_OP_skeleton_end] = {"the directories cannot be made", ""},
	[PF_OP_scratch] = {"no tmpfs can be mounted for the changes", ""},
	[PF_OP_files] = {"no tmpfs can be mounted for files", ""},
	[PF_OP_scratch_in] = {"the changes cannot be kept", ""},
	[PF_OP_work] = {"the directory %1 cannot be made for the changes", ""},
	[PF_OP_attach] = {"a directory cannot be attached", ""},
	[PF_OP_layer_inside] = {"the directory %1 of the root cannot be opened", ""},
	[PF_OP_overlay] = {"the changes to %0 cannot be kept apart", ""},
	[PF_OP_mkdir] = {"the directory %0 cannot be made", ""},
	[PF_OP_mount] = {"%0 cannot be mounted on %1", ""},
	[PF_OP_renew] = {"%0 cannot be mounted on %1", ""},
	[PF_OP_device] = {"the device %0 cannot be made", ""},
	[PF_OP_bind] = {"nothing of the host can be mounted on %1", ""},
	[PF_OP_file] = {"the file %1 cannot be made", ""},
	[PF_OP_text] = {"the file %0 cannot be made", ""},
	[PF_OP_write] = {"the file %0 cannot be made", ""},
	[PF_OP_symlink] = {"the symbolic link %1 cannot be made", ""},
	[PF_OP_mask] = {"%0 cannot be hidden", ""},
	[PF_OP_hide] = {"%0 cannot be hidden", ""},
	[PF_OP_readonly] = {"%0 cannot be made read-only", ""},
	[PF_OP_readonly_but] = {"%0 cannot be made read-only", ""},
	[PF_OP_terminal] = {"no terminal can be opened (%0)", "no terminal can be opened"},
	[PF_OP_console] = {"the terminal cannot be put at %0", ""},
	[PF_OP_protect_root] = {"the root cannot be made read-only", ""},
	[PF_OP_pivot_root] = {"the root directory cannot be entered", ""},
	[PF_OP_chroot] = {"%0", ""},
	[PF_OP_keyring] = {"no session keyring can be joined", ""},
	[PF_OP_fork] = {"no process can be made for the command", ""},
	[PF_OP_session] = {"no session can be made for the command", ""},
	[PF_OP_stdio] = {"the standard descriptors cannot be put in place", ""},
	[PF_OP_guard_input] = {"input of your terminal cannot be guarded", ""},
	[PF_OP_open_files] = {"the limit of %0 open files cannot be set",
			      "its limit of open files cannot be set"},
	[PF_OP_umask] = {"the file mode creation mask cannot be set", ""},
	[PF_OP_user] = {"the ids %0:%1 cannot be taken on", "its user cannot be taken on"},
	[PF_OP_account] = {"%0", ""},
	[PF_OP_chdir] = {"%0", "its directory cannot be entered"},
	[PF_OP_chdir_first] = {"no directory of %0 can be entered",
			       "its directory cannot be entered"},
	[PF_OP_environ] = {"the environment cannot be made", ""},
	[PF_OP_shells] = {"the login shells cannot be listed", ""},
	[PF_OP_exec] = {"%0", "the command cannot be executed"},
	[PF_OP_login] = {"neither the user's login shell nor /bin/bash nor /bin/sh can run", ""},
};

void pf_sentence(const void *plan, const struct pf_op *op, char *ret, size_t size)
{
	const char *kinds = pf_op_table[op->code].arguments;
	FILE *out = fmemopen(ret, size, "w");

	ret[0] = '\0';
	if (!out)
		return;
	for (const char *c = sentences[op->code].text; *c; c++) {
		size_t at = *c == '%' ? (size_t)(*++c - '0') : PF_OP_ARGS;
		if (at == PF_OP_ARGS)
			fputc(*c, out);
		else if (kinds[at] == 's')
			fputs(pf_plan_string(plan, op->arg[at]), out);
		else
			pf_print_argument(out, plan, kinds[at], op->arg[at]);
	}
	fclose(out);
	ret[size - 1] = '\0';
}

void pf_sentence_alone(enum pf_op_code code, char *ret, size_t size)
{
	const char *text = sentences[code].text, *alone = sentences[code].alone;

	if (*alone || !strchr(text, '%'))
		snprintf(ret, size, "%s", *alone ? alone : text);
}
