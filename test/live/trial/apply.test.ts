// SPDX-License-Identifier: BSD-2-Clause
// --apply copies the changes of a real command to the root, and --revert undoes the copies.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	writeFileSync,
} from "node:fs";
import { account, as, RANGE } from "../../lib/account.ts";
import { exactTree as tree } from "../../lib/exact-tree.ts";
import { sh } from "../../lib/host.ts";
import { liveWithUserXattrs } from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { shellRoot } from "../../lib/shell-root.ts";

function makeTrial(box: Box): string {
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	return dir;
}

live("conflicts are named, and nothing is applied", async (t, box) => {
	const root = await shellRoot(box);
	for (const name of ["one", "two"]) writeFileSync(`${root}/${name}`, `${name}\n`);
	const dir = makeTrial(box);
	const script = "echo more >>/one; rm /two; echo 3 >/three; echo x >\"$(printf '/a\\033b')\"";
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	writeFileSync(`${root}/one`, "mine");
	writeFileSync(`${root}/three`, "mine");
	writeFileSync(`${root}/a\x1bb`, "mine");
	const before = await tree(root);
	const failed = await box.run([`--apply=${dir}`]);
	t.same(
		[failed.status, failed.out, failed.err],
		[
			125,
			"",
			"conflict: /a\\x1bb: exists now\nconflict: /one: has changed\n" +
				"conflict: /three: exists now\n" +
				`pflask: ${dir}: 3 conflicts: nothing was applied\n` +
				`hint: pflask --apply=${dir} --force, or pflask --apply=${dir} PATH\n`,
		],
	);
	t.equal(await tree(root), before);
	t.equal((await box.run([`--apply=${dir}`, "/two"])).status, 0);
	t.notOk(existsSync(`${root}/two`));
	t.equal((await box.run([`--apply=${dir}`, "--force"])).status, 0);
	t.equal(readFileSync(`${root}/one`, "utf8"), "one\nmore\n");
	writeFileSync(`${root}/three`, "later");
	const kept = await box.run([`--revert=${dir}`]);
	t.equal(
		kept.err,
		`conflict: /three: has changed\npflask: ${dir}: 1 conflict: nothing was reverted\n`,
	);
});

live(
	"setuid files and devices of a container with a user namespace need --allow",
	async (t, box) => {
		const root = await shellRoot(box, 100000);
		const dir = makeTrial(box);
		await sh(["chown", "100000:100000", dir]);
		const script = "cp /bin/busybox /suid; chmod 4755 /suid; echo 1 >/plain";
		const map = "--user-map=0:100000:65536";
		const args = [`--chroot=${root}`, map, `--ephemeral=${dir}`, "--", "sh", "-c", script];
		const run = await box.run(args);
		t.equal(run.status, 0, run.err);
		const refused = await box.run([`--apply=${dir}`]);
		t.equal(
			refused.err,
			"pflask: /suid: is a setuid file, and the command did not run as root\n" +
				`hint: pflask --apply=${dir} --allow=setuid\n`,
		);
		t.notOk(existsSync(`${root}/plain`));
		t.equal((await box.run([`--apply=${dir}`, "/plain"])).status, 0);
		const wrong = await box.run([`--apply=${dir}`, "--allow=all"]);
		t.match(wrong.err, "pflask: --allow: all: not setuid or devices\n");
		t.equal((await box.run([`--apply=${dir}`, "--allow=setuid,devices"])).status, 0);
		t.match(await sh(["stat", "-c", "%a %u", `${root}/suid`]), "4755 100000");
	},
);

live(
	"the owner of a directory of root cannot change what root applies and reverts",
	async (t, box) => {
		const root = await shellRoot(box, 100000);
		const dir = makeTrial(box);
		await sh(["chown", "100000:100000", dir]);
		const map = "--user-map=0:100000:65536";
		const args = [`--chroot=${root}`, map, `--ephemeral=${dir}`, "--", "sh", "-c", "echo 1 >/new"];
		const run = await box.run(args);
		t.equal(run.status, 0, run.err);
		chmodSync(`${dir}/upper/new`, 0o4755);
		const setuid = await box.run([`--apply=${dir}`]);
		t.match(setuid.err, "pflask: /new: is a setuid file, and the command did not run as root\n");
		chmodSync(`${dir}/upper/new`, 0o644);
		mkdirSync(`${dir}/undo`);
		writeFileSync(`${dir}/undo/0`, "forged");
		const forged = {
			type: "file",
			mode: "0644",
			uid: 0,
			gid: 0,
			size: 6,
			inode: "1",
			ctime: "1.0",
		};
		const lines = [{ apply: [[0, forged]], parents: [] }, { revert: [0] }];
		writeFileSync(`${dir}/journal`, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
		for (const name of ["journal", "undo"]) {
			await sh(["chown", "100000:100000", `${dir}/${name}`]);
			for (const action of ["apply", "revert"]) {
				const refused = await box.run([`--${action}=${dir}`]);
				t.equal(refused.err, `pflask: ${dir}/${name}: belongs to user 100000\n`);
			}
			await sh(["chown", "0:0", `${dir}/${name}`]);
		}
		t.notOk(existsSync(`${root}/new`));
		const make = "rm -r journal undo && mkfifo journal && chown 100000:100000 journal";
		await sh(["sh", "-c", `cd ${dir} && ${make}`]);
		const held = await box.run([`--apply=${dir}`]);
		t.equal(
			held.err,
			`pflask: ${dir}/journal: not a regular file\n`,
			"a fifo does not hold pflask",
		);
	},
);

live("a command cannot change the trial itself", async (t, box) => {
	const root = await shellRoot(box);
	const dir = `${root}/box/trial`;
	mkdirSync(dir, { recursive: true });
	const script = "cd /box/trial; echo >>manifest; echo {} >journal; mkdir undo; echo 1 >/fine";
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	const before = await tree(dir);
	const refused = await box.run([`--apply=${dir}`, "--force"]);
	t.match(refused.err, "is, contains, or lies in the trial itself\n");
	t.equal(await tree(dir), before);
	t.equal((await box.run([`--apply=${dir}`, "/fine"])).status, 0);
	t.ok(existsSync(`${root}/fine`));
});

live("a root that was mounted with mapped owners is refused", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	await sh(["chown", "100000:100000", dir]);
	const map = "--user-map=0:100000:65536";
	const args = [`--chroot=${root}`, map, `--ephemeral=${dir}`, "--", "sh", "-c", "echo 1 >/new"];
	const run = await box.run(args);
	t.equal(run.status, 0, run.err);
	const refused = await box.run([`--apply=${dir}`, "--force"]);
	t.match(refused.err, /^pflask: \S+: was mounted with mapped owners/);
	t.notOk(existsSync(`${root}/new`));
});

