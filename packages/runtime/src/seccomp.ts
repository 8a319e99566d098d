// SPDX-License-Identifier: BSD-2-Clause
// Compiles profiles for seccomp(2). libseccomp is loaded only here, because few containers need it.
import { toCString } from "./bytes.ts";
import { errorText, PflaskError } from "./error.ts";
import { dlopenByName, type Library, type Pointer, toPointer } from "./ffi.ts";
import { contentsOf } from "./file.ts";
import { closeFd, memoryFile, rewind } from "./libc.ts";
import { capabilities, EEXIST } from "./numbers.gen.ts";
import { Fault, type Profile, parseProfile, type Rule } from "./profile.ts";

const LIBRARY = "libseccomp.so.2";

/** The functions of libseccomp. Their binary interface does not change in libseccomp.so.2. */
const FUNCTIONS = {
	seccomp_init: { args: ["u32"], returns: "ptr" },
	seccomp_release: { args: ["ptr"], returns: "void" },
	seccomp_attr_set: { args: ["ptr", "i32", "u32"], returns: "i32" },
	seccomp_arch_resolve_name: { args: ["cstring"], returns: "u32" },
	seccomp_arch_add: { args: ["ptr", "u32"], returns: "i32" },
	seccomp_syscall_resolve_name: { args: ["cstring"], returns: "i32" },
	seccomp_rule_add_array: { args: ["ptr", "u32", "i32", "u32", "buffer"], returns: "i32" },
	seccomp_export_bpf: { args: ["ptr", "i32"], returns: "i32" },
} as const;

type Libseccomp = Library<typeof FUNCTIONS>["symbols"];

/** The attribute SCMP_FLTATR_CTL_OPTIMIZE, and its value for a search tree (libseccomp 2.5). */
const OPTIMIZE = 8;
const BINARY_TREE = 2;

/** The number of a call that libseccomp does not know (__NR_SCMP_ERROR). */
const UNKNOWN = -1;

/**
 * The largest profile that is read, bytes: a file without end must not use up the memory. The
 * profiles of the engines have 20 KB.
 */
const LARGEST = 1 << 20;

/**
 * Compiles a profile in a file, in the JSON of OCI, for a container; `has` tells whether the
 * container has a capability. Returns the field `seccomp` of a spec. The field names a descriptor,
 * which `close()` closes. Call `close()` when the plan of the spec has been made. Throws a
 * PflaskError.
 */
export function seccompFilter(
	path: string,
	has: (capability: string) => boolean,
): { readonly field: string; readonly close: () => void } {
	try {
		const fd = compile(parseProfile(textIn(path), has));
		return { field: `fd:${fd}:${path}`, close: () => closeFd(fd) };
	} catch (error) {
		if (!(error instanceof Fault)) throw error;
		throw new PflaskError(`${path}: ${error.message}`, {
			code: "invalid",
			field: "seccomp",
			subject: path,
			hint: error instanceof Missing ? error.hint : "{seccomp=default}",
		});
	}
}

/**
 * Tells whether a container may have a capability ("CAP_CHOWN"); `caps` is the field of its spec.
 * As in the container engines, the bounding set decides, for every user.
 */
export function mayHave(caps: readonly string[], capability: string): boolean {
	const names = capabilities();
	let may = true;
	for (const change of caps.flatMap((list) => list.split(","))) {
		const typed = change.replace(/^[+-]/, "").toUpperCase();
		const name = names[Number(typed)] ?? `CAP_${typed.replace(/^CAP_/, "")}`;
		if (name === capability || name === "CAP_ALL") may = !change.startsWith("-");
	}
	return may;
}

/** The error for a library that is missing. */
class Missing extends Fault {
	readonly hint = "sudo apt-get install libseccomp2, or {seccomp=default}";
}

/** Returns the text of a file, which may be a pipe. */
function textIn(path: string): string {
	const contents = contentsOf(path, LARGEST);
	if (typeof contents === "string") throw new Fault(contents);
	return contents.toString();
}

function load(): Libseccomp {
	try {
		return dlopenByName(LIBRARY, FUNCTIONS).symbols;
	} catch {
		throw new Missing(`this profile needs ${LIBRARY}, which cannot be loaded`);
	}
}

/** Compiles a profile. Returns a descriptor of the program. */
function compile(profile: Profile): number {
	const library = load();
	const filter = toPointer(library.seccomp_init(profile.defaultAction));
	if (filter === null) throw new Fault("libseccomp does not know the default action");
	try {
		// If this call fails, the filter is a list in place of a search tree.
		library.seccomp_attr_set(filter, OPTIMIZE, BINARY_TREE);
		for (const name of profile.architectures) addArchitecture(library, filter, name);
		for (const rule of profile.rules)
			if (rule.action !== profile.defaultAction) addRule(library, filter, rule);
		return programOf(library, filter);
	} finally {
		library.seccomp_release(filter);
	}
}

function addArchitecture(library: Libseccomp, filter: Pointer, name: string): void {
	const token = library.seccomp_arch_resolve_name(toCString(name));
	if (token === 0) throw new Fault(`${name}: unknown architecture`);
	check(`architecture ${name}`, library.seccomp_arch_add(filter, token));
}

/**
 * Adds a rule. Skips a rule for a call that libseccomp does not know, as the container engines do.
 */
function addRule(library: Libseccomp, filter: Pointer, rule: Rule): void {
	const { name, action, comparisons } = rule;
	const call = library.seccomp_syscall_resolve_name(toCString(name));
	if (call === UNKNOWN) return;
	const members = comparisons.flatMap(({ index, operator, value, valueTwo }) => {
		return [index | (BigInt(operator) << 32n), value, valueTwo];
	});
	const array = new BigUint64Array([...members, 0n]); // Bun refuses an empty buffer
	const count = comparisons.length;
	check(name, library.seccomp_rule_add_array(filter, action, call, count, array));
}

/**
 * Throws if a function of libseccomp has failed. EEXIST is no failure: the profile has the same
 * rule or architecture twice.
 */
function check(what: string, result: number): void {
	if (result < 0 && result !== -EEXIST) throw new Fault(`${what}: ${errorText(-result)}`);
}

/**
 * Returns a descriptor of the program. The position of the descriptor is the start of the program.
 */
function programOf(library: Libseccomp, filter: Pointer): number {
	const fd = memoryFile("pflask-seccomp");
	if (fd < 0) throw new Fault(errorText(-fd));
	const result = library.seccomp_export_bpf(filter, fd);
	rewind(fd);
	if (result === 0) return fd;
	closeFd(fd);
	throw new Fault(`libseccomp cannot make the filter: ${errorText(-result)}`);
}
