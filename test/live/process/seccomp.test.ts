// SPDX-License-Identifier: BSD-2-Clause
// --seccomp=default refuses each call of the table, on each ABI and in each kind of container, and
// refuses no other call.
import type { Test } from "tap";
import { type Row, readRows } from "../../../scripts/def-rows.ts";
import { knownCalls } from "../../../scripts/gen-seccomp.ts";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { type Facts, PROBE } from "../../lib/probe.ts";

const plain = await account("pft-seccomp-p");
const ranged = await account("pft-seccomp-r", { range: RANGE });

/** The options with which the command of a user is root of its user namespace. */
const OWN_ROOT = [`--user-map=u:0:${plain.uid}:1`, `--user-map=g:0:${plain.gid}:1`];

/** The ABIs of the probe, and the names that the table of calls has for them. */
const ABIS: Readonly<Record<string, string>> =
	process.arch === "x64" ? { native: "x86_64", x32: "x86_64", i386: "i386" } : { native: "arm64" };

/** Numbers that no call has, or that belong to calls newer than the table. */
const NEWER = [470, 471, 500, 600, 1000];

const refusals = readRows("core-c/defs/seccomp.def").filter(({ macro }) => macro === "REFUSED");
const known = knownCalls().map((line) => line.split(" ") as [string, string, string]);

/** Arguments with which the kernel itself accepts a call: FAN_REPORT_FID for fanotify_init. */
const ARGUMENTS: Readonly<Record<string, string>> = { fanotify_init: ":0x200" };

/** Returns the numbers of the calls in a row. */
function numbersOf(row: Row, abi: string): string[] {
	return (row.rest[2] ?? "").split(" ").flatMap((call) => {
		const [name, number] = call.split("=");
		if (number !== undefined) return [number];
		const found = known.filter(([a, b]) => a === name && b === ABIS[abi]);
		return [...new Set(found.map(([, , number]) => number))];
	});
}

/** Returns the words for the probe that make all refused calls, on all ABIs. */
function allCalls(): string[] {
	return Object.keys(ABIS).flatMap((abi) => [
		"call",
		abi,
		...refusals.flatMap((row) => {
			return numbersOf(row, abi).map((number) => `${number}${ARGUMENTS[row.rest[2] ?? ""] ?? ""}`);
		}),
		...NEWER.map(String),
		"+",
	]);
}

/** Checks the answers to allCalls(). `allowed` has the conditions that hold for the command. */
function checkAll(t: Test, told: Facts, allowed: readonly string[], what: string): void {
	const wrong: string[] = [];
	let count = 0;
	for (const abi of Object.keys(ABIS)) {
		for (const row of refusals)
			for (const number of numbersOf(row, abi)) {
				count++;
				const [condition = "", answer] = row.rest;
				const said = told(`${abi}.${number}`);
				const isRefused = said === answer && !(abi === "x32" && answer === "ENOSYS");
				const isKernels = abi === "x32" && said === "ENOSYS"; // The kernel has no x32.
				if (isRefused === allowed.includes(condition) && !isKernels)
					wrong.push(`${row.first} ${abi}.${number} ${said}`);
			}
		for (const number of NEWER)
			if (told(`${abi}.${number}`) !== "ENOSYS") wrong.push(`${abi}.${number}`);
	}
	t.ok(count > 40, "the calls are found");
	t.same(wrong, [], what);
}

/** Runs the probe in containers of a kind. */
type Runner = Pick<Box, "run">;

const ADMIN = ["SYS_ADMIN", "SYS_PTRACE"];

async function probed(runner: Runner, args: readonly string[], ...words: string[]) {
	const done = await runner.run(["--seccomp=default", ...args, "--", PROBE, ...words, "caps"]);
	return { ...done, told: done.facts };
}

