// SPDX-License-Identifier: BSD-2-Clause
// Directories that overlays write to. Each such directory belongs to one container until the
// container ends in any way. Other users cannot use these directories to prevent a start.
import {
	closeSync,
	linkSync,
	mkdirSync,
	openSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t, { type Test } from "tap";
import { type Account, account, as, RANGE } from "../../lib/account.ts";
import { destroy, detach, finish, nameIn } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { inMounts } from "../../lib/private.ts";
import { PROBE } from "../../lib/probe.ts";
import { descendants, signal } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import type { Ended, Running } from "../../lib/run.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-taken", { range: RANGE });
const mallory = await account("pft-taken-m");

type Runner = Pick<Box, "run" | "start">;

const NAMES = ["up", "up/in", "work", "lower", "up2", "work2", "kept", "m"];

/** Makes directories for overlays in the box, owned by a user. */
async function prepare(box: Box, owner: number): Promise<string> {
	const dir = `${box.dir}/of-${owner}`;
	await sh(["rm", "-rf", dir]);
	for (const name of NAMES) mkdirSync(`${dir}/${name}`, { recursive: true });
	await sh(["chown", "-R", `${owner}:${owner}`, dir]);
	symlinkSync("up", `${dir}/link`);
	return dir;
}

function overlay(dir: string, upper: string, work: string): string {
	return `--mount=overlay:${dir}/${upper}:${dir}/lower:${dir}/${work}`;
}

async function hold(runner: Runner, args: readonly string[]): Promise<Running> {
	const running = runner.start([...args, "--", PROBE, "say", "ready", "+", "hold"]);
	await running.until("ready");
	return running;
}

function isTaken(t: Test, run: Ended, option: string, path: string, what: string): void {
	t.same([run.status, run.out], [125, ""], what);
	const line = `pflask: ${option.replace("=", ": ")}: ${path}: in use by another container\n`;
	t.ok(run.err.startsWith(line), `${what}: ${run.err}`);
	t.match(run.err, /\nhint: [^\n]+\n$/, what);
}

async function runs(t: Test, runner: Runner, args: readonly string[], what: string): Promise<void> {
	const run = await runner.run([...args, "--", PROBE, "say", "ran"]);
	t.same([run.status, run.out, run.err], [0, "ran\n", ""], `${what}: ${args.join(" ")}`);
}

/**
 * Kills pflask, and waits for the end of the monitor. When the monitor has ended, the directory is
 * free.
 */
async function stop(running: Running): Promise<void> {
	const container = new Set(descendants(running.pid).map(({ pid }) => pid));
	running.kill("SIGKILL");
	await running.ended;
	await until(
		"the end of the container",
		() => !descendants().some(({ pid }) => container.has(pid)),
	);
}

for (const [name, uid] of [["root", 0] as const, ["a user", user.uid] as const])
	live(`two containers with one directory, of ${name}`, async (t, box) => {
		const runner: Runner = uid === 0 ? box : as(user, box);
		const dir = await prepare(box, uid);
		const first = overlay(dir, "up", "work");
		const running = await hold(runner, [first]);
		for (const [upper, work, path] of [
			["up", "work", "up"],
			["up", "work2", "up"],
			["link", "work2", "up"],
			["up2", "work", "work"],
			["work", "work2", "work"],
			["up/in", "work2", "up/in"],
		] as const) {
			const again = overlay(dir, upper, work);
			const run = await runner.run([again, "--", PROBE, "say", "ran"]);
			isTaken(t, run, again, `${dir}/${path}`, again);
		}
		await runs(t, runner, [overlay(dir, "up2", "work2")], "others are free");
		await stop(running);
		await runs(t, runner, [first], "after kill -9");
		await runs(t, runner, [first], "after an end");
	});

live("a directory of a user, and root", async (t, box) => {
	const dir = await prepare(box, user.uid);
	const option = overlay(dir, "up", "work");
	const running = await hold(as(user, box), [option]);
	isTaken(t, await box.run([option, "--", PROBE]), option, `${dir}/up`, "root after a user");
	await stop(running);
	for (const args of [[option], [`--user=${user.name}`, option]]) {
		const held = await hold(box, args);
		const run = await as(user, box).run([option, "--", PROBE]);
		isTaken(t, run, option, `${dir}/up`, `a user after root: ${args[0]}`);
		await stop(held);
	}
});

