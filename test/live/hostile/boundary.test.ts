// SPDX-License-Identifier: BSD-2-Clause
// Attacks on processes of pflask. A payload that shares the host's pid namespace or /proc sees
// these processes. Only the credentials and the dumpable flag (fs.suid_dumpable) of such a process
// protect the process. The payload must not reach the host through the process.
import { closeSync, existsSync, openSync, readFileSync, readSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { detach, finish } from "../../lib/detached.ts";
import { has, sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { need } from "../../lib/need.ts";
import { machine, uplink } from "../../lib/network-user.ts";
import { unreadFifo } from "../../lib/pipe.ts";
import { type Facts, facts } from "../../lib/probe.ts";
import { descendants } from "../../lib/processes.ts";
import { MOUNT_POINTS, tinyRoot } from "../../lib/roots.ts";
import { type Starter, starters } from "../../lib/starters.ts";
import { until } from "../../lib/until.ts";

const users = await starters("bound");

const STARTERS: readonly Starter[] = [
	users.oneIdAsRoot,
	users.oneId,
	users.rangedAsRoot,
	users.rangedAsSubordinate,
	users.mappedRoot,
];

/**
 * Options that show the host's processes to a payload, and the path of the /proc that shows the
 * processes.
 */
const SIGHTS = [
	{ args: ["-P"], proc: "/proc" },
	{ args: ["--proc=bind"], proc: "/proc" },
	{ args: ["--mount=bind:/proc:/hostproc"], proc: "/hostproc" },
] as const;

/**
 * A mount with a missing mount point. To remove the mount point at the end, a process of pflask
 * stays beside the payload.
 */
const MISSING = "--mount=tmp:/miss/ing";

const DUMPABLE = "/proc/sys/fs/suid_dumpable";
const VALUES = ["0", "1", "2"] as const;
const valueBefore = readFileSync(DUMPABLE, "utf8");
t.teardown(() => writeFileSync(DUMPABLE, valueBefore));

function statusOf(pid: number): string {
	return readFileSync(`/proc/${pid}/status`, "utf8");
}

/**
 * A root directory for a payload. A secret file beside the root must stay out of the payload's
 * reach.
 */
interface Stage {
	readonly root: string;
	/**
	 * A command prefix that writes the number of the host's mount namespace to a file for the
	 * payload.
	 */
	readonly via: readonly string[];
	/**
	 * Returns the arguments that make the payload attack. If `end` is a number, this is the number of
	 * rounds. Otherwise the payload attacks until the file `end` exists.
	 */
	attack(proc: string, end: string): string[];
}

async function stage(box: Box, owner: number): Promise<Stage> {
	const root = tinyRoot(box, [...MOUNT_POINTS, "hostproc"]);
	const secret = `${box.dir}/pftest-secret`;
	writeFileSync(secret, "of the host\n", { mode: 0o644 });
	await sh(["chown", "--recursive", "--no-dereference", `${owner}:${owner}`, root]);
	const note = 'readlink /proc/self/ns/mnt >"$0"; exec "$@"';
	return {
		root,
		via: ["sh", "-c", note, `${root}/host`],
		attack: (proc, end) => ["--", "/bin/probe", "pry", proc, secret, "/host", end],
	};
}

function isShut(t: Test, fact: Facts, what: string): void {
	t.same(fact.all("breach"), [], what);
	t.ok(Number(fact("pried")) > 0, `${what}: it has tried`);
}

live("the attack succeeds without protection", async (t, box) => {
	const { root, via, attack } = await stage(box, 0);
	const extra = [openSync("/", "r")]; // leads out of the root
	const run = await box.run(["-P", `--chroot=${root}`, ...attack("/proc", "1")], { via, extra });
	closeSync(extra[0] ?? -1);
	const breaches = run.facts.all("breach");
	for (const way of ["root", "cwd", "fd", "ns/mnt", "mem", "environ", "maps", "exe", "ptrace"])
		t.ok(breaches.includes(`pflask ${way}`), `${way}: ${run.out}${run.err}`);
	for (const way of ["fd that leads out", "pidfd_getfd", "process_vm_readv"])
		t.ok(breaches.includes(`pflask ${way}`), `${way}: ${run.out}${run.err}`);
	t.ok(Number(run.facts("pried")) > 0);
});

for (const value of VALUES)
	for (const starter of STARTERS)
		live(`fs.suid_dumpable=${value}: ${starter.name}`, async (t, box) => {
			const { root, via, attack } = await stage(box, starter.owner);
			writeFileSync(DUMPABLE, value);
			for (const { args, proc } of SIGHTS) {
				const options = [...starter.args, ...args, `--chroot=${root}`, MISSING];
				const run = await starter.runner(box).run([...options, ...attack(proc, "20")], { via });
				t.same([run.status, run.err], [0, ""], args.join(" "));
				isShut(t, run.facts, args.join(" "));
			}
		});

for (const starter of STARTERS.slice(0, -1))
	live(`beside a network of pasta's: ${starter.name}`, async (t, box) => {
		if (!need(t, has("pasta"), "pasta(1) of the package passt is missing")) return;
		const { root, via, attack } = await stage(box, starter.owner);
		const link = await uplink(box, starter.runner(box));
		const words = [...(await machine(box)), ...via];
		for (const value of VALUES) {
			writeFileSync(DUMPABLE, value);
			for (const { args, proc } of SIGHTS) {
				const options = [...starter.args, ...args, "--netif=pasta", `--chroot=${root}`, MISSING];
				const run = await link.near.run([...options, ...attack(proc, "20")], { via: words });
				const what = `fs.suid_dumpable=${value} ${args.join(" ")}`;
				t.same([run.status, run.err], [0, ""], what);
				isShut(t, run.facts, what);
			}
		}
		await link.close();
	});

for (const starter of STARTERS)
	live(`while changes are listed: ${starter.name}`, async (t, box) => {
		const { root, via, attack } = await stage(box, starter.owner);
		const runner = starter.runner(box);
		const chroot = `--chroot=${root}`;
		for (const value of VALUES) {
			writeFileSync(DUMPABLE, value);
			const list = unreadFifo(`${box.dir}/list-${value}`, 1);
			const command = ["--", "/bin/probe", "create", "/new", "+", "say", "made"];
			const first = runner.start(
				[...starter.args, "-P", chroot, "--ephemeral", "--changes=3", ...command],
				{ extra: [list] },
			);
			await first.until("made");
			await until("the monitor and its child that lists the changes are left", () => {
				const names = descendants(first.pid).map(({ name }) => name);
				return !names.includes("pf-init") && !names.includes("probe") && names.length > 1;
			});
			const second = await runner.run([...starter.args, "-P", chroot, ...attack("/proc", "100")], {
				via,
			});
			isShut(t, second.facts, `fs.suid_dumpable=${value}: ${second.err}`);
			t.ok(descendants(first.pid).length > 1, "they still are");
			readSync(list, Buffer.alloc(65536));
			t.equal((await first.ended).status, 0, first.err);
			closeSync(list);
		}
	});

/** Runs commands of --exec in a container. The payload attacks every process that joins. */
async function join(t: Test, box: Box, starter: Starter, sight: readonly string[]): Promise<void> {
	const { root, via, attack } = await stage(box, starter.owner);
	const runner = starter.runner(box);
	for (const value of VALUES) {
		const what = `fs.suid_dumpable=${value} ${sight.join(" ")}`;
		writeFileSync(DUMPABLE, value);
		const args = [...starter.args, ...sight, `--chroot=${root}`, MISSING];
		const end = `/end${sight.join("").replace(/\W/g, "")}-${value}`;
		const pid = await detach(runner, [...args, ...attack("/proc", end), "+", "hold"], { via });
		const logs = async () => (await runner.run([`--logs=${pid}`])).out;
		await until("the attack", async () => (await logs()).includes("prying"));
		for (let times = 0; times < 15; times++) {
			const id = starter === users.oneId ? starter.owner : 0;
			const who = times % 2 === 0 ? [] : [`--user=${id}`];
			const words = ["--", "/bin/probe", "say", "joined"];
			const run = await runner.run([`--exec=${pid}`, ...who, ...words]);
			t.same([run.status, run.out], [0, "joined\n"], `${what}: ${run.err}`);
		}
		writeFileSync(`${root}${end}`, "");
		await until("the end of the attack", async () => (await logs()).includes("pried"));
		isShut(t, facts(await logs()), what);
		await finish(runner, pid);
		await until("the end of all", () => descendants().length === 0);
	}
}

for (const starter of STARTERS)
	live(`while commands join: ${starter.name}`, async (t, box) => {
		for (const sight of [["-P"], ["--proc=bind"]]) await join(t, box, starter, sight);
	});

/**
 * With fs.suid_dumpable=1, a process with changed ids can be inspected until the process clears its
 * dumpable flag. strace(1) prolongs this moment.
 */
for (const starter of STARTERS.filter(({ args }) => args !== users.oneId.args))
	live(`where a command that joins has just changed its ids: ${starter.name}`, async (t, box) => {
		const { root, via, attack } = await stage(box, starter.owner);
		const runner = starter.runner(box);
		writeFileSync(DUMPABLE, "1");
		const end = `/end-ids-${starter.owner}`;
		const args = [...starter.args, "-P", `--chroot=${root}`, ...attack("/proc", end), "+", "hold"];
		const pid = await detach(runner, args, { via });
		const logs = async () => (await runner.run([`--logs=${pid}`])).out;
		await until("the attack", async () => (await logs()).includes("prying"));
		const hold = ["-f", "-e", "trace=setresuid", "-e", "inject=setresuid:delay_exit=200000"];
		const tracer = box.start([...hold, "-o", `${box.dir}/trace`, "-p", String(pid)], {
			program: "/usr/bin/strace",
		});
		await until("the tracer", () => /TracerPid:\t[1-9]/.test(statusOf(pid)));
		const words = ["--user=0", "--", "/bin/probe", "say", "joined"];
		const run = await runner.run([`--exec=${pid}`, ...words]);
		t.same([run.status, run.out], [0, "joined\n"], run.err);
		tracer.kill("SIGTERM");
		await tracer.ended;
		t.match(readFileSync(`${box.dir}/trace`, "utf8"), /setresuid\(.*DELAYED/, "it was held");
		writeFileSync(`${root}${end}`, "");
		await until("the end of the attack", async () => (await logs()).includes("pried"));
		isShut(t, facts(await logs()), "after setresuid(2)");
		await finish(runner, pid);
	});

/** Two containers of the same user must be isolated from each other. */
for (const starter of STARTERS)
	live(`while another container of the same user starts: ${starter.name}`, async (t, box) => {
		const { root, via, attack } = await stage(box, starter.owner);
		const runner = starter.runner(box);
		const args = [...starter.args, `--chroot=${root}`];
		const end = `/end-${starter.owner}`;
		const attacker = runner.start([...args, "-P", ...attack("/proc", end)], { via });
		await attacker.until("prying");
		for (let times = 0; times < 10; times++) {
			const run = await runner.run([...args, MISSING, "--", "/bin/probe", "say", "started"]);
			t.same([run.status, run.out], [0, "started\n"], run.err);
		}
		writeFileSync(`${root}${end}`, "");
		isShut(t, (await attacker.ended).facts, starter.name);
		t.notOk(existsSync(`${root}/miss`));
	});

t.end();
