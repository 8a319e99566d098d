// SPDX-License-Identifier: BSD-2-Clause
// --mount works for an ordinary user in a user namespace, with every type and its options. No mount
// gives the user access that the user lacks on the host.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { inMounts } from "../../lib/private.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";

const user = await account("pft-mounts", { range: RANGE });

async function inRoot(
	box: Box,
	root: string,
	mounts: readonly string[],
	words: readonly string[],
	options: RunOptions = {},
): Promise<Ended> {
	const args = [`--chroot=${root}`, ...mounts.map((mount) => `--mount=${mount}`)];
	return await as(user, box).run([...args, "--", "/bin/probe", ...words], options);
}

/** Makes a directory with a file in it, owned by the user. */
async function source(box: Box): Promise<string> {
	const directory = `${box.dir}/source`;
	mkdirSync(`${directory}/sub`, { recursive: true });
	writeFileSync(`${directory}/file`, "from the host\n");
	await sh(["chown", "-R", `${user.name}:`, directory]);
	return directory;
}

const FLAGS = ["ro", "nosuid", "nodev", "noexec"];

for (const owner of [FIRST, user.uid])
	live(
		`every type, in a root of ${owner === FIRST ? "subordinate ids" : "the user's"}`,
		async (t, box) => {
			const host = await source(box);
			const root = await shellRoot(box, owner);
			const before = await names(root);
			const mounts = [
				`bind:${host}:/m/bind`,
				`bind-ro:${host}:/m/bind-ro`,
				`bind:${host}/file:/m/file`,
				"tmp:/m/tmp:size=1m,mode=0700",
				"proc:/m/proc",
				"dev:/m/dev",
				"mqueue:/m/mqueue",
				"symlink:target:/m/link",
				"dir:/m/dir:0711",
				"file:0:/m/copy",
			];
			const made = ["/m/bind/new", "/m/bind-ro/new", "/m/tmp/new", "/m/dir/new"];
			const words = [
				"read",
				"/m/bind/file",
				"/m/bind-ro/file",
				"/m/file",
				"/m/copy",
				"/m/proc/1/comm",
			];
			words.push("+", "stat", "/m/tmp", "/m/link", "/m/dir", "+", "create", ...made.slice(1), "+");
			words.push("write", "/m/dev/null", "x", "+", "rm", "/m/dir/new", "+", "mounts");
			const run = await inRoot(box, root, mounts, words, { stdin: "given\n" });
			const { facts } = run;
			t.equal(run.status, 0, run.err);
			for (const path of ["/m/bind/file", "/m/bind-ro/file", "/m/file"])
				t.equal(facts(`read.${path}`), "ok 14 from the host", path);
			t.equal(facts("read./m/copy"), "ok 6 given");
			t.equal(facts("read./m/proc/1/comm"), "ok 8 pf-init");
			t.match(facts("stat./m/tmp"), /^directory 0700 0:0 /);
			t.match(facts("stat./m/link"), / target$/);
			t.match(facts("stat./m/dir"), /^directory 0711 0:0 /);
			t.same(
				made.slice(1).map((path) => facts(`create.${path}`)),
				["EROFS", "ok", "ok"],
			);
			t.equal(facts("write./m/dev/null"), "ok");
			t.equal(mountAt(facts, "/m/mqueue")?.type, "mqueue");
			t.same(await names(root), before, "nothing is left");
		},
	);

live("ro, nosuid, nodev and noexec", async (t, box) => {
	const host = await source(box);
	const root = await shellRoot(box, FIRST);
	const specs = [
		`bind:${host}:/m`,
		`bind:${host}/file:/m`,
		"tmp:/m",
		"proc:/m",
		"dev:/m",
		"mqueue:/m",
	];
	for (const spec of specs) {
		const run = await inRoot(box, root, [`${spec}:${FLAGS.join(",")}`], ["mounts"]);
		const options = mountAt(run.facts, "/m")?.options ?? [];
		t.same(
			FLAGS.filter((flag) => !options.includes(flag)),
			[],
			`${spec}: ${run.err}`,
		);
	}
});

const SUBMOUNTS = `
	mount -t tmpfs -o "nosuid,nodev,noexec,uid=$U,mode=755" none "$HOST/sub"; mkdir "$HOST/sub/deep"
	mount -t tmpfs -o "ro,uid=$U,mode=755" none "$HOST/sub/deep"`;

live("mounts below a bind, which the user cannot unmount", async (t, box) => {
	const host = await source(box);
	const root = await shellRoot(box, user.uid);
	const via = ["env", `HOST=${host}`, `U=${user.uid}`, ...inMounts(SUBMOUNTS)];
	const words = [
		"create",
		"/m/new",
		"/m/newer",
		"/m/sub/new",
		"/m/sub/deep/new",
		"+",
		"mounts",
		"+",
	];
	words.push("remount-rw", "/m/sub/deep", "+", "umount", "/m/sub");
	const bind = await inRoot(box, root, [`bind:${host}:/m`], words, { via });
	await sh(["rm", `${host}/newer`]);
	t.equal(bind.status, 0, bind.err);
	t.same(
		["/m/new", "/m/sub/new", "/m/sub/deep/new"].map((path) => bind.facts(`create.${path}`)),
		["ok", "ok", "EROFS"],
	);
	const kept = mountAt(bind.facts, "/m/sub")?.options ?? [];
	t.same(
		FLAGS.slice(1).filter((flag) => !kept.includes(flag)),
		[],
		"what it was mounted with",
	);
	t.equal(bind.facts("remount./m/sub/deep"), "EPERM");
	t.equal(bind.facts("umount./m/sub"), "EINVAL");
	const ro = await inRoot(box, root, [`bind-ro:${host}:/m`], words, { via });
	t.equal(ro.status, 0, ro.err);
	t.same(
		["/m/newer", "/m/sub/new", "/m/sub/deep/new"].map((path) => ro.facts(`create.${path}`)),
		["EROFS", "EROFS", "EROFS"],
	);
});