live("a directory that a descriptor names", async (t, box) => {
	const dir = await prepare(box, 0);
	const named = [`--mount=overlay:/dev/fd/3:${dir}/lower:${dir}/work2`, "--ephemeral=/dev/fd/4"];
	const [up, kept] = [openSync(`${dir}/up`, "r"), openSync(`${dir}/kept`, "r")];
	const by = { extra: [up, kept] };
	const first = overlay(dir, "up", "work");
	const holder = await hold(box, [first]);
	for (const options of [named.slice(0, 1), named]) {
		const run = await box.run([...options, "--", PROBE, "say", "ran"], by);
		isTaken(t, run, named[0] ?? "", `${dir}/up`, options.join(" "));
	}
	await stop(holder);
	const running = box.start([...named, "--", PROBE, "say", "ready", "+", "hold"], by);
	await running.until("ready");
	for (const option of [first, overlay(dir, "kept/upper", "work")]) {
		const run = await box.run([option, "--", PROBE, "say", "ran"]);
		isTaken(t, run, option, option.split(":")[1] ?? "", option);
	}
	await stop(running);
	for (const fd of [up, kept]) closeSync(fd);
});

live("the same directory twice in a container", async (t, box) => {
	const dir = await prepare(box, 0);
	const first = overlay(dir, "up", "work");
	for (const [upper, work, path] of [
		["up", "work2", "up"],
		["up2", "work", "work"],
		["work", "work2", "work"],
		["up/in", "work2", "up/in"],
		["up2", "up/in", "up/in"],
	] as const) {
		const second = `--mount=overlay:${dir}/${upper}:/mnt:${dir}/${work}`;
		const run = await box.run([first, second, "--", PROBE]);
		const asked = second.replace("=", ": ");
		const line = `pflask: ${asked}: ${dir}/${path}: in use by another --mount=overlay\n`;
		t.same([run.status, run.out, run.err], [125, "", line]);
	}
});

live("--ephemeral=DIR", async (t, box) => {
	for (const [uid, runner] of [[0, box] as const, [user.uid, as(user, box)] as const]) {
		const dir = await prepare(box, uid);
		const option = `--ephemeral=${dir}/kept`;
		const running = await hold(runner, [option]);
		const again = await runner.run([option, "--", PROBE, "say", "ran"]);
		isTaken(t, again, "--ephemeral", `${dir}/kept`, "it is another container's");
		const upper = overlay(dir, "kept/upper", "work");
		const run = await runner.run([upper, "--", PROBE, "say", "ran"]);
		isTaken(t, run, upper, `${dir}/kept/upper`, "its upper directory");
		await stop(running);
		const after = await runner.run([option, "--", PROBE, "say", "ran"]);
		t.same([after.status, after.out], [0, "ran\n"], `the next goes on: ${after.err}`);
		const other = await runner.run([`--ephemeral=${dir}`, "--", PROBE, "say", "ran"]);
		t.same([other.status, other.out], [125, ""]);
		t.match(other.err, /^pflask: --ephemeral: [^\n]*: is not empty\nhint: [^\n]+\n$/);
	}
});

live("of many containers with one directory, one runs", async (t, box) => {
	for (const [uid, runner] of [[0, box] as const, [user.uid, as(user, box)] as const])
		for (const kind of ["overlay", "ephemeral"]) {
			const dir = await prepare(box, uid);
			const option = kind === "overlay" ? overlay(dir, "up", "work") : `--ephemeral=${dir}/kept`;
			const args = [option, "--", PROBE, "say", "ready", "+", "hold"];
			const all = Array.from({ length: 8 }, () => runner.start(args));
			const ended = () => all.filter(({ err }) => err.includes("pflask: ")).length;
			const ready = () => all.filter(({ out }) => out.includes("ready")).length;
			await until("all of them", () => ended() + ready() === all.length);
			t.equal(ready(), 1, `${kind} of ${uid}`);
			for (const running of all) await stop(running);
		}
});

