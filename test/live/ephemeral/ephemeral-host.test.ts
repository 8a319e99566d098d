// SPDX-License-Identifier: BSD-2-Clause
// --ephemeral without --chroot, as root. A command may change anything in the host's own root, and
// no change remains. The tests run in a mount namespace, so that a fault in pflask cannot damage
// the files of the host.
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import t from "tap";
import { has, sh } from "../../lib/host.ts";
import { live } from "../../lib/live.ts";
import { mountAt, mountTable } from "../../lib/mount-table.ts";
import { need } from "../../lib/need.ts";
import { PFLASK } from "../../lib/paths.ts";
import { aroundMounts, inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { inNamespace } from "../../lib/propagation.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";
import { until } from "../../lib/until.ts";

/** Returns the command line of a shell on an ephemeral copy of the host's root. */
function shell(script: string, ...args: string[]): string[] {
	return ["--ephemeral", ...args, "--", "/bin/sh", "-c", script];
}

live("rm -rf --no-preserve-root /usr/share/doc", async (t, box) => {
	const before = [await snapshot("/usr/share/doc"), await snapshot("/etc/apt")];
	const victim = ["rm", "-rf", "--no-preserve-root", "/usr/share/doc"];
	const run = await box.run(["--ephemeral", "--", ...victim]);
	t.same([run.status, run.out, run.err], [0, "", ""]);
	const seen = await box.run(
		shell('rm -rf /usr/share/doc && [ ! -e /usr/share/doc ] && echo "gone"'),
	);
	t.equal(seen.out, "gone\n", "it is gone inside");
	const after = [await snapshot("/usr/share/doc"), await snapshot("/etc/apt")];
	t.same(
		before.flatMap((old, i) => differences(old, after[i] ?? [])),
		[],
	);
	t.ok((before[0]?.length ?? 0) > 100, "there was much to remove");
});

live("changes all over the host", async (t, box) => {
	writeFileSync(`${box.dir}/file`, "old\n");
	const before = await snapshot(box.dir);
	const script = `
		set -e
		echo x >/pftest-new; mkdir /usr/pftest-new; echo x >/etc/pftest-new; rm /etc/hostname
		echo new >"${box.dir}/file"; cat "${box.dir}/file"; chmod 700 /etc; useradd pftest-new
		getent passwd pftest-new | cut -d: -f1; ls /pftest-new`;
	const run = await box.run(shell(script));
	t.same([run.status, run.out], [0, "new\npftest-new\n/pftest-new\n"], run.err);
	t.same(differences(before, await snapshot(box.dir)), []);
	for (const path of ["/pftest-new", "/usr/pftest-new", "/etc/pftest-new"])
		t.notOk(existsSync(path), path);
	t.ok(existsSync("/etc/hostname"));
	t.notMatch(readFileSync("/etc/passwd", "utf8"), "pftest-new");
});

live("changes in a user namespace whose root may not read some directories", async (t, box) => {
	t.equal(statSync("/root").mode & 0o077, 0, "only root can read it");
	const script = "echo x >/etc/pftest-new; ls /root 2>/dev/null; echo $?";
	const run = await box.run(shell(script, "--user-map=auto", "--changes=-"));
	t.same([run.status, run.out, run.err], [0, "2\nA /etc/pftest-new\n", ""]);
});

live("no change is left after kill -9", async (t, box) => {
	writeFileSync(`${box.dir}/file`, "old\n");
	const before = await snapshot(box.dir);
	const script = `rm "${box.dir}/file"; echo x >/pftest-killed; echo ready; exec sleep 60`;
	const running = box.start(shell(script, `-mtmp:${box.dir}/new`));
	await running.until("ready");
	running.kill("SIGKILL");
	await running.ended;
	await until("the end of all", () => descendants().length === 0);
	t.same(differences(before, await snapshot(box.dir)), []);
	t.notOk(existsSync("/pftest-killed"));
});

live("/proc, /sys and /dev are the container's, /run is fresh", async (t, box) => {
	const prepare = `
		mount -t tmpfs none /run; mkdir -p /run/systemd/system /run/dbus; touch /run/utmp
		mount -t tmpfs none /run/dbus`;
	const words = ["ps", "+", "ls", "/run", "+", "write", "/dev/null", "x", "+", "mounts", "+"];
	words.push("where", "/", "/..", "/proc/1/root", "+", "escape", "+", "posix-ipc");
	const run = await box.run(["--ephemeral", "--", PROBE, ...words], { via: inMounts(prepare) });
	t.equal(run.status, 0, run.err);
	t.equal(run.facts.all("process").length, 2);
	t.same(run.facts.all("ls./run").sort(), ["host", "lock"]);
	t.equal(run.facts("write./dev/null"), "ok");
	t.equal(run.facts("where./.."), run.facts("where./"), "/.. is /");
	t.equal(run.facts("where./proc/1/root"), run.facts("where./"));
	t.equal(run.facts("escape"), "caught");
	t.same([run.facts("shm"), run.facts("queue")], ["ok", "ok"]);
	t.ok(mountAt(run.facts, "/sys")?.options.includes("ro"));
	const kinds = { "/": "overlay", "/proc": "proc", "/sys": "sysfs", "/run": "tmpfs" };
	for (const [point, type] of Object.entries(kinds))
		t.equal(mountAt(run.facts, point)?.type, type, point);
	t.equal(mountTable(run.facts).filter(({ point }) => point === "/").length, 1, "one root");
});

live("flags of a mount stay in force", async (t, box) => {
	const place = `${box.dir}/nos`;
	const root = await shellRoot(box);
	mkdirSync(place);
	const via = inMounts(`
		mount -t tmpfs -o nosuid,nodev,noexec none "${place}"; mount --bind "${root}" "${root}"
		mount -o remount,bind,nosuid,noexec "${root}"; cp "${root}/bin/probe" "${place}/probe"`);
	const host = ["--ephemeral", "--", PROBE, "mounts", "+", "create", `${place}/new`];
	const run = await box.run(host, { via });
	t.equal(run.facts(`create.${place}/new`), "ok", run.err);
	for (const option of ["nosuid", "nodev", "noexec"])
		t.ok(mountAt(run.facts, place)?.options.includes(option), option);
	const denied = await box.run(["--ephemeral", "--", `${place}/probe`], { via });
	t.equal(denied.status, 126, denied.err);
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/probe"];
	t.equal((await box.run(args, { via })).status, 126, "with --chroot, too");
});

live("sockets in the host's /run cannot be reached", async (t, box) => {
	const prepare = "mount -t tmpfs none /run; mkdir /run/service; touch /run/service/socket";
	const run = await box.run(shell("ls /run/service/socket"), { via: inMounts(prepare) });
	t.equal(run.status, 2);
});

/** Replaces /etc/resolv.conf by a link into /run, as systemd-resolved does. */
const RESOLVED = `
	mount -t tmpfs none "$D"; mkdir "$D/upper" "$D/work"
	mount -t overlay -o "lowerdir=/etc,upperdir=$D/upper,workdir=$D/work" none /etc
	mount -t tmpfs none /run; mkdir -p /run/systemd/resolve
	echo "nameserver 192.0.2.1" >/run/systemd/resolve/stub-resolv.conf
	rm -f /etc/resolv.conf; ln -s "$TARGET" /etc/resolv.conf`;

live("a resolv.conf that is a link can be read", async (t, box) => {
	mkdirSync(`${box.dir}/d`);
	const targets = [
		"../run/systemd/resolve/stub-resolv.conf",
		"/run/systemd/resolve/stub-resolv.conf",
	];
	for (const target of targets) {
		const via = ["env", `D=${box.dir}/d`, `TARGET=${target}`, ...inMounts(RESOLVED)];
		const run = await box.run(shell("cat /etc/resolv.conf; ls /run /run/systemd"), { via });
		t.match(run.out, /^nameserver 192\.0\.2\.1\n/, `${target}: ${run.err}`);
		t.match(
			run.out,
			/\n\/run:\nhost\nlock\nsystemd\n\n\/run\/systemd:\nresolve\n$/,
			"nothing else is in /run",
		);
	}
	const plain = await box.run(shell("cat /etc/resolv.conf"));
	t.equal(plain.out, readFileSync("/etc/resolv.conf", "utf8"), "a plain file");
});

live("a dangling resolv.conf is not an error", async (t, box) => {
	mkdirSync(`${box.dir}/d`);
	const via = ["env", `D=${box.dir}/d`, "TARGET=/run/no/such/file", ...inMounts(RESOLVED)];
	const run = await box.run(shell("echo ran"), { via });
	t.same([run.status, run.out], [0, "ran\n"], run.err);
});

/** Mounts file systems of several kinds at $D and below $D. */
const SUBMOUNTS = `
	mkdir -p "$D/tmpfs" "$D/ext4" "$D/with space, comma:colon" "$D/bind"
	mount -t tmpfs none "$D/tmpfs"; echo tmpfs >"$D/tmpfs/file"
	truncate -s 16M "$D/image"; mkfs.ext4 -q "$D/image"; mount -o loop "$D/image" "$D/ext4"
	echo ext4 >"$D/ext4/file"; mkdir "$D/ext4/deep"
	mount -t tmpfs none "$D/ext4/deep"; echo deep >"$D/ext4/deep/file"
	mount -t tmpfs none "$D/with space, comma:colon"
	echo odd >"$D/with space, comma:colon/file"
	mount --bind "$D/tmpfs" "$D/bind"; touch "$D/bound"; mount --bind "$D/tmpfs/file" "$D/bound"`;
const POINTS = ["tmpfs", "ext4", "ext4/deep", "with space, comma:colon", "bind"];
const LISTING = `
	for p in tmpfs ext4 ext4/deep "with space, comma:colon" bind; do
		ls -lRi --full-time "$D/$p"; cat "$D/$p/file"
	done; ls -li --full-time "$D/bound"; cat "$D/bound"`;

/** Tells whether this machine can mount a file system on a loop device. */
async function loopWorks(): Promise<boolean> {
	const script = `
		truncate -s 4M "$1/image"; mkfs.ext4 -q "$1/image"; mount -o loop "$1/image" /mnt`;
	const directory = (await sh(["mktemp", "-d", "/tmp/pftest-loop-XXXXXX"])).trim();
	const words = [...inNamespace(script), directory];
	const works = await sh(words).then(
		() => true,
		() => false,
	);
	await sh(["rm", "-r", directory]);
	return works;
}

live("every mount below the root is overlaid", async (t, box) => {
	if (!need(t, has("mkfs.ext4") && (await loopWorks()), "no loop devices with ext4")) return;
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const script = `
		set -e; D="${place}"
		for p in tmpfs ext4 ext4/deep "with space, comma:colon" bind; do
			cat "$D/$p/file"; echo changed >"$D/$p/file"; cat "$D/$p/file"
			echo new >"$D/$p/new"; rm "$D/$p/file"; mkdir "$D/$p/dir"; chmod 700 "$D/$p"
		done
		cat "$D/bound"; echo changed >"$D/bound" || true`;
	const via = aroundMounts(
		`D="${place}"; ${SUBMOUNTS}; { ${LISTING}; } >"${box.dir}/before"`,
		`{ ${LISTING}; } | diff "${box.dir}/before" - && echo same`,
	);
	const run = await box.run(shell(script), { via });
	const seen = ["tmpfs", "ext4", "deep", "odd", "tmpfs"].map((text) => `${text}\nchanged\n`);
	t.equal(run.out, `${seen.join("")}tmpfs\nstatus 0\nsame\n`, run.err);
	const table = await box.run(["--ephemeral", "--", PROBE, "mounts"], {
		via: inMounts(`D="${place}"; rm -rf "$D"; mkdir "$D"; ${SUBMOUNTS}`),
	});
	for (const point of POINTS) {
		const escaped = `${place}/${point}`.replaceAll(" ", "\\040");
		t.equal(mountAt(table.facts, escaped)?.type, "overlay", point);
	}
});

/**
 * Mounts an autofs with a directory at $D/m. overlayfs refuses an autofs as a layer. A lookup in
 * the directory waits forever, because the daemon of the autofs has ended.
 */
const REFUSED = `
	mkdir "$D/m"; mkfifo "$D/fifo"; exec 7<>"$D/fifo"
	setsid sh -ceu '
		mount -t autofs -o "fd=7,pgrp=$$,minproto=5,maxproto=5,indirect" none "$1"
		mkdir "$1/there"' sh "$D/m"`;

live("a mount that overlayfs refuses is read-only", async (t, box) => {
	const place = `${box.dir}/m`;
	const via = inMounts(`D="${box.dir}"; ${REFUSED}`);
	const run = await box.run(["--ephemeral", "--", PROBE, "mounts"], { via });
	t.equal(run.status, 0, run.err);
	const mount = mountAt(run.facts, place);
	t.equal(mount?.type, "autofs");
	t.ok(mount?.options.includes("ro"));
	await sh(["rm", "-r", `${box.dir}/m`, `${box.dir}/fifo`]);
	const written = await box.run(shell(`ls "${place}"; chmod 700 "${place}"`), { via });
	t.same([written.status, written.out], [1, "there\n"], "its names can be read");
	t.match(written.err, /: Read-only file system\n$/, "and nothing is written to it");
});

live("many mounts, and mounts at odd places", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const prepare = `
		cd "${place}"
		for i in $(seq 60); do mkdir "m$i"; mount -t tmpfs none "m$i"; echo low >"m$i/file"; done
		for d in "$(printf 'a\\nb')" "$(printf 'a\\tb')" 'a\\b' '#x' '\\040'; do
			mkdir "$d"; mount -t tmpfs none "$d"; echo low >"$d/file"
		done`;
	const script = `
		cd "${place}"; for d in *; do echo up >>"$d/file"; done
		cat ./*/file | sort | uniq -c`;
	const around = aroundMounts(prepare, `cat "${place}"/*/file | sort | uniq -c`);
	const run = await box.run(shell(script), { via: around });
	t.match(run.out, /^ +65 low\n +65 up\nstatus 0\n +65 low\n$/, run.err);
});

