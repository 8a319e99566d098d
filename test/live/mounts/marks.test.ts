// SPDX-License-Identifier: BSD-2-Clause
// Forged marks. pflask marks the mount points that it creates with an extended attribute. Every
// user with write access can set this attribute, too. pflask must not remove a file that such a
// user has marked.
import { chmodSync, lstatSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { PROBE } from "../../lib/probe.ts";
import { tinyRoot } from "../../lib/roots.ts";

const mallory = await account("pft-marks");

/** The mark that pflask sets. It has no value. */
const MARK = "user.pflask.made";

/** Ways to give a user write access, as commands. */
const PERMISSIONS: Readonly<Record<string, string>> = {
	"the user's own": `chown ${mallory.name}: "$1"`,
	"the user's own, with mode 0777": `chown ${mallory.name}: "$1"; chmod 0777 "$1"`,
	"root's, with mode 0777": 'chmod 0777 "$1"',
	"root's, with an access control list": `setfacl -m u:${mallory.name}:rwx "$1"`,
};

/** Makes an empty file or directory that the user has marked. */
async function forge(t: Test, box: Box, path: string, kind: string, prepare: string) {
	if (kind === "directory") mkdirSync(path);
	else writeFileSync(path, "");
	await sh(["sh", "-ceu", prepare, "sh", path]);
	const marked = await box.run(["attribute", path, MARK, ""], {
		program: PROBE,
		via: mallory.become,
	});
	t.match(marked.out, / ok$/m, `${path}: the mark is given`);
}

/** Returns the properties that must not change: inode, mode and owner. */
function identity(path: string): string {
	const { ino, mode, uid, gid } = lstatSync(path, { throwIfNoEntry: false }) ?? {};
	return ino === undefined ? "it is gone" : `${ino} ${mode} ${uid}:${gid}`;
}

/**
 * Values of --mount without the mount point, by the type of the mount point. "file:0:" mounts
 * stdin.
 */
const MOUNTS: Readonly<Record<string, readonly string[]>> = {
	directory: ["tmp:", "bind:/etc:", "bind-ro:/usr:", "mqueue:"],
	file: ["bind:/etc/passwd:", "bind-ro:/etc/passwd:", "file:0:"],
};

/** A place on the host, and its path in a container. */
interface Place {
	readonly args: readonly string[];
	readonly outside: string;
	readonly inside: string;
	readonly probe: string;
}

function placesOf(box: Box): readonly Place[] {
	const root = tinyRoot(box);
	const shared = `${box.dir}/shared`;
	for (const directory of [shared, `${root}/shared`]) {
		mkdirSync(directory);
		chmodSync(directory, 0o755);
	}
	return [
		{ args: [], outside: shared, inside: shared, probe: PROBE },
		{ args: ["-P"], outside: shared, inside: shared, probe: PROBE },
		{
			args: [`--chroot=${root}`],
			outside: `${root}/shared`,
			inside: "/shared",
			probe: "/bin/probe",
		},
		{
			args: ["--user-map=auto", `--chroot=${root}`],
			outside: `${root}/shared`,
			inside: "/shared",
			probe: "/bin/probe",
		},
	];
}

for (const [whose, prepare] of Object.entries(PERMISSIONS))
	live(`a mount point with a mark that a user has forged stays: ${whose}`, async (t, box) => {
		let count = 0;
		for (const { args, outside, inside, probe } of placesOf(box))
			for (const [kind, mounts] of Object.entries(MOUNTS))
				for (const mount of mounts) {
					const name = `${kind}-${count++}`;
					await forge(t, box, `${outside}/${name}`, kind, prepare);
					const before = identity(`${outside}/${name}`);
					const run = await box.run(
						[...args, `--mount=${mount}${inside}/${name}`, "--", probe, "say", "ran"],
						{ stdin: openSync("/etc/passwd", "r") },
					);
					const what = `${args.join(" ")} ${mount}${name}`;
					t.same([run.status, run.out], [0, "ran\n"], `${what}: ${run.err}`);
					t.equal(identity(`${outside}/${name}`), before, what);
				}
	});

live("a parent directory of a mount point stays, marked or not", async (t, box) => {
	let count = 0;
	for (const { args, outside, inside, probe } of placesOf(box))
		for (const prepare of Object.values(PERMISSIONS)) {
			const way = `way-${count++}`;
			await forge(t, box, `${outside}/${way}`, "directory", prepare);
			const before = identity(`${outside}/${way}`);
			for (const mount of ["tmp:", "bind:/etc/passwd:", "dir:", "symlink:x:"]) {
				const run = await box.run([
					...args,
					`--mount=${mount}${inside}/${way}/missing`,
					"--",
					probe,
					"say",
					"ran",
				]);
				const what = `${args.join(" ")} ${mount}${way}`;
				t.same([run.status, run.out], [0, "ran\n"], `${what}: ${run.err}`);
				t.equal(identity(`${outside}/${way}`), before, what);
				// The types "dir" and "symlink" leave a file behind.
				await sh(["rm", "-rf", `${outside}/${way}/missing`]);
			}
		}
});

live("a user's root directory that root uses", async (t, box) => {
	const root = tinyRoot(box);
	for (const [kind, name] of [
		["directory", "way"],
		["directory", "way/d"],
		["file", "way/f"],
	])
		await forge(t, box, `${root}/${name}`, kind ?? "", `chown ${mallory.name}: "$1"`);
	await sh(["chown", "--recursive", "--no-dereference", `${mallory.name}:`, root]);
	const paths = ["way", "way/d", "way/f"].map((name) => `${root}/${name}`);
	const before = paths.map(identity);
	for (const mounts of [
		[],
		["tmp:/way/d"],
		["tmp:/way/d", "bind:/etc/passwd:/way/f"],
		["tmp:/way"],
	])
		for (const args of [[], ["-P"], ["--as-pid1"], ["--ephemeral"]]) {
			const options = [...args, `--chroot=${root}`, ...mounts.map((mount) => `--mount=${mount}`)];
			const run = await box.run([...options, "--", "/bin/probe", "say", "ran"]);
			t.same([run.status, run.out], [0, "ran\n"], `${options.join(" ")}: ${run.err}`);
			t.same(paths.map(identity), before, options.join(" "));
		}
});

live("a mount point that one user has marked stays after another user's mount", async (t, box) => {
	const other = await account("pft-marks2");
	const root = tinyRoot(box);
	await sh(["chown", "--recursive", "--no-dereference", `${other.name}:`, root]);
	for (const [kind, mount] of [
		["directory", "tmp:"],
		["file", "bind:/etc/passwd:"],
	] as const) {
		await forge(t, box, `${root}/${kind}`, kind, `chown ${mallory.name}: "$1"`);
		const before = identity(`${root}/${kind}`);
		const options = [`--chroot=${root}`, `--mount=${mount}/${kind}`];
		const run = await as(other, box).run([...options, "--", "/bin/probe", "say", "ran"]);
		t.same([run.status, run.out], [0, "ran\n"], run.err);
		t.equal(identity(`${root}/${kind}`), before, options.join(" "));
	}
});

t.end();