live("a command cannot lead --apply out of the root", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/d`);
	writeFileSync(`${root}/d/file`, "inside");
	const outside = `${box.dir}/outside`;
	mkdirSync(outside);
	writeFileSync(`${outside}/file`, "outside");
	const dir = makeTrial(box);
	const script = `ln -s ${outside} /link; mv /d /old; ln -s ${outside} /d; rm /old/file
		ln -s ../../../../..${outside} /up`;
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	const before = await tree(root);
	t.equal((await box.run([`--apply=${dir}`])).status, 0);
	t.same(readdirSync(outside), ["file"]);
	t.equal(readFileSync(`${outside}/file`, "utf8"), "outside");
	t.equal((await box.run([`--revert=${dir}`])).status, 0);
	t.equal(await tree(root), before);
});

const user = await account("pft-apply", { range: RANGE });

liveWithUserXattrs("an ordinary user applies and reverts changes to own files", async (t, box) => {
	const home = `${box.dir}/home`;
	mkdirSync(`${home}/sub/deep`, { recursive: true });
	for (const name of ["file", "sub/deep/gone"]) writeFileSync(`${home}/${name}`, "one\n");
	const dir = makeTrial(box);
	await sh(["chown", "-R", `${user.uid}:${user.uid}`, home, dir]);
	chmodSync(home, 0o750);
	const before = await tree(home);
	const mine = as(user, box);
	const script =
		"echo two >>file; rm -r sub; mkdir -p new/dir; echo 3 >new/dir/f; ln new/dir/f hard";
	const run = await mine.run([`--ephemeral=${dir}`, "--", "sh", "-c", script], { cwd: home });
	t.equal(run.status, 0, run.err);
	t.equal(await tree(home), before);
	const applied = await mine.run([`--apply=${dir}`], { cwd: home });
	t.same([applied.status, applied.err], [0, ""]);
	t.same(readdirSync(home).sort(), ["file", "hard", "new"]);
	t.equal(readFileSync(`${home}/file`, "utf8"), "one\ntwo\n");
	const reverted = await mine.run([`--revert=${dir}`], { cwd: home });
	t.same([reverted.status, reverted.err], [0, ""]);
	t.equal(await tree(home), before);
});

liveWithUserXattrs("a change that the trial could not keep is named", async (t, box) => {
	const dir = makeTrial(box);
	const home = `${box.dir}/home`;
	mkdirSync(home);
	await sh(["chown", `${user.uid}:${user.uid}`, dir, home]);
	const mine = as(user, box);
	const script = "mkdir /pft-lost && echo 1 >kept";
	const run = await mine.run([`--ephemeral=${dir}`, "--", "sh", "-c", script], { cwd: home });
	t.equal(run.status, 0, run.err);
	const lost = "pflask: /pft-lost: the trial could not keep this change\n";
	const list = await mine.run([`--diff=${dir}`, "--name-status"], { cwd: home });
	t.same([list.status, list.out, list.err], [0, `A ${home}/kept\n`, lost]);
	const all = await mine.run([`--apply=${dir}`], { cwd: home });
	t.same([all.status, all.err], [125, lost]);
	t.same(readdirSync(home), []);
	t.equal((await mine.run([`--apply=${dir}`, "kept"], { cwd: home })).status, 0);
	t.same(readdirSync(home), ["kept"]);
});

live("pflask is killed at a rename, and the next --apply finishes", async (t, box) => {
	const root = await shellRoot(box);
	const dir = makeTrial(box);
	const script = "for i in 1 2 3 4 5 6 7 8 9; do echo $i >/f$i; done; rm /bin/wc";
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	t.equal(run.status, 0, run.err);
	const before = await tree(root);
	for (const call of ["renameat,renameat2:signal=KILL:when=5", "unlinkat:signal=KILL:when=1"]) {
		const via = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", `inject=${call}`];
		const killed = await box.run([`--apply=${dir}`], { via });
		t.not(killed.status, 0);
		t.equal((await box.run([`--apply=${dir}`])).status, 0);
		t.same(
			readdirSync(root)
				.filter((name) => name.startsWith("f") || name.startsWith("."))
				.sort(),
			["f1", "f2", "f3", "f4", "f5", "f6", "f7", "f8", "f9"],
		);
		t.notOk(existsSync(`${root}/bin/wc`));
		t.equal((await box.run([`--revert=${dir}`])).status, 0);
		t.equal(await tree(root), before);
	}
});
