// SPDX-License-Identifier: BSD-2-Clause
// apt-get in a trial of a Debian root. The applied trial is compared with a direct installation.
import { mkdirSync } from "node:fs";
import { debianRoot } from "../../lib/debian.ts";
import { exactTree as tree } from "../../lib/exact-tree.ts";
import { sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";

/** Two packages with daemons, a setuid file, capabilities, a setgid file and alternatives. */
const INSTALL = `
	export DEBIAN_FRONTEND=noninteractive
	apt-get install -y --no-download --no-install-recommends sudo cron vim-tiny iputils-ping`;

/** Installs the program that compares files with the checksums of their packages. */
const PREPARE = `
	export DEBIAN_FRONTEND=noninteractive
	apt-get update && apt-get install -y --no-install-recommends debsums`;

/** Files with the time of the installation in their contents. */
const TIMED = /\.\/var\/(log|cache\/(apt|ldconfig))\//;

/** Leaves out times, and the contents of files with a time. */
function lasting(text: string): string[] {
	const lines = text
		.split("\n")
		.filter((line) => !/^[0-9a-f]{32} /.test(line) || !TIMED.test(line));
	return lines.map((line) => line.replace(/ \d+\.\d{10}( |$)/, " ")).sort();
}

live("apt-get install in a trial, applied, is like the installation itself", async (t, box) => {
	const [root, direct] = [`${box.dir}/root`, `${box.dir}/direct`];
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	await sh(["cp", "-a", "--reflink=auto", await debianRoot(), root]);
	const fetch = INSTALL.replace("--no-download", "--download-only");
	const install = async (top: string, script: string, ...more: string[]) => {
		const run = await box.run([`--chroot=${top}`, ...more, "--", "sh", "-c", script], {
			bound: 300_000,
		});
		t.equal(run.status, 0, run.err + run.out);
	};
	await install(root, `${PREPARE}; ${fetch}`);
	await sh(["cp", "-a", root, direct]);
	const start = await tree(root);
	await install(direct, INSTALL);
	await install(root, INSTALL, `--ephemeral=${dir}`);
	t.equal(await tree(root), start, "the trial changes nothing");
	const applied = await box.run([`--apply=${dir}`]);
	t.same([applied.status, applied.out, applied.err], [0, "", ""]);
	t.same(lasting(await tree(root)), lasting(await tree(direct)));
	const check = `dpkg --verify && debsums --silent && getcap /usr/bin/ping &&
		update-alternatives --query vi >/dev/null`;
	const verify = await box.run([`--chroot=${root}`, "--", "sh", "-c", check]);
	t.same([verify.status, verify.out], [0, "/usr/bin/ping cap_net_raw=ep\n"], verify.err);
	const reverted = await box.run([`--revert=${dir}`]);
	t.same([reverted.status, reverted.out, reverted.err], [0, "", ""]);
	t.equal(await tree(root), start);
});
