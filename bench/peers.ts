// SPDX-License-Identifier: BSD-2-Clause
// Makes the commands to compare: pflask, the lower bound (least.ts), and other programs with the
// same isolation.
import { copyFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import type { Command } from "./hyperfine.ts";
import { PFLASK, run, TOP } from "./lib.ts";

const COMPILE = ["--compile", "--minify", "--bytecode", "--format=esm"];

/**
 * A command prefix for crun. crun does not run if /sys/fs/cgroup has both versions of cgroups, so
 * the prefix mounts only version 2 there.
 */
const UNIFIED = [
	...["unshare", "--mount", "sh", "-c"],
	...['mount -t cgroup2 none /sys/fs/cgroup && exec "$@"', "sh"],
];

/** Limits that a process without CAP_SYS_RESOURCE can set, unlike podman's default limits. */
const PODMAN_LIMITS = `[containers]
default_ulimits = ["nofile=20000:20000", "nproc=32768:32768"]
`;

/**
 * Returns the podman command that runs /bin/true in `root`, and the program in whose environment
 * podman runs. podman keeps its state in `directory`, and starts crun. The container has no cgroup
 * and no network, because podman then takes less time.
 */
function podman(directory: string, root: string): Pick<Command, "argv" | "within"> {
	const state = `${directory}/podman`;
	mkdirSync(state);
	writeFileSync(`${state}/containers.conf`, PODMAN_LIMITS);
	const places = ["--root", `${state}/root`, "--runroot", `${state}/run`];
	const options = ["--rm", "--cgroups=disabled", "--network=none", "--rootfs"];
	return {
		argv: ["podman", ...places, "--storage-driver=vfs", "run", ...options, root, "/bin/true"],
		within: ["env", `CONTAINERS_CONF=${state}/containers.conf`, ...UNIFIED],
	};
}

/** The compared executables that contain Bun. */
interface Programs {
	/** An empty program. */
	readonly empty: string;
	/** bench/least.ts */
	readonly least: string;
	readonly pflask: string;
}

/** Makes a root directory with a static /bin/true. */
export function prepareRoot(directory: string): string {
	const root = `${directory}/root`;
	for (const name of ["bin", "proc", "sys", "dev", "run", "tmp", "etc", "usr"])
		mkdirSync(`${root}/${name}`, { recursive: true });
	writeFileSync(`${root}/etc/os-release`, "ID=bench\n"); // systemd-nspawn requires this file
	writeFileSync(`${directory}/true.c`, "int main(void) { return 0; }\n");
	run(["musl-gcc", "-static", "-Os", "-o", `${root}/bin/true`, `${directory}/true.c`]);
	return root;
}

/**
 * Compiles the programs, and then copies all of them at the same time and in the same way.
 * Otherwise the start times differ by up to 10 %: the start time of an executable depends on the
 * age of the file, and on the size of the writes that made the file.
 */
function preparePrograms(directory: string): Programs {
	const bun = `${TOP}/scripts/bun`;
	const [empty, least] = [`${directory}/empty`, `${directory}/least`];
	writeFileSync(`${empty}.ts`, "export {};\n");
	run([bun, "build", ...COMPILE, `--outfile=${empty}`, `${empty}.ts`]);
	run([bun, `${TOP}/scripts/compile.ts`, `${TOP}/bench/least.ts`, least, ...COMPILE]);
	const [emptyCopy, leastCopy, pflask] = [`${empty}-copy`, `${least}-copy`, `${directory}/pflask`];
	copyFileSync(empty, emptyCopy);
	copyFileSync(least, leastCopy);
	copyFileSync(PFLASK, pflask);
	return { empty: emptyCopy, least: leastCopy, pflask };
}

const NAMESPACES = ["--unshare-pid", "--unshare-ipc", "--unshare-uts", "--unshare-cgroup"];

/** Returns the bwrap command that runs /bin/true in a root, in the same namespaces as pflask. */
export function bwrap(root: string, net: boolean): string[] {
	const namespaces = [...NAMESPACES, ...(net ? ["--unshare-net"] : [])];
	const mounts = ["--proc", "/proc", "--dev", "/dev", "--mqueue", "/dev/mqueue"];
	const system = ["--ro-bind", "/sys", "/sys", "--tmpfs", "/run"];
	return ["bwrap", ...namespaces, "--bind", root, "/", ...mounts, ...system, "/bin/true"];
}

/**
 * Returns the bwrap command that runs /bin/true in the host's root, in the same namespaces as
 * pflask.
 */
function bwrapHost(): string[] {
	const mounts = ["--dev-bind", "/", "/", "--proc", "/proc", "--mqueue", "/dev/mqueue"];
	return ["bwrap", ...NAMESPACES, ...mounts, "/bin/true"];
}

/**
 * Returns the command prefix that enters a container by nsenter(1). `leader` is the pid of the
 * container's command.
 */
export function nsenter(leader: string): string[] {
	return ["nsenter", "-t", leader, "-m", "-u", "-i", "-p", "-C"];
}

/** A container that runs during all measurements. Some commands enter this container. */
export interface Running {
	/** The pid of the monitor. */
	readonly monitor: string;
	/** The pid of the command. */
	readonly leader: string;
}

/** Starts a container that prints a line, and then does nothing. */
export function startRunning(): Running {
	const monitor = run([PFLASK, "--detach", "--", "sh", "-c", "echo runs; exec sleep 1000"]).trim();
	const children = (pid: string): string =>
		readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").trim();
	return { monitor, leader: children(children(monitor)) };
}

/** Writes an OCI bundle for runc and crun, with the namespaces of pflask and without a terminal. */
function bundle(directory: string, root: string, net: boolean): string {
	const path = `${directory}/bundle${net ? "-net" : ""}`;
	mkdirSync(path, { recursive: true });
	if (!existsSync(`${path}/config.json`)) run(["runc", "spec", "--bundle", path]);
	const config = JSON.parse(run(["cat", `${path}/config.json`]));
	config.root = { path: root, readonly: false };
	config.process.args = ["/bin/true"];
	config.process.terminal = false;
	const kinds = ["pid", "ipc", "uts", "mount", "cgroup", ...(net ? ["network"] : [])];
	config.linux.namespaces = kinds.map((type) => ({ type }));
	writeFileSync(`${path}/config.json`, JSON.stringify(config));
	return path;
}

function works(command: Command): boolean {
	try {
		run([...(command.within ?? []), ...command.argv]);
		return true;
	} catch {
		console.log(`  (${command.name} does not work here; skipped)`);
		return false;
	}
}

/** Returns the commands that work on this machine. */
export function commands(directory: string, root: string, running: Running): Command[] {
	const { empty, least, pflask } = preparePrograms(directory);
	const unshare = ["unshare", "-mpiuC", "--fork", "--mount-proc"];
	const nspawn = ["systemd-nspawn", "-q", "--register=no", "--keep-unit", "-D", root];
	const oci = (runtime: readonly string[], net: boolean): string[] => [
		...runtime,
		"run",
		"--bundle",
		bundle(directory, root, net),
		`bench-${process.pid}`,
	];
	const crun = ["crun", "--cgroup-manager=disabled"];
	const enter = nsenter(running.leader);
	const all: Command[] = [
		{ name: "empty Bun program", argv: [empty] },
		{ name: "least", argv: [least, "/"] },
		{ name: "least --netif", argv: [least, "/", "netns"] },
		{ name: "least --chroot", argv: [least, root] },
		{ name: "least --chroot --netif", argv: [least, root, "netns"] },
		{ name: "/bin/true", argv: ["/bin/true"] },
		{ name: "pflask", argv: [pflask, "--", "/bin/true"] },
		{ name: "pflask --detach", argv: [pflask, "--detach", "--", "/bin/true"] },
		{ name: "pflask --netif", argv: [pflask, "--netif", "--", "/bin/true"] },
		{ name: "pflask --chroot", argv: [pflask, `--chroot=${root}`, "--", "/bin/true"] },
		{
			name: "pflask --chroot --netif",
			argv: [pflask, `--chroot=${root}`, "--netif", "--", "/bin/true"],
		},
		{
			name: "pflask --ephemeral",
			argv: [pflask, `--chroot=${root}`, "--ephemeral", "--", "/bin/true"],
		},
		{ name: "pflask --exec", argv: [pflask, `--exec=${running.monitor}`, "--", "/bin/true"] },
		{ name: "nsenter", argv: [...enter, "/bin/true"] },
		{ name: "bwrap", argv: bwrapHost() },
		{ name: "bwrap root", argv: bwrap(root, false) },
		{ name: "bwrap root net", argv: bwrap(root, true) },
		{ name: "unshare", argv: [...unshare, "/bin/true"] },
		{ name: "unshare net", argv: [...unshare, "-n", "/bin/true"] },
		{ name: "crun, no cgroup", argv: oci(crun, false), within: UNIFIED },
		{ name: "crun net, no cgroup", argv: oci(crun, true), within: UNIFIED },
		{ name: "runc", argv: oci(["runc"], false) },
		{ name: "runc net", argv: oci(["runc"], true) },
		{ name: "systemd-nspawn", argv: [...nspawn, "/bin/true"] },
		{ name: "firejail", argv: ["firejail", "--quiet", "--noprofile", "--", "/bin/true"] },
		// podman comes last, because conmon tidies up after podman has ended.
		{ name: "podman, no cgroup", ...podman(directory, root) },
	];
	return all.filter(works);
}
