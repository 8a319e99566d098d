// SPDX-License-Identifier: BSD-2-Clause
// The options of each type of --mount, the notation of paths, and --read-only.
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { type Box, live } from "../../lib/live.ts";
import { type Mount, mountAt } from "../../lib/mount-table.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";

/** Runs the probe in a root of the box. */
async function inRoot(
	t: Test,
	box: Box,
	args: readonly string[],
	words: readonly string[],
	options: RunOptions = {},
): Promise<Ended> {
	const root = `${box.dir}/root`;
	if (!existsSync(root)) await shellRoot(box);
	const run = await box.run([`--chroot=${root}`, ...args, "--", "/bin/probe", ...words], options);
	t.equal(run.status, 0, `${args.join(" ")}: ${run.err}`);
	return run;
}

/**
 * Returns a value of --mount for every type that has options. `separator` stands before a further
 * option.
 */
function specs(box: Box): Record<string, { spec: string; separator: string }> {
	for (const name of ["source/sub", "upper", "work"])
		mkdirSync(`${box.dir}/${name}`, { recursive: true });
	writeFileSync(`${box.dir}/source/file`, "");
	return {
		bind: { spec: `bind:${box.dir}/source:/m`, separator: ":" },
		"bind of a file": { spec: `bind:${box.dir}/source/file:/m`, separator: ":" },
		overlay: { spec: `overlay:${box.dir}/upper:/m:${box.dir}/work`, separator: ":" },
		tmp: { spec: "tmp:/m", separator: ":" },
		"tmp with a size": { spec: "tmp:/m:size=1m", separator: "," },
		proc: { spec: "proc:/m", separator: ":" },
		dev: { spec: "dev:/m", separator: ":" },
		mqueue: { spec: "mqueue:/m", separator: ":" },
	};
}

const FLAGS = ["ro", "nosuid", "nodev", "noexec"];

/**
 * Tells whether a mount has an option. The mount may have other options, too, such as the default
 * options of /dev.
 */
function has(mount: Mount | undefined, option: string): boolean {
	return mount?.options.includes(option) ?? false;
}

live("ro, rw, nosuid, nodev and noexec for every type", async (t, box) => {
	for (const [name, { spec, separator }] of Object.entries(specs(box))) {
		for (const option of [...FLAGS, "rw", FLAGS.join(",")]) {
			const args = [`--mount=${spec}${separator}${option}`];
			const { facts } = await inRoot(t, box, args, ["mounts"]);
			for (const single of option.split(","))
				t.ok(has(mountAt(facts, "/m"), single), `${name}: ${option}`);
		}
	}
});

live("no flag is set by default", async (t, box) => {
	for (const [name, { spec }] of Object.entries(specs(box)).slice(0, 3)) {
		const { facts } = await inRoot(t, box, [`--mount=${spec}`], ["mounts"]);
		const mount = mountAt(facts, "/m");
		t.same(
			FLAGS.filter((flag) => has(mount, flag)),
			[],
			name,
		);
	}
});

live("bind-ro takes nosuid, nodev and noexec, and stays read-only", async (t, box) => {
	mkdirSync(`${box.dir}/source/sub`, { recursive: true });
	const via = inMounts(`mount -t tmpfs none "${box.dir}/source/sub"`);
	const args = [`--mount=bind-ro:${box.dir}/source:/m:nosuid,nodev,noexec`];
	const { facts } = await inRoot(t, box, args, ["mounts", "+", "create", "/m/sub/x"], { via });
	for (const point of ["/m", "/m/sub"])
		for (const flag of FLAGS) t.ok(has(mountAt(facts, point), flag), `${point}: ${flag}`);
	t.equal(facts("create./m/sub/x"), "EROFS");
});

live("options of a bind hold for the mounts below it as well", async (t, box) => {
	mkdirSync(`${box.dir}/source/sub`, { recursive: true });
	const via = inMounts(`mount -t tmpfs none "${box.dir}/source/sub"`);
	const args = [`--mount=bind:${box.dir}/source:/m:ro,nosuid,nodev,noexec`];
	const { facts } = await inRoot(t, box, args, ["mounts", "+", "create", "/m/sub/x"], { via });
	for (const point of ["/m", "/m/sub"])
		for (const flag of FLAGS) t.ok(has(mountAt(facts, point), flag), `${point}: ${flag}`);
	t.equal(facts("create./m/sub/x"), "EROFS");
});

