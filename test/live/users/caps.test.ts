// SPDX-License-Identifier: BSD-2-Clause
// --caps and --no-new-privs, seen from the inside. The tests check the sets of the command, of
// programs that the command executes, and of commands of --exec. The tests also check the actions
// that the kernel allows.
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import t, { type Test } from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { detach, finish } from "../../lib/detached.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { type Network, network } from "../../lib/network.ts";
import { PROBE } from "../../lib/probe.ts";
import type { Ended, RunOptions } from "../../lib/run.ts";
import { shellRoot } from "../../lib/shell-root.ts";
import { reachable } from "../../lib/user.ts";

const user = await account("pft-caps", { range: RANGE });

/** Capabilities by their numbers. */
const [CHOWN, KILL, SETGID, SETUID, RAW, ADMIN] = [0, 5, 6, 7, 13, 21].map(
	(number) => 1n << BigInt(number),
) as [bigint, bigint, bigint, bigint, bigint, bigint];

/** The sets of a process, and whether no_new_privs is set. */
interface Sets {
	readonly inheritable: bigint;
	readonly permitted: bigint;
	readonly effective: bigint;
	readonly bounding: bigint;
	readonly ambient: bigint;
	readonly noNewPrivs: boolean;
}

/** Parses the text of /proc/PID/status, or the lines of the text that the probe prints. */
function setsOf(text: string): Sets {
	const set = (name: string) => BigInt(`0x${text.match(`Cap${name}:\\s+(\\w+)`)?.[1] ?? "bad"}`);
	return {
		inheritable: set("Inh"),
		permitted: set("Prm"),
		effective: set("Eff"),
		bounding: set("Bnd"),
		ambient: set("Amb"),
		noNewPrivs: /NoNewPrivs:\s+1/.test(text),
	};
}

/** Returns the expected capability sets of root if the container may have `allowed`. */
function ofRoot(allowed: bigint): Sets {
	const [permitted, effective, bounding] = [allowed, allowed, allowed];
	return { inheritable: 0n, permitted, effective, bounding, ambient: 0n, noNewPrivs: false };
}

/**
 * Returns the expected capability sets of any other user. The container may have `allowed`, and
 * `--caps` names `granted`.
 */
function ofUser(allowed: bigint, granted: bigint): Sets {
	const [permitted, effective, ambient] = [granted, granted, granted];
	return { ...ofRoot(allowed), inheritable: granted, permitted, effective, ambient };
}

/** The capabilities that root has on this machine. ALL are the capabilities that the kernel has. */
const OWN = setsOf(readFileSync("/proc/self/status", "latin1")).bounding;
const ALL = (2n << BigInt(readFileSync("/proc/sys/kernel/cap_last_cap", "latin1"))) - 1n;

function has(t: Test, run: Ended, wanted: Sets, what: string): void {
	t.equal(run.status, 0, `${what}: ${run.err}`);
	t.same(setsOf(run.out), wanted, what);
}

const AS_USER = [`--user=${user.name}`, "--no-userns"];

live("the sets of the command", async (t, box) => {
	for (const [args, wanted] of [
		[[], ofRoot(OWN)],
		[["--caps=all"], ofRoot(OWN)],
		[["--caps=-all"], ofRoot(0n)],
		[["--caps=-all,+chown,CAP_Kill,13"], ofRoot(CHOWN | KILL | RAW)],
		[["--caps=-chown", "-b-sys_admin,+chown"], ofRoot(OWN & ~ADMIN)],
		[["--caps=-all,+chown", "--as-pid1"], ofRoot(CHOWN)],
		[["--caps=-all,+chown", "-MIHP"], ofRoot(CHOWN)],
		[["--caps=-all", "--no-new-privs"], { ...ofRoot(0n), noNewPrivs: true }],
		[["--no-new-privs"], { ...ofRoot(OWN), noNewPrivs: true }],
		[["--user-map=auto"], ofRoot(ALL)],
		[["--user-map=auto", "--caps=-all,+chown"], ofRoot(CHOWN)],
		[["--user-map=auto", "--caps=-all,+net_raw"], ofRoot(RAW)],
		[AS_USER, ofUser(OWN, 0n)],
		[[...AS_USER, "--caps=-sys_admin"], ofUser(OWN & ~ADMIN, 0n)],
		[[...AS_USER, "--caps=+chown"], ofUser(OWN, CHOWN)],
		[[...AS_USER, "--caps=-all,+chown,+kill,-kill"], ofUser(CHOWN, CHOWN)],
		[[...AS_USER, "--caps=-all,+chown", "--as-pid1"], ofUser(CHOWN, CHOWN)],
		[[`--user=${user.name}`, "--caps=-all,+chown"], ofUser(CHOWN, CHOWN)],
		[[`--user=${user.name}`, "--caps=+net_raw", "--netif"], ofUser(ALL, RAW)],
		[["--user=5", "--user-map=auto", "--caps=+chown"], ofUser(ALL, CHOWN)],
	] as const)
		has(t, await box.run([...args, "--", PROBE, "caps"]), wanted, args.join(" "));
});

