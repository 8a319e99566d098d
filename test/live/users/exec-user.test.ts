// SPDX-License-Identifier: BSD-2-Clause
// --exec --user looks the user up in the container's own files.
import { mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-execuser", { range: RANGE, groups: ["games"] });

const PASSWD = `root:x:0:0::/root:/bin/sh
carol:x:7:8::/home/carol:/bin/sh
dave:x:9:10::/:/bin/sh
`;
const GROUP = "root:x:0:\ncarol:x:8:\nwheel:x:20:dave,carol\nfar:x:70000:carol\ntty:x:5:carol\n";

/** The reason in the error if pflask does not trust a file of the container. */
const FOREIGN = "a user other than root may own the container's /etc/passwd or /etc/group";

/** A script that prints the ids of its process. */
const WHO = [
	"/bin/sh",
	"-c",
	`echo "$HOME $USER $LOGNAME $SHELL $container"
	grep -E '^(Uid|Gid|Groups|CapEff)' /proc/self/status`,
];

/** Makes a root with users. */
async function rootWithUsers(box: Box, owner = 0): Promise<string> {
	const root = await shellRoot(box, owner);
	mkdirSync(`${root}/etc`, { recursive: true });
	writeFileSync(`${root}/etc/passwd`, PASSWD);
	writeFileSync(`${root}/etc/group`, GROUP);
	return root;
}

function isWho(t: Test, run: Ended, names: string, uid: number, gid: number, groups: string): void {
	t.equal(run.status, 0, run.err);
	const [said, ...lines] = run.out.split("\n");
	t.equal(said, `${names} /bin/sh pflask`);
	const facts = new Map(lines.map((line) => line.split(":\t") as [string, string]));
	t.equal(facts.get("Uid"), Array(4).fill(uid).join("\t"), names);
	t.equal(facts.get("Gid"), Array(4).fill(gid).join("\t"), names);
	t.equal(facts.get("Groups")?.trim(), groups, names);
	if (uid !== 0) t.equal(Number(`0x${facts.get("CapEff")}`), 0, "no capability is left");
}

/**
 * Containers with their own users: of root, of root with a user namespace, and of an ordinary user.
 */
const STARTERS = [
	{ name: "root", owner: 0, args: [], far: "70000" },
	{ name: "root --user-map=auto", owner: 0, args: ["--user-map=auto"], far: "" },
	{ name: "a user", owner: FIRST, args: ["--user-map=0:100000:65536"], far: "" },
	{ name: "root --no-mountns", owner: 0, args: ["--no-mountns", "--no-pidns"], far: "70000" },
	{ name: "--user=dave", owner: 0, args: ["--user=dave", "--no-userns"], far: "70000" },
];

for (const { name, owner, args, far } of STARTERS)
	live(`users are those of the container's own files: ${name}`, async (t, box) => {
		const root = await rootWithUsers(box, owner);
		const mine = owner === 0 ? box : as(user, box);
		if (args.includes("--no-mountns")) await sh(["mkdir", "-p", `${root}/proc/self`]);
		const pid = await detach(mine, [...args, `--chroot=${root}`, "--", "/bin/probe", "hold"]);
		const run = async (who: string, ...more: string[]) =>
			await mine.run([`--exec=${pid}`, `--user=${who}`, ...more, "--", ...WHO]);
		if (args.includes("--no-mountns")) {
			const ids = ["/bin/sh", "-c", "echo $HOME $USER; id -u; id -G"];
			const told = await mine.run([`--exec=${pid}`, "--user=carol", "--", ...ids]);
			t.equal(told.out, "/home/carol carol\n7\n8 5 20 70000\n", told.err);
		} else {
			const groups = far === "" ? "5 8 20" : `5 8 20 ${far}`;
			isWho(t, await run("carol"), "/home/carol carol carol", 7, 8, groups);
			isWho(t, await run("7"), "/home/carol carol carol", 7, 8, groups);
			isWho(
				t,
				await run("carol:root"),
				"/home/carol carol carol",
				7,
				0,
				`0 ${groups.replace(" 8", "")}`,
			);
			isWho(t, await run("dave:30"), "/ dave dave", 9, 30, "20 30");
			isWho(t, await run("dave:30,5,wheel"), "/ dave dave", 9, 30, "5 20 30");
			isWho(t, await run("carol:0,5"), "/home/carol carol carol", 7, 0, "0 5");
			const distant = await run("7:8,70000");
			if (far !== "") isWho(t, distant, "/home/carol carol carol", 7, 8, "8 70000");
			else t.match(distant.err, "the container's user namespace does not map group id 70000\n");
			isWho(t, await run("4000"), "/ 4000 4000", 4000, 4000, "4000");
			isWho(t, await run("root"), "/root root root", 0, 0, "0");
			isWho(t, await run("carol", "--setenv=HOME=/x,USER=y"), "/x y carol", 7, 8, groups);
		}
		for (const [who, why] of [
			["games", /^pflask: --user: games: no such user in the container's \/etc\/passwd\n/],
			["carol:games", /^pflask: --user: carol:games: no such group in the container's/],
			["carol:5,games", /^pflask: --user: carol:5,games: no such group in the container's/],
			["carol:", /^pflask: --user: carol:: must be USER\[:GROUP\[,GROUP...\]\]\n/],
			["carol:5,", /^pflask: --user: carol:5,: must be USER\[:GROUP\[,GROUP...\]\]\n/],
			[":tty", /^pflask: --user: :tty: must be USER\[:GROUP\[,GROUP...\]\]\n/],
			["4294967295", /^pflask: --user: 4294967295: no such user/],
		] as const) {
			const refused = await run(who);
			t.same([refused.status, refused.out], [125, ""], who);
			t.match(refused.err, why);
		}
		await finish(mine, pid);
	});

live("an id that the user namespace does not map", async (t, box) => {
	const root = await rootWithUsers(box);
	const auto = await detach(box, [
		"--user-map=auto",
		`--chroot=${root}`,
		"--",
		"/bin/probe",
		"hold",
	]);
	for (const [who, kind, id] of [
		["70000", "group", 70000],
		["70000:5", "user", 70000],
		["carol:far", "group", 70000],
	] as const) {
		const run = await box.run([`--exec=${auto}`, `--user=${who}`, "--", "/bin/true"]);
		t.same([run.status, run.out], [125, ""], who);
		const why = `the container's user namespace does not map ${kind} id ${id}`;
		t.match(run.err, `pflask: --user: ${who}: ${why}\nhint: pflask --exec=NAME -- cat `);
	}
	await finish(box, auto);
	const mine = as(user, box);
	const own = await detach(mine, ["--", "/bin/sleep", "1000"]);
	const same = await mine.run([`--exec=${own}`, `--user=${user.name}`, "--", "/usr/bin/id", "-un"]);
	t.equal(same.out, `${user.name}\n`, same.err);
	const other = await mine.run([`--exec=${own}`, "--user=root", "--", "/usr/bin/id"]);
	t.same([other.status, other.out], [125, ""]);
	t.match(
		other.err,
		/^pflask: --user: root: the container's user namespace does not map group id 0\n/,
	);
	await finish(mine, own);
});

live("the user owns the terminal and the session keyring", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const script = 'stat -c %U "$(tty)"; echo written >/dev/tty; keyctl show 2>/dev/null; exit 4';
	const session = box.terminal([
		`--exec=${pid}`,
		"--user=games",
		"--chdir=/",
		"--",
		"sh",
		"-c",
		script,
	]);
	const { status, out } = await session.ended;
	t.equal(status, 4, out);
	t.match(out, /games\r\nwritten\r\n/);
	const keys = ["--chdir=/", "--", PROBE, "keyring", "+", "ids", "+", "fds"];
	const own = await box.run([`--exec=${pid}`, ...keys]);
	const other = await box.run([`--exec=${pid}`, "--user=games", ...keys]);
	t.equal(other.facts("uid"), "5 5", other.err);
	t.not(other.facts("keyring"), own.facts("keyring"));
	t.equal(other.facts.all("fd").length, 3, "no descriptor of the host is left");
	await finish(box, pid);
});

live("a container's directory that the user may not enter", async (t, box) => {
	await sh(["mkdir", "-m", "700", `${box.dir}/private`]);
	const pid = await detach(box, [`--chdir=${box.dir}/private`, "--", PROBE, "hold"]);
	const run = await box.run([`--exec=${pid}`, "--user=games", "--", "/bin/true"]);
	t.equal(run.status, 125);
	const why = "cannot enter the working directory: Permission denied";
	t.equal(run.err, `pflask: --exec: ${pid}: ${why}\nhint: --chdir=/\n`);
	await finish(box, pid);
});

/** Commands that make unusable passwd and group files for a container, or make no such files. */
const TRAPS = {
	fifos: "mkfifo passwd; mkfifo group",
	devices: "mknod passwd c 1 5; mknod group c 1 5",
	directories: "mkdir passwd group",
	"links out of the root":
		"ln -s ../../../../etc/passwd passwd; ln -s /proc/1/root/etc/group group",
	loops: "ln -s passwd passwd; ln -s group group",
	"what has no end": "truncate -s 1T passwd; truncate -s 1T group",
	nothing: "true",
};

live("without a command the user's login shell runs", async (t, box) => {
	const root = await rootWithUsers(box);
	writeFileSync(`${root}/bin/own`, "#!/bin/sh\necho own\n", { mode: 0o755 });
	writeFileSync(`${root}/etc/passwd`, "root:x:0:0::/root:/bin/sh\nerin:x:9:10::/:/bin/own\n");
	const pid = await detach(box, [`--chroot=${root}`, "--", "/bin/sh", "-c", "exec sleep 1000"]);
	for (const [words, shell] of [
		[[], "-sh"],
		[["--user=erin"], "own"],
	] as const) {
		const run = await box.run([`--exec=${pid}`, ...words], { stdin: "echo $0\n" });
		t.equal(run.out, `${shell}\n`, run.err);
	}
	await finish(box, pid);
});

for (const starter of [[], ["--user-map=auto"]])
	live(`files that are traps are not opened ${starter}`, async (t, box) => {
		const root = await rootWithUsers(box);
		const pid = await detach(box, [...starter, `--chroot=${root}`, "--", "/bin/probe", "hold"]);
		for (const [what, script] of Object.entries(TRAPS)) {
			const isLink = what.includes("links") || what === "loops";
			const why = isLink && starter.length === 0 ? FOREIGN : "no such";
			await sh(["sh", "-ceu", `cd "$1"; rm -rf passwd group; ${script}`, "sh", `${root}/etc`]);
			const named = await box.run([`--exec=${pid}`, "--user=games", "--", "/bin/true"]);
			t.equal(named.status, 125, what);
			t.match(named.err, why, what);
			const number = await box.run([`--exec=${pid}`, "--user=7:games", "--", "/bin/true"]);
			t.equal(number.status, 125, what);
			t.match(number.err, why, what);
			const ids = await box.run([`--exec=${pid}`, "--user=7:8", "--", ...WHO]);
			isWho(t, ids, "/ 7 7", 7, 8, "8");
		}
		await finish(box, pid);
	});

live("a link in the root leads to the container's own files", async (t, box) => {
	const root = await rootWithUsers(box);
	await sh(["mv", `${root}/etc/passwd`, `${root}/bin/passwd`]);
	symlinkSync("/bin/passwd", `${root}/etc/passwd`);
	const hold = [`--chroot=${root}`, "--", "/bin/probe", "hold"];
	const pid = await detach(box, ["--user-map=auto", ...hold]);
	const run = await box.run([`--exec=${pid}`, "--user=carol", "--", ...WHO]);
	isWho(t, run, "/home/carol carol carol", 7, 8, "5 8 20");
	await finish(box, pid);
});

/** Ways in which a payload with dave's ids, 9 and 10, can change the user database. */
const WRITABLE = {
	"of another user": "chown 9 etc/passwd",
	"for a group to write to": "chgrp 10 etc/passwd; chmod 664 etc/passwd",
	"for all to write to": "chmod 666 etc/passwd",
	"groups for all to write to": "chmod 666 etc/group",
	"in a directory of another user": "chown 9 etc",
	"in a directory for all to write to": "chmod 1777 etc",
	"in a root of another user": "chown 9 .",
	"in a root for all to write to": "chmod 1777 .",
	"a link": "mv etc/passwd bin/log; ln -s ../bin/log etc/passwd",
	"a link to a directory": "mv etc real; ln -s real etc",
};

live("without a user namespace the files count only where root alone may write", async (t, box) => {
	for (const [what, script] of Object.entries(WRITABLE)) {
		const place = { ...box, dir: `${box.dir}/${what.replaceAll(" ", "-")}` };
		const root = await rootWithUsers(place);
		const hold = [`--chroot=${root}`, "--", "/bin/probe", "hold"];
		const pid = await detach(box, ["--user=dave", "--no-userns", ...hold]);
		const run = async (who: string) =>
			await box.run([`--exec=${pid}`, `--user=${who}`, "--", ...WHO]);
		isWho(t, await run("carol"), "/home/carol carol carol", 7, 8, "5 8 20 70000");
		await sh(["sh", "-ceu", `cd "$1"; ${script}`, "sh", root]);
		const named = await run("carol");
		t.same([named.status, named.out], [125, ""], what);
		t.match(named.err, `pflask: --user: carol: ${FOREIGN}\nhint: pflask --exec=NAME -- ls -ld `);
		if (!what.startsWith("groups")) isWho(t, await run("7:8"), "/ 7 7", 7, 8, "8");
		isWho(t, await run("4000:30"), "/ 4000 4000", 4000, 30, "30");
		await finish(box, pid);
	}
});

live("with a user namespace the container's files always count", async (t, box) => {
	const root = await rootWithUsers(box);
	await sh(["sh", "-ceu", 'cd "$1"; chown 9 etc etc/passwd; chmod 666 etc/group', "sh", root]);
	const hold = [`--chroot=${root}`, "--", "/bin/probe", "hold"];
	const pid = await detach(box, ["--user-map=auto", ...hold]);
	const run = await box.run([`--exec=${pid}`, "--user=carol", "--", ...WHO]);
	isWho(t, run, "/home/carol carol carol", 7, 8, "5 8 20");
	await finish(box, pid);
});

live("a user in very many groups is in all of them", async (t, box) => {
	const root = await shellRoot(box);
	const groups = (count: number) =>
		Array.from({ length: count }, (_, i) => `g${i}:x:${2000 + i}:many\n`).join("");
	writeFileSync(`${root}/etc/passwd`, "many:x:7:7::/:/bin/sh\n");
	writeFileSync(`${root}/etc/group`, groups(3000));
	const count = ["--", "/bin/sh", "-c", "grep ^Groups: /proc/self/status | wc -w"];
	const start = await box.run([`--chroot=${root}`, "--no-userns", "--user=many", ...count]);
	t.equal(start.out, "3002\n", `with the first one, and the word Groups: ${start.err}`);
	const pid = await detach(box, [`--chroot=${root}`, "--", "/bin/probe", "hold"]);
	const run = await box.run([`--exec=${pid}`, "--user=many", ...count]);
	t.equal(run.out, "3002\n", run.err);
	writeFileSync(`${root}/etc/group`, groups(65536));
	for (const args of [[`--chroot=${root}`, "--no-userns"], [`--exec=${pid}`]]) {
		const more = await box.run([...args, "--user=many", ...count]);
		t.match([more.status, more.out], [125, ""], args.join(" "));
		t.match(more.err, /^pflask: --user: many: in more groups than a process can have \(65536\)\n/);
	}
	await finish(box, pid);
});

t.end();