live("a detached container uses its directory until its end", async (t, box) => {
	for (const [uid, runner] of [[0, box] as const, [user.uid, as(user, box)] as const]) {
		const dir = await prepare(box, uid);
		const option = overlay(dir, "up", "work");
		for (const end of [(pid: number) => finish(runner, pid), destroy]) {
			const pid = await detach(runner, [option, "--", PROBE, "hold"]);
			isTaken(t, await runner.run([option, "--", PROBE]), option, `${dir}/up`, "meanwhile");
			await end(pid);
			await runs(t, runner, [option], "afterwards");
		}
		await runner.run(["--list"]); // --list removes the socket of the killed container.
	}
});

live("a directory that bind mounts show at other paths", async (t, box) => {
	for (const [uid, runner] of [[0, box] as const, [user.uid, as(user, box)] as const]) {
		const dir = await prepare(box, uid);
		await sh(["mount", "--bind", dir, `${dir}/m`]);
		try {
			const running = await hold(runner, [overlay(dir, "up", "work")]);
			for (const upper of ["m/up", "m/up/in"]) {
				const again = `--mount=overlay:${dir}/${upper}:${dir}/kept:${dir}/m/work2`;
				const run = await runner.run([again, "--", PROBE, "say", "ran"]);
				isTaken(t, run, again, `${dir}/${upper}`, again);
			}
			await stop(running);
		} finally {
			await sh(["umount", `${dir}/m`]);
		}
	}
});

live(
	"two directories of one container that overlap through a bind mount are refused",
	async (t, box) => {
		const dir = await prepare(box, 0);
		await sh(["mount", "--bind", dir, `${dir}/m`]);
		try {
			const inner = `--mount=overlay:${dir}/m/up/in:/mnt:${dir}/m/work2`;
			const outer = overlay(dir, "up", "work");
			for (const both of [
				[outer, inner],
				[inner, outer],
			]) {
				const run = await box.run([...both, "--", PROBE, "say", "ran"]);
				t.same([run.status, run.out], [125, ""], both.join(" "));
				const path = both[1] === inner ? `${dir}/m/up/in` : `${dir}/up`;
				const asked = both[1]?.replace("=", ": ");
				const line = `pflask: ${asked}: ${path}: already in use by this container\n`;
				t.equal(run.err, line);
			}
		} finally {
			await sh(["umount", `${dir}/m`]);
		}
	},
);

/** Makes directories at UPPER/sub/..., and bind-mounts UPPER/sub at another path. */
async function bindBetween(dir: string, owner: number): Promise<void> {
	for (const name of ["e", "w", "kept"]) mkdirSync(`${dir}/up/sub/${name}`, { recursive: true });
	await sh(["chown", "-R", `${owner}:${owner}`, `${dir}/up`]);
	await sh(["mount", "--bind", `${dir}/up/sub`, `${dir}/m`]);
}

live(
	"a directory below a directory in use, through a bind mount of a directory between them",
	async (t, box) => {
		for (const [uid, runner] of [[0, box] as const, [user.uid, as(user, box)] as const]) {
			const dir = await prepare(box, uid);
			await bindBetween(dir, uid);
			try {
				const running = await hold(runner, [overlay(dir, "up", "work")]);
				const inner = overlay(dir, "m/e", "m/w");
				const run = await runner.run([inner, "--", PROBE, "say", "ran"]);
				isTaken(t, run, inner, `${dir}/m/e`, inner);
				const kept = await runner.run([`--ephemeral=${dir}/m/kept`, "--", PROBE, "say", "ran"]);
				isTaken(t, kept, "--ephemeral", `${dir}/m/kept`, "--ephemeral");
				await stop(running);
				await runs(t, runner, [inner], "afterwards");
			} finally {
				await sh(["umount", `${dir}/m`]);
			}
		}
	},
);

live(
	"two directories of one container, and a bind mount of a directory between them",
	async (t, box) => {
		const dir = await prepare(box, 0);
		await bindBetween(dir, 0);
		try {
			const inner = `--mount=overlay:${dir}/m/e:/mnt:${dir}/m/w`;
			const outer = overlay(dir, "up", "work");
			for (const [first, second, path] of [
				[outer, inner, `${dir}/m/e`],
				[inner, outer, `${dir}/up`],
			] as const) {
				const run = await box.run([first, second, "--", PROBE, "say", "ran"]);
				const asked = second.replace("=", ": ");
				const line = `pflask: ${asked}: ${path}: already in use by this container\n`;
				t.same([run.status, run.out, run.err], [125, "", line]);
			}
		} finally {
			await sh(["umount", `${dir}/m`]);
		}
	},
);

