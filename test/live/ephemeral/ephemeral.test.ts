// SPDX-License-Identifier: BSD-2-Clause
// --ephemeral with --chroot, as root. The command may change every file, but every byte and every
// time stamp of the root itself stays unchanged.
import {
	linkSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { sh } from "../../lib/host.ts";
import {
	EPHEMERAL_IN_USER_NAMESPACE,
	liveWithUserXattrs,
	TMPFS_HAS_USER_XATTRS,
} from "../../lib/kernel.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt, mountTable } from "../../lib/mount-table.ts";
import { aroundMounts, inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { debianRoot, tinyRoot } from "../../lib/roots.ts";
import type { Ended } from "../../lib/run.ts";
import { FIRST, shellRoot } from "../../lib/shell-root.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";
import { until } from "../../lib/until.ts";

/** Makes a root with files to change. */
async function richRoot(box: Box): Promise<string> {
	const root = await shellRoot(box);
	mkdirSync(`${root}/srv/deep/er`, { recursive: true });
	for (const name of ["kept", "gone", "changed", "srv/a", "srv/b", "srv/deep/c", "srv/deep/er/d"])
		writeFileSync(`${root}/${name}`, `${name}\n`);
	linkSync(`${root}/kept`, `${root}/hard`);
	symlinkSync("kept", `${root}/soft`);
	await sh(["chmod", "4755", `${root}/srv/a`]);
	await sh(["chown", "33:44", `${root}/srv/b`]);
	await sh(["mknod", `${root}/node`, "c", "1", "3"]);
	await sh(["mkfifo", `${root}/fifo`]);
	return root;
}

/** Makes changes of every kind, and then prints the result. */
const CHANGE = `
	set -e
	rm /gone /soft /fifo /node
	echo new >/new; echo more >>/changed; : >/srv/deep/c
	chmod 700 /srv/a; chown 1:2 /kept; touch /etc
	mv /srv/b /srv/moved; rm -r /srv/deep; mkdir /srv/deep; echo again >/srv/deep/c
	mkdir -p /x/y/z; ln -s a /x/link; ln /new /x/hard; mkfifo /x/fifo; mkdir /bin/sub
	cat /changed /new /srv/deep/c /srv/moved
	[ ! -e /gone ]; [ ! -e /srv/deep/er ]; [ -e /x/fifo ]`;
const CHANGED = "changed\nmore\nnew\nagain\nsrv/b\n";

/** Runs CHANGE in a root, with some options, and tests that the root is unchanged afterwards. */
async function isUnchanged(t: Test, box: Box, root: string, args: string[] = []): Promise<Ended> {
	const before = await snapshot(root);
	const all = [`--chroot=${root}`, "--ephemeral", ...args, "--", "/bin/sh", "-c", CHANGE];
	const run = await box.run(all);
	t.same([run.status, run.out, run.err], [0, CHANGED, ""], args.join(" "));
	t.same(differences(before, await snapshot(root)), [], `${args.join(" ")}: nothing has changed`);
	return run;
}

live("everything can be changed inside, and nothing changes outside", async (t, box) => {
	const root = await richRoot(box);
	await isUnchanged(t, box, root);
	await isUnchanged(t, box, root, ["--netif", "--hostname=x"]);
	await isUnchanged(t, box, root, ["-mtmp:/new-place/1", "-msymlink:x:/new-link", "-mdir:/d"]);
	await isUnchanged(t, box, root, ["--tty=never", "--as-pid1"]);
});

liveWithUserXattrs("in a user namespace made by root", async (t, box) => {
	const root = await richRoot(box);
	await isUnchanged(t, box, root, ["--user-map=auto"]);
	await sh(["chown", "-Rh", `${FIRST}:${FIRST}`, root]);
	await isUnchanged(t, box, root, [`--user-map=0:${FIRST}:65536`, "--netif"]);
});

liveWithUserXattrs("mounts below an id-mapped root are overlaid too", async (t, box) => {
	const root = await shellRoot(box);
	for (const name of ["data", "bound"]) mkdirSync(`${root}/${name}`);
	writeFileSync(`${root}/etc/file`, "");
	const via = inMounts(`
		R="${root}"; mount -t tmpfs none "$R/data"; echo x >"$R/data/file"; mkdir "$R/data/deep"
		mount -t tmpfs none "$R/data/deep"; echo y >"$R/data/deep/file"
		mount --bind "$R/data/file" "$R/etc/file"`);
	const script = `
		cat /data/file /data/deep/file /etc/file; stat -c %u:%g /data/file
		echo z >>/data/deep/file; rm /data/file; ls -A /data; echo z 2>/dev/null >/etc/file || echo ro`;
	const args = ["--user-map=auto", "--ephemeral", "--changes=-", "--", "/bin/sh", "-c", script];
	const after = `"$@"; cat "${root}/data/file" "${root}/data/deep/file"`;
	const all = [...via, "sh", "-c", after, "sh"];
	const run = await box.run([`--chroot=${root}`, ...args], { via: all });
	const changes = "D /data/file\nM /data/deep/file\n";
	t.equal(run.out, `x\ny\nx\n0:0\ndeep\nro\n${changes}x\ny\n`, run.err);
});

live("the root keeps its attributes, which are not a change", async (t, box) => {
	const root = await shellRoot(box);
	const set = await sh([PROBE, "attribute", root, "user.test", "kept"]);
	t.equal(set, `attribute.${root} ok\n`);
	const words = ["attributes", "/", "user.test"];
	const args = [`--chroot=${root}`, "--ephemeral", "--changes=-", "--", "/bin/probe", ...words];
	const run = await box.run(args);
	const kept = TMPFS_HAS_USER_XATTRS ? "ok kept" : "EOPNOTSUPP ";
	t.same([run.status, run.out], [0, `attributes./ ${kept}\n`], run.err);
});

live("missing mount points are never created in the root", async (t, box) => {
	const root = tinyRoot(box, []);
	const before = await snapshot(root);
	const args = [`--chroot=${root}`, "--ephemeral", "-mtmp:/a/b", "--", "/bin/probe"];
	const run = await box.run([...args, "ls", "/", "+", "write", "/dev/null"]);
	t.same([run.status, run.facts("write./dev/null")], [0, "ok"], run.err);
	t.same(run.facts.all("ls./").sort(), ["a", "bin", "dev", "etc", "proc", "root", "run", "sys"]);
	t.same(differences(before, await snapshot(root)), []);
});

live("each run starts anew, and does not see another run", async (t, box) => {
	const root = await shellRoot(box);
	const script = "ls /etc; echo $0 >/etc/mine; echo ready; read line; cat /etc/mine";
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", script];
	const [a, b] = ["a", "b"].map((name) => box.start([...args, name], { stdin: "pipe" }));
	if (!a || !b) throw new Error("not started");
	for (const running of [a, b]) await running.until("ready");
	for (const running of [a, b]) await running.closeStdin();
	t.same([(await a.ended).out, (await b.ended).out], ["ready\na\n", "ready\nb\n"]);
});

live("nothing is left behind after SIGKILL and SIGTERM", async (t, box) => {
	const root = await richRoot(box);
	const before = await snapshot(root);
	const script = `${CHANGE}; echo ready; exec sleep 60`;
	for (const kill of ["SIGKILL", "SIGTERM"] as const) {
		const args = [`--chroot=${root}`, "--ephemeral", "-mtmp:/place", "--", "/bin/sh", "-c", script];
		const running = box.start(args);
		await running.until("ready");
		running.kill(kill);
		await running.ended;
		await until("the end of all", () => descendants().length === 0);
		t.same(differences(before, await snapshot(root)), [], kill);
	}
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", `${CHANGE}; kill -9 $$`];
	t.equal((await box.run(args)).status, 137);
	t.equal((await box.run([...args.slice(0, 3), "/no/such/command"])).status, 127);
	t.same(differences(before, await snapshot(root)), []);
});

live("the Debian root", async (t, box) => {
	const root = await debianRoot();
	const before = await snapshot(root);
	const script = `
		rm -rf /usr/share /var/lib/dpkg; mv /etc /etc2; chmod -R go-rwx /var; useradd x 2>/dev/null
		echo x >/usr/bin/dpkg; [ ! -e /etc ] && exit 7`;
	const run = await box.run([`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", script]);
	t.equal(run.status, 7, run.err);
	t.same(differences(before, await snapshot(root)), []);
});

live("the layers cannot be seen inside", async (t, box) => {
	const root = await shellRoot(box);
	const words = [
		"where",
		"/",
		"/..",
		"/proc/1/root",
		"+",
		"escape",
		"+",
		"ls",
		"/..",
		"+",
		"mounts",
	];
	const mapped = EPHEMERAL_IN_USER_NAMESPACE.map((options) => ["--user-map=auto", ...options]);
	for (const args of [[], [`--ephemeral=${box.dir}/kept`], ...mapped]) {
		mkdirSync(`${box.dir}/kept`, { recursive: true });
		const all = [`--chroot=${root}`, "--ephemeral", ...args, "--", "/bin/probe", ...words];
		const { facts, err } = await box.run(all);
		t.equal(mountAt(facts, "/")?.type, "overlay", err);
		t.equal(facts("where./.."), facts("where./"), "/.. is /");
		t.equal(facts("where./proc/1/root"), facts("where./"));
		t.equal(facts("escape"), "caught");
		const points = mountTable(facts).map(({ point }) => point);
		t.equal(points.filter((point) => point === "/").length, 1, "one root");
		t.same(
			points.filter((point) => !/^\/($|(dev|proc|sys|run)($|\/))/.test(point)),
			[],
			"no other mounts",
		);
		t.same(facts.all("ls./..").sort(), ["bin", "dev", "etc", "proc", "root", "run", "sys"]);
	}
});

live("a root that is itself on overlayfs, whose layers are unchanged", async (t, box) => {
	const root = await richRoot(box);
	for (const name of ["upper", "work", "merged"]) mkdirSync(`${box.dir}/${name}`);
	const options = `lowerdir=${root},upperdir=${box.dir}/upper,workdir=${box.dir}/work`;
	const prepare = `
		mount -t overlay -o "${options}" none "${box.dir}/merged"
		echo over >"${box.dir}/merged/over"; rm "${box.dir}/merged/hard"
		find "${box.dir}/merged" -printf '%P %y %m %s %T@ %C@\\n' | sort >"${box.dir}/before"`;
	const compare = `
		find "${box.dir}/merged" -printf '%P %y %m %s %T@ %C@\\n' | sort |
			diff "${box.dir}/before" - && echo same`;
	await sh(["touch", `${box.dir}/upper/place`]);
	const before = await snapshot(root);
	const upper = async () =>
		(await snapshot(`${box.dir}/upper`)).filter((line) => !/^(over|hard) /.test(line));
	const args = [`--chroot=${box.dir}/merged`, "--ephemeral", "--", "/bin/sh", "-c"];
	const run = await box.run([...args, `${CHANGE}; cat /over; ls /place; rm /over /place`], {
		via: aroundMounts(prepare, compare),
	});
	t.same([run.out, run.err], [`${CHANGED}over\n/place\nstatus 0\nsame\n`, ""]);
	t.same(differences(before, await snapshot(root)), []);
	t.same((await upper()).filter((line) => /^place f/.test(line)).length, 1);
	t.same(readdirSync(`${box.dir}/upper`).sort(), ["hard", "over", "place"]);
	t.equal(readFileSync(`${box.dir}/upper/over`, "utf8"), "over\n");
});

live("a root that is mounted read-only", async (t, box) => {
	const root = await richRoot(box);
	const via = inMounts(`mount --bind "${root}" "${root}"; mount -o remount,bind,ro "${root}"`);
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", CHANGE];
	const run = await box.run(args, { via });
	t.same([run.status, run.out, run.err], [0, CHANGED, ""]);
});

live("mounts below the root are present and unchanged", async (t, box) => {
	const root = await richRoot(box);
	mkdirSync(`${root}/mnt`);
	const before = `mount -t tmpfs none "${root}/mnt"; echo below >"${root}/mnt/file"`;
	const after = `cat "${root}/mnt/file"; ls "${root}/mnt"`;
	const script = "cat /mnt/file; echo changed >/mnt/file; echo x >/mnt/new; cat /mnt/file";
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", script];
	const run = await box.run(args, { via: aroundMounts(before, after) });
	t.equal(run.out, "below\nchanged\nstatus 0\nbelow\nfile\n", run.err);
});

live("--read-only and --ephemeral together", async (t, box) => {
	const root = await richRoot(box);
	const args = [`--chroot=${root}`, "--ephemeral", "--read-only", "--", "/bin/probe"];
	const run = await box.run([...args, "create", "/x", "/run/x"]);
	t.same([run.facts("create./x"), run.facts("create./run/x")], ["EROFS", "ok"], run.err);
});

live("the directory of --ephemeral= keeps the upper directory", async (t, box) => {
	const root = await richRoot(box);
	const kept = `${box.dir}/kept`;
	mkdirSync(kept);
	await isUnchanged(t, box, root, [`--ephemeral=${kept}`]);
	t.equal(readFileSync(`${kept}/upper/new`, "utf8"), "new\n");
	t.equal(readFileSync(`${kept}/upper/changed`, "utf8"), "changed\nmore\n");
	t.match(await sh(["stat", "-c", "%F %t %T", `${kept}/upper/gone`]), "character special file 0 0");
	const again = await box.run([`--chroot=${root}`, `-w${kept}`, "--", "/bin/sh", "-c", "cat /new"]);
	t.same([again.status, again.out], [0, "new\n"], "the next command begins with the changes");
	const other = await box.run([`-w${kept}`, "--", "/bin/true"]);
	t.equal(other.status, 125, "changes are not mixed with those of another root");
	t.ok(other.err.startsWith(`pflask: --ephemeral: ${kept}: `), other.err);
	t.match(other.err, /\nhint: /);
	t.equal(readFileSync(`${kept}/upper/new`, "utf8"), "new\n");
});

live(
	"the directory of --ephemeral= may be relative, and on another file system",
	async (t, box) => {
		const root = await richRoot(box);
		mkdirSync(`${box.dir}/here`);
		const args = ["--chroot=root", "--ephemeral=here", "--", "/bin/sh", "-c", CHANGE];
		const run = await box.run(args, { cwd: box.dir });
		t.same([run.status, run.out], [0, CHANGED], run.err);
		t.ok(readdirSync(`${box.dir}/here/upper`).includes("new"));
		const via = aroundMounts("mount -t tmpfs none /mnt", "cat /mnt/upper/new");
		const other = await box.run([`--chroot=${root}`, "-w/mnt", "--", "/bin/sh", "-c", CHANGE], {
			via,
		});
		t.equal(other.out, `${CHANGED}status 0\nnew\n`, other.err);
	},
);

live("SIGKILL leaves the upper directory of --ephemeral=DIR", async (t, box) => {
	const root = await shellRoot(box);
	const kept = `${box.dir}/kept`;
	mkdirSync(kept);
	const script = "echo there >/etc/new; echo ready; exec sleep 60";
	const running = box.start([`--chroot=${root}`, `-w${kept}`, "--", "/bin/sh", "-c", script]);
	await running.until("ready");
	running.kill("SIGKILL");
	await running.ended;
	await until("the end of all", () => descendants().length === 0);
	t.equal(readFileSync(`${kept}/upper/etc/new`, "utf8"), "there\n");
});

live("paths that the kernel's option string could not hold", async (t, box) => {
	const long = Array.from({ length: 8 }, () => "x".repeat(60)).join("/");
	for (const name of [long, "a,b", "a:b", "a\\b", "a b,upperdir=x", "\u00e4\n"]) {
		const base = `${box.dir}/${name}`;
		mkdirSync(`${base}/kept`, { recursive: true });
		const root = await shellRoot({ ...box, dir: base });
		const args = [
			`--chroot=${root}`,
			`--ephemeral=${base}/kept`,
			"--",
			"/bin/probe",
			"create",
			"/x",
		];
		const run = await box.run(args);
		t.equal(run.facts("create./x"), "ok", `${JSON.stringify(name)}: ${run.err}`);
		t.same(readdirSync(`${base}/kept/upper`), ["x"]);
		await sh(["rm", "-rf", base]);
	}
});

live("on a terminal", async (t, box) => {
	const root = await richRoot(box);
	const before = await snapshot(root);
	const args = [`--chroot=${root}`, "--ephemeral", "--", "/bin/sh", "-c", `${CHANGE}; ls /dev/pts`];
	const session = await box.terminal(args).ended;
	t.equal(session.status, 0, session.out);
	t.same(differences(before, await snapshot(root)), []);
});

t.end();
