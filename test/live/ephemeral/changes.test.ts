// SPDX-License-Identifier: BSD-2-Clause
// --changes lists the changes of a command, and --keep keeps the changes.
import {
	chmodSync,
	closeSync,
	existsSync,
	mkdirSync,
	openSync,
	readdirSync,
	readFileSync,
	statSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";

import { aroundMounts, inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-changes", { range: RANGE });

/** Makes a root with files to change. */
async function richRoot(box: Box, owner = 0): Promise<string> {
	const root = await shellRoot(box);
	for (const name of ["srv/deep/er", "srv/full", "opt"])
		mkdirSync(`${root}/${name}`, { recursive: true });
	const files = ["gone", "changed", "mode", "kind", "srv/moved", "srv/deep/er/d", "srv/full/kept"];
	for (const name of [...files, "srv/full/lost"]) writeFileSync(`${root}/${name}`, `${name}\n`);
	symlinkSync("gone", `${root}/link`);
	if (owner) await sh(["chown", "-Rh", `${owner}:${owner}`, root]);
	return root;
}

/** Makes changes of every kind, in an order that is not the order of the names. */
const CHANGE = `
	set -e; umask 022
	rm /gone; echo new >/new; echo more >>/changed; chmod 600 /mode; rm /kind; mkdir /kind
	mv /srv/moved /srv/renamed; rm -r /srv/deep; rm -r /srv/full
	mkdir /srv/full; echo again >/srv/full/kept
	ln -sfn new /link; mkdir -p /a/b; mkfifo /a/fifo; ln -s x /a/link; chmod 700 /opt; : >/a/b/empty`;

const JSONL = "--changes-format=jsonl";

const LISTED = `
A /a
A /a/b
A /a/b/empty
A /a/fifo
A /a/link
M /changed
D /gone
M /kind
M /link
M /mode
A /new
M /opt
D /srv/deep
M /srv/full/kept
D /srv/full/lost
D /srv/moved
A /srv/renamed
`.trimStart();

/**
 * Returns the lines of a list. Leaves out each line about a changed type of file, because such
 * lines vary.
 */
function sorted(text: string): string[] {
	return text.split("\n").filter((line) => line && !/^[AMD] \/(kind|srv\/deep\/.*)$/.test(line));
}

function args(root: string, ...more: string[]): string[] {
	return [`--chroot=${root}`, "--ephemeral", ...more, "--", "/bin/sh", "-c"];
}

live("--changes lists on standard error, --changes=- on standard output", async (t, box) => {
	const root = await richRoot(box);
	const apart = await box.run([...args(root, "--changes"), `${CHANGE}; echo said`]);
	t.same([apart.status, apart.out], [0, "said\n"]);
	const run = await box.run([...args(root, "--changes=-"), `${CHANGE}; echo said`], {
		cwd: box.dir,
	});
	t.same([run.status, run.err], [0, ""]);
	t.match(run.out, /^said\n/, "after what the command says");
	t.equal(apart.err, run.out.slice(5));
	t.notOk(existsSync(`${box.dir}/-`), "no file has the name");
	t.same(sorted(run.out.slice(5)), sorted(LISTED));
	t.match(run.out, /\n[MAD] \/kind\n/);
	t.notMatch(run.out, /\/srv\n|\/srv\/full\n| \/\n/, "not what only has changes below it");
});

live("--changes prints after the terminal's modes are restored", async (t, box) => {
	const command = args(await richRoot(box), "--changes=-");
	const run = async (status: number) => {
		const script = `printf '\\033[?25l'; echo x >/new1; exit ${status}`;
		return (await box.terminal([...command, script]).ended).out;
	};
	t.equal(await run(0), "\x1b[?25lA /new1\r\n");
	t.equal(await run(3), "\x1b[?25l\x1b[?25hA /new1\r\n");
});

live("--changes prints whole lines, after the command's output", async (t, box) => {
	const root = await richRoot(box);
	const script =
		"echo x >/new1; echo x >/new2; i=0; while [ $i -lt 500 ]; do i=$((i+1)); echo $i; done";
	const said = Array.from({ length: 500 }, (_, i) => `${i + 1}\r\n`).join("");
	for (let round = 0; round < 20; round++) {
		const session = await box.terminal([...args(root, "--changes=-"), script]).ended;
		t.equal(session.out, `${said}A /new1\r\nA /new2\r\n`);
	}
});

live("without changes nothing is printed", async (t, box) => {
	const root = await richRoot(box);
	const script =
		"cat /gone >/dev/null; ls -lR / >/dev/null 2>&1; echo x >/run/x; echo x >/dev/shm/x";
	const run = await box.run([...args(root, "--changes=-", "-mtmp:/m", "-msymlink:a:/l"), script]);
	t.same([run.status, run.out, run.err], [0, "", ""]);
});

live("a file that is gone again, or as before, is not a change", async (t, box) => {
	const root = await richRoot(box);
	const script = "echo x >/t1; rm /t1; mkdir /t2; rmdir /t2; mv /gone /x; mv /x /gone";
	const run = await box.run([...args(root, "--changes=-"), script]);
	t.same([run.status, run.err], [0, ""]);
	t.notMatch(run.out, /t1|t2|\/x/);
});

live("pflask returns the command's status, also with --changes", async (t, box) => {
	const root = await richRoot(box);
	const run = await box.run([...args(root, "--changes=-"), "rm /gone; exit 7"]);
	t.same([run.status, run.out], [7, "D /gone\n"], run.err);
	const killed = await box.run([...args(root, "--changes=-"), "rm /gone; kill -9 $$"]);
	t.same([killed.status, killed.out], [137, "D /gone\n"], killed.err);
});

interface Line {
	readonly path: string;
	readonly kind: string;
	readonly type: string;
	readonly mode: string;
	readonly uid: number;
	readonly gid: number;
	readonly size?: number;
}

function parse(text: string): Map<string, Line> {
	const lines = text.split("\n").filter((line) => line !== "");
	return new Map(lines.map((line) => JSON.parse(line) as Line).map((line) => [line.path, line]));
}

live("--changes=FILE.jsonl writes the same changes in lines of JSON", async (t, box) => {
	const root = await richRoot(box);
	const script = `${CHANGE}; chown 33:44 /new; echo said`;
	const run = await box.run([...args(root, "--changes=list.jsonl"), script], { cwd: box.dir });
	t.same([run.status, run.out, run.err], [0, "said\n", ""]);
	const listed = parse(readFileSync(`${box.dir}/list.jsonl`, "utf8"));
	t.same(
		sorted([...listed.values()].map(({ kind, path }) => `${kind} ${path}`).join("\n")),
		sorted(LISTED),
	);
	const expected = {
		"/new": ["A", "file", "0644", 33, 44, 4],
		"/changed": ["M", "file", "0644", 0, 0, 13],
		"/mode": ["M", "file", "0600", 0, 0, 5],
		"/a": ["A", "dir", "0755", 0, 0],
		"/opt": ["M", "dir", "0700", 0, 0],
		"/a/link": ["A", "symlink", "0777", 0, 0, 1],
		"/a/fifo": ["A", "fifo", "0644", 0, 0],
		"/srv/renamed": ["A", "file", "0644", 0, 0, 10],
	};
	for (const [path, values] of Object.entries(expected)) {
		const line = listed.get(path);
		const found = [line?.kind, line?.type, line?.mode, line?.uid, line?.gid, line?.size];
		t.same(found.slice(0, values.length), values, path);
	}
	t.equal(listed.get("/gone")?.kind, "D");
});

live("--changes=FD: a descriptor of the caller", async (t, box) => {
	const root = await richRoot(box);
	const fd = openSync(`${box.dir}/list`, "w");
	const run = await box.run(
		[...args(root, "--changes=3", JSONL), "rm /gone; echo said >&3; echo said"],
		{
			extra: [fd],
		},
	);
	closeSync(fd);
	t.equal(run.out, "said\n");
	t.match(run.err, /[Bb]ad (file descriptor|fd)/, "the command does not have it");
	t.same([...parse(readFileSync(`${box.dir}/list`, "utf8")).keys()], ["/gone"]);
	const out = await box.run([...args(root, "--changes=1", JSONL), "rm /gone"]);
	t.same([...parse(out.out).keys()], ["/gone"]);
	const err = await box.run([...args(root, "--changes=2", JSONL), "rm /gone"]);
	t.same([...parse(err.err).keys()], ["/gone"]);
});

live("a caller that is killed while it waits for its terminal leaves nothing", async (t, box) => {
	const root = await richRoot(box);
	const words = [
		"--tty=always",
		...args(root, "--changes=3"),
		"echo x >/new; sleep 0.5; echo said",
	];
	// `fill` fills the pipe on stdout. No process reads this pipe.
	const fill = 'dd if=/dev/zero bs=65536 count=1 2>/dev/null; exec "$@" 3>/dev/tty';
	const script = `{ ${fill}; } | { "${PROBE}" hold; }`;
	const session = box.terminal(words, { via: ["sh", "-c", script, "sh"] });
	const named = (name: string) => descendants(session.pid).filter((found) => found.name === name);
	await until("the command", () => named("pf-init").length > 0);
	await until("its end", () => named("pf-init").length === 0);
	const pflask = named("pflask").find(({ pid, parent }) =>
		named("pflask").every((other) => other.pid !== parent && other.pid >= pid),
	);
	t.ok(pflask, "it is waited for");
	t.notMatch(session.out, "/new", "and nothing is listed yet");
	signal(pflask?.pid ?? 0, "SIGKILL");
	await until("the monitor's end", () => named("pflask").length === 0);
	t.notMatch(session.out, "/new");
	session.kill("SIGKILL");
});

live("/dev/stdout and /dev/fd/N are the caller's", async (t, box) => {
	const root = await richRoot(box);
	for (const name of ["/dev/stdout", "/dev/fd/1", "/proc/self/fd/1"]) {
		const run = await box.run([...args(root, `--changes=${name}`, JSONL), "rm /gone"]);
		t.same([run.status, run.err], [0, ""], name);
		t.same([...parse(run.out).keys()], ["/gone"]);
	}
	const run = await box.run([...args(root, "--changes=/dev/stderr", JSONL), "rm /gone"]);
	t.same([...parse(run.err).keys()], ["/gone"]);
});

live("a failure to write the list is reported", async (t, box) => {
	const root = await richRoot(box);
	const run = await box.run([...args(root, "--changes=/dev/full"), "rm /gone"]);
	t.match(run.err, /^pflask: [^\n]*No space left on device\n/);
	t.not(run.status, 0, "and is no success");
});

live("odd names", async (t, box) => {
	const root = await richRoot(box);
	const names = ["a b", 'a"b', "a\\b", "a\tb", "\u00e4\u65e5", "-x", "a\nb"];
	const script = 'for name; do echo x >"/opt/$name"; done; echo x >"/opt/$(printf "\\377")"';
	const run = await box.run([
		...args(root, `--changes=${box.dir}/list`, JSONL),
		script,
		"sh",
		...names,
	]);
	t.equal(run.status, 0, run.err);
	const text = readFileSync(`${box.dir}/list`);
	const listed = [...parse(text.toString()).keys()];
	for (const name of names) t.ok(listed.includes(`/opt/${name}`), JSON.stringify(name));
	t.equal(listed.length, names.length + 1);
	t.equal(Buffer.from(text.toString()).compare(text), 0, "it is valid UTF-8");
	const plain = await box.run([
		...args(root, "--changes=-"),
		'echo x >"/opt/$1"',
		"sh",
		"a\nD /etc",
	]);
	t.equal(plain.out.trim().split("\n").length, 1, "a name can not look like another line");
});

live("large trees", async (t, box) => {
	const root = await richRoot(box);
	const script = `
		i=0; while [ $i -lt 60 ]; do mkdir -p /big/$i; j=0
			while [ $j -lt 30 ]; do : >/big/$i/$j; j=$((j+1)); done; i=$((i+1)); done
		d=/deep; while [ \${#d} -lt 900 ]; do d=$d/directory; done; mkdir -p $d`;
	const run = await box.run([...args(root, "--changes=-"), script]);
	const lines = run.out.trim().split("\n");
	t.equal(lines.filter((line) => /^A \/big\//.test(line)).length, 60 * 31);
	t.equal(Math.max(...lines.map((line) => line.length)) > 900, true, "as deep as it gets");
	t.same(
		lines,
		[...lines].sort((a, b) => (a.slice(2) < b.slice(2) ? -1 : 1)),
		"in order",
	);
});

/**
 * Returns a command prefix that mounts a kept upper directory over the root, and runs a command
 * there.
 */
function merged(kept: string, root: string, options = ""): string[] {
	const prepare = `
		mkdir -p "${kept}.merged"
		mount -t overlay -o "ro,lowerdir=${kept}:${root}${options}" none "${kept}.merged"
		cd "${kept}.merged"`;
	return inMounts(prepare);
}

live("--keep=DIR copies the changed tree, with whiteouts", async (t, box) => {
	const root = await richRoot(box);
	const kept = `${box.dir}/kept`;
	mkdirSync(kept);
	const script = `${CHANGE}; chown 33:44 /new; touch -d '2001-02-03 04:05:06' /changed`;
	const run = await box.run([...args(root, `--keep=${kept}`), script]);
	t.same([run.status, run.out, run.err], [0, "", ""]);
	t.match(await sh(["stat", "-c", "%F %t:%T", `${kept}/gone`]), "character special file 0:0");
	t.equal(readFileSync(`${kept}/new`, "utf8"), "new\n");
	t.equal((await sh(["stat", "-c", "%u:%g %a", `${kept}/new`])).trim(), "33:44 644");
	t.match(await sh(["stat", "-c", "%y", `${kept}/changed`]), /^2001-02-03 04:05:06/);
	t.notOk(existsSync(`${kept}/bin`), "what was not changed is not there");
	t.notOk(existsSync(`${kept}/etc`));
	t.ok(existsSync(`${root}/gone`), "and the root is as it was");
});

live("--keep=DIR overlaid on the root gives the tree of the command", async (t, box) => {
	const root = await richRoot(box);
	const kept = `${box.dir}/kept`;
	mkdirSync(kept);
	const listing = `cd /; find . -xdev | grep -v '^./\\(proc\\|sys\\|dev\\|run\\)' | sort
		cat /srv/full/* /changed /new`;
	const run = await box.run([...args(root, `--keep=${kept}`), `${CHANGE}; ${listing}`]);
	t.equal(run.status, 0, run.err);
	const script = listing
		.replaceAll("cat /", "cat ./")
		.replaceAll(" /", " ./")
		.replace("cd ./", ":");
	const again = await box.run(["-c", script], { program: "sh", via: merged(kept, root) });
	t.equal(again.out, run.out, again.err);
	t.notMatch(run.out, "lost", "an opaque directory hides what was in it");
});

live("--keep=DIR keeps hard links, holes, modes and times", async (t, box) => {
	const root = await richRoot(box);
	const kept = `${box.dir}/kept`;
	mkdirSync(kept);
	const script = `
		echo x >/a; ln /a /b; chmod 4755 /a; mkdir -p /d/e; touch -d '2001-01-01 00:00:00' /d/e
		chmod 1777 /d/e; dd if=/dev/zero of=/hole bs=1 count=1 seek=100000000 2>/dev/null`;
	const run = await box.run([...args(root, `--keep=${kept}`), script]);
	t.same([run.status, run.out, run.err], [0, "", ""]);
	const [a, b] = ["a", "b"].map((name) => statSync(`${kept}/${name}`));
	t.same([a?.ino, a?.nlink, (a?.mode ?? 0) & 0o7777], [b?.ino, 2, 0o4755]);
	t.equal(statSync(`${kept}/d/e`).mode & 0o7777, 0o1777);
	t.match(await sh(["stat", "-c", "%y", `${kept}/d/e`]), /^2001-01-01 00:00:00/);
	const hole = statSync(`${kept}/hole`);
	t.equal(hole.size, 100_000_001);
	t.ok(hole.blocks < 1000, "it is still one");
});

live("--keep with --changes and --ephemeral=DIR", async (t, box) => {
	const root = await richRoot(box);
	for (const name of ["kept", "disk"]) mkdirSync(`${box.dir}/${name}`);
	const more = ["--changes=-", `--keep=kept`, `--ephemeral=disk`];
	const run = await box.run([...args(root, ...more), "echo x >/opt/x; exit 3"], { cwd: box.dir });
	t.same([run.status, run.out], [3, "A /opt/x\n"], run.err);
	t.equal(readFileSync(`${box.dir}/kept/opt/x`, "utf8"), "x\n");
	t.equal(readFileSync(`${box.dir}/disk/upper/opt/x`, "utf8"), "x\n");
});

live("the host's own root, with what was changed in its mounts", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(`${place}/m`, { recursive: true });
	writeFileSync(`${place}/file`, "");
	mkdirSync(`${box.dir}/kept`);
	const prepare = `mount -t tmpfs none "${place}/m"
		echo low >"${place}/m/low"; touch "${place}/m/gone"`;
	const script = `cd "${place}"; rm file m/gone; echo x >new; echo x >>m/low; echo x >m/new`;
	const via = aroundMounts(prepare, `cat "${place}/m/low"; ls "${place}/m"`);
	const run = await box.run(
		["--ephemeral", "--changes=-", `--keep=${box.dir}/kept`, "--", "/bin/sh", "-c", script],
		{ via },
	);
	const listed = ["D file", "D m/gone", "M m/low", "A m/new", "A new"];
	const lines = listed.map((line) => line.replace(" ", ` ${place}/`));
	const [changes, host] = run.out.split("status 0\n");
	t.same(changes?.trim().split("\n").sort(), lines.sort(), run.err);
	t.equal(host, "low\ngone\nlow\n");
	const found = await sh(["find", `${box.dir}/kept`, "-name", "new"]);
	t.equal(found.trim().split("\n").length, 2, "both are kept");
});

live("an ordinary user", async (t, box) => {
	const root = await richRoot(box, FIRST);
	const run = await as(user, box).run([...args(root, "--changes=-"), CHANGE]);
	t.same([run.status, run.err], [0, ""]);
	t.same(sorted(run.out), sorted(LISTED));
	const list = `${user.home}/list.jsonl`;
	const json = await as(user, box).run([
		...args(root, `--changes=${list}`),
		"echo x >/new; chown 3:4 /new",
	]);
	t.equal(json.status, 0, json.err);
	const line = parse(readFileSync(list, "utf8")).get("/new");
	t.same([line?.kind, line?.uid, line?.gid], ["A", 3, 4], "ids are the container's");
});

live("an ordinary user keeps a tree", async (t, box) => {
	const root = await richRoot(box, user.uid);
	const kept = `${user.home}/kept`;
	await sh([...user.become, "mkdir", kept]);
	const run = await as(user, box).run([...args(root, `--keep=${kept}`), CHANGE]);
	t.same([run.status, run.out, run.err], [0, "", ""]);
	t.equal(readFileSync(`${kept}/new`, "utf8"), "new\n");
	t.match(await sh(["stat", "-c", "%F %t:%T", `${kept}/gone`]), "character special file 0:0");
	const script = "ls srv/full srv; cat changed";
	const via = merged(kept, root, ",userxattr");
	const again = await box.run(["-c", script], { program: "sh", via });
	t.equal(again.out, "srv:\nfull\nrenamed\n\nsrv/full:\nkept\nchanged\nmore\n", again.err);
});

live("a --keep directory that is not writable", async (t, box) => {
	const root = await richRoot(box);
	const kept = `${box.dir}/kept`;
	mkdirSync(kept);
	const theirs = `${user.home}/theirs`;
	await sh([...user.become, "mkdir", theirs]);
	const script = "echo ran; echo x >/new";
	const mapped = await box.run([...args(root, "--user-map=auto", `--keep=${kept}`), script]);
	await sh(["chown", "-Rh", `${FIRST}:${FIRST}`, root]);
	const users = await as(user, box).run([...args(root, `--keep=${theirs}`), script]);
	for (const [run, place] of [
		[mapped, kept],
		[users, theirs],
	] as const) {
		t.same([run.status, run.out], [125, ""], "it is refused before the command has done its work");
		t.ok(run.err.startsWith(`pflask: --keep: ${place}: `), run.err);
		t.match(run.err, /^[^\n]+\nhint: [^\n]+\n$/);
	}
});

live("an ordinary user on the host's own root", async (t, box) => {
	const args = [
		"--ephemeral",
		"--changes=-",
		"--",
		"/bin/sh",
		"-c",
		"rm ~/.profile; echo x >~/new",
	];
	const run = await as(user, box).run(args);
	t.same([run.status, run.out], [0, `D ${user.home}/.profile\nA ${user.home}/new\n`], run.err);
	t.ok(readdirSync(user.home).includes(".profile"));
});

live("--keep does not depend on --changes, and each reports its failure", async (t, box) => {
	const root = await shellRoot(box);
	const keep = `${box.dir}/independent`;
	mkdirSync(keep);
	const args = [`--chroot=${root}`, "--ephemeral", "--changes=-", `--keep=${keep}`];
	const script = 'exec "$@" >/dev/full';
	const via = ["sh", "-c", script, "sh"];
	const run = await box.run([...args, "--", "/bin/touch", "/important"], { via });
	t.same(
		[run.status, run.err],
		[125, "pflask: --changes: cannot list the changes: No space left on device\n"],
	);
	t.same(readdirSync(keep), ["important"]);
	const full = `${box.dir}/full`;
	mkdirSync(full);
	const small = inMounts(`mount -t tmpfs -o size=64k none "${full}"`);
	const kept = [`--chroot=${root}`, "--ephemeral", `--keep=${full}`, "--", "/bin/sh", "-c"];
	const big = "dd if=/dev/zero of=/big bs=64k count=9 2>/dev/null";
	const failed = await box.run([...kept, big], { via: small });
	t.same(
		[failed.status, failed.err],
		[125, "pflask: --keep: cannot copy '/big': No space left on device\n"],
	);
});

live("--keep makes no directory more open than it was", async (t, box) => {
	const keep = `${box.dir}/private`;
	const place = `${box.dir}/way/priv`;
	mkdirSync(keep);
	mkdirSync(place, { recursive: true });
	chmodSync(`${box.dir}/way`, 0o711);
	const via = inMounts(`mount -t tmpfs -o mode=0700,uid=1234 t "${place}"`);
	const args = ["--ephemeral", `--keep=${keep}`, "--", "/bin/sh", "-c", `echo secret >${place}/s`];
	const run = await box.run(args, { via });
	t.same([run.status, run.err], [0, ""]);
	const [top, way] = [statSync(`${keep}${place}`), statSync(`${keep}${box.dir}/way`)];
	t.same([top.mode & 0o7777, top.uid, way.mode & 0o7777], [0o700, 1234, 0o711]);
});

t.end();