live("an impossible mount is an error", async (t, box) => {
	const host = await source(box);
	const root = await shellRoot(box, user.uid);
	const before = await names(root);
	const via = ["env", `HOST=${host}`, `U=${user.uid}`, ...inMounts(SUBMOUNTS)];
	for (const [spec, why] of [
		[`bind:${host}/sub/deep:/m:rw`, /Operation not permitted|read-only/i],
		[`bind:${host}:/m:idmap`, /root/],
		["bind:/root/.ssh:/m", /Permission denied/],
		["bind:/etc/shadow/x:/m", /Not a directory|Permission denied/],
	] as const) {
		const run = await inRoot(box, root, [spec], ["create", "/m/x"], { via });
		t.equal(run.status, 125, spec);
		t.ok(run.err.startsWith(`pflask: --mount: ${spec}: `), run.err);
		t.match(run.err, why);
		t.same(await names(root), before, spec);
	}
});

live("overlay: an upper directory of the user", async (t, box) => {
	for (const owner of [user.uid, FIRST]) {
		const root = await shellRoot(box, owner);
		writeFileSync(`${root}/etc/low`, "low\n");
		for (const name of ["upper", "work"]) mkdirSync(`${box.dir}/${name}`);
		await sh(["chown", "-R", `${owner}:${owner}`, root, `${box.dir}/upper`, `${box.dir}/work`]);
		const mounts = [`overlay:${box.dir}/upper:/etc:${box.dir}/work`];
		const words = ["write", "/etc/low", "UP", "+", "create", "/etc/new", "+", "mounts"];
		const run = await inRoot(box, root, mounts, words);
		t.same([run.facts("write./etc/low"), run.facts("create./etc/new")], ["ok", "ok"], run.err);
		t.ok(mountAt(run.facts, "/etc")?.superOptions.includes("userxattr"));
		t.equal(readFileSync(`${box.dir}/upper/low`, "utf8"), "UPw\n");
		t.equal(readFileSync(`${root}/etc/low`, "utf8"), "low\n");
		await sh(["rm", "-r", root, `${box.dir}/upper`, `${box.dir}/work`]);
	}
});

live("--read-only", async (t, box) => {
	const root = await shellRoot(box, FIRST);
	const words = ["create", "/x", "/tmp/x", "/run/x"];
	const args = [`--chroot=${root}`, "--read-only", "-mtmp:/tmp", "--", "/bin/probe", ...words];
	const { facts, status, err } = await as(user, box).run(args);
	t.equal(status, 0, err);
	const found = ["/x", "/tmp/x", "/run/x"].map((path) => facts(`create.${path}`));
	t.same(found, ["EROFS", "ok", "ok"]);
	const host = await as(user, box).run(["--read-only", "--", "/bin/sh", "-c", "echo x >~/new"]);
	t.match(host.err, /Read-only file system/);
});

live("on the host's own root", async (t, box) => {
	const host = await source(box);
	const script = "ls -A ~; cat /mnt/file; echo x >/mnt/x; echo x >~/x; cat ~/x";
	const mounts = [`-mtmp:${user.home}`, `-mbind-ro:${host}:/mnt`];
	const run = await as(user, box).run([...mounts, "--", "/bin/sh", "-c", script]);
	t.equal(run.out, "from the host\nx\n", run.err);
	t.match(run.err, /Read-only file system\n$/);
});

live("a hidden home has the mode and owner of a home, and the project in it", async (t, box) => {
	const project = `${user.home}/project/part`;
	await sh(["mkdir", "-p", project]);
	await sh(["chown", "-R", `${user.name}:`, `${user.home}/project`]);
	const words = [`-mtmp:${user.home}`, `-mbind:${project}:${project}`];
	const script = `stat -c '%a %U' ${user.home}; pwd; ls -A ~`;
	const command = ["--", "sh", "-c", script];
	const said = `755 ${user.name}\n${project}\nproject\n`;
	const own = await as(user, box).run([...words, ...command], { cwd: project });
	t.same([own.out, own.err], [said, ""]);
	for (const options of [[], ["--ephemeral"], ["--read-only"]]) {
		const root = await box.run([...options, `--user=${user.name}`, ...words, ...command], {
			cwd: project,
		});
		t.same([root.out, root.err], [said, ""], `root, ${options}`);
	}
	const asked = [`-mtmp:${user.home}:mode=1777`, "--", "stat", "-c", "%a", user.home];
	t.equal((await as(user, box).run(asked)).out, "1777\n", "mode= replaces the default");
	await sh(["rm", "-r", `${user.home}/project`]);
});

live("--read-only protects what the host has mounted, but not what is added", async (t, box) => {
	const script = 'for f in "$@"; do touch $f/x 2>/dev/null && echo $f; done';
	const options = ["--read-only", "-mtmp:/mnt", `-mbind:${box.dir}:/media`];
	const command = ["--", "sh", "-c", script, "sh", "/", "/dev/shm", "/mnt", "/media"];
	t.equal((await box.run([...options, ...command])).out, "/mnt\n/media\n");
	const shm = await box.run([...options, "-mtmp:/dev/shm", ...command]);
	t.equal(shm.out, "/dev/shm\n/mnt\n/media\n");
});

t.end();
