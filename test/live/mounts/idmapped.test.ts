// SPDX-License-Identifier: BSD-2-Clause
// With --user-map=auto --chroot of root, the root directory is mapped through a user namespace. The
// directory has mounts. pflask maps each mount separately, and ignores covered mounts. If a mount
// cannot be mapped, the error names the mount.
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account } from "../../lib/account.ts";
import { mountFuse, SERVERS, UNTOUCHED } from "../../lib/fuse.ts";
import { sh } from "../../lib/host.ts";
import {
	EPHEMERAL_IN_USER_NAMESPACE,
	liveWithMappedTmpfs,
	liveWithUserXattrs,
} from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { aroundMounts, inMounts } from "../../lib/private.ts";
import type { Ended } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";

const other = await account("pft-idmapped");

function args(root: string, ...options: string[]): string[] {
	return [`--chroot=${root}`, "--user-map=auto", ...options, "--"];
}

/** Mounts that an earlier container, or a user, has left on a root. */
function leftOver(root: string): string {
	return `
		mount -t proc none "${root}/proc"; mount --rbind /sys "${root}/sys"
		mount --rbind /dev "${root}/dev"; mount -t tmpfs none "${root}/run"
		mkdir "${root}/run/lock"; mount -t proc none "${root}/run/lock"`;
}

async function prepare(box: Box): Promise<string> {
	const root = await shellRoot(box);
	for (const name of ["proc", "sys", "dev", "run", "data", "data/deep"])
		mkdirSync(`${root}/${name}`, { recursive: true });
	writeFileSync(`${root}/bound`, "");
	return root;
}

live("mounts that pflask covers are not mapped", async (t, box) => {
	const root = await prepare(box);
	const before = await names(root);
	for (const options of [[], ...EPHEMERAL_IN_USER_NAMESPACE, ["--read-only"], ["--netif"]]) {
		const via = inMounts(leftOver(root));
		const run = await box.run([...args(root, ...options), "/bin/probe", "say", "ran"], { via });
		t.same([run.status, run.out, run.err], [0, "ran\n", ""], options.join(" "));
		t.same(await names(root), before);
	}
});

liveWithMappedTmpfs("mounts in the root are id-mapped, too", async (t, box) => {
	const root = await prepare(box);
	const mounts = `
		${leftOver(root)}
		mount -t tmpfs -o nosuid none "${root}/data"; mkdir "${root}/data/deep"
		mount -t tmpfs -o mode=0700 none "${root}/data/deep"
		echo deep >"${root}/data/deep/file"; chown 33:44 "${root}/data/deep/file"
		echo bound >"${box.dir}/file"; chown 5:6 "${box.dir}/file"
		mount --bind "${box.dir}/file" "${root}/bound"`;
	const script = `
		stat -c '%n %u:%g' /data /data/deep/file /bound; cat /data/deep/file /bound
		echo x >/data/deep/new; chown 7:8 /data/deep/new; echo $?; grep ' /data ' /proc/self/mountinfo`;
	const seen = "/data 0:0\n/data/deep/file 33:44\n/bound 5:6\ndeep\nbound\n0\n";
	for (const options of [[], ...EPHEMERAL_IN_USER_NAMESPACE]) {
		const via = aroundMounts(mounts, `stat -c %u:%g "${root}/data/deep/new" || true`);
		const run = await box.run([...args(root, ...options), "/bin/sh", "-c", script], { via });
		t.ok(run.out.startsWith(seen), `${options.join(" ")}: ${run.out}${run.err}`);
		t.match(run.out, / \/data [^\n]*nosuid/, "what a mount forbids is forbidden");
		t.match(run.out, options.length > 0 ? /status 0\n$/ : /status 0\n7:8\n$/);
	}
	const readOnly = args(root, "--read-only");
	const write = "echo x >/data/new; echo x >/data/deep/new; echo x >/bound; true";
	const run = await box.run([...readOnly, "/bin/sh", "-c", write], { via: inMounts(mounts) });
	t.equal(run.err.match(/Read-only file system/g)?.length, 3, run.err);
});

/** Tests that one line names the mount that cannot be mapped, and that a hint follows. */
function isNamed(t: Test, run: Ended, subject: string, hint: RegExp): void {
	const why = "does not support id-mapped mounts";
	const [line = "", help = ""] = run.err.split("\n");
	t.same([run.status, run.out, line], [125, "", `pflask: --chroot: ${subject} ${why}`]);
	t.match(help, hint);
}

live("a mount that cannot be mapped is named, and may be covered", async (t, box) => {
	const root = await prepare(box);
	const log = `${box.dir}/log`;
	const kinds: readonly (readonly [type: string, script: string])[] = [
		["proc", `mount -t proc none "${root}/data"`],
		["fuse.pftest", mountFuse(`${root}/data`, 0, "silent", log)],
		["fuse.pftest", mountFuse(`${root}/data`, other.uid, "gone", log)],
	];
	for (const [type, script] of kinds) {
		const via = inMounts(`${leftOver(root)}; ${script}`);
		const command = ["/bin/probe", "say", "ran"];
		const run = await box.run([...args(root), ...command], { via });
		isNamed(
			t,
			run,
			`${root}/data (${type})`,
			/^hint: umount [^\n]*\/data, [^\n]*--mount=tmp:\/data$/,
		);
		for (const mount of ["tmp:/data", `bind:${box.dir}:/data`]) {
			const covered = await box.run([...args(root, `--mount=${mount}`), ...command], { via });
			t.same([covered.status, covered.out, covered.err], [0, "ran\n", ""], `${type}: ${mount}`);
		}
	}
});

