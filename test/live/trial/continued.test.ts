// SPDX-License-Identifier: BSD-2-Clause
// With a DIR that has a trial, a further command of --ephemeral=DIR continues the trial.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmdirSync,
	rmSync,
	statSync,
	symlinkSync,
	unlinkSync,
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

const REFUSED = "cannot go on with the trial:";
const HINT = "hint: mkdir DIR, and --ephemeral=DIR\n";

function linesOf(dir: string): Record<string, unknown>[] {
	const lines = readFileSync(`${dir}/manifest`, "utf8").trimEnd().split("\n");
	return lines.map((line) => JSON.parse(line));
}

function makeTrial(box: Box, name = "trial"): string {
	const dir = `${box.dir}/${name}`;
	mkdirSync(dir);
	return dir;
}

/** Returns a function that runs a script in a root, with its changes in a directory. */
function runnerOf(box: Box, root: string, dir: string) {
	return (script: string, ...more: readonly string[]) =>
		box.run([`--chroot=${root}`, `--ephemeral=${dir}`, ...more, "--", "sh", "-c", script]);
}

live("a second command goes on where the first has ended", async (t, box) => {
	const root = await shellRoot(box);
	for (const name of ["one", "two", "three"]) writeFileSync(`${root}/${name}`, `${name}\n`);
	chmodSync(root, 0o755);
	const before = await tree(root);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	const first = await run("echo more >>/one; rm /two; mkdir -m 700 /new; chmod 711 /");
	t.same([first.status, first.err], [0, ""]);
	const [{ began } = {}] = linesOf(dir);
	const script =
		"cat /one; ls -d /two; stat -c %a /; echo last >>/one; echo 2 >/two; rmdir /new; exit 3";
	const second = await run(script);
	t.match(second, { status: 3, out: "one\nmore\n711\n" });
	const [header, continued, overlay, ...changes] = linesOf(dir);
	t.match(header, { version: 1, began, command: ["sh", "-c", /^echo more/] });
	t.match(continued, { continued: /^\d+\.\d{9}$/, command: ["sh", "-c", script] });
	t.match(overlay, { overlay: "/", upper: "upper" });
	t.match(changes, [{ path: "/" }, { path: "/one" }, { path: "/two", kind: "M" }, { code: 3 }]);
	t.same(readdirSync(dir).sort(), ["manifest", "upper", "work"]);
	t.equal(await tree(root), before);
	t.equal((await box.run([`--apply=${dir}`])).status, 0);
	t.equal(readFileSync(`${root}/one`, "utf8"), "one\nmore\nlast\n");
	t.equal(statSync(root).mode & 0o777, 0o711);
	const again = await run("true");
	t.equal(again.err, `pflask: --ephemeral: ${dir}: ${REFUSED} the trial was applied\n${HINT}`);
	t.equal((await box.run([`--revert=${dir}`])).status, 0);
	t.equal(await tree(root), before);
});

live("a path that changed below between two commands is a conflict", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${root}/one`, "one\n");
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo more >>/one")).status, 0);
	writeFileSync(`${root}/one`, "mine\n");
	t.equal((await run("echo last >>/one; echo 1 >/new")).status, 0);
	const failed = await box.run([`--apply=${dir}`]);
	t.match(failed.err, /^conflict: \/one: changed during the trial\n/);
	t.notOk(existsSync(`${root}/new`));
});

live("a start that fails leaves the trial as it was", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo 1 >/new")).status, 0);
	const manifest = readFileSync(`${dir}/manifest`, "utf8");
	const args = [`--chroot=${root}`, `--ephemeral=${dir}`, "--", "nonesuch"];
	t.equal((await box.run(args)).status, 127);
	t.equal(readFileSync(`${dir}/manifest`, "utf8"), manifest);
	t.same(readdirSync(dir).sort(), ["manifest", "upper", "work"]);
	const foreign = await run("true", "--chdir=/nonesuch");
	t.equal(foreign.status, 125);
	t.equal(readFileSync(`${dir}/manifest`, "utf8"), manifest);
});

live("pflask is killed in the second command", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo 1 >/first")).status, 0);
	const script = "echo 2 >/second; exec sleep 1000";
	const args = [`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script];
	const running = box.start(args);
	await until("the command runs", () => existsSync(`${dir}/upper/second`));
	const open = await box.run([`--diff=${dir}`]);
	t.match(open.err, "the trial has not ended, or pflask was killed");
	const busy = await run("true");
	t.equal(
		busy.err,
		`pflask: --ephemeral: ${dir}: in use by another container\n${HINT}`,
		"one container at a time",
	);
	signal(running.pid, "SIGKILL");
	await running.ended;
	await until("the manifest ends", () =>
		readFileSync(`${dir}/manifest`, "utf8").includes('"ended"'),
	);
	t.match(linesOf(dir).at(-1), { signal: 9 });
	const list = await box.run([`--diff=${dir}`, "--name-status"]);
	t.equal(list.out, "A /first\nA /second\n");
	await until("all processes have ended", () => descendants().length === 0);
});