live("noexec, nodev and nosuid take effect", async (t, box) => {
	const host = `${box.dir}/source`;
	mkdirSync(host);
	copyFileSync(PROBE, `${host}/probe`);
	chmodSync(`${host}/probe`, 0o755);
	const words = ["mknod", "/m/null", "1", "3", "+", "read", "/m/null", "+", "run", "/m/probe"];
	const allowed = await inRoot(t, box, [`-mbind:${host}:/m`], [...words, "exit", "7"]);
	t.match(allowed.facts("read./m/null"), /^ok 0 /);
	t.equal(allowed.facts("ended"), "7 0");
	const args = [`-mbind:${host}:/m:nodev,noexec`];
	const denied = await inRoot(t, box, args, [...words.slice(5), "exit", "7"]);
	t.equal(denied.facts("read./m/null"), "EACCES");
	t.equal(denied.facts("ended"), "13 0", "it is not executed");
});

live("bind-ro and rw contradict each other", async (t, box) => {
	const root = await shellRoot(box);
	const spec = `bind-ro:${box.dir}:/m:rw`;
	const words = ["say", "ran", "+", "create", "/m/x"];
	const run = await box.run([`--chroot=${root}`, "-m", spec, "--", "/bin/probe", ...words]);
	t.equal(run.status, 125, `neither of them is dropped in silence: ${run.out}`);
	t.match(run.err, `pflask: --mount: ${spec}: `);
});

live("a colon after a backslash is part of the path", async (t, box) => {
	const host = `${box.dir}/a:b:c`;
	mkdirSync(host);
	writeFileSync(`${host}/file`, "found\n");
	const escaped = host.replaceAll(":", "\\:");
	const bind = await inRoot(t, box, [`-mbind:${escaped}:/in\\:side`], ["read", "/in:side/file"]);
	t.equal(bind.facts("read./in:side/file"), "ok 6 found");
	const tmp = await inRoot(t, box, ["-mtmp:/\\:x:mode=0700"], ["stat", "/:x"]);
	t.match(tmp.facts("stat./:x"), /^directory 0700/);
	const link = await inRoot(t, box, ["-msymlink:a\\:b:/l"], ["stat", "/l"]);
	t.match(link.facts("stat./l"), / a:b$/);
});

/** Names that would break an option string of the kernel, or a shell. */
const ODD = [
	"a,b",
	"a b",
	"a\\b",
	"a=b",
	"a'\"b",
	"a\nb",
	"lowerdir=x",
	"\u00e4\u65e5",
	"-x",
	"%s",
];

live("unusual names are used unchanged", async (t, box) => {
	const root = await shellRoot(box);
	for (const name of ODD) {
		for (const part of ["source", "upper", "work"])
			mkdirSync(`${box.dir}/${name}/${part}`, { recursive: true });
		writeFileSync(`${box.dir}/${name}/source/file`, "found\n");
		const base = `${box.dir}/${name}`;
		const bind = `bind:${base}/source:/${name}`;
		const overlay = `overlay:${base}/upper:/${name}/sub:${base}/work`;
		const args = [`--chroot=${root}`, "-m", bind, "-m", overlay, "-m", `tmp:/t/${name}`];
		const script = `cat "/$1/file"; echo up >"/$1/sub/new"; [ -d "/t/$1" ] && echo there`;
		const run = await box.run([...args, "--", "/bin/sh", "-c", script, "sh", name]);
		t.same([run.status, run.out, run.err], [0, "found\nthere\n", ""], JSON.stringify(name));
		t.ok(existsSync(`${base}/upper/new`), `${JSON.stringify(name)}: upper`);
	}
});

live("names that are not text", async (t, box) => {
	await shellRoot(box);
	const script = `
		cd "$1"; shift; d=$(printf 'a\\377\\355\\240\\200'); mkdir -p "$d/kept" "$d/source" "$d/r"
		echo found >"$d/source/file"; cp -a root/. "$d/r"
		"$1" --chroot="$d/r" -m "bind:$d/source:/$d" --ephemeral="$d/kept" -- \
			/bin/sh -c 'cat "/$0/file"; echo x >"/$0-new"' "$d"
		cat "$d/kept/upper/$d-new"; ls "$d/r" | wc -l`;
	const via = ["sh", "-ceu", script, "sh", box.dir];
	const run = await box.run([], { via });
	t.same([run.out, run.err], ["found\nx\n7\n", ""]);
});

