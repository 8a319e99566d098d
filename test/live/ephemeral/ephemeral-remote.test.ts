// SPDX-License-Identifier: BSD-2-Clause
// --ephemeral works beside odd mounts. The server of a file system is gone, does not answer, or
// answers only another user. The source of a bind mount was deleted. A root directory has old
// mounts.
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { mountFuse, SERVERS, UNTOUCHED } from "../../lib/fuse.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";

const user = await account("pft-remote");
const other = await account("pft-remote2");

type Runner = Pick<Box, "run">;

/** Makes a directory with mount points in the box, owned by the user. */
async function place(box: Box): Promise<string> {
	const directory = `${box.dir}/place`;
	for (const name of ["m", "kept", "d", "n"])
		mkdirSync(`${directory}/${name}`, { recursive: true });
	for (const name of ["f", "bound"]) writeFileSync(`${directory}/${name}`, "bound\n");
	await sh(["chown", "-R", `${user.uid}:${user.gid}`, directory]);
	return directory;
}

/** Makes a root directory that the user owns, with a mount point in the directory. */
async function userRoot(box: Box): Promise<string> {
	const root = await shellRoot(box);
	mkdirSync(`${root}/mnt/m`, { recursive: true });
	await sh(["chown", "-Rh", user.name, root]);
	return root;
}

/** Tests that a container has started, and that --changes lists only the change of its command. */
function isOwnChange(t: Test, run: Ended, path: string, what: string): void {
	t.same([run.status, run.err], [0, ""], what);
	const lines = run.out.split("\n").filter((line) => / \/.*\/place\b/.test(line));
	t.same(
		lines.filter((line) => /^[AMD] /.test(line)),
		[`A ${path}`],
		what,
	);
}

/** Runs a container beside a FUSE file system of a user, with each kind of server. */
async function besides(
	t: Test,
	box: Box,
	runner: Runner,
	owner: { name: string; uid: number },
): Promise<void> {
	const directory = await place(box);
	const log = `${box.dir}/log`;
	for (const server of SERVERS) {
		const what = `${server}, of ${owner.name}`;
		const via = inMounts(mountFuse(`${directory}/m`, owner.uid, server, log));
		const words = ["mounts", "+", "create", `${directory}/new`, "+", "ls", directory];
		const keep = `${directory}/kept`;
		const args = ["--ephemeral", "--changes=-", `--keep=${keep}`, "--", PROBE, ...words];
		const run = await runner.run(args, { via });
		isOwnChange(t, run, `${directory}/new`, what);
		const mount = mountAt(run.facts, `${directory}/m`);
		t.equal(mount?.type, "fuse.pftest", `${what}: it is seen as it is`);
		t.ok(mount?.options.includes("ro"), `${what}: and read-only`);
		t.ok(run.facts.all(`ls.${directory}`).includes("m"), `${what}: its place is there`);
		t.equal(readFileSync(log, "utf8"), server === "gone" ? "" : UNTOUCHED, `${what}: untouched`);
		const found = await sh(["find", keep, "-path", "*/place/*", "!", "-type", "d"]);
		t.match(found, /^\/[^\n]*\/place\/new\n$/, `${what}: what is kept`);
		t.equal(await sh(["find", keep, "-path", "*/place/m"]), "", `${what}: and no more`);
		await sh(["sh", "-c", 'rm -rf "$1"/*', "sh", keep]);
	}
}

for (const [name, owner] of [
	["root", { name: "root", uid: 0 }] as const,
	["a user", user] as const,
	["another user", other] as const,
]) {
	live(`a FUSE file system of ${name}, for root`, async (t, box) => {
		await besides(t, box, box, owner);
	});
	live(`a FUSE file system of ${name}, for a user`, async (t, box) => {
		await besides(t, box, as(user, box), owner);
	});
}

live("a FUSE file system can be read, and not written to", async (t, box) => {
	const directory = await place(box);
	const words = ["read", `${directory}/m/file`, "+", "create", `${directory}/m/new`];
	for (const [runner, uid] of [[box, 0] as const, [as(user, box), user.uid] as const]) {
		const via = inMounts(mountFuse(`${directory}/m`, uid, "serving", `${box.dir}/log`));
		const { facts, err } = await runner.run(["--ephemeral", "--", PROBE, ...words], { via });
		t.equal(facts(`read.${directory}/m/file`), "ok 7 served", err);
		t.equal(facts(`create.${directory}/m/new`), "EROFS");
	}
});

live("a bind mount of a FUSE file, and a FUSE mount below another mount", async (t, box) => {
	const directory = await place(box);
	const [log, inner] = [`${box.dir}/log`, `${box.dir}/inner`];
	const via = inMounts(`
		mount -t tmpfs none "${directory}/d"; mkdir "${directory}/d/in"; chmod 777 "${directory}/d"
		${mountFuse(`${directory}/m`, 0, "serving", log)}
		${mountFuse(`${directory}/d/in`, 0, "silent", inner)}
		mount --bind "${directory}/m/file" "${directory}/f"; : >"${log}"`);
	for (const runner of [box, as(user, box)]) {
		const args = ["--ephemeral", "--changes=-", "--", "/bin/sh", "-c"];
		const run = await runner.run([...args, `echo x >"${directory}/d/new"`], { via });
		t.same([run.status, run.out, run.err], [0, `A ${directory}/d/new\n`, ""]);
		t.same([readFileSync(log, "utf8"), readFileSync(inner, "utf8")], ["", UNTOUCHED]);
	}
	const run = await box.run(["--ephemeral", "--", "/bin/cat", `${directory}/f`], { via });
	t.equal(run.out, "served\n", run.err);
});