live("a root directory that a descriptor names", async (t, box) => {
	const root = await prepare(box);
	const fd = openSync(root, "r");
	for (const options of [[], ...EPHEMERAL_IN_USER_NAMESPACE]) {
		const words = [...args("/dev/fd/3", ...options), "/bin/probe", "say", "ran"];
		const run = await box.run(words, { extra: [fd] });
		t.same([run.status, run.out, run.err], [0, "ran\n", ""], options.join(" "));
	}
	closeSync(fd);
	const via = inMounts(`mount -t proc none "${root}/data"; cd "${root}"`);
	const run = await box.run([...args("/proc/self/cwd"), "/bin/probe", "say", "ran"], { via });
	isNamed(t, run, `${root}/data (proc)`, /^hint: umount [^\n]*--mount=tmp:\/data$/);
});

live("a root directory that cannot be mapped is named", async (t, box) => {
	const root = await prepare(box);
	for (const name of ["up", "work", "merged"]) mkdirSync(`${box.dir}/${name}`);
	const options = `lowerdir=${root},upperdir=${box.dir}/up,workdir=${box.dir}/work`;
	const via = inMounts(`mount -t overlay -o "${options}" none "${box.dir}/merged"`);
	const merged = `${box.dir}/merged`;
	for (const option of [[], ["--ephemeral"]]) {
		const run = await box.run([...args(merged, ...option), "/bin/probe", "say", "ran"], { via });
		isNamed(t, run, `${merged} (overlay)`, /^hint: leave out --user-map, [^\n]*ext4/);
	}
	const chroot = await box.run([...args(merged, "--no-mountns"), "/bin/probe", "say", "ran"], {
		via,
	});
	t.same([chroot.status, chroot.out], [0, "ran\n"], "without mounts there is nothing to map");
	const bind = `bind:${merged}:/data:idmap`;
	const bound = await box.run([...args(root, `--mount=${bind}`), "/bin/probe"], { via });
	t.equal(bound.status, 125);
	t.ok(bound.err.startsWith(`pflask: --mount: ${bind}: ${merged} (overlay)`), bound.err);
	t.match(bound.err, /\nhint: leave out idmap[^\n]*\n$/);
});

liveWithUserXattrs(
	"an ephemeral root asks no server, and shows its files as they are",
	async (t, box) => {
		const root = await prepare(box);
		const log = `${box.dir}/log`;
		for (const server of SERVERS) {
			const via = inMounts(mountFuse(`${root}/data`, 0, server, log));
			const words = ["mounts", "+", "create", "/new"];
			const run = await box.run(
				[...args(root, "--ephemeral", "--changes=-"), "/bin/probe", ...words],
				{
					via,
				},
			);
			t.same([run.status, run.err], [0, ""], server);
			const mount = mountAt(run.facts, "/data");
			t.equal(mount?.type, "fuse.pftest");
			t.ok(mount?.options.includes("ro"));
			t.match(run.out, /\nA \/new\n$/);
			t.equal(readFileSync(log, "utf8"), server === "gone" ? "" : UNTOUCHED, server);
		}
		t.notOk(existsSync(`${root}/new`));
	},
);

live("a bind mount of a deleted file", async (t, box) => {
	const root = await prepare(box);
	const via = inMounts(`
		echo gone >"${box.dir}/file"; mount --bind "${box.dir}/file" "${root}/bound"
		rm "${box.dir}/file"`);
	for (const options of [[], ...EPHEMERAL_IN_USER_NAMESPACE]) {
		const script = "wc -c </bound";
		const run = await box.run([...args(root, ...options), "/bin/sh", "-c", script], { via });
		t.same([run.status, run.out, run.err], [0, "0\n", ""], options.join(" "));
	}
});

live("a path that its owner changes does not lead elsewhere", async (t, box) => {
	const root = await prepare(box);
	await sh(["mkdir", `${box.dir}/secret`, `${box.dir}/secret/deep`]);
	writeFileSync(`${box.dir}/secret/deep/file`, "secret\n");
	const script = `
		mount -t tmpfs none "${root}/data/deep"
		(while :; do
			mv "${root}/data" "${root}/moved" && ln -s "${box.dir}/secret" "${root}/data"
			rm "${root}/data"; mv "${root}/moved" "${root}/data"
		done) 2>/dev/null &
		for i in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16; do "$@" || true; done; kill $!`;
	const via = ["unshare", "--mount", "sh", "-cu", script, "sh"];
	const look = "cat /data/deep/file 2>/dev/null; true";
	const run = await box.run([...args(root), "/bin/sh", "-c", look], { via });
	t.notMatch(run.out, "secret");
});

t.end();