live("the refused calls are refused, on every ABI", async (t, box) => {
	const starters: [name: string, runner: Runner, args: string[], allowed: string[]][] = [
		["root", box, [], [...ADMIN, "OWN_PIDS"]],
		["root, shared pids", box, ["--no-pidns"], ADMIN],
		["root --user-map=auto", box, ["--user-map=auto"], [...ADMIN, "OWN_PIDS"]],
		["root as another user", box, ["--user=1234:5678", "-U"], []],
		["root without SYS_ADMIN", box, ["--caps=-sys_admin"], ["SYS_PTRACE", "OWN_PIDS"]],
		["root with SYS_ADMIN alone", box, ["--caps=-all,+sys_admin"], ["SYS_ADMIN"]],
		["a user with SYS_PTRACE", box, ["-U", "--user=1234", "--caps=+sys_ptrace"], ["SYS_PTRACE"]],
		["--no-new-privs", box, ["--no-new-privs"], [...ADMIN, "OWN_PIDS"]],
		["root --as-pid1", box, ["--as-pid1"], [...ADMIN, "OWN_PIDS"]],
		["an ordinary user", as(plain, box), [], []],
		["an ordinary user as root", as(plain, box), OWN_ROOT, [...ADMIN, "OWN_PIDS"]],
		["a user with ids", as(ranged, box), ["--user-map=0:100000:65536"], [...ADMIN, "OWN_PIDS"]],
		["a user's user", as(ranged, box), ["--user-map=0:100000:65536", "--user=7:8"], []],
	];
	for (const [name, runner, args, allowed] of starters) {
		const { told, status, err } = await probed(runner, args, ...allCalls());
		t.equal(status, 0, `${name}: ${err}`);
		checkAll(t, told, allowed, name);
		t.equal(told("status.Seccomp:\t2"), "", name);
		const isAdmin = allowed.includes("SYS_ADMIN") && name !== "--no-new-privs";
		t.equal(told(`status.NoNewPrivs:\t${isAdmin ? 0 : 1}`), "", `${name}: no_new_privs`);
	}
});

live("without the filter, the kernel gives other answers", async (t, box) => {
	for (const args of [[], ["--seccomp=off"]]) {
		const numbers = ["add_key", "bpf", "userfaultfd", "io_uring_setup", "perf_event_open"].map(
			(name) => known.find(([a, b]) => a === name && b === ABIS.native)?.[2] ?? "",
		);
		const run = await box.run([...args, "--", PROBE, "call", "native", ...numbers, "+", "caps"]);
		for (const number of numbers)
			t.notMatch(run.facts(`native.${number}`), /EPERM|ENOSYS|nothing/, number);
		t.equal(run.facts("status.Seccomp:\t0"), "");
	}
});

live("no call sets the clock of the machine", async (t, box) => {
	const names = [..."settimeofday clock_settime clock_settime64".split(" "), "stime"];
	for (const name of [...names, "adjtimex", "clock_adjtime", "clock_adjtime64"])
		for (const [abi, table] of Object.entries(ABIS)) {
			const number = known.find(([a, b]) => a === name && b === table)?.[2];
			if (number === undefined) continue;
			const { told } = await probed(box, [], "call", abi, number, "+");
			const answers = abi === "x32" ? ["EPERM", "ENOSYS"] : ["EPERM"];
			t.ok(
				answers.includes(told(`${abi}.${number}`)),
				`${name} ${abi}: ${told(`${abi}.${number}`)}`,
			);
		}
});

/** Returns the argument by which the probe makes a system call: NUMBER:ARGUMENT:... */
function callOf(name: string, ...values: (number | string)[]): string {
	const found = known.find(([a, b]) => a === name && b === ABIS.native)?.[2];
	return [found, ...values].join(":");
}