live("the sets of an ordinary user's command", async (t, box) => {
	const mine = as(user, box);
	const probe = `${box.dir}/probe`;
	copyFileSync(PROBE, probe);
	for (const [args, wanted] of [
		[["--caps=-all"], ofUser(0n, 0n)],
		[["--caps=-sys_admin"], ofUser(ALL & ~ADMIN, 0n)],
		[["--caps=-all,+chown,+kill"], ofUser(CHOWN | KILL, CHOWN | KILL)],
		[["--netif", "--caps=+net_raw"], ofUser(ALL, RAW)],
		[["--user-map=auto", "--caps=-all,+setuid"], ofRoot(SETUID)],
		[["--user-map=auto", "--user=7", "--caps=-all,+setuid"], ofUser(SETUID, SETUID)],
		[["--caps=+chown", "--no-new-privs"], { ...ofUser(ALL, CHOWN), noNewPrivs: true }],
	] as const)
		has(t, await mine.run([...args, "--", probe, "caps"]), wanted, args.join(" "));
});

/**
 * With the caller's inheritable set, the command would get the inheritable capabilities of its
 * file.
 */
live("the inheritable set of the caller is not the command's (CVE-2022-24769)", async (t, box) => {
	const file = `${box.dir}/probe`;
	copyFileSync(PROBE, file);
	await sh(["setcap", "cap_chown,cap_net_raw+i", file]);
	const via = ["setpriv", "--inh-caps=+chown,+net_raw"];
	const told = await box.run([...AS_USER, "--caps=-kill", "--", file, "caps"], { via });
	has(t, told, ofUser(OWN & ~KILL, 0n), "a file that inherits");
	const root = await box.run(["--caps=-kill", "--", file, "caps"], { via });
	has(t, root, ofRoot(OWN & ~KILL), "root");
	for (const more of [[], ["--as-pid1"], ["--seccomp=off"], ["--no-new-privs"]])
		for (const [args, wanted] of [
			[[], ofRoot(OWN)],
			[["--user-map=auto"], ofRoot(ALL)],
			[AS_USER, ofUser(OWN, 0n)],
			[[...AS_USER, "--caps=+chown"], ofUser(OWN, CHOWN)],
		] as const) {
			const words = [...args, ...more];
			const run = await box.run([...words, "--", PROBE, "caps"], { via });
			const noNewPrivs = words.includes("--no-new-privs");
			has(t, run, { ...wanted, noNewPrivs }, words.join(" "));
		}
});

/**
 * A service of systemd with AmbientCapabilities= starts pflask with an inheritable and an ambient
 * set.
 */
live("the inheritable and ambient sets of the caller do not reach --exec", async (t, box) => {
	const file = `${box.dir}/probe`;
	copyFileSync(PROBE, file);
	await sh(["setcap", "cap_chown,cap_net_raw+i", file]);
	const via = ["setpriv", "--inh-caps=+chown,+net_raw", "--ambient-caps=+chown,+net_raw"];
	for (const [args, wanted] of [
		[[], ofRoot(OWN)],
		[AS_USER, ofUser(OWN, 0n)],
		[["--no-mountns"], ofRoot(OWN)],
	] as const) {
		const pid = await detach(box, [...args, "--", PROBE, "hold"], { via });
		for (const joining of [{}, { via }]) {
			const run = await box.run([`--exec=${pid}`, "--", file, "caps"], joining);
			has(t, run, wanted, `${args.join(" ")}: --exec`);
		}
		await finish(box, pid);
	}
});

/** Makes a root with privileged programs: setuid root, and with capabilities of the file. */
async function privileged(box: Box): Promise<string> {
	const root = await shellRoot(box);
	for (const name of ["setuid", "file"]) copyFileSync(PROBE, `${root}/bin/${name}`);
	await sh(["chmod", "4755", `${root}/bin/setuid`]);
	await sh(["setcap", "cap_net_raw,cap_chown+ep", `${root}/bin/file`]);
	return root;
}

