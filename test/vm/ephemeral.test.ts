// SPDX-License-Identifier: BSD-2-Clause
// On the kernel of Debian 12 in the virtual machine, a tmpfs has no user xattrs and cannot be
// mounted with mapped ids. pflask reports both limits as errors, with hints that work.
import { mkdirSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../lib/account.ts";
import { sh } from "../lib/host.ts";
import { TMPFS_CAN_BE_MAPPED, TMPFS_HAS_USER_XATTRS } from "../lib/kernel.ts";
import { type Box, live } from "../lib/live.ts";
import { inMounts } from "../lib/private.ts";
import { FIRST, shellRoot } from "../lib/shell-root.ts";

const user = await account("pft-old", { range: RANGE });

const REFUSED = `pflask: --ephemeral: cannot mount an overlay on '/': Operation not supported
hint: --ephemeral=DIR with DIR on a disk: a tmpfs has user xattrs since Linux 6.6
`;
/** The result of CHANGE in an ephemeral root on a tmpfs. */
const ON_TMPFS = TMPFS_HAS_USER_XATTRS ? [0, "new\n", ""] : [125, "", REFUSED];
const CHANGE = ["--", "/bin/sh", "-c", "rm /bin/probe && echo new >/new && cat /new"];

/**
 * Tests that pflask refuses an ephemeral root on a tmpfs that has no user xattrs, and makes an
 * ephemeral root in a directory on a disk.
 */
async function needsDisk(t: Test, box: Pick<Box, "run">, disk: string, options: string[]) {
	const onTmpfs = await box.run(["--ephemeral", ...options, ...CHANGE]);
	t.same([onTmpfs.status, onTmpfs.out, onTmpfs.err], ON_TMPFS);
	const kept = await box.run([`--ephemeral=${disk}`, ...options, ...CHANGE]);
	t.same([kept.status, kept.out, kept.err], [0, "new\n", ""]);
}

live("an ephemeral root in a user namespace that root makes", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${box.dir}/disk`);
	await sh(["chmod", "1777", `${box.dir}/disk`]);
	await needsDisk(t, box, `${box.dir}/disk`, [`--chroot=${root}`, "--user-map=auto"]);
	t.ok(await Bun.file(`${root}/bin/probe`).exists());
});

live("an ephemeral root of an ordinary user", async (t, box) => {
	for (const owner of [user.uid, FIRST]) {
		const root = await shellRoot(box);
		await sh(["chown", "-Rh", `${owner}:${owner}`, root]);
		const disk = `${user.home}/disk-${owner}`;
		await sh([...user.become, "mkdir", "--mode=1777", disk]);
		await needsDisk(t, as(user, box), disk, [`--chroot=${root}`]);
		await sh(["rm", "-r", root]);
	}
});

live("a tmpfs in a root with mapped ids", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/data`);
	const via = inMounts(`mount -t tmpfs none "${root}/data"`);
	const args = [`--chroot=${root}`, "--user-map=auto"];
	const command = ["--", "/bin/probe", "say", "ran"];
	const why = "(tmpfs) does not support id-mapped mounts";
	const refusal = `pflask: --chroot: ${root}/data ${why}\nhint: umount ${root}/data, `;
	const { status, err } = await box.run([...args, ...command], { via });
	t.equal(status, TMPFS_CAN_BE_MAPPED ? 0 : 125);
	t.equal(err.slice(0, refusal.length), TMPFS_CAN_BE_MAPPED ? "" : refusal);
	const covered = await box.run([...args, "--mount=tmp:/data", ...command], { via });
	t.same([covered.status, covered.out, covered.err], [0, "ran\n", ""]);
});

t.end();
