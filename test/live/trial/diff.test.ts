// SPDX-License-Identifier: BSD-2-Clause
// --diff shows the changes that --ephemeral=DIR has kept.
import { chmodSync, chownSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { shellRoot } from "../../lib/shell-root.ts";

/** Makes a trial in which a script has changed a root. Returns the root and the trial. */
async function trialOf(box: Box, script: string): Promise<[root: string, dir: string]> {
	const root = await shellRoot(box);
	mkdirSync(`${root}/d/sub`, { recursive: true });
	const text = Array.from({ length: 30 }, (_, i) => `line ${i}\n`).join("");
	for (const name of ["text", "mode", "owner", "gone", "kind", "d/a", "d/sub/b", "with blank"])
		writeFileSync(`${root}/${name}`, text);
	writeFileSync(`${root}/binary`, Buffer.from([0, 1, 2]));
	writeFileSync(`${root}/empty`, "");
	symlinkSync("text", `${root}/link`);
	const dir = `${box.dir}/trial`;
	mkdirSync(dir);
	const run = await box.run([`--chroot=${root}`, `--ephemeral=${dir}`, "--", "sh", "-c", script]);
	if (run.status !== 0) throw new Error(run.err);
	return [root, dir];
}

const TEXTS = `
	sed -i 's/line 3$/LINE 3/; s/line 20/new\\nline 20/' /text
	printf 'no end' >>/mode; chmod 755 /mode; rm /gone; rm -r /d; mkdir -p /new/deep
	echo hello >/new/deep/file; : >/new/nothing; echo more >>'/with blank'
	echo 1 >"$(printf '/tab\\tname')"; printf '\\351\\n' >"$(printf '/byte\\351')"`;

live("git apply and patch(1) turn the root into the changed root", async (t, box) => {
	const [root, dir] = await trialOf(box, `cp /bin/busybox /bin/sed; ${TEXTS}`);
	const run = await box.run([`--diff=${dir}`]);
	t.same([run.status, run.err], [0, ""]);
	const patch = `${box.dir}/changes.diff`;
	await box.run([`--diff=${dir}`], { via: ["sh", "-c", `"$@" >'${patch}'`, "sh"] });
	const merged = `${box.dir}/merged`;
	const list = "find . -path ./bin -prune -o -type f -exec md5sum {} + | sort";
	await sh(["cp", "-a", root, merged]);
	await sh([
		"sh",
		"-c",
		`cd '${merged}' && rm -rf gone d && cp -a '${dir}/upper/.' . && find . -type c -delete`,
	]);
	const wanted = await sh(["sh", "-c", `cd '${merged}' && ${list}`]);
	for (const tool of [`git apply --whitespace=nowarn -p1`, "patch -s -p1 -i"]) {
		const copy = `${box.dir}/copy`;
		await sh(["rm", "-rf", copy]);
		await sh(["cp", "-a", root, copy]);
		await sh(["sh", "-c", `cd '${copy}' && ${tool} '${patch}'`]);
		t.equal(await sh(["sh", "-c", `cd '${copy}' && ${list}`]), wanted, tool);
	}
});

live("one line for everything that a patch cannot show", async (t, box) => {
	const [root, dir] = await trialOf(
		box,
		`printf '\\0\\1' >/binary; ln -sfn other /link; mkfifo /fifo; mkdir /kept; chmod 4755 /owner
		rm /kind; mkdir /kind; busybox mknod /dev-null c 1 3; chown 5:6 /mode; chmod 2750 /d
		ln -s "$(printf 'a\\nb')" "$(printf '/x\\n+y\\033[2J')"
		busybox truncate -s 1099511627776 /hole`,
	);
	const run = await box.run([`--diff=${dir}`]);
	t.same([run.status, run.err], [0, ""]);
	const lines = run.out.split("\n");
	for (const line of [
		"binary /binary: file of 3 bytes -> file of 2 bytes",
		"file /link: link -> text -> link -> other",
		"file /fifo: added fifo",
		"file /kept: added directory",
		"mode /owner: 0644 -> 4755",
		"owner /mode: 0:0 -> 5:6",
		"mode /d: 0755 -> 2750",
		"file /kind: added directory",
		"file /dev-null: added char device 1:3",
		"file /x\\x0a+y\\x1b[2J: added link -> a\\x0ab",
		"binary /hole: added file of 1099511627776 bytes",
	])
		t.ok(lines.includes(line), line);
	t.match(run.out, "deleted file mode 100644\n--- a/kind\n");
	t.notMatch(run.out, "\x1b");
	t.ok(readFileSync(`${root}/kind`, "utf8").startsWith("line 0\n"), "the root is unchanged");
});

live("the owner of an added file is shown if it is not the caller", async (t, box) => {
	const script = `
		echo 1 >/mine; mkdir /theirs; echo 2 >/theirs/file; chown -R 5:6 /theirs
		echo 3 >/group; chgrp 7 /group; ln -s x /sym; chown -h 8 /sym`;
	const [, dir] = await trialOf(box, script);
	const run = await box.run([`--diff=${dir}`]);
	const lines = run.out.split("\n").filter((line) => line.startsWith("owner "));
	t.same(lines, [
		"owner /group: 0:7",
		"owner /sym: 8:0",
		"owner /theirs: 5:6",
		"owner /theirs/file: 5:6",
	]);
});

live("a path with a byte that is not UTF-8 is selected", async (t, box) => {
	const [, dir] = await trialOf(box, "echo 1 >\"$(printf '/byte\\351')\"; echo 2 >/other");
	const via = ["sh", "-c", `exec "$@" "$(printf './d/../byte\\351')"`, "sh"];
	const run = await box.run([`--diff=${dir}`, "--name-status"], { via });
	t.same([run.status, run.out, run.err], [0, "A /byte\\xe9\n", ""]);
});

live("a DIR in which every user can rename files is refused", async (t, box) => {
	const [, dir] = await trialOf(box, "echo x >/new");
	const open = `${box.dir}/open`;
	mkdirSync(open);
	chmodSync(open, 0o777);
	const start = await box.run([`--ephemeral=${open}`, "--", "true"]);
	t.same(
		[start.status, start.err],
		[125, `pflask: --ephemeral: ${open}: every user can write to it\nhint: chmod o-w DIR\n`],
	);
	chmodSync(open, 0o1777);
	t.equal((await box.run([`--ephemeral=${open}`, "--", "true"])).status, 0);
	for (const mode of [0o777, 0o702]) {
		chmodSync(dir, mode);
		for (const action of ["diff", "apply", "revert"]) {
			const run = await box.run([`--${action}=${dir}`]);
			t.equal(run.status, 125);
			const why = "every user can write to it, and can have changed the trial";
			t.match(run.err, `pflask: ${dir}: ${why}\nhint: mkdir -m 700 DIR, and `);
		}
	}
	chmodSync(dir, 0o1777);
	t.equal((await box.run([`--diff=${dir}`])).status, 0);
});

live("--name-status, --stat and --json, and selected paths", async (t, box) => {
	const [, dir] = await trialOf(
		box,
		"echo x >/new; rm -r /d; echo y >>/text; printf '\\0' >>/binary",
	);
	const list = async (...args: string[]) => (await box.run([`--diff=${dir}`, ...args])).out;
	t.equal(await list("--name-status"), "M /binary\nD /d\nA /new\nM /text\n");
	t.equal(await list("--name-status", "/d", "text"), "D /d\nM /text\n");
	t.equal(await list("/d/sub", "--name-status"), "");
	t.equal(
		await list("--stat"),
		[
			" M /binary  | 3 -> 4 bytes",
			" D /d       | -",
			` D /d/a     | 30 ${"-".repeat(30)}`,
			" D /d/sub   | -",
			` D /d/sub/b | 30 ${"-".repeat(30)}`,
			" A /new     | 1 +",
			" M /text    | 1 +",
			" 7 paths, 2 lines added, 60 lines removed",
			"",
		].join("\n"),
	);
	const [one] = JSON.parse(await list("--json", "/new"));
	t.match(one, { path: "/new", kind: "A", added: 1, removed: 0, before: 0, after: 2 });
	t.match(one.patch, "+++ b/new\n@@ -0,0 +1 @@\n+x\n");
});

live("mistakes", async (t, box) => {
	const [, dir] = await trialOf(box, "echo x >/new");
	const empty = `${box.dir}/empty`;
	mkdirSync(empty);
	const foreign = `${box.dir}/foreign`;
	await sh(["cp", "-a", dir, foreign]);
	chownSync(`${foreign}/manifest`, 12345, 12345);
	const cut = `${box.dir}/cut`;
	await sh(["cp", "-a", dir, cut]);
	const text = readFileSync(`${cut}/manifest`, "utf8");
	writeFileSync(`${cut}/manifest`, text.slice(0, text.indexOf('{"ended"')));
	for (const [args, error] of [
		[["--diff=", "x"], "pflask: --diff: missing DIR\nhint: pflask --diff=DIR\n"],
		[[`--diff=${empty}`], `pflask: ${empty}: not a trial: has no manifest\nhint: `],
		[[`--diff=${box.dir}/none`], `pflask: ${box.dir}/none: No such file or directory\n`],
		[[`--diff=${dir}`, "/gone"], "pflask: /gone: the trial has not changed this path\nhint: "],
		[[`--diff=${foreign}`], `pflask: ${foreign}: belongs to user 12345\nhint: sudo -u '#12345'`],
		[[`--diff=${cut}`], `pflask: ${cut}: the trial has not ended, or pflask was killed\n`],
		[[`--diff=${dir}`, "--stat", "--json"], "pflask: --json: contradicts --stat\n"],
		[["--stat"], "pflask: --stat: requires --diff\n"],
	] as const) {
		const run = await box.run(args);
		t.same([run.status, run.out], [125, ""], args.join(" "));
		t.match(run.err, error);
	}
});

live("a terminal gets colours through a pager, and no control characters", async (t, box) => {
	const [, dir] = await trialOf(box, "printf 'a\\033[2Jb\\n' >/new");
	const session = box.terminal([`--diff=${dir}`], { env: { PAGER: "sed s/^/P/", TERM: "xterm" } });
	const { out, status } = await session.ended;
	t.equal(status, 0);
	t.match(out, "P\x1b[32m+a\\x1b[2Jb\x1b[m");
});

live("less(1) is restricted if the person at the terminal is another user", async (t, box) => {
	const [, dir] = await trialOf(box, "echo 1 >/new");
	const pager = 'cat >/dev/null; echo "secure=$LESSSECURE."';
	for (const [more, secure] of [
		[{}, ""],
		[{ SUDO_UID: "0" }, ""],
		[{ SUDO_UID: "1000" }, "1"],
		[{ SUDO_UID: "1000", LESSSECURE: "" }, "1"],
		[{ PKEXEC_UID: "1000" }, "1"],
		[{ DOAS_USER: "alice" }, "1"],
		[{ LESSSECURE: "1" }, "1"],
	] as const) {
		const env = { PAGER: pager, TERM: "xterm", PATH: "/usr/bin:/bin", ...more };
		const session = box.terminal([`--diff=${dir}`], { env });
		const { out } = await session.ended;
		t.equal(out, `secure=${secure}.\r\n`, JSON.stringify(more));
	}
});