live("a directory stays in use after another descriptor was closed", async (t, box) => {
	for (const [uid, runner] of [[0, box] as const, [user.uid, as(user, box)] as const]) {
		const dir = await prepare(box, uid);
		const option = overlay(dir, "up", "work");
		const isHeld = async (what: string) =>
			isTaken(t, await runner.run([option, "--", PROBE]), option, `${dir}/up`, what);
		const stdin = openSync(`${dir}/up`, "r");
		const first = runner.start([option, "--", PROBE, "say", "ready", "+", "hold"], { stdin });
		await first.until("ready");
		await isHeld("as standard input at the start");
		await stop(first);
		const pid = await detach(runner, [option, "--", PROBE, "hold"], { stdin });
		await isHeld("as standard input of a detached container");
		for (let times = 0; times < 3; times++) {
			const run = await runner.run([`--exec=${pid}`, "--", PROBE, "say", "joined"], { stdin });
			t.same([run.status, run.out], [0, "joined\n"], run.err);
			await isHeld("as standard input of a further command");
		}
		closeSync(stdin);
		await finish(runner, pid);
		await runs(t, runner, [option], "afterwards");
	}
});

/** Starts a process that locks directories until the process ends. */
async function lock(start: Box["start"], args: readonly string[], dir: string, kind: string) {
	const paths = ["up", "work", "kept", "."].map((name) => `${dir}/${name}`);
	const holder = start([...args, "lock", kind, ...paths, "+", "hold"]);
	await holder.until("locked");
	return holder;
}

const KINDS = ["exclusive", "shared", "record", "description"];

live("locks of other programs do not block a start", async (t, box) => {
	const strange = (who: Account): Box["start"] => {
		return (args) => box.start(args, { program: PROBE, via: who.become });
	};
	for (const [uid, runner, who] of [
		[0, box, user] as const,
		[0, box, mallory] as const,
		[user.uid, as(user, box), mallory] as const,
	])
		for (const kind of KINDS) {
			const dir = await prepare(box, uid);
			const holder = await lock(strange(who), [], dir, kind);
			await runs(t, runner, [overlay(dir, "up", "work")], `${kind} of ${who.name}`);
			await runs(t, runner, [`--ephemeral=${dir}/kept`], `${kind} of ${who.name}`);
			await stop(holder);
		}
});

live("locks of a payload of the same user do not block a start", async (t, box) => {
	const dir = await prepare(box, user.uid);
	for (const kind of KINDS) {
		const holder = await lock(as(user, box).start, ["--", PROBE], dir, kind);
		await runs(t, as(user, box), [overlay(dir, "up", "work")], kind);
		await stop(holder);
	}
	const mapped = ["--user-map=auto", "--", PROBE];
	for (const kind of KINDS) {
		const holder = await lock(box.start, mapped, dir, kind);
		await runs(t, as(user, box), [overlay(dir, "up", "work")], `${kind}, of root's container`);
		await stop(holder);
	}
});

live("a set-user-ID program that was started with a lock", async (t, box) => {
	const dir = await prepare(box, 0);
	await sh(["install", "-m", "4755", PROBE, `${box.dir}/setuid`]);
	const words = ["lock", "record", `${dir}/up`, "+", "exec", `${box.dir}/setuid`, "say", "up"];
	const holder = box.start([...words, "+", "hold"], { program: PROBE, via: mallory.become });
	await holder.until("up");
	await runs(t, box, [overlay(dir, "up", "work")], "root");
	await stop(holder);
});

/**
 * Starts a new process with the pid of an ended process. Returns a function that ends the new
 * process.
 */
async function replace(box: Box, pid: string, command: readonly string[], isZombie: boolean) {
	const parent = box.start(["as-pid", pid, ...command], { program: PROBE });
	await parent.until("made ok");
	await until("the new process", () =>
		isZombie
			? readFileSync(`/proc/${pid}/stat`, "utf8").includes(") Z ")
			: /ready/.test(parent.out),
	);
	return async () => {
		signal(Number(pid), "SIGKILL");
		parent.kill("SIGKILL");
		await parent.ended;
	};
}

