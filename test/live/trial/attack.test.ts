// SPDX-License-Identifier: BSD-2-Clause
// Attacks on --diff, --apply and --revert by another user, by damaged files, and by full disks.
import {
	chmodSync,
	chownSync,
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	renameSync,
	rmSync,
	statSync,
	writeFileSync,
} from "node:fs";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { shellRoot } from "../../lib/shell-root.ts";

/** Makes a trial by a command, and returns its root and its directory. */
async function makeTrial(box: Box, script: string): Promise<{ root: string; dir: string }> {
	const root = await shellRoot(box);
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	const run = await box.run([`--chroot=${root}`, `-w${dir}`, "--", "sh", "-c", script]);
	if (run.status !== 0) throw new Error(run.err);
	return { root, dir };
}

/** Changes the manifest of a trial. */
function rewrite(dir: string, change: (text: string) => string): void {
	const path = `${dir}/manifest`;
	writeFileSync(path, change(readFileSync(path, "utf8")));
}

live("the owner of DIR is checked before its manifest is read", async (t, box) => {
	const { dir } = await makeTrial(box, "echo a >/a");
	writeFileSync(`${dir}/manifest`, "damaged on purpose\n");
	chownSync(`${dir}/manifest`, 12345, 12345);
	for (const action of ["diff", "apply", "revert"]) {
		const run = await box.run([`--${action}=${dir}`]);
		t.equal(run.status, 125);
		t.match(run.err, `pflask: ${dir}: belongs to user 12345\nhint: sudo -u '#12345' `);
	}
});

live("lines that are JSON but no object are refused", async (t, box) => {
	const { root, dir } = await makeTrial(box, "echo a >/a");
	const before = readFileSync(`${dir}/manifest`, "utf8");
	for (const line of ["null", "1", '"text"', "[]", "[1,{}]", "true", "{", ""]) {
		writeFileSync(`${dir}/manifest`, `${line}\n${before}`);
		const run = await box.run([`--diff=${dir}`]);
		t.same(
			[run.status, run.err],
			[125, `pflask: ${dir}/manifest: line 1 is not as expected\n`],
			line,
		);
	}
	writeFileSync(`${dir}/manifest`, before);
	for (const line of ["null", "1", "[]", '{"apply":null}', '{"made":[[0,"1"]]}', '{"made":{}}']) {
		writeFileSync(`${dir}/journal`, `${line}\n`);
		const run = await box.run([`--apply=${dir}`]);
		const error = `pflask: ${dir}: the journal does not fit the manifest\n`;
		t.same([run.status, run.err], [125, error], line);
		t.notOk(existsSync(`${root}/a`));
	}
});

live("a directory that others can write to is refused", async (t, box) => {
	const { dir } = await makeTrial(box, "echo a >/a");
	chownSync(dir, 0, 12345);
	chmodSync(dir, 0o770);
	const run = await box.run([`--diff=${dir}`]);
	const why = "other users can write to it, and can have changed the trial";
	t.same([run.status, run.err], [125, `pflask: ${dir}: ${why}\nhint: chmod g-w ${dir}\n`]);
	chownSync(dir, 0, 0);
	t.equal((await box.run([`--diff=${dir}`])).status, 0);
	await sh(["setfacl", "-m", "u:12345:rwx", dir]);
	t.match((await box.run([`--apply=${dir}`])).err, why);
});

live("a missing directory has a hint", async (t, box) => {
	const run = await box.run([`--diff=${box.dir}/none`]);
	const hint = "hint: mkdir -m 700 DIR, and pflask --ephemeral=DIR\n";
	t.same(
		[run.status, run.err],
		[125, `pflask: ${box.dir}/none: No such file or directory\n${hint}`],
	);
});

live("a lease of another process does not make --diff wait for ever", async (t, box) => {
	const { root, dir } = await makeTrial(box, "echo more >>/file");
	writeFileSync(`${root}/file`, "");
	const script = `
import fcntl, os, signal, sys
signal.signal(signal.SIGIO, signal.SIG_IGN)
fd = os.open(sys.argv[1], os.O_RDWR)
fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_WRLCK)
print("leased", flush=True)
sys.stdin.read()
`;
	const holder = Bun.spawn(["python3", "-c", script, `${dir}/upper/file`], {
		stdin: "pipe",
		stdout: "pipe",
	});
	const reader = holder.stdout.getReader();
	await reader.read();
	const run = await box.run([`--diff=${dir}`]);
	t.equal(run.status, 125);
	t.match(run.err, "/file: open: Resource temporarily unavailable");
	holder.stdin.end();
	await holder.exited;
	t.equal((await box.run([`--diff=${dir}`])).status, 0);
});

