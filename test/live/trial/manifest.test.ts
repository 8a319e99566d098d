// SPDX-License-Identifier: BSD-2-Clause
// The manifest of --ephemeral=DIR records the container and its changes.
import { existsSync, lstatSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { liveWithUserXattrs } from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

interface Line {
	readonly [key: string]: unknown;
	readonly path?: string;
	readonly kind?: string;
	readonly below?: { readonly inode: string; readonly ctime: string; readonly size?: number };
}

function linesOf(dir: string): Line[] {
	const text = readFileSync(`${dir}/manifest`, "utf8");
	t.ok(text.endsWith("\n"), "the last line is complete");
	return text
		.trimEnd()
		.split("\n")
		.map((line) => JSON.parse(line) as Line);
}

function makeTrial(box: Box): string {
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	return dir;
}

live("the manifest identifies what was below each changed path", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${root}/changed`, "one\n");
	writeFileSync(`${root}/gone`, "");
	const dir = makeTrial(box);
	const script = "echo two >>/changed; rm /gone; mkdir -p /new/dir; exit 7";
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.same([run.status, run.out, run.err], [7, "", ""]);
	const lines = linesOf(dir);
	const [header, overlay] = lines;
	t.match(header, { version: 1, uid: 0, userns: false, command: ["sh", "-c", script] });
	const inode = `${lstatSync(root, { bigint: true }).ino}`;
	t.match(overlay, { overlay: "/", upper: "upper", lower: root, inode });
	t.match(lines.at(-1), { code: 7 });
	const changes = lines.filter(({ path }) => path !== undefined);
	t.same(
		changes.map(({ kind, path }) => `${kind} ${path}`),
		["M /changed", "D /gone", "A /new", "A /new/dir"],
	);
	const status = lstatSync(`${root}/changed`, { bigint: true });
	const [seconds, rest] = [status.ctimeNs / 1_000_000_000n, status.ctimeNs % 1_000_000_000n];
	const ctime = `${seconds}.${`${rest}`.padStart(9, "0")}`;
	t.match(changes[0]?.below, {
		inode: `${status.ino}`,
		ctime,
		size: 4,
		mode: "0644",
		type: "file",
	});
	t.match(changes[1]?.below, { size: 0 });
	t.equal(changes[2]?.below, undefined, "nothing was below a new path");
});

live(
	"no user but the caller can read or write the manifest, and the command cannot",
	async (t, box) => {
		const dir = makeTrial(box);
		const forge = `echo forged >'${dir}/manifest'`;
		const script = `${forge}; rm -f '${dir}/manifest'; ${forge}`;
		const run = await box.run([`--ephemeral=${dir}`, "--", "sh", "-c", script]);
		t.equal(run.status, 0, run.err);
		const status = statSync(`${dir}/manifest`);
		t.same([status.mode & 0o777, status.uid], [0o600, 0]);
		t.match(linesOf(dir)[0], { version: 1 });
		t.match(linesOf(dir).at(-1), { code: 0 });
	},
);

live("the manifest is complete if pflask is killed", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const script = "echo 1 >/new; echo ready; exec sleep 1000";
	const running = box.start([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	await until("the command runs", () => existsSync(`${dir}/upper/new`));
	signal(running.pid, "SIGKILL");
	await running.ended;
	await until("the manifest ends", () =>
		readFileSync(`${dir}/manifest`, "utf8").includes('"ended"'),
	);
	const lines = linesOf(dir);
	t.ok(lines.some(({ kind, path }) => kind === "A" && path === "/new"));
	t.match(lines.at(-1), { signal: 9 });
	await until("all processes have ended", () => descendants().length === 0);
});

live("a name with control characters is one line", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const script = "printf 1 >\"$(printf '/a\\n{\\033[31m\\351')\"";
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	const text = readFileSync(`${dir}/manifest`, "utf8");
	t.match(text, '{"path":"/a\\u000a{\\u001b[31m\\udce9","kind":"A"');
});

/** Makes a directory whose path almost has the longest length, and entries with longer paths. */
const TOO_LONG = `
import os, sys
os.chdir("/opt")
for _ in range(20):
	os.mkdir("d" * 200)
	os.chdir("d" * 200)
for i in range(int(sys.argv[1])):
	os.mkdir("%04d" % i + "e" * 200)
`;

live("each path that could not be examined is recorded, up to a limit", async (t, box) => {
	for (const [made, recorded] of [
		[3, 3],
		[1100, 1001],
	] as const) {
		const dir = `${box.dir}/trial-${made}`;
		mkdirSync(dir);
		const command = ["python3", "-c", TOO_LONG, `${made}`];
		const run = await box.run([`--ephemeral=${dir}`, "--", ...command]);
		t.equal(run.status, 0, run.err);
		const failed = linesOf(dir).flatMap(({ failed: path }) => (path === undefined ? [] : [path]));
		t.equal(failed.length, recorded);
		t.equal(new Set(failed).size, recorded, "each path has one line");
		const mountPoints = linesOf(dir).map(({ overlay }) => overlay);
		t.equal(mountPoints.includes(failed.at(-1)), made > recorded, "then the mount point");
	}
});

live("a manifest that does not fit on the disk is an error", async (t, box) => {
	const disk = `${box.dir}/disk`;
	mkdirSync(disk);
	await sh(["mount", "-t", "tmpfs", "-o", "size=256k", "none", disk]);
	try {
		mkdirSync(`${disk}/trial`);
		const script = "for i in $(seq 50); do mkdir /opt/$i; done; ! cat /dev/zero 2>&- >/opt/zero";
		const run = await box.run([`--ephemeral=${disk}/trial`, "--", "sh", "-c", script]);
		const error = "pflask: --ephemeral: cannot write 'manifest': No space left on device\n";
		t.same([run.err, run.status], [error, 125]);
		const diff = await box.run([`--diff=${disk}/trial`]);
		t.equal(diff.status, 125);
		t.match(diff.err, "the trial has not ended, or pflask was killed\n");
	} finally {
		await sh(["umount", disk]);
	}
});

const user = await account("pft-trial", { range: RANGE });

liveWithUserXattrs("an ordinary user has a trial, too", async (t, box) => {
	const home = `${box.dir}/home`;
	mkdirSync(home);
	writeFileSync(`${home}/file`, "one\n");
	const dir = makeTrial(box);
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home, dir]);
	const script = `echo two >>'${home}/file'`;
	const args = [`--ephemeral=${dir}`, "--", "sh", "-c", script];
	const run = await as(user, box).run(args, { cwd: home });
	t.equal(run.status, 0, run.err);
	const lines = linesOf(dir);
	t.match(lines[0], { userns: true, uid: user.uid });
	t.ok(lines.some(({ kind, path }) => kind === "M" && path === `${home}/file`));
	t.equal(statSync(`${dir}/manifest`).uid, user.uid);
});
