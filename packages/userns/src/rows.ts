// SPDX-License-Identifier: BSD-2-Clause
// Makes the rows of a report: judges the facts, one row for each requirement.
import { existsSync } from "node:fs";
import { errorName, PflaskError } from "@pflask/runtime/internal";
import type { Facts, Tried } from "./facts.ts";
import { isHere, readText } from "./files.ts";
import { findHelper, HELPERS, type HelperName, installCommand } from "./helper.ts";
import { DEFAULT_COUNT, idsIn, rangeText } from "./range.ts";
import { foreignSource, type Kind } from "./ranges.ts";
import type { Requirement, RequirementName } from "./requirement.ts";
import { isBlocking, SETTINGS, type Setting, settingCommand, settingValue } from "./settings.ts";
import { OVERLAY } from "./trial.ts";

const OUTSIDE = "run pflask outside this chroot, container or sandbox, or lift its restrictions";
const NO_KERNEL = "boot a kernel with CONFIG_USER_NS=y";
const NO_NEW_PRIVS = "start pflask without no_new_privs, which disables newuidmap";
const NO_OVERLAY = "boot Linux 5.11 or newer, with overlayfs";
const OPAQUE = "use --ephemeral=DIR with DIR on a disk, or boot Linux 6.6 or newer";

/**
 * The names in braces that the hints of a trial may contain, and the words of pflask for the names.
 */
const WORDS = [
	["{program}", "pflask"],
	["{chroot=DIR}", "--chroot=DIR"],
	["{bindProc=yes}", "--proc=bind"],
] as const;

/** Returns all requirements, in the order of REQUIREMENTS. */
export function rows(facts: Facts): readonly Requirement[] {
	const forMaps = [
		helper("newuidmap", facts),
		helper("newgidmap", facts),
		subordinate("uid", facts),
		subordinate("gid", facts),
	];
	return [
		userNamespaces(facts),
		...SETTINGS.map((setting) => settingRow(setting, facts)),
		...forMaps,
		idMaps(facts, forMaps),
		inside("proc", facts, facts.proc, "a new proc can be mounted", OUTSIDE),
		overlay(facts),
		{ name: "cgroup", needed: false, errno: null, ...facts.cgroup },
	];
}

function userNamespaces(facts: Facts): Requirement {
	const advice = existsSync("/proc/self/ns/user") ? OUTSIDE : NO_KERNEL;
	const tried = ofTrial("user-namespaces", facts.userns, "a user namespace can be created", advice);
	const setting = SETTINGS.find((setting) => isInTheWay(setting, facts));
	return setting === undefined ? tried : { ...tried, remedy: settingCommand(setting) };
}

function settingRow(setting: Setting, facts: Facts): Requirement {
	const { key, name } = setting;
	const needed = isFor(setting, facts);
	const value = settingValue(setting, facts.root);
	if (value === undefined) return good(name, needed, "this kernel has no such setting");
	const found = `${key} = ${value}`;
	if (!isInTheWay(setting, facts)) return good(name, needed, found);
	return bad(name, needed, found, settingCommand(setting));
}

/**
 * Tells whether a setting blocks user namespaces. A setting blocks only if making a user namespace
 * fails.
 */
function isInTheWay(setting: Setting, facts: Facts): boolean {
	return facts.userns !== 0 && isFor(setting, facts) && isBlocking(setting, facts.root);
}

function isFor({ forRoot }: Setting, { user }: Facts): boolean {
	return forRoot || user.uid !== 0;
}

/** Judges a helper. If its privilege cannot be seen, the trial of the id maps decides. */
function helper(name: HelperName, { idMaps, root, user }: Facts): Requirement {
	const needed = user.uid !== 0;
	const installed = findHelper(name);
	if (installed === undefined) return bad(name, needed, "not in PATH", installCommand(root));
	const { path, privilege, isOfRoot } = installed;
	if (privilege === undefined) {
		if (idMaps === 0 && needed) return good(name, needed, `${path}: works`);
		const found = `${path}: neither setuid root nor with ${HELPERS[name]}`;
		const remedy = isOfRoot ? `sudo chmod u+s ${path}` : installCommand(root);
		return bad(name, needed, found, remedy);
	}
	const found = `${path}: ${privilege === "setuid" ? "setuid root" : `with ${HELPERS[name]}`}`;
	return good(name, needed, found);
}