live("a lock of a process that has ended, whose pid another process has", async (t, box) => {
	const locked = ["up", "work", "kept", "."];
	for (const [uid, runner, become] of [
		[0, box, []] as const,
		[user.uid, as(user, box), []] as const,
		[user.uid, as(user, box), user.become] as const,
	])
		for (const isZombie of [false, true]) {
			const dir = await prepare(box, uid);
			const paths = locked.map((name) => `${dir}/${name}`);
			const words = ["lock-ended", ...paths, "+", "hold"];
			const locker = box.start(words, { program: PROBE, via: mallory.become });
			await locker.until("ready");
			t.match(locker.out, /^failures 0$/m);
			const both = [[overlay(dir, "up", "work")], [`--ephemeral=${dir}/kept`]];
			const pid = /^locker (\d+)$/m.exec(locker.out)?.[1] ?? "";
			const opened = [PROBE, "lock", "shared", ...paths, "+", "hold"];
			const command = [...become, ...(isZombie ? ["true"] : opened)];
			const end = await replace(box, pid, command, isZombie);
			for (const args of both) await runs(t, runner, args, `${command}`);
			await end();
			await stop(locker);
		}
});

live("a file system without extended attributes is refused", async (t, box) => {
	const dir = await prepare(box, user.uid);
	const via = inMounts(`
		mount -t ramfs none "${dir}/m"; mkdir "${dir}/m/up" "${dir}/m/work"
		chown -R ${user.uid} "${dir}/m"`);
	for (const [runner, whose] of [[box, ""] as const, [as(user, box), "user "] as const])
		for (const [option, path] of [
			[`--ephemeral=${dir}/m/up`, `${dir}/m/up`],
			[overlay(dir, "m/up", "m/work"), `${dir}/m/up`],
		] as const) {
			const run = await runner.run([option, "--", PROBE, "say", "ran"], { via });
			const subject = option.startsWith("--mount")
				? `${option.replace("=", ": ")}: `
				: "--ephemeral: ";
			const why = `is on ramfs, which has no ${whose}extended attributes for an upper directory`;
			const line = `pflask: ${subject}${path}: ${why}\n`;
			t.same([run.status, run.out, run.err.split("hint: ")[0]], [125, "", line]);
			t.match(run.err, /\nhint: df -T [^\n]+\n$/);
		}
});

live("a file system that refuses extended attributes only when one is set", async (t, box) => {
	const dir = await prepare(box, 0);
	writeFileSync(`${dir}/lower/file`, "");
	const via = [PROBE, "refuse", "setxattr", "95", "+", "exec"];
	for (const option of [`--ephemeral=${dir}/kept`, overlay(dir, "up", "work")]) {
		const run = await box.run([option, "--", PROBE, "say", "ran"], { via });
		t.same([run.status, run.out], [125, ""], option);
		t.match(run.err, /^pflask: --[^\n]*Operation not supported\nhint: [^\n]+\n$/);
		await runs(t, box, [overlay(dir, "up2", "work2")], "and nothing is kept");
	}
});

live("a booted root is busy, but not for an ephemeral system", async (t, box) => {
	const root = tinyRoot(box);
	linkSync(`${root}/bin/probe`, `${root}/bin/init`);
	const system = [`--chroot=${root}`, "--", "/bin/init"];
	const name = nameIn(box, "b1");
	const first = await detach(box, [`--name=${name}`, ...system, "say", "up", "+", "hold"]);
	const again = async (...options: string[]) =>
		await box.run([...options, ...system, "say", "ran"]);
	const hint = "hint: --ephemeral: boots a copy of the root\n";
	const second = await again();
	t.same([second.status, second.out], [125, ""]);
	t.equal(second.err, `pflask: --chroot: ${root}: busy: container ${name}\n${hint}`);
	t.match((await again("--ephemeral")).out, "ran");
	t.equal((await box.run([`--chroot=${root}`, "--", "/bin/probe", "say", "ran"])).out, "ran\n");
	await finish(box, first);
	const foreground = box.start([...system, "say", "ready", "+", "hold"]);
	await foreground.until("ready");
	const third = await again();
	t.equal(third.err, `pflask: --chroot: ${root}: busy: another container\n${hint}`);
	await stop(foreground);
	t.match((await again()).out, "ran");
});

t.end();