live("no program gets a dropped capability back", async (t, box) => {
	const root = await privileged(box);
	const run = (...words: string[]) =>
		box.run([`--chroot=${root}`, "--user=5", "--no-userns", ...words]);
	const setuid = await run("--caps=-all,+chown,+kill", "--", "/bin/setuid", "caps", "+", "ids");
	// The kernel clears the ambient set for a setuid program.
	has(t, setuid, { ...ofRoot(CHOWN | KILL), inheritable: CHOWN | KILL }, "setuid root");
	const refused = await run("--caps=-all,+chown", "--", "/bin/file", "caps");
	t.equal(refused.status, 126, "the file needs a capability that is not in the bounding set");
	const file = await run("--caps=-kill", "--", "/bin/file", "caps");
	const both = CHOWN | RAW;
	has(t, file, { ...ofUser(OWN & ~KILL, both), inheritable: 0n, ambient: 0n }, "a file");
	for (const [program, kept] of [
		["setuid", KILL],
		["file", 0n], // The kernel clears the ambient set for a file with capabilities.
	] as const) {
		const args = ["--caps=+kill", "--no-new-privs", "--", `/bin/${program}`, "caps"];
		const wanted = { ...ofUser(OWN, kept), inheritable: KILL, noNewPrivs: true };
		has(t, await run(...args), wanted, `${program} with no_new_privs`);
		const plain = await run("--no-new-privs", "--", `/bin/${program}`, "caps");
		has(t, plain, { ...ofUser(OWN, 0n), noNewPrivs: true }, `${program}, none granted`);
	}
});

live("the kernel acts on the sets", async (t, box) => {
	const root = await shellRoot(box);
	const script = "chown 5 /etc && echo chown; chroot / true 2>/dev/null && echo chroot; echo end";
	const run = async (...args: string[]) =>
		(await box.run([`--chroot=${root}`, ...args, "--", "/bin/sh", "-c", script])).out;
	t.equal(await run("--caps=-all"), "end\n");
	t.equal(await run("--caps=-all,+chown"), "chown\nend\n");
	t.equal(await run("--user=9", "--no-userns", "--caps=-all,+chown"), "chown\nend\n");
	t.equal(await run("--user=9", "--no-userns", "--caps=all"), "end\n");
});

/** A command that traces pid 1 must gain no capability, not even in the first moment. */
live("pid 1 has no capability that the command lacks, but CAP_KILL", async (t, box) => {
	for (const args of [[], ["--user-map=auto"], AS_USER]) {
		const words = [...args, "--caps=-all,+chown", "--", "cat", "/proc/1/status"];
		for (let i = 0; i < 20; i++) {
			const run = await box.run(words);
			has(t, run, ofRoot(CHOWN | KILL), args.join(" "));
			t.match(run.out, /^Name:\tpf-init$/m);
		}
	}
	const open = await box.run(["--caps=-all", "--", PROBE, "ls", "/proc/1/fd"]);
	t.ok(open.facts.all("ls./proc/1/fd").length <= 3, "pid 1 has closed the pipe");
});

/** The users of commands of --exec. */
const READERS: readonly (readonly [who: string, args: readonly string[]])[] = [
	["the container's user", []],
	["root", ["--user=0"]],
	["another user", ["--user=7"]],
];

/** Containers, and the kind of user that runs their own command. */
const CONTAINERS = [
	{ args: ["--caps=-all,+chown,+kill,+setuid,+setgid"], own: "root" },
	{ args: ["--user-map=auto", "--caps=-all,+chown,+kill,+setuid,+setgid"], own: "root" },
	{ args: ["--user=5", "--no-userns", "--caps=-all,+chown,+kill,+setuid,+setgid"], own: "user" },
	{
		args: ["--user=5", "--user-map=auto", "--caps=-all,+chown,+kill,+setuid,+setgid"],
		own: "user",
	},
	{ args: ["--no-mountns", "--caps=-all,+chown,+kill,+setuid,+setgid"], own: "root" },
] as const;

