// SPDX-License-Identifier: BSD-2-Clause
// Clients on the host and payloads of other containers attack control sockets.
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { release } from "node:os";
import t, { type Test } from "tap";
import {
	CONTROL,
	countDescriptors,
	descriptorsAtRest,
	destroy,
	detach,
	finish,
	isAlive,
	listed,
	nameIn,
	REFUSED,
	traces,
} from "../../lib/detached.ts";
import { type Box, live } from "../../lib/live.ts";
import { PFLASK } from "../../lib/paths.ts";
import { inMounts } from "../../lib/private.ts";
import { facts, PROBE } from "../../lib/probe.ts";
import { descendants, reapOrphans } from "../../lib/processes.ts";
import { tinyRoot } from "../../lib/roots.ts";
import { until } from "../../lib/until.ts";

/** A container under attack, with a client that stays attached. */
interface Victim {
	readonly name: string;
	readonly pid: number;
	readonly socket: string;
	/** Tests that the container works, for the attached client and for new clients. */
	works(what: string): Promise<void>;
	end(): Promise<void>;
}

const SHELL = ["--setenv=PS1=$ ", "--", "/bin/sh", "-i"];

async function victim(t: Test, box: Box): Promise<Victim> {
	const name = nameIn(box, "victim");
	const pid = await detach(box, [`--name=${name}`, ...SHELL]);
	const session = box.terminal(["--attach", name]);
	await session.until(/\$ $/);
	let count = 1000;
	return {
		name,
		pid,
		socket: `${CONTROL}/${name}.sock`,
		async works(what) {
			count += 2;
			session.type(`echo $((${count}+1))\n`);
			await session.until(`\n${count + 1}\r\n`);
			const { out, err } = await box.run([`--logs=${name}`]);
			t.match(out, `${count + 1}`, `${what}: it works for all: ${err}`);
		},
		async end() {
			session.type("exit 3\n");
			t.equal((await session.ended).status, 3);
			await until("the end", () => !isAlive(pid));
		},
	};
}

/** Malformed messages: type and length (32 bits each), and a body. */
const MESSAGES = [
	"00",
	"00000000",
	"0000000000000000",
	"ffffffffffffffff",
	"0100000000000000",
	"01000000ffffffff",
	"1000000004000000",
	"7fffffff0000000000000000",
	...Array.from({ length: 40 }, (_, type) => `${type.toString(16).padStart(2, "0")}00000000000000`),
	...Array.from({ length: 40 }, (_, type) => {
		return `${type.toString(16).padStart(2, "0")}00000004000000ffffffff`;
	}),
];

live("a wrong message only ends its connection", async (t, box) => {
	const it = await victim(t, box);
	const run = await box.run(
		MESSAGES.flatMap((hex) => ["knock", it.socket, hex, "+"]).slice(0, -1),
		{
			program: PROBE,
		},
	);
	t.equal(run.facts.all("connect").filter((result) => result === "ok").length, MESSAGES.length);
	t.equal(run.facts.all("knock").length, MESSAGES.length, "each is closed");
	await it.works("after wrong messages");
	await it.end();
});

live("huge messages, descriptors and half-open connections", async (t, box) => {
	const it = await victim(t, box);
	const before = await descriptorsAtRest(box, it.pid);
	for (const words of [
		["knock-huge", it.socket, "5000"],
		["knock-huge", it.socket, "65536"],
		["knock-huge", it.socket, "150000"],
		["knock-fds", it.socket],
		["half", it.socket],
	]) {
		const run = await box.run(words, { program: PROBE });
		t.equal(run.facts("connect"), "ok", words.join(" "));
		t.match(run.facts(words[0] === "half" ? "half" : "knock"), /^closed/, words.join(" "));
		await it.works(words.join(" "));
	}
	await until("no descriptor is left open", () => countDescriptors(it.pid) === before);
	await it.end();
});

/** Tells whether the kernel can refuse descriptors on a socket (SO_PASSRIGHTS). */
function canRefuse(): boolean {
	const [major = 0, minor = 0] = release().split(".").map(Number);
	return major > 6 || (major === 6 && minor >= 16);
}

