// SPDX-License-Identifier: BSD-2-Clause
// Tells whether the caller may make cgroups (cgroups(7), "Delegation"). Limits and booting systems
// need cgroups.
import { existsSync, mkdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { oneLine } from "@pflask/command";
import { errorText } from "@pflask/runtime/internal";
import { EACCES, EPERM } from "@pflask/runtime/numbers";
import { errnoOf, pathOf, readText } from "./files.ts";
import type { User } from "./users.ts";

/** Advice for a cgroup in which the kernel refuses to make another cgroup. */
const LIMITS = "look at cgroup.max.descendants and cgroup.max.depth there";

/** The result of a trial. */
export interface CgroupTrial {
	readonly ok: boolean;
	readonly found: string;
	readonly remedy: string;
}

/** The cgroup that a new process of the caller starts in. */
interface Own {
	/** The name of the cgroup in the hierarchy. */
	readonly name: string;
	/** The directory of the cgroup. */
	readonly path: string;
}

/**
 * Makes a cgroup below the caller's cgroup, puts a process in the new cgroup, and removes the
 * cgroup.
 */
export async function tryCgroup(user: User, root: string): Promise<CgroupTrial> {
	const mountinfo = readText(root, "/proc/self/mountinfo");
	const own = ownCgroup(readText(root, "/proc/self/cgroup"), mountinfo);
	const old = oldControllers(mountinfo);
	if (own === undefined)
		return {
			ok: false,
			found: `${old.length > 0 ? "version 1 alone: " : ""}no cgroup2 file system is mounted`,
			remedy: "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line",
		};
	const place = `${old.length > 0 ? "versions 1 and 2" : "version 2"}, ${oneLine(own.name)}`;
	try {
		await enterChildOf(own.path);
	} catch (error) {
		const number = errnoOf(error);
		const isOthers = number === EACCES || number === EPERM;
		const why = isOthers ? "not yours" : "cannot make a cgroup there";
		const remedy = isOthers ? remedyFor(own, user, root) : LIMITS;
		return { ok: false, found: `${place}: ${why}: ${errorText(number)}`, remedy };
	}
	const controllers = readFileSync(`${own.path}/cgroup.controllers`, "utf8").trim();
	const usable = [...controllers.split(" "), ...(user.uid === 0 ? old : [])].filter(Boolean);
	const limits = usable.length > 0 ? `limits by ${usable.join(", ")}` : "no limits";
	const others = user.uid === 0 || old.length === 0 ? "" : "; only root may use version 1";
	return { ok: true, found: `${place}: a system can boot, ${limits}${others}`, remedy: "" };
}

/** Returns a path as one word of a shell. The path may have any byte but NUL. */
function quoted(path: string): string {
	return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

/** Returns the controllers that are mounted as version 1. */
export function oldControllers(mountinfo: string): string[] {
	const options = [...mountinfo.matchAll(/ - cgroup \S+ (\S+)$/gm)].map(([, words = ""]) => words);
	const words = options.flatMap((text) => text.split(","));
	return words.filter((word) => !/^r[ow]$|=|^xattr$|^clone_children$|^noprefix$/.test(word)).sort();
}

/**
 * Finds the caller's cgroup in /proc/PID/cgroup and /proc/PID/mountinfo (cgroups(7),
 * proc_pid_mountinfo(5)). A mount may show only a part of the hierarchy.
 */
export function ownCgroup(cgroup: string, mountinfo: string): Own | undefined {
	const [, name] = /^0::(\/.*)$/m.exec(cgroup) ?? [];
	if (name === undefined) return undefined;
	for (const line of mountinfo.split("\n")) {
		const [before = "", after = ""] = line.split(" - ");
		const [, , , top = "", mount = ""] = before.split(" ").map(unquote);
		const below = top === "/" ? name : name.slice(top.length);
		const inside = top === "/" || `${name}/`.startsWith(`${top}/`);
		if (!after.startsWith("cgroup2 ") || !inside) continue;
		return { name, path: `${mount}${below === "/" ? "" : below}` };
	}
	return undefined;
}

/** Decodes a field of mountinfo. In mountinfo, a space is written as \040. */
function unquote(field: string): string {
	return field.replace(/\\([0-7]{3})/g, (_, code) => String.fromCharCode(Number.parseInt(code, 8)));
}

async function enterChildOf(path: string): Promise<void> {
	const child = `${path}/pflask-userns-${process.pid}`;
	mkdirSync(child);
	const waiting = Bun.spawn(["cat"], { stdio: ["pipe", "ignore", "ignore"] });
	try {
		writeFileSync(`${child}/cgroup.procs`, `${waiting.pid}\n`);
	} finally {
		waiting.kill("SIGKILL");
		await waiting.exited;
		rmdirSync(child);
	}
}

/**
 * Returns a remedy. systemd delegates cgroups to a user's own manager, but not to login sessions.
 */
function remedyFor({ path }: Own, { name }: User, root: string): string {
	if (existsSync(pathOf(root, "/run/systemd/system")))
		return "systemd-run --user --scope -p Delegate=yes pflask ...";
	const own = quoted(`${path}/${name}`);
	return [
		`sudo mkdir ${own}`,
		`sudo chown ${name} ${own} ${own}/cgroup.procs ${own}/cgroup.subtree_control`,
		`echo $$ | sudo tee ${own}/cgroup.procs`,
	].join(" && ");
}