live("every layer is in the plan", async (t, box) => {
	const place = `${box.dir}/place`;
	mkdirSync(place);
	const prepare = `D="${box.dir}"; ${REFUSED}; mount -t tmpfs none "${place}"`;
	const run = await box.run(["--dry-run", "--ephemeral", "--", "true"], { via: inMounts(prepare) });
	t.equal(run.status, 0, run.err);
	t.match(run.out, new RegExp(`overlay +${place} `));
	t.match(run.out, new RegExp(`${box.dir}/m [^\n]*\\bro\\b`), "and what is made read-only");
});

live("a mount that was moved into a younger one", async (t, box) => {
	const place = `${box.dir}/m`;
	mkdirSync(place);
	const via = inMounts(`
		cd "${place}"; mount --make-rprivate /; mkdir a b; mount -t tmpfs none b; echo b >b/file
		mount -t tmpfs none a; echo a >a/file; mkdir a/b; mount --move b a/b`);
	const script = `cd "${place}"; cat a/file a/b/file; echo x >a/b/new; ls a/b`;
	const run = await box.run(shell(script), { via });
	t.same([run.status, run.out, run.err], [0, "a\nb\nfile\nnew\n", ""]);
});

live("a covered mount stays covered", async (t, box) => {
	const place = `${box.dir}/m`;
	mkdirSync(place);
	const prepare = `
		cd "${place}"; mount -t tmpfs none .; cd "${place}"; mkdir sub "sub 2"; echo below >file
		mount -t tmpfs none sub; mount -t tmpfs none "sub 2"; mkdir sub/deep
		mount -t tmpfs none sub/deep; mount -t tmpfs none .
		cd "${place}"; echo above >file; mkdir sub`;
	const script = `cd "${place}"; cat file; ls; echo x >file; cat file; ls sub`;
	const run = await box.run(shell(script), { via: inMounts(prepare) });
	t.equal(run.out, "above\nfile\nsub\nx\n", run.err);
});