live("the file system that the command works in is overlaid", async (t, box) => {
	const directory = await place(box);
	const there = `${directory}/m`;
	const script = "cat file; echo up >file; cat file; echo x >new";
	for (const [runner, uid] of [[box, 0] as const, [as(user, box), user.uid] as const]) {
		const via = inMounts(mountFuse(there, uid, "serving", `${box.dir}/log`));
		const args = ["--ephemeral", "--changes=-", `--chdir=${there}`, "--", "/bin/sh", "-c", script];
		const run = await runner.run(args, { via });
		t.equal(run.out, `served\nup\nM ${there}/file\nA ${there}/new\n`, run.err);
	}
});

/** Returns commands that bind a file and a directory to other paths, and delete the originals. */
function deleted(directory: string): string {
	return `
		cd "${directory}"; mount --bind f bound; mount --bind d n; rm f; rmdir d
		grep -q 'place/f//deleted' /proc/self/mountinfo; cd /`;
}

for (const name of ["root", "a user"])
	live(`a file and a directory that were deleted after a bind, for ${name}`, async (t, box) => {
		const directory = await place(box);
		const runner = name === "root" ? box : as(user, box);
		const script = `
			cd "${directory}"; ls; wc -c <bound; ls -A n; touch n/x 2>/dev/null || echo denied
			echo lost 2>/dev/null >bound; wc -c <bound; echo x >new`;
		const args = ["--ephemeral", "--changes=-", "--", "/bin/sh", "-c", script];
		const run = await runner.run(args, { via: inMounts(deleted(directory)) });
		t.match(run.out, /^bound\nkept\nm\nn\n0\ndenied\n0\nA [^\n]*new\n$/, run.err);
		isOwnChange(t, run, `${directory}/new`, "both are empty");
	});

live("mounts that are left over in a root directory", async (t, box) => {
	const root = await shellRoot(box);
	const before = readdirSync(`${root}/sys`);
	const via = inMounts(`
		mount --bind "${root}" "${root}"; mount -t sysfs none "${root}/sys"
		mount -t tmpfs none "${root}/sys/fs/cgroup"; mkdir "${root}/sys/fs/cgroup/cpu"
		mount -t tmpfs none "${root}/sys/fs/cgroup/cpu"; mount -t tmpfs none "${root}/sys/firmware"`);
	mkdirSync(`${box.dir}/kept`);
	for (const option of ["--ephemeral", `--ephemeral=${box.dir}/kept`]) {
		const host = [option, "--changes=-", "--", "/bin/ls", `${root}/sys`];
		const run = await box.run(host, { via });
		t.same([run.status, run.out, run.err], [0, "", ""], `${option}: the kernel's are empty`);
		await sh(["sh", "-c", 'rm -rf "$1"/*', "sh", `${box.dir}/kept`]);
		const chroot = [option, `--chroot=${root}`, "--changes=-", "--", "/bin/probe", "say", "ran"];
		const inside = await box.run(chroot, { via });
		t.same([inside.status, inside.out, inside.err], [0, "ran\n", ""], option);
		await sh(["sh", "-c", 'rm -rf "$1"/*', "sh", `${box.dir}/kept`]);
	}
	t.same(readdirSync(`${root}/sys`), before);
});

live("a FUSE mount that --mount covers", async (t, box) => {
	const directory = await place(box);
	const root = await userRoot(box);
	const log = `${box.dir}/log`;
	for (const runner of [box, as(user, box)])
		for (const server of SERVERS)
			for (const owner of [user.uid, other.uid]) {
				const what = `${server}, of ${owner}`;
				const below = (dir: string) => inMounts(mountFuse(dir, owner, server, log));
				for (const type of ["tmp:", "bind:/etc:"]) {
					const host = [`--mount=${type}${directory}/m`, "--", PROBE, "say", "ran"];
					const run = await runner.run(host, { via: below(`${directory}/m`) });
					t.same([run.status, run.out, run.err], [0, "ran\n", ""], what);
					t.equal(readFileSync(log, "utf8"), server === "gone" ? "" : UNTOUCHED, what);
					const chroot = [`--chroot=${root}`, `--mount=${type}/mnt/m`, "--", "/bin/probe"];
					const inside = await runner.run([...chroot, "say", "ran"], {
						via: below(`${root}/mnt/m`),
					});
					t.same([inside.status, inside.out, inside.err], [0, "ran\n", ""], what);
					t.equal(readFileSync(log, "utf8"), server === "gone" ? "" : UNTOUCHED, what);
				}
			}
});

live("a FUSE mount below a root directory", async (t, box) => {
	const root = await userRoot(box);
	const log = `${box.dir}/log`;
	for (const runner of [box, as(user, box)])
		for (const server of SERVERS)
			for (const options of [[], ["--ephemeral", "--changes=-"], ["--read-only"]]) {
				const via = inMounts(mountFuse(`${root}/mnt/m`, other.uid, server, log));
				const args = [`--chroot=${root}`, ...options, "--", "/bin/probe", "say", "ran"];
				const run = await runner.run(args, { via });
				const what = `${server}: ${options.join(" ")}`;
				t.same([run.status, run.out, run.err], [0, "ran\n", ""], what);
				t.equal(readFileSync(log, "utf8"), server === "gone" ? "" : UNTOUCHED, what);
			}
});

t.end();