live("a monitor accepts no descriptors from an unchecked client", async (t, box) => {
	const it = await victim(t, box);
	const run = await box.run(["knock-fds", it.socket], { program: PROBE });
	t.equal(run.facts("early"), canRefuse() ? "EPERM" : "ok", run.err);
	if (canRefuse()) t.equal(run.facts("introduce"), "ok", "the connection is still there");
	await it.works("after early descriptors");
	await it.end();
});

live("unknown and incomplete requests", async (t, box) => {
	const it = await victim(t, box);
	const before = await descriptorsAtRest(box, it.pid);
	for (const [version, want, has] of [
		[0, 1, 0],
		[0xffffffff, 4, 0],
		[1, 0, 0],
		[1, 99, 0],
		[1, 0xffffffff, 0],
		[1, 1, 0xffffffff],
		[1, 4, 1],
		[1, 7, 0],
		[1, 7, 2],
		[1, 7, 62],
	]) {
		const words = ["ask", it.socket, `${version}`, `${want}`, `${has}`];
		const run = await box.run(words, { program: PROBE });
		t.match(run.facts("ask"), /^closed [01]$/, words.join(" "));
		await it.works(words.join(" "));
	}
	await until("no descriptor is left open", () => countDescriptors(it.pid) === before);
	await it.end();
});

/** The number of the request to attach. */
const ATTACH = "4";

live("the 65th client gets an error", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const socket = `${CONTROL}/${pid}.sock`;
	const crowd = box.start(["crowd", socket, "80", ATTACH, "+", "hold"], { program: PROBE });
	await crowd.until("crowd 80");
	const run = await box.run([`--attach=${pid}`]);
	t.same([run.status, run.out], [125, ""]);
	t.match(run.err, /^pflask: --attach: [^\n]*: too many clients\n/);
	crowd.kill("SIGKILL");
	await crowd.ended;
	const session = box.terminal([`--attach=${pid}`]);
	session.type("\x00");
	t.equal((await session.ended).status, 0);
	await finish(box, pid);
});

live("a stopped monitor with many clients is not taken for a gone container", async (t, box) => {
	const [stopped, gone] = [await detach(box, SHELL), await detach(box, SHELL)];
	const socket = `${CONTROL}/${stopped}.sock`;
	process.kill(stopped, "SIGSTOP");
	const crowd = box.start(["crowd", socket, "4096"], { program: PROBE });
	const waits = () => readFileSync(`/proc/${crowd.pid}/wchan`, "latin1") === "unix_wait_for_peer";
	await until("a client that finds no place to wait", waits);
	await finish(box, gone);
	const run = await box.run(["--kill", `${gone}`]);
	t.same([run.status, run.out], [125, ""]);
	t.match(run.err, `pflask: --kill: ${gone}: no such container`);
	crowd.kill("SIGKILL");
	await crowd.ended;
	process.kill(stopped, "SIGCONT");
	await finish(box, stopped);
});

live("silent clients do not keep other clients out", async (t, box) => {
	const it = await victim(t, box);
	const crowd = box.start(["crowd", it.socket, "300", "+", "hold"], { program: PROBE });
	await crowd.until("crowd");
	await it.works("beside a silent crowd");
	crowd.kill("SIGKILL");
	await crowd.ended;
	await it.works("after it");
	await it.end();
});

live("clients that do not read do not block others", async (t, box) => {
	const name = nameIn(box, "spew");
	const words = ["raw", "+", "spew", "30000000", "+", "say", "through", "+", "hold"];
	const pid = await detach(box, [`--name=${name}`, "--", PROBE, "wait-for", "go", "+", ...words]);
	const sessions = [1, 2, 3].map(() => box.start([`--attach=${name}`], { stdin: "pipe" }));
	await until("three clients", async () => {
		return (await listed(box)).find((each) => each.pid === pid)?.clients === 3;
	});
	for (const session of sessions) session.kill("SIGSTOP");
	const typist = await box.run([`--attach=${name}`, "--detach-key=^]"], {
		stdin: "go\n",
		via: ["timeout", "-s", "KILL", "1"],
	});
	t.equal(typist.signal ?? "SIGKILL", "SIGKILL");
	await until("the command is through", async () => {
		return (await box.run([`--logs=${name}`])).out.endsWith("through\nready\n");
	});
	for (const session of sessions) session.kill("SIGCONT");
	await destroy(pid);
	for (const session of sessions) t.equal((await session.ended).status, 137);
	await listed(box);
});

