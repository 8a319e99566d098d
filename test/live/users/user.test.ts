// SPDX-License-Identifier: BSD-2-Clause
// The tests of --user for root check the ids of the command, and the files in which pflask looks up
// names. Errors keep a command from running as root by mistake.
import { mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { debianRoot } from "../../lib/roots.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-user", { groups: ["games", "mail"] });

const MAPS = "cat /proc/self/uid_map /proc/self/gid_map";

/** Splits the text of /proc/PID/uid_map or gid_map into fields. */
function maps(text: string): string[] {
	return text
		.trim()
		.split("\n")
		.map((line) => line.trim().replace(/\s+/g, ":"));
}

/** Returns the number of a group of the host. */
async function groupId(name: string): Promise<number> {
	return Number((await sh(["getent", "group", name])).split(":")[2]);
}

function isError(t: Test, run: Ended, subject: string, what: string): void {
	t.same([run.status, run.out], [125, ""], `${what}: ${run.err}`);
	t.match(run.err, /^pflask: --user: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	t.match(run.err, subject, `${what}: it names ${subject}`);
}

async function ids(box: Box, args: readonly string[], options: RunOptions = {}): Promise<Ended> {
	return await box.run([...args, "--", PROBE, "ids", "+", "env"], options);
}

live("by name and by number, with a group by name and by number", async (t, box) => {
	const games = await groupId("games");
	const cases = {
		[user.name]: [user.uid, user.gid],
		[`${user.uid}`]: [user.uid, user.gid],
		[`${user.name}:games`]: [user.uid, games],
		[`${user.uid}:${games}`]: [user.uid, games],
		[`${user.name}:4321`]: [user.uid, 4321],
		[`54321:${games}`]: [54321, games],
	};
	for (const [text, [uid, gid]] of Object.entries(cases))
		for (const args of [[], ["--no-userns"], ["--netif", "--as-pid1"]]) {
			const { facts, err } = await ids(box, [`--user=${text}`, ...args]);
			t.equal(facts("uid"), `${uid} ${uid}`, `${text} ${args.join(" ")}: ${err}`);
			t.equal(facts("gid"), `${gid} ${gid}`, `${text} ${args.join(" ")}`);
		}
});

live("a number without an entry is a valid uid", async (t, box) => {
	const { facts, status, err } = await ids(box, ["--user=54321", "--no-userns"]);
	t.same([status, facts("uid")], [0, "54321 54321"], err);
	t.not(facts("gid"), "0 0", "and does not keep root's group");
});

live("the id is mapped to itself, and nothing else", async (t, box) => {
	const run = await box.run([`--user=${user.name}`, "--", "/bin/sh", "-c", MAPS]);
	t.same(maps(run.out), [`${user.uid}:${user.uid}:1`, `${user.gid}:${user.gid}:1`], run.err);
	const group = await groupId("games");
	const other = await box.run([`--user=${user.name}:games`, "--", "/bin/sh", "-c", MAPS]);
	t.same(maps(other.out), [`${user.uid}:${user.uid}:1`, `${group}:${group}:1`], other.err);
	const zero = await box.run(["--user=root", "--", "/bin/sh", "-c", MAPS]);
	t.same(maps(zero.out), ["0:0:1", "0:0:1"], zero.err);
});

live("--no-userns: no user namespace, and root cannot be regained", async (t, box) => {
	const { facts, err } = await ids(box, [`--user=${user.name}`, "--no-userns"]);
	t.equal(facts("uid"), `${user.uid} ${user.uid}`, err);
	const script = `${MAPS}
		readlink /proc/self/ns/user; grep Cap /proc/self/status; head -1 /etc/shadow`;
	const run = await box.run([`--user=${user.name}`, "-U", "--", "/bin/sh", "-c", script]);
	const [uids, gids, space, ...sets] = run.out.trim().split("\n");
	t.same(maps(`${uids}\n${gids}`), ["0:0:4294967295", "0:0:4294967295"]);
	t.equal(space, (await sh(["readlink", "/proc/self/ns/user"])).trim());
	for (const set of sets.filter((line) => !/CapBnd/.test(line))) t.match(set, /\t0+$/, set);
	t.match(run.err, /Permission denied/);
});

live("supplementary groups are those of a login", async (t, box) => {
	const expected = (await sh(["id", "-G", user.name])).trim().split(" ").map(Number).sort();
	const via = ["setpriv", "--groups=5,6,7,12"];
	for (const args of [["--no-userns"], ["--user-map=0:0:65536"]]) {
		const run = await ids(box, [`--user=${user.name}`, ...args], { via });
		const found = run.facts("groups").trim().split(" ").map(Number).sort();
		t.same(found, expected, `${args.join(" ")}: ${run.err}`);
	}
	const { facts, err } = await ids(box, [`--user=${user.name}`], { via });
	t.same(facts("groups").trim().split(" ").map(Number), [user.gid], `what is mapped: ${err}`);
	const [games, mail] = await Promise.all(["games", "mail"].map(groupId));
	const map = [`u:${user.uid}:${user.uid}:1`, `g:${user.gid}:${user.gid}:1`, `g:${mail}:${mail}:1`];
	const some = await ids(box, [`--user=${user.name}`, ...map.map((text) => `-e${text}`)]);
	const groups = some.facts("groups").trim().split(" ").map(Number);
	t.ok(groups.includes(mail ?? -1) && !groups.includes(games ?? -1), some.err);
});

live("named groups replace the groups of the user", async (t, box) => {
	const [games, mail] = await Promise.all(["games", "mail"].map(groupId));
	const via = ["setpriv", "--groups=5,6,7,12"];
	for (const args of [[], ["--no-userns"], ["--user-map=0:0:65536"]]) {
		const run = await ids(box, [`--user=${user.name}:games,mail,4242`, ...args], { via });
		const what = `${args.join(" ")}: ${run.err}`;
		t.equal(run.facts("gid"), `${games} ${games}`, what);
		const found = run.facts("groups").trim().split(" ").map(Number);
		t.same(found.sort(), [games, mail, 4242].sort(), what);
	}
	const twice = await ids(box, ["--user=1234:games,games"]);
	t.match(twice.facts("groups").trim(), new RegExp(`^${games}( ${games})?$`), twice.err);
	const some = await box.run(["--user=1234:5,6", "--user-map=0:0:6", "--", "true"]);
	isError(t, some, "user id 1234 is not mapped", "the user is not in the map");
	const other = await box.run(["--user=0:5,6", "--user-map=0:0:6", "--", "true"]);
	isError(t, other, "group id 6 is not mapped", "a group is not in the map");
	t.match(other.err, "hint: --user-map=g:6:HOST:1\n");
	const lost = await box.run([`--user=${user.name}:games,no-such,mail`, "--", "true"]);
	isError(t, lost, "no-such: no such group", "a group does not exist");
	const own = await as(user, box).run([`--user=${user.uid}:${user.gid},4242`, "--", "true"]);
	isError(t, own, "4242", "an ordinary user has no other group");
});

live("HOME, USER and LOGNAME are the user's", async (t, box) => {
	const run = await ids(box, [`--user=${user.name}`]);
	const env = run.facts.all("env");
	for (const line of [`HOME=${user.home}`, `USER=${user.name}`, `LOGNAME=${user.name}`])
		t.ok(env.includes(line), `${line}: ${env.join(" ")}`);
});

live("the terminal is the user's", async (t, box) => {
	for (const args of [[], ["--no-userns"]]) {
		const script = 'stat -c %U "$(tty)"; echo said >/dev/stdout; id -un';
		const all = [`--user=${user.name}`, ...args, "--", "/bin/sh", "-c", script];
		const session = await box.terminal(all).ended;
		t.equal(session.out, `${user.name}\r\nsaid\r\n${user.name}\r\n`, args.join(" "));
	}
});

const UNKNOWN = [
	"no-such-user",
	"root:no-such-group",
	"-1",
	"4294967295",
	"4294967296",
	"99999999999",
];
const MALFORMED = [":", ":games", "root:", "root:root:root", "root:-1", "root:4294967295"];
const BLANK = [" root", "0x0", "+0", "00 ", "1e3", "ro\not"];

live("an unknown user is an error, and never root", async (t, box) => {
	for (const text of [...UNKNOWN, ...MALFORMED, ...BLANK])
		for (const args of [[], ["--no-userns"]]) {
			const what = `${JSON.stringify(text)} ${args.join(" ")}`;
			const run = await box.run([`--user=${text}`, ...args, "--", PROBE, "ids"]);
			t.same([run.status, run.out], [125, ""], `${what}: ${run.err}`);
			t.match(run.err, /^pflask: --user: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
		}
	const empty = await box.run(["--user=", "--", PROBE, "ids"]);
	isError(t, empty, "empty", "no name");
});

live("names of the host are looked up as nsswitch.conf says", async (t, box) => {
	// The test replaces all of /etc: a mount on one file disappears when another test renames a new
	// file to the name of the file.
	await sh(["cp", "-a", "/etc", `${box.dir}/etc`]);
	const passwd = readFileSync("/etc/passwd", "utf8").replace(/^/, "-games::::::\n");
	writeFileSync(`${box.dir}/etc/passwd`, `${passwd}pft-more:x:4242:60:x:/more:/bin/sh\n`);
	writeFileSync(`${box.dir}/etc/nsswitch.conf`, "passwd: compat\ngroup: files\n");
	const via = inMounts(`mount --bind "${box.dir}/etc" /etc`);
	const known = await ids(box, ["--user=pft-more", "--no-userns"], { via });
	t.same([known.facts("uid"), known.facts("gid")], ["4242 4242", "60 60"], known.err);
	const excluded = await box.run(["--user=games", "--no-userns", "--", PROBE, "ids"], { via });
	isError(t, excluded, "games", "a user that is left out");
});

live("a user that is not in the map is an error", async (t, box) => {
	for (const args of [["--user=1000"], [`--user=${user.name}`], ["--user=5:1000"]]) {
		const run = await box.run([...args, "--user-map=0:100000:1000", "--", PROBE, "ids"]);
		isError(t, run, "map", args.join(" "));
	}
	const mapped = await ids(box, ["--user=games", "--user-map=0:100000:1000"]);
	t.equal(mapped.facts("uid"), "5 5", mapped.err);
});

/** Makes a root with users. */
async function rootWith(box: Box, passwd: string, group = ""): Promise<string> {
	const root = await shellRoot(box);
	writeFileSync(`${root}/etc/passwd`, passwd);
	writeFileSync(`${root}/etc/group`, group);
	return root;
}

live("with --chroot the names are the root's own", async (t, box) => {
	const own = `${user.name}:x:77:78::/inside:/bin/sh`;
	const passwd = `root:x:0:0::/root:/bin/sh\n${own}\nonly:x:5:6::/:\n`;
	const group = `root:x:0:\nextra:x:79:${user.name}\nother:x:80:x,only\ninside:x:81:\n`;
	const root = await rootWith(box, passwd, group);
	const cases: Record<string, [string, string, string]> = {
		[user.name]: ["77 77", "78 78", "78 79"],
		only: ["5 5", "6 6", "6 80"],
		"only:inside": ["5 5", "81 81", ""],
		"77": ["77 77", "78 78", "78 79"],
		"1234:1235": ["1234 1234", "1235 1235", ""],
	};
	for (const [text, [uid, gid, groups]] of Object.entries(cases)) {
		const args = [
			`--chroot=${root}`,
			"-U",
			`--user=${text}`,
			"--",
			"/bin/probe",
			"ids",
			"+",
			"env",
		];
		const { facts, err } = await box.run(args);
		t.same([facts("uid"), facts("gid")], [uid, gid], `${text}: ${err}`);
		if (groups) t.equal(facts("groups").trim(), groups, text);
		if (text === user.name) t.ok(facts.all("env").includes("HOME=/inside"));
	}
	for (const name of ["games", "nobody", "only:games", "nosuch"]) {
		const run = await box.run([`--chroot=${root}`, `--user=${name}`, "--", "/bin/probe", "ids"]);
		isError(t, run, name.split(":").at(-1) ?? "", `${name} of the host`);
	}
});

live("in the Debian root", async (t, box) => {
	const root = await debianRoot();
	for (const args of [["--no-userns"], [], ["--user-map=auto"]]) {
		const all = [`--chroot=${root}`, "--ephemeral", "--user=www-data", ...args];
		const run = await box.run([...all, "--", "/bin/sh", "-c", "id -un; id -gn; echo $HOME $USER"]);
		t.equal(run.out, "www-data\nwww-data\n/var/www www-data\n", `${args.join(" ")}: ${run.err}`);
	}
});

/** Ways to make the files of a root unusable. */
const ODD: Readonly<Record<string, (path: string) => unknown>> = {
	"is not there": rmSync,
	"is a directory": (path) => [rmSync(path), mkdirSync(path)],
	"is a link to the host's": (path) => [rmSync(path), symlinkSync("/etc/passwd", path)],
	"is a link out of the root": (path) => [
		rmSync(path),
		symlinkSync("../../../../../../../etc/passwd", path),
	],
	"is a link to itself": (path) => [rmSync(path), symlinkSync("passwd", path)],
	"is a link to /proc/self/root": (path) => [
		rmSync(path),
		symlinkSync("/proc/self/root/etc/passwd", path),
	],
	"is empty": (path) => writeFileSync(path, ""),
	"has no newline": (path) => writeFileSync(path, "x"),
	"has zero bytes": (path) => writeFileSync(path, "games\0:x:0:0::/:\n"),
	"has no fields": (path) => writeFileSync(path, "games\n"),
	"has empty fields": (path) => writeFileSync(path, "games::::::\ngames:x:::::\n"),
	"has too few fields": (path) => writeFileSync(path, "games:x\ngames:x:0\n"),
	"has no number": (path) => writeFileSync(path, "games:x:zero:0::/:\ngames:x:0x0:0::/:\n"),
	"has a negative number": (path) => writeFileSync(path, "games:x:-4294967296:0::/:\n"),
	"has too large a number": (path) => writeFileSync(path, "games:x:4294967296:0::/:\n"),
	"has -1": (path) => writeFileSync(path, "games:x:4294967295:4294967295::/:\n"),
	"has spaces": (path) => writeFileSync(path, " games:x:0:0::/:\ngames :x:0:0::/:\n"),
	"has a longer name": (path) => writeFileSync(path, "gamesx:x:0:0::/:\nxgames:x:0:0::/:\n"),
	"has it in another field": (path) => writeFileSync(path, "x:games:0:0:games:games:games\n"),
	"has a very long line": (path) => writeFileSync(path, `${"x".repeat(1 << 20)}:x:0:0::/:\n`),
};

live("a root with a malformed or hostile /etc/passwd", async (t, box) => {
	for (const [what, make] of Object.entries(ODD)) {
		const root = await rootWith(box, "root:x:0:0::/root:/bin/sh\n");
		make(`${root}/etc/passwd`);
		const args = [`--chroot=${root}`, "-U", "--user=games", "--", "/bin/probe", "ids"];
		isError(t, await box.run(args), "games", `it ${what}`);
		const number = await box.run([...args.slice(0, 2), "--user=7:8", ...args.slice(3)]);
		t.same([number.facts("uid"), number.facts("gid")], ["7 7", "8 8"], `it ${what}: ${number.err}`);
		rmSync(root, { recursive: true });
	}
});

live("a fifo or a device as /etc/passwd does not block", async (t, box) => {
	const root = await rootWith(box, "");
	for (const words of [["mkfifo"], ["mknod", "-m", "666"]]) {
		rmSync(`${root}/etc/passwd`);
		await sh([...words, `${root}/etc/passwd`, ...(words.length > 1 ? ["c", "1", "5"] : [])]);
		const args = [`--chroot=${root}`, "-U", "--user=games", "--", "/bin/probe", "ids"];
		isError(t, await box.run(args), "games", words[0] ?? "");
	}
});

live("an entry after malformed entries", async (t, box) => {
	const lines = ["", "#comment", "games", "::::::", "a:b:c:d:e:f:g:h", "x".repeat(5000)];
	const root = await rootWith(box, `${lines.join("\n")}\ngames:x:7:8:The Games,,,:/g:/bin/sh`);
	const args = [`--chroot=${root}`, "-U", "--user=games", "--", "/bin/probe", "ids"];
	const run = await box.run(args);
	t.same([run.facts("uid"), run.facts("gid")], ["7 7", "8 8"], run.err);
});

t.end();