live("a command of --exec has the container's sets", async (t, box) => {
	const root = await shellRoot(box);
	mkdirSync(`${root}/etc`, { recursive: true });
	writeFileSync(`${root}/etc/passwd`, "root:x:0:0::/:/bin/sh\n");
	writeFileSync(`${root}/etc/group`, "root:x:0:\n");
	const allowed = CHOWN | KILL | SETUID | SETGID;
	for (const { args, own } of CONTAINERS) {
		// Without a mount namespace, a root of --chroot would have no /proc.
		const chroot = args[0] === "--no-mountns" ? [] : [`--chroot=${root}`];
		const probe = chroot.length > 0 ? "/bin/probe" : PROBE;
		const pid = await detach(box, [...args, ...chroot, "--no-new-privs", "--", probe, "hold"]);
		for (const [who, more] of READERS) {
			const run = await box.run([`--exec=${pid}`, ...more, "--", probe, "caps"]);
			const isRoot = who === "root" || (more.length === 0 && own === "root");
			const wanted = isRoot ? ofRoot(allowed) : ofUser(allowed, own === "root" ? 0n : allowed);
			has(t, run, { ...wanted, noNewPrivs: true }, `${args.join(" ")}: ${who}`);
		}
		await finish(box, pid);
	}
});

/** Listens on a port below 1024, and checks that a client reaches the server. */
async function serves(t: Test, net: Network, box: Box, args: string[], options: RunOptions) {
	const server = net.start(
		[...args, "--", `${box.dir}/probe`, "tcp-serve", "127.0.0.1", "80"],
		options,
	);
	await server.until("listening");
	await sh([...net.within, PROBE, "tcp-send", "127.0.0.1", "80", "10"]);
	t.equal((await server.ended).status, 0, args.join(" "));
}

live("a user's server listens on port 80 of the host's network", async (t, box) => {
	const net = await network(box);
	copyFileSync(PROBE, `${box.dir}/probe`);
	await net.sh("ip link set lo up; sysctl -qw net.ipv4.ip_unprivileged_port_start=1024");
	const caps = "--caps=-all,+net_bind_service";
	const serve = ["--", `${box.dir}/probe`, "tcp-serve", "127.0.0.1", "80"];
	const refused = await net.run([...AS_USER, ...serve]);
	t.not(refused.status, 0, "not without the capability");
	await serves(t, net, box, [...AS_USER, caps], {});
	const vain = await net.run([`--user=${user.name}`, caps, ...serve]);
	t.equal(vain.status, 125);
	t.equal(
		vain.err,
		"pflask: --caps: net_bind_service: a user namespace has no rights over the host's network " +
			"namespace\nhint: --netif=pasta, or pflask --no-userns\n",
	);
	const program = reachable(box);
	const via = user.become;
	const mine = await net.run([caps, ...serve], { program, via, env: user.env });
	t.match(mine.err, /^pflask: --caps: net_bind_service: .*\nhint: --netif=pasta, or sudo pflask/);
	await net.close();
});

live("a user's server listens on port 80 of its own network", async (t, box) => {
	copyFileSync(PROBE, `${box.dir}/probe`);
	const probe = `${box.dir}/probe`;
	const talk = `${probe} tcp-serve 127.0.0.1 80 & ${probe} tcp-send 127.0.0.1 80 9; wait $!`;
	const command = ["--netif", "--", "sh", "-ec", talk];
	for (const runner of [box, as(user, box)]) {
		const who = runner === box ? [`--user=${user.name}`] : [];
		const run = await runner.run([...who, "--caps=-all,+net_bind_service", ...command]);
		t.equal(run.status, 0, run.err);
		t.match(run.out, "listening");
		t.not((await runner.run([...who, "--caps=-all", ...command])).out, "listening\n");
	}
	const own = await box.run([...AS_USER, "--caps=-all,+net_bind_service", ...command]);
	t.equal(own.status, 0, own.err);
});

live("capabilities that the caller lacks", async (t, box) => {
	const via = ["setpriv", "--bounding-set=-wake_alarm", "--inh-caps=-wake_alarm"];
	const run = await box.run(["--caps=+wake_alarm", "--", "true"], { via });
	t.same([run.status, run.out], [125, ""]);
	t.match(
		run.err,
		/^pflask: --caps: wake_alarm: the caller itself does not have this capability\n/,
	);
	const lacking = OWN & ~(1n << 35n);
	has(
		t,
		await box.run(["--caps=-kill", "--", PROBE, "caps"], { via }),
		ofRoot(lacking & ~KILL),
		"",
	);
	const inside = await box.run(
		["--user-map=auto", "--caps=-all,+wake_alarm", "--", PROBE, "caps"],
		{
			via,
		},
	);
	has(t, inside, ofRoot(1n << 35n), "a user namespace has it");
});

t.end();