/**
 * Attacks a socket of the host from inside a container. The path is the socket's path in the
 * container.
 */
async function attack(
	t: Test,
	box: Box,
	args: readonly string[],
	path: string,
	options: { stdin?: number; command?: string } = {},
): Promise<void> {
	const { command = PROBE, stdin } = options;
	const run = await box.run([...args, "--", command, "ls", CONTROL, "+", "knock", path], {
		...(stdin === undefined ? {} : { stdin }),
	});
	const fact = facts(run.out);
	const what = `${args.join(" ")} ${path}`;
	t.equal(run.err, "", what);
	const connected = fact("connect");
	t.match(connected, /^(ok|ENOENT|EACCES|EPERM|ECONNREFUSED)$/, what);
	if (connected === "ok") t.match(fact("knock"), REFUSED, what);
}

live("a process in a container sees no socket and cannot connect", async (t, box) => {
	const it = await victim(t, box);
	for (const args of [[], ["--netif"], ["--no-pidns"], ["--user-map=auto"], ["--as-pid1"]]) {
		const run = await box.run([...args, "--", PROBE, "ls", CONTROL, "+", "knock", it.socket]);
		t.match(run.facts("connect"), /^(ENOENT|EACCES)$/, args.join(" "));
		t.notMatch(run.out, it.name, args.join(" "));
	}
	await it.works("after that");
	await it.end();
});

live("no connection through /proc, a descriptor or a mount", async (t, box) => {
	const it = await victim(t, box);
	const file = `${it.name}.sock`;
	const root = tinyRoot(box, ["dev", "proc", "run", "sys", "mnt"]);
	for (const args of [["--no-pidns"], ["--no-mountns"], ["--proc=bind"]])
		await attack(t, box, args, `/proc/${process.pid}/root${CONTROL}/${file}`);
	const directory = openSync(CONTROL, "r");
	for (const args of [[], ["--no-pidns"], ["--no-mountns"], ["--user-map=auto"]])
		await attack(t, box, args, `/proc/self/fd/0/${file}`, { stdin: directory });
	closeSync(directory);
	const bind = `--mount=bind:${CONTROL}:/mnt`;
	await attack(t, box, [`--chroot=${root}`, bind], `/mnt/${file}`, { command: "/bin/probe" });
	await attack(t, box, [bind], `/mnt/${file}`);
	await attack(t, box, ["--no-mountns"], it.socket);
	await it.works("after that");
	await it.end();
});

live("a directory that comes and goes while containers start", async (t, box) => {
	const race = `
		mount -t tmpfs none /run
		perl -e '
			while (getppid() == $ARGV[0]) { mkdir "/run/pflask", 0700; rmdir "/run/pflask" }
		' $$ &`;
	const script = 'for i in $(seq 100); do "$@" || echo "status $?"; done';
	const via = [...inMounts(race), "sh", "-c", script, "sh"];
	const run = await box.run(["--", "/bin/true"], { via });
	t.same([run.out, run.err], ["", ""]);
});

live("pflask inside the container does not see the socket either", async (t, box) => {
	const it = await victim(t, box);
	for (const args of [[], ["--no-pidns"], ["--no-mountns"]]) {
		const inside = (...words: string[]) => box.run([...args, "--", PFLASK, ...words]);
		for (const words of [[`--attach=${it.name}`], ["--kill", it.name], [`--attach=${it.pid}`]]) {
			const run = await inside(...words);
			t.equal(run.status, 125, `${args.join(" ")} ${words.join(" ")}: ${run.out}`);
			t.match(run.err, /^pflask: --(attach|kill): /);
		}
		const run = await inside(`--exec=${it.name}`, "--", "/bin/sh", "-c", "echo was here");
		t.equal(run.status, 125, run.err);
		t.notMatch((await inside("--list")).out, it.name, args.join(" "));
	}
	await it.works("after that");
	await it.end();
});

