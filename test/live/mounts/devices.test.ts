// SPDX-License-Identifier: BSD-2-Clause
// A container can use the host's device nodes, but cannot change the nodes.
import { live } from "../../lib/live.ts";
import { inNamespace } from "../../lib/propagation.ts";

/**
 * Shell commands that make separate nodes in /dev, run a command, and then print the state of the
 * nodes. With separate nodes, a fault in pflask cannot damage the host's nodes.
 */
const SCRIPT = `
	mount -t tmpfs -o mode=755 none /dev
	minor() { mknod -m 666 "/dev/$1" c "$2" "$3"; }
	minor null 1 3; minor zero 1 5; minor full 1 7; minor random 1 8; minor urandom 1 9
	minor tty 5 0
	mkdir /dev/pts /dev/shm
	mount -t devpts -o newinstance,ptmxmode=666 none /dev/pts
	ln -s pts/ptmx /dev/ptmx
	touch -d 2001-01-01 /dev/*; "$@" 2>&1; stat -c "%n %a %u %y" /dev/null /dev/zero | cut -d: -f1`;

/**
 * Files of /proc that pflask covers with a device node of the host. In a user namespace, pflask
 * cannot make device nodes, so the nodes in /dev are nodes of the host, too.
 */
const MASKS = "/proc/keys /proc/timer_list /proc/kcore";
const ALL = `${MASKS} /dev/null /dev/zero`;

const CONTAINERS: readonly (readonly [args: string[], files: string])[] = [
	[["--ephemeral"], MASKS],
	[["--chroot=/"], ALL],
	[["--chroot=/", "--read-only"], ALL],
	[["--chroot=/", "--ephemeral"], ALL],
	[["--chroot=/", "--user-map=0:0:65536"], ALL],
];

live("chmod and chown of all devices fail", async (t, box) => {
	const via = inNamespace(SCRIPT);
	for (const [args, files] of CONTAINERS) {
		const change = `for f in ${files}; do chmod 600 $f; chown 1:1 $f; touch $f; done 2>&-`;
		const use = "wc -c </proc/keys; echo x >/dev/null && echo written";
		const run = await box.run([...args, "--", "sh", "-c", `${change}; ${use}`], { via });
		const nodes = ["null", "zero"].map((name) => `/dev/${name} 666 0 2001-01-01 00`);
		t.same(run.out.split("\n"), ["0", "written", ...nodes, ""], `${args.join(" ")} ${run.err}`);
	}
});
