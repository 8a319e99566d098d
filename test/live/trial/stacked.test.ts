// SPDX-License-Identifier: BSD-2-Clause
// --lower=DIR puts a container or a trial above a trial.
import {
	chmodSync,
	existsSync,
	lstatSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import { account, as, RANGE } from "../../lib/account.ts";
import { exactTree as tree } from "../../lib/exact-tree.ts";
import { sh } from "../../lib/host.ts";
import { liveWithUserXattrs } from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

const ABOVE = "cannot lie above the trial:";

interface Line {
	readonly [key: string]: unknown;
	readonly path?: string;
	readonly below?: { readonly inode: string; readonly trial?: number };
}

function linesOf(dir: string): Line[] {
	const lines = readFileSync(`${dir}/manifest`, "utf8").trimEnd().split("\n");
	return lines.map((line) => JSON.parse(line) as Line);
}

/** Makes a root with some files, and three directories for trials. */
async function scene(box: Box) {
	const root = await shellRoot(box);
	for (const dir of ["dir", "full"]) {
		mkdirSync(`${root}/${dir}`);
		for (const name of ["one", "two"]) writeFileSync(`${root}/${dir}/${name}`, `${name}\n`);
	}
	writeFileSync(`${root}/file`, "file\n");
	writeFileSync(`${root}/other`, "other\n");
	const dirs = ["first", "second", "third"].map((name) => `${box.dir}/${name}`);
	for (const dir of dirs) mkdirSync(dir);
	const [first = "", second = "", third = ""] = dirs;
	const run = (dir: string, lower: string | undefined, script: string) =>
		box.run([
			`--chroot=${root}`,
			dir === "" ? "--ephemeral" : `--ephemeral=${dir}`,
			...(lower === undefined ? [] : [`--lower=${lower}`]),
			"--",
			"sh",
			"-c",
			script,
		]);
	return { root, first, second, third, run };
}

const FIRST = `echo first >>/file; rm /other; echo 1 >/dir/new; rm -r /full; mkdir /full
	echo 2 >/full/three; mkdir /made; echo 3 >/made/file`;
const SECOND = "echo second >>/file; rm -r /dir /full; echo 4 >/made/more; echo 5 >/other";

live("a command sees the changes of the trial below", async (t, box) => {
	const { root, first, second, run } = await scene(box);
	const before = await tree(root);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	const kept = await tree(first);
	const look = "cat /file /dir/new; ls -d /other; ls /full; cat /made/file";
	const seen = await run("", first, `${look}; rm -r /dir; echo 6 >/file`);
	t.equal(seen.out, "file\nfirst\n1\nthree\n3\n");
	const above = await run(second, first, SECOND);
	t.same([above.status, above.err], [0, ""]);
	t.equal(await tree(first), kept, "the trial below does not change");
	t.equal(await tree(root), before);
	const lines = linesOf(second);
	const { ino, mtimeNs } = lstatSync(`${first}/manifest`, { bigint: true });
	const mtime = `${mtimeNs / 1_000_000_000n}.${`${mtimeNs % 1_000_000_000n}`.padStart(9, "0")}`;
	t.match(lines[1], { trial: first, inode: `${ino}`, mtime });
	const below = (path: string) => lines.find((line) => line.path === path)?.below;
	const inode = lstatSync(`${first}/upper/file`, { bigint: true }).ino;
	t.match(below("/file"), { trial: 1, inode: `${inode}`, size: 11 });
	t.match(below("/full"), { trial: 1 });
	t.equal(below("/made/more"), undefined);
	t.equal(below("/other"), undefined, "the trial below has deleted this path");
});

live("--diff compares with what the trial below shows", async (t, box) => {
	const { first, second, run } = await scene(box);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	t.equal((await run(second, first, `${SECOND}; echo 7 >>/made/file`)).status, 0);
	const list = await box.run([`--diff=${second}`, "--name-status"]);
	t.equal(list.out, "D /dir\nM /file\nD /full\nM /made/file\nA /made/more\nA /other\n");
	const diff = await box.run([`--diff=${second}`]);
	const changed = diff.out.match(/^(file|[-+][^-+]).*$/gm);
	t.same(changed, [
		"file /dir: deleted directory",
		"-1",
		"-one",
		"-two",
		"+second",
		"file /full: deleted directory",
		"-2",
		"+7",
		"+4",
		"+5",
	]);
});

live("a trial is applied after the trials below, and reverted before them", async (t, box) => {
	const { root, first, second, third, run } = await scene(box);
	const before = await tree(root);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	t.equal((await run(second, first, SECOND)).status, 0);
	const last = await run(
		third,
		second,
		"cat /file; ls -d /dir /full /made /other; echo third >>/file; rm -r /made",
	);
	t.equal(last.out, "file\nfirst\nsecond\n/made\n/other\n");
	t.match(
		linesOf(third).filter(({ trial }) => trial),
		[{ trial: second }, { trial: first }],
	);
	const tooEarly = async (dir: string, lower: string) => {
		const refused = await box.run([`--apply=${dir}`]);
		const why = `is not applied, and the trial ${dir} lies above it`;
		const hint = `hint: pflask --apply=${lower}\n`;
		t.same([refused.status, refused.err], [125, `pflask: ${lower}: ${why}\n${hint}`]);
	};
	await tooEarly(third, first);
	await tooEarly(second, first);
	t.equal(await tree(root), before);
	for (const dir of [first, second, third]) {
		if (dir === second) await tooEarly(third, second);
		const applied = await box.run([`--apply=${dir}`]);
		t.same([applied.status, applied.err], [0, ""], dir);
	}
	t.equal(readFileSync(`${root}/file`, "utf8"), "file\nfirst\nsecond\nthird\n");
	for (const name of ["dir", "full", "made"]) t.notOk(existsSync(`${root}/${name}`));
	const wrong = await box.run([`--revert=${first}`]);
	t.match(wrong.err, /^conflict: /);
	for (const dir of [third, second, first]) {
		const reverted = await box.run([`--revert=${dir}`]);
		t.same([reverted.status, reverted.err], [0, ""], dir);
	}
	t.equal(await tree(root), before);
	await tooEarly(second, first);
	for (const dir of [first, second]) t.equal((await box.run([`--apply=${dir}`])).status, 0);
	t.equal(readFileSync(`${root}/file`, "utf8"), "file\nfirst\nsecond\n");
});

live("a path that changed after the trial below was applied is a conflict", async (t, box) => {
	const { root, first, second, run } = await scene(box);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	t.equal((await run(second, first, SECOND)).status, 0);
	t.equal((await box.run([`--apply=${first}`])).status, 0);
	writeFileSync(`${root}/file`, "mine\n");
	writeFileSync(`${root}/dir/mine`, "");
	writeFileSync(`${root}/other`, "");
	const before = await tree(root);
	const failed = await box.run([`--apply=${second}`]);
	const conflicts = failed.err.split("\n").filter((line) => line.startsWith("conflict: "));
	t.same(conflicts.sort(), [
		"conflict: /dir/mine: has changed",
		"conflict: /file: has changed",
		"conflict: /other: exists now",
	]);
	t.equal(await tree(root), before);
});

live("the trial below has changed", async (t, box) => {
	const { root, first, second, run } = await scene(box);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	t.equal((await run(second, first, SECOND)).status, 0);
	writeFileSync(`${first}/upper/file`, "forged\n");
	t.equal((await box.run([`--apply=${first}`])).status, 0);
	const conflict = await box.run([`--apply=${second}`]);
	t.match(conflict.err, `conflict: /file: has changed in the trial ${first}\n`);
	t.equal((await box.run([`--revert=${first}`])).status, 0);
	renameSync(`${first}/journal`, `${box.dir}/journal`);
	await sh(["rm", "-r", `${first}/undo`]);
	t.equal((await run(first, undefined, "echo again >>/file")).status, 0);
	for (const action of ["diff", "apply"]) {
		const refused = await box.run([`--${action}=${second}`]);
		const why = `has changed since the trial ${second} above it`;
		t.match(refused.err, `pflask: ${first}: ${why}\n`);
	}
	const again = await run(second, undefined, "true");
	t.match(again.err, `${first}: has changed since the trial above it\n`);
	t.notOk(existsSync(`${root}/made`));
});

live("a trial above a trial goes on", async (t, box) => {
	const { first, second, third, run } = await scene(box);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	t.equal((await run(third, undefined, "true")).status, 0);
	t.equal((await run(second, first, SECOND)).status, 0);
	const goesOn = await run(second, undefined, "cat /file; echo more >>/file");
	t.match(goesOn, { status: 0, out: "file\nfirst\nsecond\n" });
	const named = await run(second, first, "tail -n 1 /file");
	t.match(named, { status: 0, out: "more\n" });
	const lines = linesOf(second);
	t.equal(lines.filter(({ continued }) => continued !== undefined).length, 2);
	t.match(lines[3], { trial: first });
	const other = await run(second, third, "true");
	const why = "the trial of --ephemeral does not lie above this trial";
	t.equal(other.err, `pflask: --lower: ${third}: ${ABOVE} ${why}\n`);
	for (const dir of [first, second]) t.equal((await box.run([`--apply=${dir}`])).status, 0);
});

live("what --lower refuses", async (t, box) => {
	const { root, first, second, third, run } = await scene(box);
	const refused = async (dir: string, why: string) => {
		const result = await run(second, dir, "true");
		t.same([result.status, result.err.split("\n")[0]], [125, `pflask: --lower: ${dir}: ${why}`]);
		t.same(readdirSync(second), [], "nothing is left");
	};
	await refused(`${box.dir}/nonesuch`, "No such file or directory");
	await refused(second, `${ABOVE} is the directory of this container`);
	await refused(third, `${ABOVE} is no trial: has no manifest`);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	const same = await run(first, first, "true");
	t.match(same.err, "is the directory of this container\n");
	await sh(["cp", "-a", first, `${box.dir}/cut`]);
	await sh(["sed", "-i", "$d", `${box.dir}/cut/manifest`]);
	await refused(`${box.dir}/cut`, `${ABOVE} the trial has not ended, or pflask was killed`);
	await sh(["cp", "-a", first, `${box.dir}/open`]);
	chmodSync(`${box.dir}/open`, 0o777);
	await refused(`${box.dir}/open`, `${ABOVE} other users can write to it`);
	await sh(["cp", "-a", first, `${box.dir}/foreign`]);
	await sh(["chown", "1234", `${box.dir}/foreign/manifest`]);
	await refused(`${box.dir}/foreign`, `${ABOVE} belongs to another user: user 1234`);
	await sh(["cp", "-a", first, `${box.dir}/linked`]);
	renameSync(`${box.dir}/linked/upper`, `${box.dir}/moved`);
	symlinkSync(`${box.dir}/moved`, `${box.dir}/linked/upper`);
	const linked = await run(second, `${box.dir}/linked`, "true");
	t.match(linked.err, "Too many levels of symbolic links\n");
	const host = await box.run(["--ephemeral", `--lower=${first}`, "--", "true"]);
	t.match(host.err, `${ABOVE} /: was another directory of the host\n`);
	const mapped = ["--user-map=0:0:1", "--ephemeral", `--lower=${first}`, "--", "true"];
	const ids = await box.run([`--chroot=${root}`, ...mapped]);
	t.match(ids.err, `${ABOVE} the ids of its container were mapped differently\n`);
	const alone = await box.run([`--lower=${first}`, "--", "true"]);
	t.equal(alone.err, "pflask: --lower: requires --ephemeral\nhint: --ephemeral --lower=DIR\n");
});

live("the trial below is locked while a container lies above it", async (t, box) => {
	const { root, first, second, third, run } = await scene(box);
	t.equal((await run(first, undefined, FIRST)).status, 0);
	const script = "echo 1 >/ready; exec sleep 1000";
	const words = (dir: string, lower: readonly string[]) => [
		`--chroot=${root}`,
		`--ephemeral=${dir}`,
		...lower,
		"--",
		"sh",
		"-c",
		script,
	];
	const running = box.start(words(second, [`--lower=${first}`]));
	await until("the command runs", () => existsSync(`${second}/upper/ready`));
	t.equal((await run("", first, "true")).status, 0, "another container may lie above it, too");
	const goesOn = await run(first, undefined, "true");
	t.match(goesOn.err, "cannot go on with the trial: in use by another pflask\n");
	for (const action of ["apply", "revert"]) {
		const refused = await box.run([`--${action}=${first}`]);
		t.equal(refused.err, `pflask: ${first}: another pflask uses the trial\n`);
	}
	signal(running.pid, "SIGTERM");
	await running.ended;
	const below = box.start(words(third, []));
	await until("the command runs", () => existsSync(`${third}/upper/ready`));
	const inUse = await run("", third, "true");
	t.match(inUse.err, `${ABOVE} in use by another pflask\n`);
	signal(below.pid, "SIGTERM");
	await below.ended;
	await until("all processes have ended", () => descendants().length === 0);
	t.equal((await box.run([`--apply=${first}`])).status, 0);
});

live("the host's root, with trials in its own file systems", async (t, box) => {
	const [first, second] = [`${box.dir}/first`, `${box.dir}/second`];
	for (const dir of [first, second]) mkdirSync(dir);
	writeFileSync(`${box.dir}/file`, "one\n");
	const run = (dir: string, script: string, ...more: readonly string[]) =>
		box.run([`--ephemeral=${dir}`, ...more, "--", "sh", "-c", script], { cwd: box.dir });
	t.equal((await run(first, "echo two >>file; mkdir new; echo 1 >new/file")).status, 0);
	const above = await run(second, "cat file; echo three >>file; rm -r new", `--lower=${first}`);
	t.match(above, { status: 0, out: "one\ntwo\n", err: "" });
	const list = await box.run([`--diff=${second}`, "--name-status"]);
	t.equal(list.out, `M ${box.dir}/file\nD ${box.dir}/new\n`);
	for (const dir of [first, second]) {
		const applied = await box.run([`--apply=${dir}`]);
		t.same([applied.status, applied.err], [0, ""]);
	}
	t.equal(readFileSync(`${box.dir}/file`, "utf8"), "one\ntwo\nthree\n");
});

const user = await account("pft-stacked", { range: RANGE });

liveWithUserXattrs("an ordinary user puts a trial above a trial", async (t, box) => {
	const home = `${box.dir}/home`;
	const [first, second] = [`${box.dir}/first`, `${box.dir}/second`];
	for (const dir of [home, first, second]) mkdirSync(dir);
	writeFileSync(`${home}/file`, "one\n");
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home, first, second]);
	const mine = as(user, box);
	const run = (dir: string, script: string, ...more: readonly string[]) =>
		mine.run([`--ephemeral=${dir}`, ...more, "--", "sh", "-c", script], { cwd: home });
	const below = await run(first, "echo two >>file; mkdir new; echo 1 >new/file");
	t.same([below.status, below.err], [0, ""]);
	const above = await run(second, "cat file; echo three >>file; rm -r new", `--lower=${first}`);
	t.match(above, { status: 0, out: "one\ntwo\n", err: "" });
	const again = await run(second, "cat file; ls; echo four >>file");
	t.match(again, { status: 0, out: "one\ntwo\nthree\nfile\n", err: "" });
	const early = await mine.run([`--apply=${second}`], { cwd: home });
	t.match(early.err, `pflask: ${first}: is not applied`);
	for (const dir of [first, second]) {
		const applied = await mine.run([`--apply=${dir}`], { cwd: home });
		t.same([applied.status, applied.err], [0, ""]);
	}
	t.equal(readFileSync(`${home}/file`, "utf8"), "one\ntwo\nthree\nfour\n");
	t.same(readdirSync(home), ["file"]);
});
