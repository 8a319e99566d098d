// SPDX-License-Identifier: BSD-2-Clause
// Parses profiles for seccomp(2), in the JSON of OCI that the container engines take.
import { release } from "node:os";
import { EPERM, errnos } from "./numbers.gen.ts";

/** Parsed JSON, with exact integers. */
type Json = null | boolean | string | number | bigint | readonly Json[] | { [name: string]: Json };
type JsonObject = { readonly [name: string]: Json };

/** The actions: the values that a filter returns (linux/seccomp.h). */
const ACTIONS: Readonly<Record<string, number>> = {
	SCMP_ACT_KILL_PROCESS: 0x80000000,
	SCMP_ACT_KILL_THREAD: 0,
	SCMP_ACT_KILL: 0,
	SCMP_ACT_TRAP: 0x00030000,
	SCMP_ACT_ERRNO: 0x00050000,
	SCMP_ACT_TRACE: 0x7ff00000,
	SCMP_ACT_LOG: 0x7ffc0000,
	SCMP_ACT_ALLOW: 0x7fff0000,
};

/** The actions whose lower half (16 bits) holds a number. */
const NUMBERED = ["SCMP_ACT_ERRNO", "SCMP_ACT_TRACE"];

/** The operators of comparisons, from 1 on (enum scmp_compare). */
const OPERATORS = ["NE", "LT", "LE", "EQ", "GE", "GT", "MASKED_EQ"].map(
	(name) => `SCMP_CMP_${name}`,
);

/**
 * The flags that are accepted and change nothing: pflask has one thread, and always sets
 * SPEC_ALLOW.
 */
const FLAGS = ["SECCOMP_FILTER_FLAG_TSYNC", "SECCOMP_FILTER_FLAG_SPEC_ALLOW"];

/** The names of processors in OCI and in Go, by the names in Bun. */
const PROCESSORS: Readonly<Record<string, { oci: string; go: string }>> = {
	x64: { oci: "SCMP_ARCH_X86_64", go: "amd64" },
	arm64: { oci: "SCMP_ARCH_AARCH64", go: "arm64" },
};

/** A comparison of an argument with numbers, in the form of libseccomp. */
export interface Comparison {
	readonly index: bigint;
	/** A number of enum scmp_compare. */
	readonly operator: number;
	readonly value: bigint;
	readonly valueTwo: bigint;
}

/** A system call, and the action for the call if all comparisons hold. */
export interface Rule {
	readonly name: string;
	readonly action: number;
	readonly comparisons: readonly Comparison[];
}

/** A profile whose conditions have been decided for this machine and a container. */
export interface Profile {
	readonly defaultAction: number;
	/** The names of the architectures in libseccomp. */
	readonly architectures: readonly string[];
	readonly rules: readonly Rule[];
}

/**
 * Parses a profile for a container; `has` tells whether the container has a capability. Throws a
 * Fault if the text is not a profile.
 */
export function parseProfile(text: string, has: (capability: string) => boolean): Profile {
	const profile = parse(text);
	for (const flag of profile.get("flags").list())
		if (!FLAGS.includes(flag.word(/^\w+$/, "a flag"))) throw flag.fault("not supported");
	return {
		defaultAction: actionOf(profile.get("defaultAction"), errorOf(profile, "defaultErrno")),
		architectures: architecturesOf(profile),
		rules: profile
			.get("syscalls")
			.list()
			.filter((call) => applies(call, has))
			.flatMap(rulesOf),
	};
}

/** A fault in a profile. */
export class Fault extends Error {}

/** A value of a profile, and its place in the profile. */
class Place<T = Json | undefined> {
	readonly at: string;
	readonly value: T;

	constructor(at: string, value: T) {
		this.at = at;
		this.value = value;
	}

	/** Makes an error for the value. Escapes NUL, because a NUL would end the message. */
	fault(why: string): Fault {
		const { at, value } = this;
		const shown = typeof value === "string" ? `'${value.replaceAll("\0", "\\x00")}': ` : "";
		return new Fault(`${at === "" ? "" : `${at}: `}${shown}${why}`);
	}

	/** Returns a member of an object. */
	get(name: string): Place {
		const at = this.at === "" ? name : `${this.at}.${name}`;
		const { value } = this;
		if (typeof value !== "object" || value === null || Array.isArray(value))
			throw this.fault("not an object");
		return new Place(at, (value as JsonObject)[name]);
	}

	/** Tells whether the value exists. A value of null counts as missing. */
	get exists(): boolean {
		return this.value !== undefined && this.value !== null;
	}

	/** Returns the members of a list, which may be missing. */
	list(): readonly Place[] {
		if (!this.exists) return [];
		if (!Array.isArray(this.value)) throw this.fault("not a list");
		return this.value.map((value: Json, index) => new Place(`${this.at}[${index}]`, value));
	}

	/** Returns the value, which must be a string that fits `pattern`. */
	word(pattern: RegExp, kind: string): string {
		if (typeof this.value !== "string") throw this.fault(this.exists ? "not a string" : "missing");
		if (!pattern.test(this.value)) throw this.fault(`not ${kind}`);
		return this.value;
	}

	words(pattern: RegExp, kind: string): readonly string[] {
		return this.list().map((member) => member.word(pattern, kind));
	}