live("an incomplete trial goes on, and is then complete", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo 1 >/first")).status, 0);
	const lines = readFileSync(`${dir}/manifest`, "utf8").split("\n");
	writeFileSync(`${dir}/manifest`, `${lines.slice(0, 2).join("\n")}\n{"path":"/fi`);
	writeFileSync(`${dir}/manifest.earlier`, "left by a monitor that was killed");
	t.equal((await run("echo 2 >/second")).status, 0);
	const list = await box.run([`--diff=${dir}`, "--name-status"]);
	t.equal(list.out, "A /first\nA /second\n");
});

live("another root and other ids are refused", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo 1 >/first")).status, 0);
	const manifest = readFileSync(`${dir}/manifest`, "utf8");
	const refused = async (why: string, args: readonly string[]) => {
		const result = await box.run([...args, `--ephemeral=${dir}`, "--", "sh", "-c", "echo 2 >/x"]);
		t.same(
			[result.status, result.err],
			[125, `pflask: --ephemeral: ${dir}: ${REFUSED} ${why}\n${HINT}`],
		);
		t.equal(readFileSync(`${dir}/manifest`, "utf8"), manifest);
	};
	await refused("/: was another directory of the host", []);
	const ids = "the ids of its container were mapped differently";
	await refused(ids, [`--chroot=${root}`, "--user-map=0:0:1"]);
	renameSync(root, `${root}.old`);
	await sh(["cp", "-a", `${root}.old`, root]);
	await refused("/: was another directory of the host", [`--chroot=${root}`]);
	t.same(readdirSync(`${dir}/upper`), ["first"]);
	t.notOk(existsSync(`${root}/x`));
});

live("a command may not write to its own trial by a mount", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const args = (mount: string) => [
		`--chroot=${root}`,
		`-w${dir}`,
		`--mount=${mount}`,
		"--",
		"true",
	];
	for (const mount of [`bind:${box.dir}:/tmp`, `bind:${dir}:/tmp`, `bind:${dir}/upper:/tmp`]) {
		if (mount.includes("upper")) mkdirSync(`${dir}/upper`);
		const run = await box.run(args(mount));
		t.equal(run.status, 125, mount);
		t.match(run.err, `${dir}: the command can write to it by ${mount}\nhint: `);
	}
	rmSync(`${dir}/upper`, { recursive: true });
	const run = await box.run(args(`bind-ro:${box.dir}:/tmp`));
	t.equal(run.status, 0, run.err);
});

