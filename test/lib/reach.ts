// SPDX-License-Identifier: BSD-2-Clause
// Finds the things on this host that a program in a sandbox can reach. Prepares this host, runs the
// probe (test/probe/reach.c) in the sandbox, and then checks the effects of the probe on this host.

import { createSocket } from "node:dgram";
import { once } from "node:events";
import { chmodSync, copyFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:net";
import type { Account } from "./account.ts";
import { sh } from "./host.ts";
import { PROBE } from "./probe.ts";
import { processes, reapOrphans, signal } from "./processes.ts";
import { until } from "./until.ts";

/** A way to run a program. */
export interface Sandbox {
	/** Returns the command that runs a program in the sandbox. */
	readonly run: (...program: string[]) => readonly string[];
	/**
	 * Returns the command that runs a program in the sandbox with the caller's terminal. Default:
	 * run.
	 */
	readonly onTerminal?: (...program: string[]) => readonly string[];
	/** Whether root runs the sandbox. Default: the user. */
	readonly byRoot?: boolean;
}

/**
 * The answers by question: "yes" if the action has succeeded in the sandbox, or "no" and the
 * reason.
 */
export type Answers = Record<string, string>;

/**
 * The questions. Each text is the first cell of a row in SECURITY.md: an action of the program in
 * the sandbox.
 */
export const QUESTIONS: Readonly<Record<string, string>> = {
	"reads-home": "reads a secret in the user's home directory",
	"reads-tmp": "reads files of other users in /tmp",
	"reads-elsewhere": "reads a file in /var/lib that all users may read",
	"writes-home": "leaves a file in the home directory",
	"writes-tmp": "leaves a file in /tmp, /var/tmp or /dev/shm",
	"writes-elsewhere": "leaves a file in a directory in /var/lib that all users may write to",
	"sees-process": "sees another process of the user",
	"signals-process": "signals that process",
	"traces-process": "traces that process (ptrace)",
	"connects-tcp": "connects to a server on 127.0.0.1 (TCP)",
	"asks-udp": "asks a server on 127.0.0.1 (UDP, like DNS)",
	"connects-abstract": "connects to an abstract unix socket",
	"connects-run": "connects to a socket in /run, like those of D-Bus and Docker",
	"connects-tmp": "connects to a socket in /tmp, like that of X11",
	"connects-elsewhere": "connects to a socket in /var/lib",
	"has-variable": "reads a variable of the caller's environment",
	"has-descriptor": "reads a descriptor that the caller has left open",
	"searches-keys": "finds a key in the user's keyring",
	"finds-shm": "finds shared memory of other processes (System V)",
	"has-capability": "has a capability, if only in a user namespace",
	"runs-setuid": "gets the rights of root from a setuid program",
	"makes-user-namespace": "makes a user namespace",
	mounts: "mounts a file system, in new namespaces",
	"uses-bpf": "makes a map of BPF",
	"uses-perf": "opens a performance counter",
	"uses-userfaultfd": "opens a userfaultfd",
	"uses-io-uring": "makes an io_uring",
	"uses-keys": "adds a key to a keyring of its own",
	"makes-odd-socket": "makes a socket of AF_ALG or AF_VSOCK",
	"calls-as-i386": "makes 32-bit system calls",
	"reads-kernel-log": "reads the log of the kernel",
	"changes-settings": "opens a setting of the machine for writing",
	"reads-memory": "reads the memory of the machine (/proc/kcore)",
	"opens-device": "opens a device that is neither a terminal nor like /dev/null",
	"makes-processes": "makes 3000 processes",
	"uses-memory": "uses 256 MiB of memory",
	"types-into-terminal": "types into the caller's terminal (TIOCSTI)",
	"outlives-program": "leaves a process that outlives the command",
	"outlives-caller": "lives on if the process that the caller has started is killed",
};

/** The things on this host that a program in a sandbox may reach. */
export interface Host {
	readonly name: string;
	readonly user: Account;
	readonly port: number;
	/** A process of the user. */
	readonly pid: number;
	close(): Promise<void>;
}

/**
 * A descriptor that the caller leaves open. The probe inherits the descriptor, unless the sandbox
 * closes the descriptor.
 */
const SECRET_FD = 9;

/** A process must end within this time after the end of its sandbox, milliseconds. */
const GRACE = 30_000;

/**
 * The time limit for a sandbox after the end of its program, milliseconds. A sandbox that runs
 * longer counts as waiting for other processes.
 */
const WAIT = 120_000;

/** The time limit of a command, milliseconds. */
const BOUND = 600_000;

/** Returns the directories for the files and sockets that a program in a sandbox may reach. */
function directories(name: string): string[] {
	return ["/tmp", "/run", "/var/lib"].map((place) => `${place}/${name}`);
}

/**
 * Makes two entries in each directory: a file that each user may read, and a directory that each
 * user may write to. Also makes a setuid program, and a secret in the user's home directory.
 */
function makeFiles(name: string, user: Account): void {
	for (const directory of directories(name)) {
		mkdirSync(directory);
		writeFileSync(`${directory}/file`, "secret");
		mkdirSync(`${directory}/shared`);
		for (const open of [directory, `${directory}/file`]) chmodSync(open, 0o755);
		chmodSync(`${directory}/shared`, 0o1777);
	}
	copyFileSync(PROBE, `/var/lib/${name}/setuid`);
	chmodSync(`/var/lib/${name}/setuid`, 0o4755);
	mkdirSync(`${user.home}/.ssh`, { recursive: true });
	writeFileSync(`${user.home}/.ssh/${name}`, "secret", { mode: 0o600 });
}

async function listen(address: string | { host: string; port: number }): Promise<Server> {
	const server = createServer((socket) => socket.on("error", () => {}));
	if (typeof address === "string") server.listen(address);
	else server.listen(address);
	await once(server, "listening");
	return server;
}

/**
 * Makes the files, servers and processes that a program in a sandbox may reach. Before the call, no
 * file on this host may contain `name`.
 */
export async function prepare(name: string, user: Account): Promise<Host> {
	makeFiles(name, user);
	await sh(["chown", "-R", `${user.uid}:${user.gid}`, `${user.home}/.ssh`]);
	const sockets = directories(name).map((directory) => `${directory}/socket`);
	const tcp = await listen({ host: "127.0.0.1", port: 0 });
	const servers = [tcp, await listen(`\0${name}`)];
	for (const socket of sockets) {
		servers.push(await listen(socket));
		chmodSync(socket, 0o777);
	}
	const { port } = tcp.address() as { port: number };
	const udp = createSocket("udp4");
	udp.on("message", (message, from) => udp.send(message, from.port, from.address));
	udp.bind(port, "127.0.0.1");
	await once(udp, "listening");
	const program = [...user.become, PROBE, "reach-host", name];
	const process = Bun.spawn(program, { stdin: "pipe", stdout: "pipe", env: user.env });
	await process.stdout.getReader().read();
	return {
		name,
		user,
		port,
		pid: process.pid,
		async close() {
			process.stdin.end();
			await process.exited;
			udp.close();
			for (const server of servers) server.close();
			for (const directory of directories(name))
				rmSync(directory, { recursive: true, force: true });
			rmSync(`${user.home}/.ssh/${name}`);
		},
	};
}

/** Starts a command as the caller of a sandbox. */
function start(host: Host, sandbox: Sandbox, command: readonly string[]) {
	const { user, name } = host;
	const script = `exec ${SECRET_FD}</var/lib/${name}/file; exec "$@"`;
	const by = sandbox.byRoot ? [] : user.become;
	const own = sandbox.byRoot ? { HOME: "/root", USER: "root", LOGNAME: "root" } : {};
	const runtime = `/run/user/${user.uid}`;
	const session = existsSync(runtime) && !sandbox.byRoot ? { XDG_RUNTIME_DIR: runtime } : {};
	return Bun.spawn([...by, "bash", "-c", script, "bash", ...command], {
		stdin: "pipe",
		stdout: "pipe",
		stderr: "pipe",
		cwd: sandbox.byRoot ? "/root" : user.home,
		env: { ...user.env, ...own, ...session, PFT_SECRET: "secret" },
	});
}

/** Runs a command to its end. Returns its output. */
async function finish(host: Host, sandbox: Sandbox, command: readonly string[]): Promise<string> {
	const child = start(host, sandbox, command);
	const late = setTimeout(() => child.kill("SIGKILL"), BOUND);
	const [out, err] = await Promise.all([child.stdout.text(), child.stderr.text(), child.exited]);
	clearTimeout(late);
	return `${out}\n${err}`;
}

/** Returns the files that the probe tries to write for each question. */
function written(host: Host): Record<string, string[]> {
	const file = `${host.name}.written`;
	return {
		"writes-home": [`${host.user.home}/${file}`],
		"writes-tmp": [`/tmp/${file}`, `/var/tmp/${file}`, `/dev/shm/${file}`],
		"writes-elsewhere": [`/var/lib/${host.name}/shared/written`],
	};
}

/**
 * Asks the questions that the probe answers. Corrects the answers on writing, because only a file
 * on this host counts as written.
 */
async function askInside(host: Host, sandbox: Sandbox): Promise<Answers> {
	const { name, user, port, pid } = host;
	const words = [PROBE, "reach", name, user.home, `${port}`, `${pid}`];
	const out = await finish(host, sandbox, sandbox.run(...words));
	const lines = [...out.matchAll(/^([a-z0-9-]+) ((?:yes|no)\b.*?)\r?$/gm)];
	const answers = Object.fromEntries(lines.map(([, question, answer]) => [question, answer]));
	if (lines.length === 0) throw new Error(`${words.join(" ")}: ${out}`);
	for (const [question, files] of Object.entries(written(host))) {
		const found = files.filter((file) => existsSync(file));
		const why = answers[question] === "yes" ? "no private" : answers[question];
		answers[question] = found.length > 0 ? "yes" : (why ?? "no");
		for (const file of found) rmSync(file);
	}
	return answers;
}

/** Quotes a command for a shell. */
function quoted(command: readonly string[]): string {
	return command.map((word) => `'${word.replaceAll("'", "'\\''")}'`).join(" ");
}

/**
 * Asks whether the program can type into the caller's terminal. The end of the sandbox can discard
 * typed bytes, so bytes that the terminal has accepted count, too.
 */
async function askTerminal(host: Host, sandbox: Sandbox): Promise<Answers> {
	const command = quoted((sandbox.onTerminal ?? sandbox.run)(PROBE, "reach-terminal"));
	const own = 'echo "own:$(stat -Lc %d:%i /dev/stdin)."';
	const script = `stty raw -echo; ${own}; ${command}; read -rn 9 -t 1 typed; echo "typed:$typed."`;
	const terminal = ["script", "-qec", `bash -c ${quoted([script])}`, "/dev/null"];
	const out = await finish(host, sandbox, terminal);
	const typed = out.match(/typed:(.*?)\./)?.[1] ?? "?";
	const same = out.match(/own:(.*?)\./)?.[1];
	const tried = [...out.matchAll(/push\.\d (\w+) ([\d:]+)/g)];
	if (tried.length === 0) throw new Error(`${command}: ${out}`);
	const accepted = tried.some(([, result, device]) => result === "ok" && device === same);
	const results = tried.map(([, result]) => result).join(" ");
	return { "types-into-terminal": typed.includes("@") || accepted ? "yes" : `no ${results}` };
}

/** Returns the pids of the live processes with a name. */
function named(name: string): number[] {
	const alive = processes().filter(({ state }) => state !== "Z" && state !== "X");
	return alive.filter((process) => process.name === name).map(({ pid }) => pid);
}

/**
 * Tells whether a process with a name outlives its sandbox ("yes" or "no"), and kills the process.
 */
async function stays(name: string): Promise<string> {
	const end = performance.now() + GRACE;
	while (named(name).length > 0 && performance.now() < end) await Bun.sleep(20);
	const left = named(name);
	for (const pid of left) signal(pid, "SIGKILL");
	reapOrphans(name);
	return left.length > 0 ? "yes" : "no";
}

/**
 * Asks whether a process of the program outlives the program, and whether the program outlives the
 * process that has started the sandbox.
 */
async function askLives(host: Host, sandbox: Sandbox): Promise<Answers> {
	const orphan = `${host.name}-o`;
	const sandboxed = start(host, sandbox, sandbox.run(PROBE, "reach-stay", orphan, "orphan"));
	const end = sandboxed.exited.then(() => true);
	const ends = await Promise.race([end, Bun.sleep(WAIT).then(() => false)]);
	const left = await stays(orphan);
	const outlivesProgram = ends ? left : "yes, and the sandbox waits";
	await end;
	const held = `${host.name}-h`;
	const caller = start(host, sandbox, sandbox.run(PROBE, "reach-stay", held));
	await until(held, () => named(held).length > 0);
	caller.kill("SIGKILL");
	return { "outlives-program": outlivesProgram, "outlives-caller": await stays(held) };
}

/** Asks all questions about a sandbox. */
export async function ask(host: Host, sandbox: Sandbox): Promise<Answers> {
	return {
		...(await askInside(host, sandbox)),
		...(await askTerminal(host, sandbox)),
		...(await askLives(host, sandbox)),
	};
}