live("--apply on a full disk leaves nothing, and can be tried again", async (t, box) => {
	const root = await shellRoot(box);
	const disk = `${box.dir}/disk`;
	mkdirSync(disk);
	await sh(["mount", "-t", "tmpfs", "-o", "size=1m", "none", disk]);
	try {
		const dir = `${disk}/trial`;
		mkdirSync(dir);
		for (const name of ["one", "two"]) writeFileSync(`${root}/${name}`, "x".repeat(400_000));
		const script = "echo 1 >/one; echo 2 >/two";
		const made = await box.run([`--chroot=${root}`, `-w${dir}`, "--", "sh", "-c", script]);
		t.equal(made.status, 0, made.err);
		writeFileSync(`${disk}/ballast`, "x".repeat(500_000));
		const full = await box.run([`--apply=${dir}`]);
		t.equal(full.status, 125);
		t.match(full.err, "No space left on device");
		t.same(readdirSync(`${dir}/undo`), []);
		t.equal(statSync(`${root}/one`).size, 400_000);
		rmSync(`${disk}/ballast`);
		const again = await box.run([`--apply=${dir}`]);
		t.equal(again.status, 0, again.err);
		t.equal(readFileSync(`${root}/two`, "utf8"), "2\n");
	} finally {
		await sh(["umount", disk]);
	}
});

live("an --apply that goes on recognizes directories by their inodes", async (t, box) => {
	const { root, dir } = await makeTrial(box, "mkdir -m 777 /new; chown 12:12 /new; echo a >/new/a");
	const paths = readFileSync(`${dir}/manifest`, "utf8").match(/"path":"[^"]*"/g) ?? [];
	const first = paths.findIndex((path) => path === '"path":"/new"');
	const items = paths.map((_path, number) => `[${number},null]`).slice(first);
	// An interrupted step had made the directory. Then another user has put one of root there.
	mkdirSync(`${root}/new`, { mode: 0o700 });
	const { dev, ino } = statSync(`${root}/new`);
	mkdirSync(`${root}/secret`, { mode: 0o700 });
	writeFileSync(`${root}/secret/key`, "key");
	const journal = [`{"apply":[${items}],"parents":[]}`, `{"made":[[${first},"${dev}","${ino}"]]}`];
	for (const lines of [journal, journal.slice(0, 1)]) {
		writeFileSync(`${dir}/journal`, lines.map((line) => `${line}\n`).join(""));
		renameSync(`${root}/new`, `${root}/moved`);
		renameSync(`${root}/secret`, `${root}/new`);
		const refused = await box.run([`--apply=${dir}`]);
		t.equal(refused.status, 125);
		t.match(refused.err, "conflict: /new: has changed since pflask was interrupted\n");
		const forced = await box.run([`--apply=${dir}`, "--force"]);
		t.match(forced.err, "/new: another process has put another directory there\n");
		t.equal(statSync(`${root}/new`).uid, 0);
		t.equal(readFileSync(`${root}/new/key`, "utf8"), "key");
		renameSync(`${root}/new`, `${root}/secret`);
		renameSync(`${root}/moved`, `${root}/new`);
	}
	writeFileSync(`${dir}/journal`, journal.map((line) => `${line}\n`).join(""));
	const done = await box.run([`--apply=${dir}`]);
	t.equal(done.status, 0, done.err);
	t.equal(statSync(`${root}/new`).uid, 12);
});

live("a file that becomes setuid is refused when an --apply goes on", async (t, box) => {
	const { root, dir } = await makeTrial(box, "echo a >/a");
	rewrite(dir, (text) => text.replace('"userns":false', '"userns":true'));
	const paths = readFileSync(`${dir}/manifest`, "utf8").match(/"path":/g) ?? [];
	const last = paths.length - 1;
	writeFileSync(`${dir}/journal`, `{"apply":[[${last},null]],"parents":[]}\n`);
	chmodSync(`${dir}/upper/a`, 0o4755);
	const run = await box.run([`--apply=${dir}`]);
	t.equal(run.status, 125);
	t.match(run.err, "/a: is a setuid file, and the command did not run as root\nhint: ");
	t.notOk(existsSync(`${root}/a`));
	const allowed = await box.run([`--apply=${dir}`, "--allow=setuid"]);
	t.equal(allowed.status, 0, allowed.err);
	t.equal(statSync(`${root}/a`).mode & 0o7777, 0o4755);
});
