// SPDX-License-Identifier: BSD-2-Clause
// The tests of --user-map check the mapped ids, the process that writes the maps, and the maps that
// pflask refuses before the command runs.
import { chownSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { liveWithUserXattrs } from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { debianRoot } from "../../lib/roots.ts";
import type { Ended } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";

const user = await account("pft-userns", { range: RANGE });
const plain = await account("pft-userns2");

const MAPS = `
	sed 's/^/uid /' /proc/self/uid_map; sed 's/^/gid /' /proc/self/gid_map
	cat /proc/self/setgroups; echo "$(id -u) $(id -g)"`;

/** The maps, setgroups and ids in a container. */
interface Mapped {
	readonly uid: string[];
	readonly gid: string[];
	readonly setgroups: string;
	readonly ids: string;
}

function mapped(run: Ended): Mapped {
	const lines = run.out.split("\n").map((line) => line.trim().split(/\s+/));
	const of = (kind: string) =>
		lines.filter((line) => line[0] === kind).map((line) => line.slice(1).join(":"));
	const [setgroups = [], ids = []] = lines.filter((line) => !/^[ug]id$/.test(line[0] ?? ""));
	return { uid: of("uid"), gid: of("gid"), setgroups: setgroups.join(" "), ids: ids.join(" ") };
}

async function run(box: Pick<Box, "run">, args: readonly string[], via?: string[]): Promise<Ended> {
	return await box.run([...args, "--", "/bin/sh", "-c", MAPS], via ? { via } : {});
}

function isMapped(t: Test, run: Ended, expected: Mapped, what: string): void {
	t.equal(run.status, 0, `${what}: ${run.err}`);
	t.same(mapped(run), expected, what);
}

/** Returns the expected result if uids and gids have one map. */
function both(map: string, setgroups: string, ids: string): Mapped {
	return { uid: [map], gid: [map], setgroups, ids };
}

live("root maps any ids", async (t, box) => {
	const cases: Record<string, Mapped> = {
		"-e0:100000:65536": both("0:100000:65536", "allow", "0 0"),
		"-e0:0:1": both("0:0:1", "allow", "0 0"),
		"-e0:0:4294967295": both("0:0:4294967295", "allow", "0 0"),
		"--user-map=0:4294900000:1000": both("0:4294900000:1000", "allow", "0 0"),
		"-e 5:500000:10": both("5:500000:10", "allow", "5 5"),
		"-eu:0:100000:10 -eg:0:200000:20": {
			uid: ["0:100000:10"],
			gid: ["0:200000:20"],
			setgroups: "allow",
			ids: "0 0",
		},
		"-e0:100000:10 -e10:300000:5 -e1000:0:1": {
			uid: ["0:100000:10", "10:300000:5", "1000:0:1"],
			gid: ["0:100000:10", "10:300000:5", "1000:0:1"],
			setgroups: "allow",
			ids: "0 0",
		},
	};
	for (const [args, expected] of Object.entries(cases))
		isMapped(t, await run(box, args.split(" ")), expected, args);
});

live("the highest number of maps", async (t, box) => {
	// The text for uid_map must be shorter than a page, because one write(2) must write the whole
	// text.
	const list = Array.from({ length: 340 }, (_, i) => `${i * 2}:${1000 + i * 2}:1`);
	const full = await run(
		box,
		list.map((map) => `-e${map}`),
	);
	t.equal(full.status, 0, full.err);
	t.same(mapped(full).uid.sort(), [...list].sort());
	const more = await run(
		box,
		[...list, "5000:500000:1"].map((map) => `-e${map}`),
	);
	t.same([more.status, more.out], [125, ""]);
	t.match(more.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/);
});

/** Returns the ranges that the files assign, as first id and count. */
function taken(): [number, number][] {
	return ["/etc/subuid", "/etc/subgid"].flatMap((path) =>
		readFileSync(path, "utf8")
			.split("\n")
			.filter((line) => line !== "")
			.map((line) => line.split(":").slice(1).map(Number) as [number, number]),
	);
}

live("auto, for root: 65536 unused ids", async (t, box) => {
	const first = await run(box, ["--user-map=auto"]);
	const map = mapped(first).uid[0] ?? "";
	t.match(map, /^0:\d+:65536$/, first.err);
	isMapped(t, first, both(map, "allow", "0 0"), "auto");
	const start = Number(map.split(":")[1]);
	t.ok(start >= 65536, "none of them is a system's or a user's id");
	for (const [other, count] of taken())
		t.ok(start + 65536 <= other || other + count <= start, `not of ${other}:${count}`);
});

live("auto, for root: containers at the same time have different ids", async (t, box) => {
	const script = `${MAPS}; echo ready; read line`;
	const start = () => box.start(["-eauto", "--", "/bin/sh", "-c", script], { stdin: "pipe" });
	const several = [start(), start(), start()];
	for (const running of several) await running.until("ready");
	for (const running of several) await running.closeStdin();
	const ends = await Promise.all(several.map((running) => running.ended));
	t.equal(new Set(ends.map((end) => mapped(end).uid[0])).size, 3);
});

live("equal, overlapping and missing maps are refused", async (t, box) => {
	const cases = [
		["0:100000:10", "0:200000:10"],
		["0:100000:10", "9:200000:10"],
		["0:100000:10", "10:100009:10"],
		["0:100000:10", "u:5:300000:1"],
		["0:100000:10", "0:100000:10"],
	];
	for (const maps of cases) {
		const end = await run(
			box,
			maps.map((map) => `-e${map}`),
		);
		t.same([end.status, end.out], [125, ""], maps.join(" "));
		t.match(
			end.err,
			/^pflask: --user-map: [^\n]*overlap[^\n]*\n(hint: [^\n]+\n)?$/,
			maps.join(" "),
		);
		t.match(end.err, maps[1] ?? "", "it names the map");
	}
});

const MALFORMED = [
	"",
	"0",
	"0:100000",
	"0:100000:1:1",
	"0:100000:0",
	"0:100000:-1",
	"-1:100000:1",
	"0:-1:1",
	"a:b:c",
	"0:100000:x",
	"0x0:100000:1",
	" 0:100000:1",
	"0:100000:1 ",
	"::",
	"0::1",
	"x:0:100000:1",
	"u:",
	"u:0:100000",
	"ug:0:100000:1",
	"4294967295:100000:1",
	"0:4294967295:1",
	"1:0:4294967295",
	"4294967296:100000:1",
	"0:4294967296:1",
	"0:100000:4294967296",
	"0:100000:99999999999999999999",
	"automatic",
	"auto:1",
	"u:0:100000:1",
	"g:0:100000:1",
];

live("a map that is malformed, empty or out of range is refused", async (t, box) => {
	for (const map of MALFORMED) {
		const end = await run(box, [`--user-map=${map}`]);
		t.same([end.status, end.out], [125, ""], JSON.stringify(map));
		t.match(
			end.err,
			/^pflask: --user-map: [^\n]+\n(hint: [^\n]+\n)?$/,
			`${JSON.stringify(map)}: one line`,
		);
		if (map !== "" && !/^[ug]:0:100000:1$/.test(map))
			t.ok(end.err.startsWith(`pflask: --user-map: ${map}: `), `it names it: ${end.err}`);
	}
	const none = await run(box, ["--user-map=0:100000:1", "--no-userns"]);
	t.same([none.status, none.out], [125, ""]);
	t.match(none.err, /^pflask: --user-map: [^\n]*user namespace[^\n]*\n/);
});

live("a user maps its own id without help", async (t, box) => {
	const via = inMounts(
		"for p in newuidmap newgidmap; do mount --bind /bin/false /usr/bin/$p; done",
	);
	for (const who of [user, plain]) {
		const { uid, gid } = who;
		const map = { uid: [`0:${uid}:1`], gid: [`0:${gid}:1`], setgroups: "deny", ids: "0 0" };
		isMapped(t, await run(as(who, box), [`-eu:0:${uid}:1`, `-eg:0:${gid}:1`], via), map, who.name);
		const own = {
			...map,
			uid: [`${uid}:${uid}:1`],
			gid: [`${gid}:${gid}:1`],
			ids: `${uid} ${gid}`,
		};
		isMapped(t, await run(as(who, box), [], via), own, "without any option");
		isMapped(t, await run(as(who, box), [`--user=${who.name}`], via), own, "--user=$USER");
		isMapped(t, await run(as(who, box), [`--user=${uid}`], via), own, "--user=$UID");
	}
});

live("a user with subordinate ids maps them through newuidmap", async (t, box) => {
	const { uid, gid } = user;
	const mine = as(user, box);
	const whole = both(`0:${FIRST}:65536`, "allow", "0 0");
	isMapped(t, await run(mine, [`--user-map=0:${FIRST}:65536`]), whole, "the range");
	const part = both(`5:${FIRST + 100}:10`, "allow", "5 5");
	isMapped(t, await run(mine, [`--user-map=5:${FIRST + 100}:10`]), part, "a part of it");
	const auto = {
		uid: [`0:${uid}:1`, `1:${FIRST}:65536`],
		gid: [`0:${gid}:1`, `1:${FIRST}:65536`],
		setgroups: "allow",
		ids: "0 0",
	};
	isMapped(t, await run(mine, ["--user-map=auto"]), auto, "auto");
	const mixed = [`-eu:0:${uid}:1`, `-eg:0:${gid}:1`, `-e1:${FIRST}:100`];
	const two = {
		uid: [`0:${uid}:1`, `1:${FIRST}:100`],
		gid: [`0:${gid}:1`, `1:${FIRST}:100`],
		setgroups: "allow",
		ids: "0 0",
	};
	isMapped(t, await run(mine, mixed), two, "the own id and others");
});

live("--user with a mapped id", async (t, box) => {
	const mine = as(user, box);
	for (const [args, ids] of [
		[[`-e0:${FIRST}:65536`, "--user=games"], "5 60"],
		[["--user-map=auto", "--user=12:34"], "12 34"],
		[[`-e0:${FIRST}:65536`, "--user=0"], "0 0"],
	] as const) {
		const end = await run(mine, args);
		t.same([end.status, mapped(end).ids], [0, ids], `${args.join(" ")}: ${end.err}`);
	}
	for (const [name, ids] of [
		["root", "0 0"],
		["games", "5 60"],
	] as const) {
		const end = await run(mine, [`--user=${name}`]);
		t.same([end.status, mapped(end).ids], [0, ids], `${name}: ${end.err}`);
		const poor = await run(as(plain, box), [`--user=${name}`]);
		t.same([poor.status, poor.out], [125, ""], `${name} needs subordinate ids`);
		const why = `pflask: --user: ${name}: another user needs subordinate ids`;
		t.ok(poor.err.startsWith(why), poor.err);
		t.match(poor.err, /\nhint: sudo usermod --add-subuids [^\n]+\n$/);
	}
	const group = await run(mine, [`--user=${user.name}:games`]);
	t.same([group.status, group.out], [125, ""]);
	t.match(group.err, `pflask: --user: ${user.name}:games: only root may run a command with`);
});

live("root: a root of its own is mapped by an id-mapped mount", async (t, box) => {
	const root = await shellRoot(box);
	writeFileSync(`${root}/etc/theirs`, "");
	chownSync(`${root}/etc/theirs`, 33, 44);
	const before = await names(root);
	const script = `
		stat -c '%u:%g' / /etc/theirs; echo x >/new; chown 77:88 /new; echo y >/etc/theirs
		stat -c '%u:%g' /new; mkdir /dir; cat /proc/self/uid_map | { read a b c; echo $a $c; }`;
	for (const map of ["auto", `0:${FIRST}:65536`]) {
		const args = [`--chroot=${root}`, `--user-map=${map}`, "--", "/bin/sh", "-c", script];
		const end = await box.run(args);
		t.equal(end.out, "0:0\n33:44\n77:88\n0 65536\n", `${map}: ${end.err}`);
		const found = statSync(`${root}/new`);
		t.same([found.uid, found.gid], [77, 88], "on disk the ids are the container's");
		t.equal(statSync(`${root}/dir`).uid, 0);
		await sh(["rm", "-r", `${root}/new`, `${root}/dir`]);
		t.same(await names(root), before);
	}
});

live("root: a root that belongs to the mapped ids is left as it is", async (t, box) => {
	const root = await shellRoot(box, FIRST);
	const script = "stat -c %u:%g /; echo x >/new; chown 77:88 /new";
	const args = [`--chroot=${root}`, `--user-map=0:${FIRST}:65536`, "--", "/bin/sh", "-c", script];
	const end = await box.run(args);
	t.equal(end.out, "0:0\n", end.err);
	const found = statSync(`${root}/new`);
	t.same([found.uid, found.gid], [FIRST + 77, FIRST + 88]);
});

liveWithUserXattrs(
	"root: the Debian root, id-mapped, with changes that are lost",
	async (t, box) => {
		const root = await debianRoot();
		const script = `
		set -e; useradd someone; chown someone:mail /etc/hostname
		stat -c %U:%G /etc/hostname /etc/shadow
		su -s /bin/sh -c 'id -un' www-data; passwd -S root | cut -d' ' -f1`;
		const args = [
			`--chroot=${root}`,
			"--user-map=auto",
			"--ephemeral",
			"--",
			"/bin/sh",
			"-c",
			script,
		];
		const end = await box.run(args);
		t.equal(end.out, "someone:mail\nroot:shadow\nwww-data\nroot\n", end.err);
	},
);

live("root: a bind with the option idmap", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${box.dir}/source`);
	writeFileSync(`${box.dir}/source/file`, "");
	chownSync(`${box.dir}/source/file`, 33, 44);
	const script = "stat -c %u:%g /in /in/file /out; echo x >/in/new; chown 7:8 /in/new; echo $?";
	const mounts = [`-mbind:${box.dir}/source:/in:idmap`, `-mbind:${box.dir}/source:/out`];
	const args = [`--chroot=${root}`, "--user-map=auto", ...mounts, "--", "/bin/sh", "-c", script];
	const end = await box.run(args);
	t.equal(end.out, "0:0\n33:44\n65534:65534\n0\n", end.err);
	const found = statSync(`${box.dir}/source/new`);
	t.same([found.uid, found.gid], [7, 8]);
	const ro = [`-mbind-ro:${box.dir}/source:/in:idmap,nosuid`, ...args.slice(4)];
	const second = await box.run([
		`--chroot=${root}`,
		"-eauto",
		`${ro[0]}`,
		"--",
		"/bin/sh",
		"-c",
		"stat -c %u:%g /in/file; echo x >/in/x",
	]);
	t.equal(second.out, "33:44\n", second.err);
	t.match(second.err, /Read-only file system/);
});

live("root of a user namespace has no privilege on the host", async (t, box) => {
	const script = `
		head -c1 /etc/shadow; echo x >/etc/pftest-x; kill -0 "$1"; mknod /dev/shm/node b 7 0
		mount -t ext4 /dev/loop0 /mnt; hostname inside; hostname; chroot / true && echo chroot`;
	const args = ["--user-map=auto", "-P", "--", "/bin/sh", "-c", script, "sh", `${process.pid}`];
	const end = await box.run(args);
	t.equal(end.out, "inside\nchroot\n");
	t.ok(
		end.err.split("\n").filter((line) => /denied|not permitted/i.test(line)).length >= 4,
		end.err,
	);
});

t.end();
