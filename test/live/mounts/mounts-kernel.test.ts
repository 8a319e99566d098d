// SPDX-License-Identifier: BSD-2-Clause
// Mounts of file systems of the kernel, and the options of mounts for propagation, access times and
// the file system itself, seen from the inside.
import { mkdirSync } from "node:fs";
import t from "tap";
import { account, as } from "../../lib/account.ts";
import { live } from "../../lib/live.ts";

const user = await account("pft-kernel", { range: "100000-165535" });

/** Returns the options of a mount and of its file system, and its propagation, from findmnt(8). */
const COLUMNS = "FSTYPE,VFS-OPTIONS,FS-OPTIONS,PROPAGATION";
const shown = (path: string) => ["findmnt", "-no", COLUMNS, path];

live("sysfs shows the network of the container", async (t, box) => {
	const list = ["--", "ls", "/mnt/class/net"];
	for (const more of [[], ["--user-map=auto"]]) {
		const args = [...more, "--netif"];
		const run = await box.run([...args, "-msysfs:/mnt", ...list]);
		t.equal(run.out, "lo\n", run.err);
		const options = await box.run([...args, "-msysfs:/mnt", "--", ...shown("/mnt")]);
		t.match(options.out, /^sysfs +ro,nosuid,nodev,noexec,relatime /, options.err);
		const rw = await box.run([...args, "-msysfs:/mnt:rw", "--", ...shown("/mnt")]);
		t.match(rw.out, /^sysfs +rw,nosuid,nodev,noexec,relatime /, rw.err);
	}
	const script = "ls /mnt/class; >/mnt/x";
	const mine = await as(user, box).run(["-msysfs:/mnt", "--", "sh", "-c", script]);
	t.match(mine.out, /^net$/m, mine.err);
	t.match(mine.err, /Read-only file system/);
	const refused = await as(user, box).run(["-msysfs:/mnt:rw", "--", "true"]);
	t.equal(
		refused.err,
		"pflask: --mount: sysfs:/mnt:rw: rw: a user namespace cannot write to the host's /sys\n" +
			"hint: --netif\n",
	);
});

live("sysfs of a joined network, twice", async (t, box) => {
	const via = ["unshare", "--net", "--"];
	const args = ["--user-map=auto", "--netif=ns:/proc/self/ns/net"];
	const list = ["-msysfs:/mnt", "-msysfs:/srv", "--", "ls", "/mnt/class/net", "/srv/class/net"];
	const run = await box.run([...args, ...list], { via });
	t.equal(run.out, "/mnt/class/net:\nlo\n\n/srv/class/net:\nlo\n", run.err);
});

live("a sysfs is protected as /sys is", async (t, box) => {
	mkdirSync(`${box.dir}/root`);
	const binds = ["bin", "lib", "lib64", "usr"].map((name) => `-mbind-ro:/${name}:/${name}`);
	const root = [`--chroot=${box.dir}/root`, ...binds, "-msysfs:/mnt"];
	const run = await box.run([...root, "--", "ls", "/mnt/firmware"]);
	t.same([run.status, run.out], [0, ""], run.err);
});

live("devpts and cgroup", async (t, box) => {
	const script = "ls /mnt; stat -fc %T /mnt /srv; echo $$ >/srv/cgroup.procs";
	for (const runner of [box, as(user, box)]) {
		const run = await runner.run(["-mdevpts:/mnt", "-mcgroup:/srv", "--", "sh", "-c", script]);
		t.equal(run.out, "ptmx\ndevpts\ncgroup2fs\n", run.err);
		t.match(run.err, /Read-only file system/);
	}
	const few = await box.run(["-mdevpts:/mnt:data=max=7", "--", ...shown("/mnt")]);
	t.match(few.out, /ptmxmode=666,max=7/, few.err);
	const rw = await box.run(["-mcgroup:/srv:rw", "--", ...shown("/srv")]);
	t.match(rw.out, /^cgroup2 +rw,/, rw.err);
});

live("options of file systems", async (t, box) => {
	const tmp = await box.run(["-mtmp:/mnt:data=nr_inodes=77,data=gid=5", "--", ...shown("/mnt")]);
	t.match(tmp.out, /nr_inodes=77.*gid=5/, tmp.err);
	const proc = await box.run(["-mproc:/mnt:data=hidepid=invisible", "--", ...shown("/mnt")]);
	t.match(proc.out, /hidepid=invisible/, proc.err);
	for (const wrong of ["tmp:/mnt:data=nonsense=1", "proc:/mnt:data=hidepid=9"]) {
		const run = await box.run([`-m${wrong}`, "--", "true"]);
		t.equal(run.status, 125, wrong);
		t.match(run.err, `pflask: --mount: ${wrong}: Invalid argument\nhint: man 5 tmpfs`);
	}
});

live("access times, symbolic links and recursive flags", async (t, box) => {
	const flags: readonly (readonly [string, RegExp])[] = [
		["tmp:/mnt:noatime", /noatime/],
		["tmp:/mnt:strictatime,nodiratime", /nodev,nodiratime /],
		["tmp:/mnt:nosymfollow", /nosymfollow/],
		["bind:/usr:/mnt:noatime,rro", /ro,noatime/],
		["bind:/usr:/mnt:rnosuid,rnodev,rnoexec,strictatime", /nosuid,nodev,noexec /],
		["bind:/usr:/mnt:rnoatime,rnosymfollow", /noatime.*nosymfollow|nosymfollow.*noatime/],
	];
	for (const [mount, options] of flags)
		for (const args of [[], ["--user-map=auto"]]) {
			// The kernel locks the access times of the host's mounts in a user namespace.
			if (args.length > 0 && mount.startsWith("bind")) continue;
			const run = await box.run([...args, `-m${mount}`, "--", ...shown("/mnt")]);
			t.match(run.out, options, `${mount} ${run.err}`);
		}
});

live("propagation", async (t, box) => {
	for (const word of ["private", "shared", "unbindable"])
		for (const args of [[], ["--read-only"], ["--user-map=auto"], ["--ephemeral"]])
			for (const prefix of ["", "r"]) {
				const mount = `-mtmp:/mnt:${prefix}${word}`;
				const run = await box.run([...args, mount, "--", ...shown("/mnt")]);
				t.match(run.out, new RegExp(`[ ,]${word}\n$`), `${args} ${mount} ${run.err}`);
			}
	// A shared mount of the container does not reach the host.
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const script = 'mount -t tmpfs inside "$1" && findmnt -no SOURCE "$1"';
	const command = ["--", "sh", "-c", script, "sh", `${place}`];
	const run = await box.run([`-mbind:${box.dir}:${box.dir}:rshared`, ...command]);
	t.equal(run.out, "inside\n", run.err);
	t.notMatch(await Bun.file("/proc/self/mounts").text(), place);
});

t.end();