live("the arguments of clone, unshare, personality, ioctl and socket", async (t, box) => {
	const cases: [call: string, root: string, other: string][] = [
		[callOf("unshare", 0x10000000), "ok", "EPERM"],
		[callOf("unshare", 0x20000), "ok", "EPERM"],
		[callOf("unshare", 0x200), "ok", "ok"],
		// The kernel refuses CLONE_THREAD without CLONE_SIGHAND: EINVAL. The filter runs before this
		// check, and refuses CLONE_NEWUSER: EPERM.
		[callOf("clone", 0x10000000 | 0x10000), "EINVAL", "EPERM"],
		[callOf("clone", 0x10000), "EINVAL", "EINVAL"],
		[callOf("personality", 0xffffffff), "ok", "ok"],
		[callOf("personality", 0x40000), "ok", "ok"],
		[callOf("personality", 0x100000), "EPERM", "EPERM"],
		[callOf("personality", 6), "EPERM", "EPERM"],
		[callOf("ioctl", 0, 0x5412), "EPERM", "EPERM"],
		[callOf("ioctl", 0, 0x541c), "EPERM", "EPERM"],
		[callOf("ioctl", 0, "0x100005412"), "EPERM", "EPERM"],
		[callOf("ioctl", 0, 0x5401), "ENOTTY", "ENOTTY"],
		[callOf("socket", 1, 1), "ok", "ok"],
		[callOf("socket", 2, 1), "ok", "ok"],
		[callOf("socket", 38, 5), "EPERM", "EPERM"],
		[callOf("socket", 40, 1), "EPERM", "EPERM"],
	];
	for (const [call, root, other] of cases) {
		const name = `native.${call.split(":")[0]}`;
		const asRoot = await probed(box, [], "call", "native", call, "+");
		t.equal(asRoot.told(name), root, `root: ${call}`);
		const asOther = await probed(box, ["--user=1234:5678"], "call", "native", call, "+");
		t.equal(asOther.told(name), other, `another user: ${call}`);
	}
});

live("a process of --exec is under the same filter", async (t, box) => {
	for (const [runner, args] of [
		[box, []],
		[box, ["--no-mountns", "--no-pidns"]],
		[as(plain, box), OWN_ROOT],
		[as(ranged, box), ["--user-map=0:100000:65536"]],
	] as const) {
		const pid = await detach(runner, [...args, "--seccomp=default", "--", PROBE, "hold"]);
		const exec = async (...more: string[]) =>
			await runner.run([`--exec=${pid}`, ...more, "--", PROBE, ...allCalls(), "caps"]);
		const own = await exec();
		t.equal(own.status, 0, own.err);
		const pids: string[] = (args as readonly string[]).includes("--no-pidns") ? [] : ["OWN_PIDS"];
		checkAll(t, own.facts, [...ADMIN, ...pids], "the same user");
		if (args.length === 1) {
			const other = await exec("--user=7:8");
			t.equal(other.status, 0, other.err);
			t.equal(other.facts("native.425"), "EPERM", "another user: the filter is there");
			t.equal(other.facts("status.Seccomp:\t2"), "");
			t.equal(other.facts("status.NoNewPrivs:\t1"), "");
		}
		await finish(runner, pid);
	}
});

live("the plan shows the filter and no_new_privs", async (t, box) => {
	const shown = async (...args: string[]) => (await box.run(["--dry-run", ...args, "id"])).out;
	t.match(await shown("--seccomp=default"), /init +seccomp +default \d+ instructions\n.* exec /);
	t.notMatch(await shown("--seccomp=default"), /no_new_privs/);
	t.match(await shown("--seccomp=default", "--user=nobody"), /init +no_new_privs\n/);
	t.notMatch(await shown("--seccomp=off"), /seccomp|no_new_privs/);
	t.notMatch(await shown("--user=nobody"), /no_new_privs/);
});

live("a kernel without filters is told", async (t, box) => {
	const via = [PROBE, "refuse", "seccomp", "38", "+", "exec"]; // ENOSYS
	const run = await box.run(["--seccomp=default", "--", "true"], { via });
	t.equal(run.status, 125);
	const said = "cannot install the filter of system calls 'default': Function not implemented";
	t.match(run.err, `pflask: --seccomp: ${said}\nhint: `);
});
