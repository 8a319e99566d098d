// SPDX-License-Identifier: BSD-2-Clause
// --ask works for an ordinary user, and in a container with an overlay as its root.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { account, as, RANGE } from "../../lib/account.ts";
import { exactTree as tree } from "../../lib/exact-tree.ts";
import { sh } from "../../lib/host.ts";
import { liveWithUserXattrs } from "../../lib/kernel.ts";
import { live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-ask", { range: RANGE });
const QUESTION = /\[\?\]: $/;

liveWithUserXattrs("an ordinary user keeps changes in the home directory", async (t, box) => {
	const home = `${box.dir}/home`;
	mkdirSync(home);
	writeFileSync(`${home}/file`, "one\n");
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home]);
	const env = { ...user.env, TMPDIR: box.tmp };
	const script = "echo two >>file; mkdir -m 500 new; mkdir -m 0 shut";
	for (const [answer, text] of [
		["n\n", "one\n"],
		["a\n", "one\ntwo\n"],
	] as const) {
		const args = ["--ephemeral", "--ask", "--", "sh", "-c", script];
		const session = as(user, box).terminal(args, { cwd: home, env });
		await session.until(QUESTION);
		t.equal(readdirSync(box.tmp).length, 1);
		session.type(answer);
		const { status, out } = await session.ended;
		t.equal(status, 0, out);
		t.equal(readFileSync(`${home}/file`, "utf8"), text);
		t.same(readdirSync(box.tmp), [], "the private directory is gone");
	}
	t.same(readdirSync(home).sort(), ["file", "new", "shut"]);
});

liveWithUserXattrs("the example of the manual", async (t, box) => {
	const [, ...args] = "pflask --ephemeral --ask -- ./install.sh".split(" ");
	const home = `${box.dir}/home`;
	mkdirSync(home);
	writeFileSync(`${home}/install.sh`, "#!/bin/sh\necho made >made\n", { mode: 0o755 });
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home]);
	const env = { ...user.env, TMPDIR: box.tmp };
	const session = as(user, box).terminal(args, { cwd: home, env });
	await session.until(QUESTION);
	t.match(session.out, /A +made +5 B/);
	session.type("a\n");
	t.equal((await session.ended).status, 0, session.out);
	t.equal(readFileSync(`${home}/made`, "utf8"), "made\n");
});

liveWithUserXattrs("a deleted directory without the permission to write", async (t, box) => {
	const home = `${box.dir}/home`;
	const dir = `${box.dir}/trial`;
	mkdirSync(`${home}/old/in`, { recursive: true });
	mkdirSync(dir);
	writeFileSync(`${home}/old/in/file`, "old\n");
	await sh(["chmod", "-R", "a-w", `${home}/old`]);
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home, dir]);
	const before = await tree(home);
	const script = "chmod -R u+w old; rm -rf old; mkdir new";
	const args = [`--ephemeral=${dir}`, "--", "sh", "-c", script];
	const mine = as(user, box);
	const run = await mine.run(args, { cwd: home });
	t.equal(run.status, 0, run.err);
	for (const word of ["first", "again"]) {
		const applied = await mine.run([`--apply=${dir}`]);
		t.same([applied.status, applied.err], [0, ""], word);
		t.same(readdirSync(home), ["new"], word);
		const reverted = await mine.run([`--revert=${dir}`]);
		t.same([reverted.status, reverted.err], [0, ""], word);
		t.equal(await tree(home), before, word);
	}
});

liveWithUserXattrs("files of subordinate ids are refused, and removed", async (t, box) => {
	const home = `${box.dir}/home`;
	mkdirSync(home);
	await sh(["chown", `${user.uid}:${user.uid}`, home]);
	const env = { ...user.env, TMPDIR: box.tmp };
	const script = "mkdir -p d/e; echo 1 >d/e/f; chown -R 5:6 d; chmod 700 d; echo 2 >mine";
	const args = ["--user-map=auto", "--ephemeral", "--ask", "--", "sh", "-c", script];
	const session = as(user, box).terminal(args, { cwd: home, env });
	await session.until(QUESTION);
	session.type("a\n");
	await session.until(/only root can give files away\r\nhint: [^\n]*\n[^\n]*\[\?\]: $/);
	session.type("s mine\n");
	await session.until(/\[d\]iff: $/);
	session.type("y\n");
	await session.until(/the other changes\? [^\n]*: $/);
	session.type("n\n");
	const { status, out } = await session.ended;
	t.equal(status, 0, out);
	t.same(readdirSync(home), ["mine"]);
	t.same(readdirSync(box.tmp), [], "the private directory is gone");
});

liveWithUserXattrs("a root that is another user needs a directory of its own", async (t, box) => {
	const env = { ...user.env, TMPDIR: box.tmp };
	const args = ["--user-map=0:100000:100", "--ephemeral", "--ask", "--", "true"];
	const { status, out } = await as(user, box).terminal(args, { env }).ended;
	t.equal(status, 125);
	const why = "the container's root is the user 100000, who cannot write to a private directory";
	t.match(out, `pflask: --ask: ${why}\r\nhint: mkdir -m 1777 DIR, and --ephemeral=DIR --ask`);
	t.same(readdirSync(box.tmp), []);
});

live("a trial in a container with an overlay as its root", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/tmp`);
	mkdirSync(`${root}/var/tmp`, { recursive: true });
	mkdirSync(`${root}/trial`);
	const outer = [`--chroot=${root}`, "--ephemeral", "--setenv=TMPDIR=/none", "--keepenv"];
	const inner = `--mount=bind-ro:${PFLASK}:/bin/pflask`;
	const mounts = [inner, "--mount=bind-ro:/lib:/lib", "--mount=bind-ro:/lib64:/lib64"];
	const script = `
		pflask --ephemeral=/trial -- true; echo "status $?"
		mkdir /dev/shm/t
		pflask --ephemeral=/dev/shm/t -- sh -c 'echo 1 >/new'
		ls /new; pflask --apply=/dev/shm/t && cat /new && pflask --revert=/dev/shm/t && ls /new`;
	const run = await box.run([...outer, ...mounts, "--", "sh", "-c", script]);
	t.match(run.err, /^pflask: --ephemeral: \/trial: is on overlayfs, which cannot hold /);
	t.match(run.out, /^status 125\n1\n$/, run.err);
	const asked = ["--", "pflask", "--ephemeral", "--ask", "--", "sh", "-c", "echo 1 >/new"];
	const session = box.terminal([...outer, ...mounts, ...asked]);
	await session.until(QUESTION);
	session.type("l\n");
	const { out } = await session.ended;
	t.match(out, /the changes are in \/dev\/shm\/pflask-trial-/);
	t.notOk(existsSync(`${root}/new`));
	const hide = "umount /dev/shm; rmdir /dev/shm /tmp";
	const none = ["--", "sh", "-c", `${hide}; pflask --ephemeral --ask -- true`];
	const refused = box.terminal([...outer, ...mounts, ...none]);
	const why = "no place for the changes: /none: No such file or directory";
	t.match((await refused.ended).out, `pflask: --ask: ${why}\r\nhint: --ephemeral=DIR --ask, with`);
});