function subordinate(kind: Kind, { ranges, user, free, root }: Facts): Requirement {
	const name = `sub${kind}` as const;
	const needed = user.uid !== 0;
	const ids = idsIn(ranges[kind]);
	const texts = ranges[kind].map(rangeText).join(", ");
	if (ids >= DEFAULT_COUNT) return good(name, needed, texts);
	if (!needed) return good(name, needed, "root does not need subordinate ids");
	const found = `${user.name} has ${ids === 0 ? "no subordinate ids" : `only ${ids}: ${texts}`}`;
	const source = isHere(root) ? foreignSource(root) : undefined;
	if (source !== undefined)
		return bad(
			name,
			needed,
			found,
			`add subordinate ids in ${source}, which /etc/nsswitch.conf names`,
		);
	if (free instanceof PflaskError)
		return bad(name, needed, `${found}, and ${free.message}`, free.hint);
	const option = `--add-sub${kind}s ${rangeText(free)}`;
	return bad(name, needed, found, `sudo usermod ${option} ${user.name}`);
}

/**
 * Judges the id maps. If the maps fail, the remedy is the remedy of the first unmet requirement for
 * the maps.
 */
function idMaps(facts: Facts, forMaps: readonly Requirement[]): Requirement {
	const tried = inside("id-maps", facts, facts.idMaps, "ids can be mapped", OUTSIDE);
	if (tried.ok || facts.userns !== 0) return tried;
	const missing = forMaps.find(({ ok, needed }) => needed && !ok);
	if (missing !== undefined) return { ...tried, remedy: missing.remedy };
	const powerless = /^NoNewPrivs:\s*1$/m.test(readText(facts.root, "/proc/self/status"));
	return powerless ? { ...tried, remedy: NO_NEW_PRIVS } : tried;
}

function overlay(facts: Facts): Requirement {
	const works = "an upper directory can be on a tmpfs";
	const tried = inside("overlay", facts, facts.overlay, works, NO_OVERLAY);
	const results: Readonly<Record<number, Partial<Requirement>>> = {
		[OVERLAY.noTmpfs]: { found: "cannot mount a tmpfs", remedy: OUTSIDE },
		[OVERLAY.noOverlay]: { found: "cannot mount an overlay" },
		[OVERLAY.noOpaque]: { found: "an upper directory cannot be on a tmpfs", remedy: OPAQUE },
	};
	const result = typeof facts.overlay === "number" ? results[facts.overlay] : undefined;
	return { ...tried, ...result, needed: false };
}

/**
 * Judges a trial inside a user namespace. The trial is not run if no user namespace can be made.
 */
function inside(
	name: RequirementName,
	facts: Facts,
	result: Tried,
	works: string,
	advice: string,
): Requirement {
	if (facts.userns === 0) return ofTrial(name, result, works, advice);
	const { remedy } = userNamespaces(facts);
	return bad(name, true, "not tried, because a user namespace cannot be created", remedy);
}

/** Judges a trial. The remedy is the hint of the error or, without a hint, the advice. */
function ofTrial(name: RequirementName, result: Tried, works: string, advice: string): Requirement {
	if (result === 0) return good(name, true, works);
	if (typeof result === "number")
		return bad(name, true, `the trial ended with status ${result}`, advice);
	const errno = result.errno === 0 ? null : errorName(result.errno);
	return { ...bad(name, true, result.message, worded(result.hint) || advice), errno };
}

function worded(hint: string): string {
	return WORDS.reduce((text, [name, words]) => text.replaceAll(name, words), hint);
}

function good(name: RequirementName, needed: boolean, found: string): Requirement {
	return { name, ok: true, needed, found, remedy: "", errno: null };
}

function bad(name: RequirementName, needed: boolean, found: string, remedy: string): Requirement {
	return { name, ok: false, needed, found, remedy, errno: null };
}