live("a hostile directory is refused", async (t, box) => {
	const root = await shellRoot(box);
	const outside = `${box.dir}/outside`;
	mkdirSync(outside);
	writeFileSync(`${outside}/file`, "outside");
	const before = await tree(outside);
	const plant = async (why: RegExp | string, change: (dir: string) => void) => {
		const dir = makeTrial(box);
		const run = runnerOf(box, root, dir);
		t.equal((await run("echo 1 >/first")).status, 0);
		change(dir);
		const refused = await run("echo 2 >/second; echo 3 >/file");
		t.equal(refused.status, 125);
		t.match(refused.err, why);
		t.equal(await tree(outside), before);
		await sh(["rm", "-r", dir]);
	};
	const replace = (name: string) => (dir: string) => {
		rmSync(`${dir}/${name}`, { recursive: true });
		symlinkSync(outside, `${dir}/${name}`);
	};
	await plant("Too many levels of symbolic links", replace("upper"));
	await plant("Too many levels of symbolic links", replace("work"));
	await plant("Too many levels of symbolic links", (dir) => {
		renameSync(`${dir}/manifest`, `${outside}.manifest`);
		symlinkSync(`${outside}.manifest`, `${dir}/manifest`);
	});
	await plant("manifest: not a regular file", (dir) => {
		unlinkSync(`${dir}/manifest`);
		mkdirSync(`${dir}/manifest`);
	});
	await plant("stray: is no part of a trial", (dir) => writeFileSync(`${dir}/stray`, ""));
	await plant("upper-x: is no part of a trial", (dir) => mkdirSync(`${dir}/upper-x`));
	await plant("every user can write to it", (dir) => chmodSync(dir, 0o777));
	await plant("other users can write to it", (dir) => chmodSync(`${dir}/manifest`, 0o622));
	await plant("is not from a pflask of this version", (dir) =>
		writeFileSync(`${dir}/manifest`, '{"version":2}\n'),
	);
	await plant("manifest: is damaged", (dir) => {
		const text = readFileSync(`${dir}/manifest`, "utf8");
		writeFileSync(`${dir}/manifest`, text.replace('"upper"', '"upper-../../outside"'));
	});
	await plant("/: was another directory of the host", (dir) => {
		const text = readFileSync(`${dir}/manifest`, "utf8");
		writeFileSync(`${dir}/manifest`, text.replace(/"inode":"/, '"inode":"1'));
	});
});

live("a link in place of the earlier manifest is replaced", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo 1 >/first")).status, 0);
	writeFileSync(`${box.dir}/victim`, "kept");
	symlinkSync(`${box.dir}/victim`, `${dir}/manifest.earlier`);
	t.equal((await run("echo 2 >/second")).status, 0);
	t.equal(readFileSync(`${box.dir}/victim`, "utf8"), "kept");
	t.same(readdirSync(dir).sort(), ["manifest", "upper", "work"]);
});

live("root goes on in a container with mapped ids", async (t, box) => {
	const root = await shellRoot(box, 100000);
	const dir = makeTrial(box);
	await sh(["chown", "100000:100000", dir]);
	const run = runnerOf(box, root, dir);
	const map = "--user-map=0:100000:65536";
	const first = await run("echo 1 >/first; chown 7:8 /first", map);
	t.equal(first.status, 0, first.err);
	const second = await run("stat -c %u:%g /first; echo 2 >>/first; echo 3 >/second", map);
	t.match(second, { status: 0, out: "7:8\n" });
	const other = await run("true", "--user-map=0:200000:65536");
	t.match(other.err, "the ids of its container were mapped differently");
	t.equal((await box.run([`--apply=${dir}`])).status, 0);
	t.match(await sh(["stat", "-c", "%u:%g", `${root}/first`]), "100007:100008");
	t.match(await sh(["stat", "-c", "%u:%g", `${root}/second`]), "100000:100000");
});

const user = await account("pft-again", { range: RANGE });

liveWithUserXattrs("an ordinary user goes on with a trial of the host", async (t, box) => {
	const home = `${box.dir}/home`;
	const [other, gone] = [`${box.dir}/other`, `${box.dir}/gone`];
	for (const one of [home, gone]) mkdirSync(one);
	writeFileSync(`${home}/file`, "one\n");
	const dir = makeTrial(box);
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home, gone, dir]);
	const mine = as(user, box);
	const run = (script: string, more: readonly string[] = []) =>
		mine.run([`--ephemeral=${dir}`, ...more, "--", "sh", "-c", script], { cwd: home });
	const first = await run("echo two >>file");
	t.equal(first.status, 0, first.err);
	mkdirSync(other); // the overlays of the next start have other numbers
	rmdirSync(gone);
	const second = await run("cat file; echo three >>file; echo 1 >new");
	t.match(second, { status: 0, out: "one\ntwo\n" });
	const mapped = await run("true", ["--user-map=auto"]);
	t.match(mapped.err, "the ids of its container were mapped differently");
	const applied = await mine.run([`--apply=${dir}`], { cwd: home });
	t.same([applied.status, applied.err], [0, ""]);
	t.equal(readFileSync(`${home}/file`, "utf8"), "one\ntwo\nthree\n");
	const foreign = await box.run([`--ephemeral=${dir}`, "--", "true"]);
	t.equal(foreign.status, 125, "root does not go on with the trial of a user");
});

liveWithUserXattrs("an ordinary user goes on with mapped ids", async (t, box) => {
	const root = await shellRoot(box, 100000);
	const dir = makeTrial(box);
	await sh(["chown", `${user.uid}`, dir]);
	chmodSync(dir, 0o1777);
	const mine = as(user, box);
	const run = (script: string) =>
		mine.run([
			`--chroot=${root}`,
			"--user-map=0:100000:65536",
			`--ephemeral=${dir}`,
			"--",
			"sh",
			"-c",
			script,
		]);
	const first = await run("echo 1 >/first; chown 7:8 /first; chmod 600 /first; rm /bin/wc");
	t.equal(first.status, 0, first.err);
	t.equal(statSync(`${dir}/upper/first`).uid, 100007);
	const kernels = [dir, "work", "work"].join("/");
	t.not(statSync(kernels).uid, user.uid, "the kernel's directory has subordinate ids");
	const second = await run("stat -c %u:%g /first; ls /bin/wc; cat /first; echo 2 >>/first");
	t.match(second, { status: 0, out: "7:8\n1\n" });
	const lines = linesOf(dir);
	t.match(lines[0], { userns: true, map: /^u:0:100000:65536 .*g:0:100000:65536/ });
	t.ok(lines.some(({ path, kind }) => path === "/bin/wc" && kind === "D"));
	t.ok(lines.some(({ path, size }) => path === "/first" && size === 4));
});

live("root does not go on with the trial of another user", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const run = runnerOf(box, root, dir);
	t.equal((await run("echo 1 >/first")).status, 0);
	await sh(["chown", `${user.uid}`, `${dir}/manifest`]);
	const refused = await run("true");
	t.match(refused.err, `${REFUSED} belongs to another user: user ${user.uid}\n${HINT}`);
	await sh(["chown", "0", `${dir}/manifest`]);
	await sh(["chown", `${user.uid}`, dir]);
	t.match((await run("true")).err, `belongs to another user: user ${user.uid}\n`);
});