	/**
	 * Returns the value, which must be a number up to `most`. Returns `standard` if the value is
	 * missing.
	 */
	number(most: bigint, standard: bigint): bigint {
		if (!this.exists) return standard;
		const { value } = this;
		if (typeof value !== "bigint" || value < 0n || value > most) throw this.fault("not a number");
		return value;
	}
}

function parse(text: string): Place {
	try {
		return new Place("", JSON.parse(text, exact) as Json);
	} catch (error) {
		throw new Fault(`not JSON: ${error instanceof Error ? error.message : error}`);
	}
}

/** Reads integers from their text, because a number of JavaScript has only 53 bits. */
function exact(_name: string, value: unknown, context?: { source?: string }): unknown {
	const source = context?.source ?? "";
	return typeof value === "number" && /^-?\d+$/.test(source) ? BigInt(source) : value;
}

function actionOf(place: Place, error: bigint): number {
	const name = place.word(/^SCMP_ACT_\w+$/, "an action");
	if (name === "SCMP_ACT_NOTIFY") throw place.fault("not supported: no program would listen");
	const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
	if (action === undefined) throw place.fault("unknown action");
	return action + (NUMBERED.includes(name) ? Number(error) : 0);
}

/** Returns the number of an error. A profile has the number, or (podman) the name of the error. */
function errorOf(place: Place, member: string): bigint {
	const named = place.get(member);
	if (!named.exists) return place.get(`${member}Ret`).number(0xffffn, BigInt(EPERM));
	const name = named.word(/^E\w+$/, "the name of an error");
	const found = Object.entries(errnos()).find(([, error]) => error?.[0] === name);
	if (found === undefined) throw named.fault("not the name of an error");
	return BigInt(found[0]);
}

/** Returns the names that libseccomp has for the architectures. */
function architecturesOf(profile: Place): string[] {
	const pattern = /^SCMP_ARCH_\w+$/;
	const kind = "an architecture";
	const own = PROCESSORS[process.arch]?.oci;
	const map = profile.get("archMap").list();
	const listed = profile.get("architectures").words(pattern, kind);
	if (map.length > 0 && listed.length > 0) throw map[0]?.fault("contradicts architectures");
	const entry = map.find((entry) => entry.get("architecture").word(pattern, kind) === own);
	const names = entry?.get("subArchitectures").words(pattern, kind) ?? listed;
	return names.map((name) => name.slice("SCMP_ARCH_".length).toLowerCase());
}

/** Tells whether the conditions for a group of calls (`includes`, `excludes` of docker) are met. */
function applies(call: Place, has: (capability: string) => boolean): boolean {
	const includes = conditions(call.get("includes"), has);
	const excludes = conditions(call.get("excludes"), has);
	return includes.every((is) => is) && !excludes.some((is) => is);
}

/** Returns whether each condition is met. */
function conditions(place: Place, has: (capability: string) => boolean): boolean[] {
	if (!place.exists) return [];
	const arches = place.get("arches").words(/^\w+$/, "an architecture");
	const kernel = place.get("minKernel");
	const met = place
		.get("caps")
		.words(/^CAP_\w+$/, "a capability")
		.map(has);
	if (arches.length > 0) met.push(arches.includes(PROCESSORS[process.arch]?.go ?? ""));
	if (kernel.exists) met.push(isKernelSince(kernel.word(/^\d+\.\d+$/, "a version like 4.8")));
	return met;
}

function isKernelSince(version: string): boolean {
	const [major = 0, minor = 0] = version.split(".").map(Number);
	const [ownMajor = 0, ownMinor = 0] = release().split(/[.-]/).map(Number);
	return ownMajor > major || (ownMajor === major && ownMinor >= minor);
}

/** Returns the rules for a group of calls. */
function rulesOf(call: Place): Rule[] {
	const action = actionOf(call.get("action"), errorOf(call, "errno"));
	const name = call.get("name");
	const names = [...(name.value ? [name] : []), ...call.get("names").list()];
	const sets = comparisonsOf(call.get("args").list());
	return names.flatMap((name) => {
		const known = name.word(/^\w+$/, "the name of a system call");
		return sets.map((comparisons) => ({ name: known, action, comparisons }));
	});
}

/**
 * Returns the comparisons of each rule. All comparisons of a rule must hold. If several comparisons
 * concern one argument, each comparison becomes a rule of its own. The container engines do the
 * same.
 */
function comparisonsOf(list: readonly Place[]): readonly (readonly Comparison[])[] {
	const comparisons = list.map(comparisonOf);
	const indexes = new Set(comparisons.map(({ index }) => index));
	return indexes.size === comparisons.length ? [comparisons] : comparisons.map((one) => [one]);
}

function comparisonOf(place: Place): Comparison {
	const most = 0xffffffffffffffffn;
	const name = place.get("op");
	const operator = OPERATORS.indexOf(name.word(/^SCMP_CMP_\w+$/, "an operator")) + 1;
	if (operator === 0) throw name.fault("unknown operator");
	return {
		index: place.get("index").number(5n, 0n),
		operator,
		value: place.get("value").number(most, 0n),
		valueTwo: place.get("valueTwo").number(most, 0n),
	};
}
