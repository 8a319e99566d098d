// SPDX-License-Identifier: BSD-2-Clause
// Errors of --mount, --ephemeral, --read-only, --changes and --keep. One line names the value and
// the reason, and no file remains.
import { existsSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { aroundMounts, inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { names } from "../../lib/tree.ts";

const user = await account("pft-errors");

/** Makes sources of mounts in the box. */
async function prepare(box: Box): Promise<string> {
	for (const name of ["dir", "upper", "work", "full/there", "upper/in"])
		mkdirSync(`${box.dir}/${name}`, { recursive: true });
	writeFileSync(`${box.dir}/file`, "");
	symlinkSync("nowhere", `${box.dir}/dangling`);
	symlinkSync("loop", `${box.dir}/loop`);
	const root = await shellRoot(box);
	writeFileSync(`${root}/etc/file`, "");
	symlinkSync("link", `${root}/etc/loop`);
	symlinkSync("loop", `${root}/etc/link`);
	return root;
}

/** The number of characters that the error line must show of a very long subject. */
const ENOUGH = 250;

function isOneLine(t: Test, run: Ended, subject: string, why: RegExp, what: string): void {
	const start = `pflask: ${subject.slice(0, ENOUGH)}${subject.length > ENOUGH ? "" : ": "}`;
	t.same([run.status, run.out], [125, ""], `${what}: ${run.err.slice(0, 2 * ENOUGH)}`);
	t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `${what}: one line`);
	t.ok(run.err.startsWith(start), `${what}: it names the subject`);
	const line = run.err.split("\n")[0] ?? "";
	t.match(line.slice(start.length), why, `${what}: it says why`);
}

/** Malformed values of --mount, and the reason in the error. B is the directory of the box. */
const SPECS: readonly (readonly [spec: string, why: RegExp])[] = [
	["nosuch:/a:/b", /type/],
	[":", /type/],
	["BIND:B/dir:/in", /type/],
	["bind", /field/],
	["bind:B/dir", /field/],
	["bind:B/dir:", /field|absolute/],
	["bind::/in", /field|empty/],
	["bind:B/dir:/in:ro:rw", /field/],
	["bind-ro:B/dir", /field/],
	["overlay:B/upper:/in", /field/],
	["overlay:B/upper:/in:B/work:ro:x", /field/],
	["tmp", /field/],
	["tmp:", /field|absolute/],
	["tmp:/in:ro:x", /field/],
	["proc", /field/],
	["mqueue:", /field|absolute/],
	["dev:/in:ro:x", /field/],
	["symlink:/in", /field/],
	["symlink:a:/in:x", /field/],
	["dir", /field/],
	["dir:/in:0755:x", /field/],
	["dir:/in:0999", /mode|field|octal/],
	["dir:/in:x", /mode|field|octal/],
	["dir:/in:77777", /mode|field|octal/],
	["file:/in", /field/],
	["file:0:/in:x:y", /field/],
	["bind:B/dir:in", /absolute/],
	["bind:B/dir:./in", /absolute/],
	["overlay:B/upper:in:B/work", /absolute/],
	["tmp:in", /absolute/],
	["proc:in", /absolute/],
	["symlink:a:in", /absolute/],
	["dir:in", /absolute/],
	["file:0:in", /absolute/],
	["bind:B/missing:/in", /B\/missing: No such file/],
	["bind-ro:B/file/below:/in", /Not a directory/],
	["bind:B/dangling:/in", /B\/dangling: No such file/],
	["bind:B/loop:/in", /Too many levels/],
	["overlay:B/missing:/etc:B/work", /B\/missing: No such file/],
	["overlay:B/upper:/etc:B/missing", /B\/missing: No such file/],
	["file:77:/in", /77: /],
	["file:x:/in", /x: /],
	["file:-1:/in", /-1: /],
	["bind:B/dir:/etc/file", /\/etc\/file: cannot mount a directory on a file/],
	["bind-ro:B/file:/etc", /\/etc: cannot mount a file on a directory/],
	["tmp:/etc/file", /\/etc\/file: /],
	["dir:/etc/file", /./],
	["symlink:a:/etc/file", /exists/],
	["tmp:/etc/file/below", /Not a directory/],
	["bind:B/dir:/etc/loop/in", /Too many levels/],
	["tmp:/etc/loop", /Too many levels/],
	["overlay:B/file:/etc:B/work", /B\/file: .*[Nn]ot a directory/],
	["overlay:B/upper:/etc:B/file", /B\/file: .*[Nn]ot a directory/],
	["overlay:B/upper:/etc/file:B/work", /\/etc\/file: cannot mount a directory on a file/],
	["overlay:B/upper:/etc:B/full", /B\/full: is not empty/],
	[
		"overlay:B/upper:/etc:/dev/shm",
		/\/dev\/shm: must be on the file system of the upper directory/,
	],
	["overlay:B/upper:/etc:B/upper", /B\/upper: /],
	["overlay:B/upper:/etc:B/upper/in", /./],
	["overlay:/proc:/etc:/proc", /\/proc: is on proc/],
	["overlay:/sys:/etc:/sys", /\/sys: is on sysfs/],
	["overlay:B/upper:/:B/work", /\/: cannot mount an overlay on the root/],
	["bind:B/dir:/in:nosuch", /nosuch/],
	["bind:B/dir:/in:size=1m", /size=1m/],
	["bind:B/dir:/in:ro,rw", /./],
	["tmp:/in:ro,rw", /./],
	["bind:B/dir:/in:idmap", /user namespace/],
	["tmp:/in:idmap", /idmap/],
	["tmp:/in:nosuch", /nosuch/],
	["tmp:/in:size", /size/],
	["tmp:/in:size=", /size=/],
	["tmp:/in:size=x", /size=x/],
	["tmp:/in:size=-1", /size=-1/],
	["tmp:/in:size=99999999999999999999", /size=9+/],
	["tmp:/in:mode=9", /mode=9/],
	["tmp:/in:mode=", /mode=/],
	["tmp:/in:mode=77777", /mode=77777/],
	["tmp:/in:nr_inodes=1", /nr_inodes/],
	["tmp:/in:,", /./],
	["proc:/in:hidepid=2", /hidepid/],
	["tmp:/", /./],
	["bind:B/dir:/", /./],
	[`bind:/${"x".repeat(300)}:/in`, /File name too long/],
	[`tmp:/${"x".repeat(300)}`, /File name too long/],
	[`tmp:${"/x".repeat(3000)}`, /too long/],
];

live("each bad spec of a mount", async (t, box) => {
	const root = await prepare(box);
	const before = await names(box.dir);
	const filled = (text: string) => text.replaceAll(/B\\?\//g, `${box.dir}/`);
	for (const [text, why] of SPECS) {
		const spec = filled(text);
		const args = [`--chroot=${root}`, `--mount=${spec}`, "--", "/bin/probe", "say", "ran"];
		const run = await box.run(args);
		const short = text.slice(0, 60);
		isOneLine(t, run, `--mount: ${spec}`, new RegExp(filled(why.source), why.flags), short);
		t.same(await names(box.dir), before, `${short}: nothing is left`);
	}
});

live("a bad mount after good mounts leaves nothing behind", async (t, box) => {
	const root = await prepare(box);
	const before = await names(box.dir);
	for (const wrong of ["tmp:/etc/file", `bind:${box.dir}/file:/new/2`, "tmp:/etc/loop/x"]) {
		const good = [`-mbind:${box.dir}/dir:/new/1`, "-mdir:/new/2", "-msymlink:a:/new/3"];
		const args = [`--chroot=${root}`, ...good, `-m${wrong}`, "--", "/bin/probe", "say", "ran"];
		isOneLine(t, await box.run(args), `--mount: ${wrong}`, /./, wrong);
		t.same(await names(box.dir), before, wrong);
	}
});

live("rw of a read-only file system", async (t, box) => {
	const root = await prepare(box);
	const via = inMounts(`mount -t tmpfs -o ro none "${box.dir}/dir"`);
	const bind = (options: string) => [`--chroot=${root}`, `-mbind:${box.dir}/dir:/in${options}`];
	const run = await box.run([...bind(":rw"), "--", "/bin/probe"], { via });
	isOneLine(t, run, `--mount: bind:${box.dir}/dir:/in:rw`, /Read-only/, "rw");
	t.equal(
		(await box.run([...bind(""), "--", "/bin/true"], { via })).status,
		0,
		"unasked it is fine",
	);
});

live("a missing directory below a read-only mount", async (t, box) => {
	const root = await prepare(box);
	const args = [`--chroot=${root}`, `-mbind-ro:${box.dir}/dir:/in`, "-mtmp:/in/new"];
	const run = await box.run([...args, "--", "/bin/probe", "say", "ran"]);
	isOneLine(t, run, "--mount: tmp:/in/new", /Read-only/, "tmp below bind-ro");
	t.notOk(existsSync(`${box.dir}/dir/new`));
});

/** Command lines with conflicting options, the subject of the error, and its reason. */
const LINES: readonly (readonly [args: string, subject: string, why: RegExp])[] = [
	["--no-mountns -mtmp:/in", "--mount: tmp:/in", /mount namespace/],
	["--no-mountns --ephemeral", "--ephemeral", /mount namespace/],
	["--no-mountns --read-only", "--read-only", /mount namespace/],
	["--read-only=maybe", "--read-only", /not no or yes/],
	["--ephemeral=", "--ephemeral", /empty/],
	["--ephemeral=B/missing", "--ephemeral", /B\/missing: No such file/],
	["--ephemeral=B/full", "--ephemeral", /B\/full: is not empty/],
	["--ephemeral=B/file", "--ephemeral", /B\/file: .*[Nn]ot a directory/],
	["--ephemeral=/proc", "--ephemeral", /\/proc: is on proc/],
	["--changes", "--changes", /--ephemeral/],
	["--changes=B/out", "--changes", /--ephemeral/],
	["--keep=B/keep", "--keep", /--ephemeral/],
	["--ephemeral --changes=", "--changes", /empty/],
	["--ephemeral --changes=B/missing/out", "--changes", /B\/missing\/out: No such file/],
	["--ephemeral --changes=B/dir", "--changes", /B\/dir: /],
	["--ephemeral --changes=77", "--changes", /77: /],
	["--ephemeral --keep=", "--keep", /empty/],

	["--ephemeral --keep=B/missing/keep", "--keep", /B\/missing\/keep: No such file/],
	["--ephemeral --keep=B/file", "--keep", /B\/file: /],
];

live("mount options that fail", async (t, box) => {
	const root = await prepare(box);
	const before = await names(box.dir);
	const filled = (text: string) => text.replaceAll(/B\\?\//g, `${box.dir}/`);
	for (const [text, subject, why] of LINES) {
		const args = filled(text).split(" ");
		const run = await box.run([`--chroot=${root}`, ...args, "--", "/bin/probe", "say", "ran"]);
		isOneLine(t, run, subject, new RegExp(filled(why.source)), text);
		t.same(await names(box.dir), before, `${text}: nothing is left`);
	}
});

live("the same without --chroot", async (t, box) => {
	await prepare(box);
	const before = await names(box.dir);
	for (const spec of [`bind:${box.dir}/dir:${box.dir}/file`, `tmp:${box.dir}/file/new`]) {
		const run = await box.run([`-m${spec}`, "--", PROBE, "say", "ran"]);
		isOneLine(t, run, `--mount: ${spec}`, /./, spec);
		t.same(await names(box.dir), before);
	}
	const there = `tmp:${box.dir}/new/1`;
	const spec = `bind:${box.dir}/missing:/mnt`;
	const run = await box.run([`-m${there}`, `-m${spec}`, "--", PROBE, "say", "ran"]);
	isOneLine(t, run, `--mount: ${spec}`, /No such file/, spec);
	t.same(await names(box.dir), before);
});

live("a link of the root to a link of /proc is named", async (t, box) => {
	const root = await prepare(box);
	for (const target of ["/proc/self/root/tmp", "/proc/1/cwd", "/proc/self/fd/3"]) {
		await sh(["ln", "-sfn", target, `${root}/magic`]);
		const bind = `bind:${box.dir}/dir:/magic/x`;
		for (const spec of ["tmp:/magic", bind, "dir:/magic/x", "symlink:a:/magic/x", "proc:/magic"]) {
			const run = await box.run([`--chroot=${root}`, `-m${spec}`, "--", "/bin/probe"]);
			t.equal(run.status, 125, `${target} ${spec}`);
			t.match(run.err, /^pflask: --mount: [^\n]*: the path leads through a link such as /);
			t.match(run.err, /\/proc\/PID[^\n]*\nhint: namei /);
		}
	}
});

live("an error leaves no mount and no directory on the host", async (t, box) => {
	const root = await prepare(box);
	const around = aroundMounts(
		`mount --make-rshared /; cat /proc/self/mountinfo >"${box.dir}/before"`,
		`diff "${box.dir}/before" /proc/self/mountinfo && echo same`,
	);
	for (const spec of ["tmp:/etc/file", "overlay:/proc:/etc:/proc", "tmp:/etc/loop/x"]) {
		const args = [`--chroot=${root}`, "-mtmp:/a", `-m${spec}`, "--ephemeral", "--", "/bin/probe"];
		t.equal((await box.run(args, { via: around })).out, "status 125\nsame\n", spec);
	}
});

/** System calls for mounts. A kernel or a filter may refuse any of these calls. */
const CALLS = [
	"fsopen",
	"fsconfig",
	"fsmount",
	"move_mount",
	"open_tree",
	"mount_setattr",
	"mount",
];

live("a kernel that refuses to mount", async (t, box) => {
	const root = await prepare(box);
	const before = await names(box.dir);
	const mounts = [`-mbind-ro:${box.dir}/dir:/new/1`, "-mtmp:/new/2", "-mdir:/new/3", "-mproc:/p"];
	const words = ["create", "/new/1/x", "/new/2/x", "/x", "+", "ls", "/p"];
	let errors = 0;
	for (const call of [...CALLS, "openat2", "symlinkat"])
		for (const number of ["1", "38"]) {
			const options: RunOptions = { via: [PROBE, "refuse", call, number, "+", "exec"] };
			const args = [`--chroot=${root}`, "--ephemeral", ...mounts, "--", "/bin/probe", ...words];
			const run = await box.run(args, options);
			if (run.status === 0) {
				const made = ["/new/1/x", "/new/2/x", "/x"].map((path) => run.facts(`create.${path}`));
				t.same(made, ["EROFS", "ok", "ok"], `without ${call}: everything is as asked`);
			} else {
				errors++;
				t.same([run.status, run.out], [125, ""], `without ${call}: ${run.err}`);
				t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `without ${call}: one line`);
			}
			t.same(await names(box.dir), before, `without ${call}: nothing is left`);
		}
	t.ok(errors > CALLS.length, "most of them are needed");
});

live("the same for an ordinary user", async (t, box) => {
	const root = await prepare(box);
	await sh(["chown", "-Rh", user.name, root]);
	const mine = as(user, box);
	const before = await names(box.dir);
	const mounts = [`-mbind-ro:${box.dir}/dir:/new/1`, "-mtmp:/new/2", "-mdir:/new/3"];
	const words = ["create", "/new/1/x", "/new/2/x", "/x"];
	for (const call of [...CALLS, "openat2", "pivot_root", "unshare", "mknodat"]) {
		const options: RunOptions = { via: [PROBE, "refuse", call, "1", "+", "exec"] };
		const args = [`--chroot=${root}`, "--ephemeral", ...mounts, "--", "/bin/probe", ...words];
		const run = await mine.run(args, options);
		if (run.status === 0) {
			const made = ["/new/1/x", "/new/2/x", "/x"].map((path) => run.facts(`create.${path}`));
			t.same(made, ["EROFS", "ok", "ok"], `without ${call}: everything is as asked`);
		} else {
			t.same([run.status, run.out], [125, ""], `without ${call}: ${run.err}`);
			t.match(run.err, /^pflask: [^\n]+\n(hint: [^\n]+\n)?$/, `without ${call}: one line`);
		}
		t.same(await names(box.dir), before, `without ${call}: nothing is left`);
	}
});

live("a kernel without overlays in user namespaces", async (t, box) => {
	const root = await prepare(box);
	await sh(["chown", "-Rh", user.name, root]);
	const before = await names(box.dir);
	const via = [PROBE, "no-overlay", "+", "exec"];
	const upper = `overlay:${user.home}/upper:/etc:${user.home}/work`;
	await sh([...user.become, "mkdir", `${user.home}/upper`, `${user.home}/work`]);
	for (const option of ["--ephemeral", `--mount=${upper}`]) {
		const args = [`--chroot=${root}`, option, "--mount=tmp:/new", "--", "/bin/probe", "say", "ran"];
		const run = await as(user, box).run(args, { via });
		const subject = option.replace("=", ": ");
		isOneLine(t, run, subject, /Operation not permitted/, option);
		t.match(run.err, /\nhint: uname -r: .*5\.11/, `${option}: it says what helps`);
		const left = (await names(box.dir)).filter((line) => !/^pflask /.test(line));
		t.same(left, before, `${option}: nothing is left`);
	}
	const plain = await as(user, box).run([`--chroot=${root}`, "--", "/bin/probe", "say", "ran"], {
		via,
	});
	t.same([plain.status, plain.out], [0, "ran\n"], `the rest of it works: ${plain.err}`);
});

live("mounts that only root can make", async (t, box) => {
	await prepare(box);
	const mine = as(user, box);
	const idmap = `bind:${box.dir}/dir:/mnt:idmap`;
	const mapped = await mine.run([`-m${idmap}`, "--", "/bin/true"]);
	isOneLine(t, mapped, `--mount: ${idmap}`, /root/, "idmap");
	const secret = `bind:/root/.profile:${box.dir}/file`;
	const denied = await mine.run([`-m${secret}`, "--", "/bin/true"]);
	isOneLine(t, denied, `--mount: ${secret}`, /\/root\/.profile: Permission denied/, "no access");
	const place = "tmp:/usr/new/place";
	const made = await mine.run([`-m${place}`, "--", "/bin/true"]);
	isOneLine(t, made, `--mount: ${place}`, /Permission denied/, "a place that is root's");
	t.notOk(existsSync("/usr/new"));
});

live("an ordinary user's overlay with an upper directory of another user", async (t, box) => {
	const root = await prepare(box);
	await sh(["chown", "-R", user.name, root]);
	const spec = `overlay:${box.dir}/upper:/etc:${box.dir}/work`;
	const before = await names(box.dir);
	const run = await as(user, box).run([`--chroot=${root}`, `-m${spec}`, "--", "/bin/probe"]);
	isOneLine(t, run, `--mount: ${spec}`, /Permission denied|Operation not permitted/, "overlay");
	const left = (await names(box.dir)).filter((line) => !/^pflask /.test(line));
	t.same(left, before);
});

live("a tmpfs without extended attributes cannot hold an upper directory", async (t, box) => {
	const root = await prepare(box);
	const via = inMounts(`mount -t ramfs none /mnt; mkdir /mnt/upper /mnt/work`);
	const spec = "overlay:/mnt/upper:/etc:/mnt/work";
	const args = [`--chroot=${root}`, `-m${spec}`, "--", "/bin/probe", "create", "/etc/x"];
	const run = await box.run(args, { via });
	isOneLine(t, run, `--mount: ${spec}`, /\/mnt\/upper: |ramfs/, "ramfs");
});

t.end();
