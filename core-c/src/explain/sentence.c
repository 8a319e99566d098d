/* SPDX-License-Identifier: BSD-2-Clause */
/* Puts failed operations into words (sentence.h). */
#define _GNU_SOURCE
#include "sentence.h"

#include <stdio.h>
#include <string.h>

#include "print.h"
#include "src/base/written.h"

/* Sentences for failed operations. `text` says what could not be done; %N stands for argument N of
 * the operation. Where `text` is only an argument, the field that the error names (origins.h) tells
 * what could not be done with the argument. `alone` replaces `text` if the arguments are unknown.
 * `alone` is "" for an operation that never fails with unknown arguments. The arrays have no
 * pointers; plan.h says why. */
static const struct {
	char text[72];
	char alone[40];
} sentences[PF_OP_COUNT] = {
	[PF_OP_kill_signal] = {"cannot send signal %0", ""},
	[PF_OP_kill_after] = {"cannot wait %0 ms", ""},
	[PF_OP_cgroup] = {"cannot create a cgroup for the container", ""},
	[PF_OP_control] = {"cannot use the control directory '%1'", ""},
	[PF_OP_pid_file] = {"%0", ""},
	[PF_OP_take] = {"cannot lock directory '%0'", ""},
	[PF_OP_clone] = {"cannot create namespaces (%0)", ""},
	[PF_OP_setgroups] = {"cannot deny setgroups(2) in the user namespace", ""},
	[PF_OP_uid_map] = {"cannot map user ids (%0)", ""},
	[PF_OP_gid_map] = {"cannot map group ids (%0)", ""},
	[PF_OP_newuidmap] = {"cannot map user ids", ""},
	[PF_OP_newgidmap] = {"cannot map group ids", ""},
	[PF_OP_idmap_source] = {"cannot map the owners of the files below '%1'", ""},
	[PF_OP_idmap_mount] = {"cannot map the owners of the files in '%1'", ""},
	[PF_OP_sys_source] = {"cannot create a sysfs for the network namespace", ""},
	[PF_OP_netns] = {"cannot enter network namespace '%0'", ""},
	[PF_OP_veth] = {"cannot create interfaces '%0' and '%1'", ""},
	[PF_OP_macvlan] = {"cannot create interface '%1' on '%0'", ""},
	[PF_OP_ipvlan] = {"cannot create interface '%1' on '%0'", ""},
	[PF_OP_link_move] = {"cannot move interface '%0' into the container", ""},
	[PF_OP_port] = {"cannot use %0 port %1 of the host", ""},
	[PF_OP_pasta] = {"cannot set up the network with '%0'", ""},
	[PF_OP_slirp4netns] = {"cannot set up the network with '%0'", ""},
	[PF_OP_changes] = {"cannot use descriptor %0", ""},
	[PF_OP_changes_file] = {"%0", ""},
	[PF_OP_keep] = {"%0", ""},
	[PF_OP_subreaper] = {"cannot adopt orphaned processes", ""},
	[PF_OP_hostname] = {"%0", ""},
	[PF_OP_await] = {"cannot set up the host's side of the container", ""},
	[PF_OP_ping_groups] = {"cannot allow ping sockets for groups %0 to %1", ""},
	[PF_OP_link_mac] = {"cannot set the hardware address of '%0' to %1", ""},
	[PF_OP_link_mtu] = {"cannot set the mtu of '%0' to %1", ""},
	[PF_OP_link_up] = {"cannot bring up interface '%0'", ""},
	[PF_OP_address] = {"cannot add address %1 to '%0'", ""},
	[PF_OP_route] = {"cannot add gateway %1 to '%0'", ""},
	[PF_OP_propagation] = {"cannot stop the propagation of mounts to the host", ""},
	[PF_OP_source] = {"cannot open '%1' on the host", ""},
	[PF_OP_source_idle] = {"cannot open '%1' on the host", ""},
	[PF_OP_layer] = {"cannot open directory '%1' on the host", ""},
	[PF_OP_layer_entry] = {"cannot open directory '%1' on the host", ""},
	[PF_OP_setid] = {"cannot change to the ids of the user namespace", ""},
	[PF_OP_root] = {"cannot attach the root directory", ""},
	[PF_OP_skeleton] = {"cannot create directory '%0'", ""},
	[PF_OP_skeleton_end] = {"cannot create the directories", ""},
	[PF_OP_scratch] = {"cannot mount a tmpfs for the changes", ""},
	[PF_OP_files] = {"cannot mount a tmpfs for files", ""},
	[PF_OP_scratch_in] = {"cannot use the directory for the changes", ""},
	[PF_OP_work] = {"cannot create directory '%1' for the changes", ""},
	[PF_OP_attach] = {"cannot attach a directory of the host", ""},
	[PF_OP_layer_inside] = {"cannot open directory '%1' in the root", ""},
	[PF_OP_overlay] = {"cannot mount an overlay on '%0'", ""},
	[PF_OP_mkdir] = {"cannot create directory '%0'", ""},
	[PF_OP_mount] = {"cannot mount %0 on '%1'", ""},
	[PF_OP_renew] = {"cannot mount %0 on '%1'", ""},
	[PF_OP_device] = {"cannot create device '%0'", ""},
	[PF_OP_bind] = {"cannot create a bind mount on '%1'", ""},
	[PF_OP_file] = {"cannot create file '%1'", ""},
	[PF_OP_text] = {"cannot create file '%0'", ""},
	[PF_OP_write] = {"cannot create file '%0'", ""},
	[PF_OP_symlink] = {"cannot create symbolic link '%1'", ""},
	[PF_OP_mask] = {"cannot hide '%0'", ""},
	[PF_OP_hide] = {"cannot hide '%0'", ""},
	[PF_OP_readonly] = {"cannot make '%0' read-only", ""},
	[PF_OP_readonly_but] = {"cannot make '%0' read-only", ""},
	[PF_OP_terminal] = {"cannot open a terminal (%0)", "cannot open a terminal"},
	[PF_OP_console] = {"cannot put the terminal at '%0'", ""},
	[PF_OP_protect_root] = {"cannot make the root read-only", ""},
	[PF_OP_pivot_root] = {"cannot enter the root directory", ""},
	[PF_OP_chroot] = {"%0", ""},
	[PF_OP_keyring] = {"cannot join a session keyring", ""},
	[PF_OP_fork] = {"cannot create a process for the command", ""},
	[PF_OP_session] = {"cannot create a session for the command", ""},
	[PF_OP_stdio] = {"cannot set up the standard descriptors", ""},
	[PF_OP_guard_input] = {"cannot protect the input of your terminal", ""},
	[PF_OP_open_files] = {"cannot set the limit of open files to %0",
			      "cannot set the limit of open files"},
	[PF_OP_umask] = {"cannot set the file mode creation mask", ""},
	[PF_OP_user] = {"cannot change to ids %0:%1", "cannot change to the command's user"},
	[PF_OP_account] = {"%0", ""},
	[PF_OP_chdir] = {"%0", "cannot enter the working directory"},
	[PF_OP_chdir_first] = {"cannot enter any of the directories %0",
			       "cannot enter the working directory"},
	[PF_OP_environ] = {"cannot set the environment", ""},
	[PF_OP_shells] = {"cannot list the login shells", ""},
	[PF_OP_exec] = {"%0", "cannot execute the command"},
	[PF_OP_login] = {"cannot execute the user's login shell, /bin/bash or /bin/sh", ""},
};

void pf_sentence(const void *plan, const struct pf_op *op, char *ret, size_t size)
{
	const char *kinds = pf_op_table[op->code].arguments;
	struct pf_written written;
	FILE *out = pf_write_begin(&written);

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
	pf_write_end(&written, ret, size);
}

void pf_sentence_alone(enum pf_op_code code, char *ret, size_t size)
{
	const char *text = sentences[code].text, *alone = sentences[code].alone;

	if (*alone || !strchr(text, '%'))
		snprintf(ret, size, "%s", *alone ? alone : text);
}