live("DEST is a path inside the root, however it is written", async (t, box) => {
	const before = await names(await shellRoot(box));
	const cases = {
		"/m/": "/m",
		"//m//n": "/m/n",
		"/./m/.": "/m",
		"/etc/../m": "/m",
		"/../../../m": "/m",
		"/m/./n/../o": "/m/o",
	};
	for (const [dest, place] of Object.entries(cases)) {
		const args = [`--chroot=${box.dir}/root`, `-mtmp:${dest}`, "--", "/bin/probe", "mounts"];
		const run = await box.run(args);
		t.equal(run.status, 0, run.err);
		t.ok(mountAt(run.facts, place), `${dest} is ${place}`);
		t.same(await names(`${box.dir}/root`), before, `${dest}: the root is as it was`);
	}
});

live("--read-only: the root cannot be changed, mounts can", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/etc/sub`);
	mkdirSync(`${box.dir}/source`);
	const before = await names(root);
	const args = ["--read-only", `-mbind:${box.dir}/source:/in`, "-mtmp:/etc/sub", "-mtmp:/new"];
	const made = ["/x", "/etc/x", "/in/x", "/etc/sub/x", "/new/x", "/run/x", "/dev/shm/x"];
	const { facts } = await inRoot(t, box, args, ["create", ...made, "+", "mounts"]);
	t.same(
		made.filter((path) => facts(`create.${path}`) === "ok"),
		["/in/x", "/etc/sub/x", "/new/x", "/run/x", "/dev/shm/x"],
	);
	t.equal(facts("create./x"), "EROFS");
	t.ok(has(mountAt(facts, "/"), "ro"));
	t.same(await names(root), before, "also what had to be created for a mount is gone again");
});

live("a thousand mounts, and too many mounts", async (t, box) => {
	const root = await shellRoot(box);
	const mounts = (type: string, count: number) =>
		Array.from({ length: count }, (_, i) => `-m${type}:/m/${i}`);
	for (const type of ["tmp", "dir"]) {
		const args = [
			`--chroot=${root}`,
			...mounts(type, 1100),
			"--",
			"/bin/sh",
			"-c",
			"ls /m | wc -l",
		];
		const run = await box.run(args);
		t.same([run.status, run.out, run.err], [0, "1100\n", ""]);
		t.notOk(existsSync(`${root}/m`));
	}
	const run = await box.run([`--chroot=${root}`, ...mounts("tmp", 5000), "--", "/bin/true"]);
	t.same(
		[run.status, run.err.split("\n")[0]],
		[125, "pflask: --mount: too many mounts: 5000 (at most 4080)"],
	);
});

live("--read-only without --chroot: the host's own root", async (t, box) => {
	const place = `${box.dir}/here`;
	const words = ["create", place, "+", "create", "/dev/shm/pftest-x", "+", "mounts"];
	const run = await box.run(["--read-only", "--", PROBE, ...words]);
	t.equal(run.status, 0, run.err);
	t.ok(has(mountAt(run.facts, "/"), "ro"));
	t.equal(run.facts(`create.${place}`), "EROFS");
	t.notOk(existsSync(place));
	writeFileSync(place, "the host can still write");
});

live("without --chroot only the container sees the mounts", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(`${place}/kept`, { recursive: true });
	mkdirSync(`${box.dir}/source`);
	writeFileSync(`${box.dir}/source/file`, "in\n");
	const args = [`-mtmp:${place}`, `-mbind-ro:${box.dir}/source:${place}/sub`, "--", PROBE];
	const run = await box.run([...args, "ls", place, "+", "read", `${place}/sub/file`]);
	t.equal(run.status, 0, run.err);
	t.same(run.facts.all(`ls.${place}`), ["sub"]);
	t.equal(run.facts(`read.${place}/sub/file`), "ok 3 in");
	t.ok(existsSync(`${place}/kept`));
	t.notOk(existsSync(`${place}/sub`));
});

t.end();
