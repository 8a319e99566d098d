// SPDX-License-Identifier: BSD-2-Clause
// A test file runs in cgroups of its own, one in every hierarchy, and so does whatever it starts:
// what is made below them is its, whatever others do on this machine at the same time.
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	rmdirSync,
	writeFileSync,
} from "node:fs";

const NAME = `pftest-${process.pid}`;

interface Cgroup {
	/** Where this process came from. */
	readonly parent: string;
	/** Where it is now. */
	readonly path: string;
}

/** The mount points of all hierarchies by their controllers, "" for version 2. */
function hierarchies(): Map<string, string> {
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

/** A cpuset of version 1 is of no use before it has processors and memory. */
function fillCpuset({ parent, path }: Cgroup): void {
	for (const name of ["cpuset.cpus", "cpuset.mems"])
		writeFileSync(`${path}/${name}`, readFileSync(`${parent}/${name}`));
}

function enter(controllers: string, parent: string): Cgroup[] {
	const cgroup = { parent, path: `${parent}/${NAME}` };
	try {
		mkdirSync(cgroup.path);
		if (controllers.split(",").includes("cpuset")) fillCpuset(cgroup);
		writeFileSync(`${cgroup.path}/cgroup.procs`, String(process.pid));
		return [cgroup];
	} catch {
		return []; // Without privilege, or where cgroups are read-only, there is nothing to see.
	}
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

/** Words that leave what follows them so many bytes of memory, in a cgroup that is removed when the
 * tests of this file have ended. */
export function withMemory(bytes: number): string[] {
	const has = (file: string) => own.find(({ path }) => existsSync(`${path}/${file}`));
	const [at, file] = has("memory.limit_in_bytes")
		? [has("memory.limit_in_bytes"), "memory.limit_in_bytes"]
		: [has("memory.max"), "memory.max"];
	if (!at) throw new Error("memory cannot be limited: no cgroup has the controller");
	const path = `${at.parent}/${NAME}-${bytes}`;
	if (!existsSync(path)) {
		mkdirSync(path);
		limited.push(path);
	}
	writeFileSync(`${path}/${file}`, String(bytes));
	return ["sh", "-c", 'echo $$ >"$1/cgroup.procs"; shift; exec "$@"', "sh", path];
}

function below(directory: string): string[] {
	try {
		return readdirSync(directory, { withFileTypes: true })
			.filter((entry) => entry.isDirectory())
			.map(({ name }) => `${directory}/${name}`)
			.flatMap((path) => [path, ...below(path)]);
	} catch {
		return []; // It was removed in the meantime.
	}
}

/** All cgroups below those of this test file. */
export function cgroups(): string[] {
	return own.flatMap(({ path }) => below(path));
}
