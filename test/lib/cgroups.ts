// SPDX-License-Identifier: BSD-2-Clause
// Moves a test file into its own cgroups, one in every hierarchy. All cgroups of the test's
// containers are then below these cgroups, and no other program has cgroups there.
import {
	chmodSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	readdirSync,
	readFileSync,
	rmdirSync,
	statSync,
	writeFileSync,
} from "node:fs";

interface Cgroup {
	/** The cgroup that this process was in before. */
	readonly parent: string;
	/** The cgroup that this process is in now. */
	readonly path: string;
}

/** The number of the pid namespace that the kernel makes at boot. */
const FIRST_PIDNS = 4026531836;

/** Returns the name of the cgroups of a container. */
export function cgroupName(monitor: number): string {
	const pidns = statSync("/proc/self/ns/pid").ino;
	return `pflask-${monitor}${pidns === FIRST_PIDNS ? "" : `-${pidns}`}`;
}

/** Returns the mount points of all hierarchies by controller. Version 2 has the key "". */
export function hierarchies(): Map<string, string> {
	const found = new Map<string, string>();
	for (const line of readFileSync("/proc/self/mountinfo", "utf8").trimEnd().split("\n")) {
		const [before = "", after = ""] = line.split(" - ");
		const [type, , options = ""] = after.split(" ");
		const point = before.split(" ")[4] ?? "";
		if (type === "cgroup2") found.set("", point);
		if (type === "cgroup") found.set(options.replace(/^(rw|ro),/, ""), point);
	}
	return found;
}

/**
 * Gives processors and memory nodes to a cpuset of version 1. A process cannot enter a cpuset
 * without processors or memory nodes.
 */
function fillCpuset({ parent, path }: Cgroup): void {
	for (const name of ["cpuset.cpus", "cpuset.mems"])
		writeFileSync(`${path}/${name}`, readFileSync(`${parent}/${name}`));
}

/**
 * Makes a cgroup with a new name, because a killed test may have left a cgroup. Returns undefined
 * if this process has no privilege or if cgroups are read-only.
 */
function makeBelow(parent: string): Cgroup | undefined {
	try {
		const path = mkdtempSync(`${parent}/pftest-`);
		chmodSync(path, 0o755); // mkdtemp(3) lets only the owner read the cgroup.
		return { parent, path };
	} catch (error) {
		if (["EACCES", "EPERM", "EROFS"].includes(`${(error as { code?: string }).code}`))
			return undefined;
		throw error;
	}
}

function enter(controllers: string, parent: string): Cgroup[] {
	const cgroup = makeBelow(parent);
	if (cgroup === undefined) return [];
	if (controllers.split(",").includes("cpuset")) fillCpuset(cgroup);
	writeFileSync(`${cgroup.path}/cgroup.procs`, String(process.pid));
	return [cgroup];
}

function enterAll(): Cgroup[] {
	const points = hierarchies();
	return readFileSync("/proc/self/cgroup", "utf8")
		.trimEnd()
		.split("\n")
		.flatMap((line) => {
			const [, controllers = "", path = ""] = line.match(/^\d+:(.*?):(.*)$/) ?? [];
			const point = points.get(controllers);
			return point ? enter(controllers, `${point}${path}`.replace(/\/$/, "")) : [];
		});
}

const own = enterAll();
const limited: string[] = [];

process.on("exit", () => {
	for (const path of limited) rmdirSync(path);
	for (const { parent, path } of own) {
		writeFileSync(`${parent}/cgroup.procs`, String(process.pid));
		rmdirSync(path);
	}
});

/**
 * Returns a command prefix that limits a command's memory by a cgroup. The cgroup is removed after
 * the tests of this file.
 */
export function withMemory(bytes: number): string[] {
	const has = (file: string) => own.find(({ path }) => existsSync(`${path}/${file}`));
	const [at, file] = has("memory.limit_in_bytes")
		? [has("memory.limit_in_bytes"), "memory.limit_in_bytes"]
		: [has("memory.max"), "memory.max"];
	if (!at) throw new Error("memory cannot be limited: no cgroup has the controller");
	const path = `${at.path}-${bytes}`;
	if (!existsSync(path)) {
		mkdirSync(path);
		limited.push(path);
	}
	writeFileSync(`${path}/${file}`, String(bytes));
	return ["sh", "-c", 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"', "sh", path];
}

/**
 * Moves a process to a new cgroup, which stands for the scope of a machine. The cgroup is removed
 * after the tests of this file.
 */
export function moveToScope(pid: number): void {
	const [first] = own;
	if (first === undefined) throw new Error("no cgroup can be made here");
	const path = `${first.path}-scope-${pid}`;
	mkdirSync(path);
	limited.push(path);
	if (existsSync(`${path}/cpuset.cpus`)) fillCpuset({ parent: first.path, path });
	writeFileSync(`${path}/cgroup.procs`, String(pid));
}

function below(directory: string): string[] {
	try {
		return readdirSync(directory, { withFileTypes: true })
			.filter((entry) => entry.isDirectory())
			.map(({ name }) => `${directory}/${name}`)
			.flatMap((path) => [path, ...below(path)]);
	} catch {
		return []; // The directory was removed in the meantime.
	}
}

/** Returns all cgroups below the cgroups of this test file. */
export function cgroups(): string[] {
	return own.flatMap(({ path }) => below(path));
}