live("a command of --exec cannot connect either", async (t, box) => {
	const it = await victim(t, box);
	const pid = await detach(box, ["--no-pidns", "--", PROBE, "hold"]);
	const path = `/proc/${process.pid}/root${it.socket}`;
	for (const target of [it.socket, path]) {
		const run = await box.run([`--exec=${pid}`, "--", PROBE, "knock", target]);
		const connected = run.facts("connect");
		t.match(connected, /^(ok|ENOENT|EACCES|EPERM)$/, run.err);
		if (connected === "ok") t.match(run.facts("knock"), REFUSED, target);
	}
	await finish(box, pid);
	await it.works("after that");
	await it.end();
});

/** Starts processes until a process has the wanted pid. Returns this process. */
async function withPid(pid: number): Promise<Bun.Subprocess> {
	return await until(`a process ${pid}`, async () => {
		writeFileSync("/proc/sys/kernel/ns_last_pid", `${pid - 1}`);
		const child = Bun.spawn(["sleep", "1000"]);
		if (child.pid === pid) return child;
		child.kill("SIGKILL");
		await child.exited;
		return undefined;
	});
}

live("a reused pid is not a container", async (t, box) => {
	const pid = await detach(box, ["--", PROBE, "hold"]);
	const leader = descendants(pid).find(({ name }) => name === "probe")?.pid ?? -1;
	await destroy(pid);
	await until("the end of all", () => descendants().length === 0);
	for (const reused of [pid, leader]) {
		for (const name of ["pflask", "pf-init", "probe"]) reapOrphans(name);
		const other = await withPid(reused);
		for (const words of [
			[`--attach=${reused}`],
			[`--wait=${reused}`],
			["--kill=KILL", `${reused}`],
		]) {
			const run = await box.run(words);
			t.equal(run.status, 125, `${words.join(" ")}: ${run.out}`);
			t.match(run.err, `${reused}`);
		}
		t.ok(isAlive(other.pid), "it was not killed");
		other.kill("SIGKILL");
		await other.exited;
	}
	t.same(traces(box, pid), []);
});

live("SIGHUP restores a removed socket", async (t, box) => {
	const it = await victim(t, box);
	rmSync(it.socket);
	t.equal((await box.run([`--logs=${it.name}`])).status, 125, "it is not found");
	process.kill(it.pid, "SIGHUP");
	await until("it is back", async () => (await box.run([`--logs=${it.name}`])).status === 0);
	await it.works("after that");
	await it.end();
	t.same(traces(box), []);
});

live("unusual files in the directory do no harm", async (t, box) => {
	const it = await victim(t, box);
	const odd = `${CONTROL}/${nameIn(box, "odd")}`;
	writeFileSync(`${odd}.sock`, "no socket");
	mkdirSync(`${odd}-dir.sock`);
	writeFileSync(odd, "");
	t.match(
		(await listed(box)).find(({ name }) => name === it.name),
		{ pid: it.pid },
	);
	const run = await box.run([`--attach=${nameIn(box, "odd")}`]);
	t.equal(run.status, 125);
	for (const path of [`${odd}.sock`, `${odd}-dir.sock`, odd])
		rmSync(path, { recursive: true, force: true });
	await it.works("after that");
	await it.end();
});

live("only the user can access the directory", async (t, box) => {
	const it = await victim(t, box);
	const { out } = await box.run(["-c", "%a %u", CONTROL], { program: "stat" });
	t.equal(out, "700 0\n");
	const mode = await box.run(["-c", "%u", it.socket], { program: "stat" });
	t.equal(mode.out, "0\n");
	t.match(readFileSync(`/proc/${it.pid}/cmdline`, "latin1"), "pflask");
	await it.end();
});

t.end();
