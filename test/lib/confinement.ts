// SPDX-License-Identifier: BSD-2-Clause
// A command that shows how the kernel confines a process.

/** A script that prints all facts about the confinement of its process. */
export const SELF = `
	grep -E '^(Uid|Gid|Groups|NoNewPrivs|Seccomp|Seccomp_filters|Cap|Umask|Sig(Blk|Ign))' \\
		/proc/self/status
	for kind in mnt pid net ipc uts user cgroup; do readlink /proc/self/ns/$kind; done
	cat /proc/self/cgroup /proc/self/uid_map /proc/self/gid_map /proc/self/limits
	cat /proc/self/oom_score_adj /proc/self/mountinfo
	pwd
	env | grep -v '^_=' | sort`;