live("--ephemeral=DIR writes the changes to the disk", async (t, box) => {
	mkdirSync(`${box.dir}/kept`);
	const below = `${box.dir}/below`;
	mkdirSync(below);
	const via = aroundMounts(
		`mount -t tmpfs none ${below}; echo low >${below}/file`,
		`cat ${below}/file`,
	);
	const script = `echo up >${below}/file; echo "$0" >/etc/pftest-x; cat ${below}/file`;
	const args = [`--ephemeral=${box.dir}/kept`, "--", "/bin/sh", "-c", script, "there"];
	const run = await box.run(args, { via });
	t.equal(run.out, "up\nstatus 0\nlow\n", run.err);
	const found = await sh(["find", `${box.dir}/kept`, "-type", "f", "-printf", "%f "]);
	const kept = ["file", "manifest", "pftest-x"];
	t.same(found.trim().split(" ").sort(), kept, "the manifest and both upper directories are kept");
	t.notOk(existsSync("/etc/pftest-x"));
});

live("--ephemeral does not change the working directory and --mount", async (t, box) => {
	mkdirSync(`${box.dir}/shared`);
	writeFileSync(`${box.dir}/shared/file`, "shared\n");
	const mount = `-mbind:${box.dir}/shared:${box.dir}/new/place`;
	const script = `pwd; cat new/place/file; echo out >new/place/out; echo lost >lost`;
	const run = await box.run(shell(script, mount), { cwd: box.dir });
	t.equal(run.out, `${box.dir}\nshared\n`, run.err);
	t.equal(readFileSync(`${box.dir}/shared/out`, "utf8"), "out\n", "a bind leads to the host");
	t.notOk(existsSync(`${box.dir}/lost`));
	t.notOk(existsSync(`${box.dir}/new`));
});

live("an ephemeral container in another", async (t, box) => {
	const script = `
		echo outer >/etc/pftest-outer
		"$0" --ephemeral -- sh -c 'cat /etc/pftest-outer; rm /etc/pftest-outer'
		cat /etc/pftest-outer`;
	const run = await box.run(["--ephemeral", "--", "/bin/sh", "-c", script, PFLASK]);
	t.same([run.status, run.out], [0, "outer\nouter\n"], run.err);
});

t.end();
