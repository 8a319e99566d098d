// SPDX-License-Identifier: BSD-2-Clause
// Finds and loads libpflask, and checks that the library has the ABI that this program requires.
import { ABI, FIRST, REST, VERSION } from "./abi.gen.ts";
import { errorText, PflaskError } from "./error.ts";
import { dlopen, isLoaded, type Library } from "./ffi.ts";
import { type Part, sealedFile } from "./libc.ts";

/** The directory of the files that `bun build --compile` embedded in the running executable. */
const EMBEDDED = "/$bunfs/";
/** The name in the library (DT_SONAME). */
const NAME = "libpflask.so.0";
const SET = "set PFLASK_LIB to the absolute path of libpflask.so.0";

type First = Library<typeof FIRST>["symbols"];
type Rest = Library<typeof REST>["symbols"];

/** The loaded library; `path` stays valid until the process ends. */
interface Loaded {
	readonly path: string;
	readonly first: First;
	rest?: Rest;
}

let loaded: Loaded | undefined;

/**
 * Returns the functions of libpflask that every start needs. Loads the library on the first call.
 */
export function native(): First {
	loaded ??= load(process.env.PFLASK_LIB || packaged());
	return loaded.first;
}

/** Returns the other functions of libpflask. */
export function nativeRest(): Rest {
	native();
	const library = loaded as Loaded;
	library.rest ??= dlopen(library.path, REST).symbols;
	return library.rest;
}

/** Returns the path of the loaded library. */
export function libraryPath(): string {
	native();
	return (loaded as Loaded).path;
}

/** Returns the version of libpflask. */
export function libraryVersion(): string {
	return nativeRest().pflask_version() ?? "";
}

/**
 * Loads libpflask from a file, or from a place in the running executable. The kernel copies the
 * library from the executable to a memfd: a start is then 10 % faster than if Bun read the library.
 * If the library is not in the executable, PFLASK_LIB replaces the argument. Without PFLASK_LIB and
 * the argument, loads the library of the package for this processor.
 */
export async function useLibrary(library?: string | Part): Promise<void> {
	if (typeof library === "object") loaded = loadEmbedded(library);
	else if (library?.startsWith(EMBEDDED)) loaded = load(library);
	else loaded = load(process.env.PFLASK_LIB || (library ?? packaged()));
}

/**
 * Returns the path of the library in the package for this processor. The search starts at the
 * directory of this module, not at the current directory. A bundler finds a package only if the
 * call contains the name of the package. If the processor is not fixed, the bundler includes both
 * packages.
 */
function packaged(): string {
	try {
		return process.arch === "arm64"
			? require("@pflask/linux-arm64").default
			: require("@pflask/linux-x64").default;
	} catch (error) {
		throw cannotLoad(reason(error), `bun add @pflask/linux-${process.arch}`);
	}
}

/**
 * Loads a library by its path. The path must be absolute, because dlopen(3) takes other paths from
 * the current directory or from a list of directories. A file in the executable is copied to a
 * memfd.
 */
function load(path: string): Loaded {
	if (!path.startsWith("/")) throw cannotLoad(`${path}: must be an absolute path`, SET, path);
	if (!path.startsWith(EMBEDDED)) return open(path);
	return loadedBefore() ?? loadEmbedded(embeddedFile(path));
}

/**
 * Returns the library that another thread has loaded, if the library has this version. A copy for
 * each worker would stay until the process ends.
 */
function loadedBefore(): Loaded | undefined {
	if (!isLoaded(NAME)) return undefined;
	try {
		const { pflask_version } = REST;
		const { symbols } = dlopen(NAME, { pflask_version });
		return `${symbols.pflask_version()}` === VERSION ? open(NAME) : undefined;
	} catch {
		return undefined; // another library with this name
	}
}

function embeddedFile(path: string): Uint8Array {
	return process.getBuiltinModule("node:fs").readFileSync(path);
}

function open(path: string): Loaded {
	let first: First;
	try {
		first = dlopen(path, FIRST).symbols;
	} catch (error) {
		throw cannotLoad(`${path}: ${reason(error)}`, SET, path);
	}
	const abi = first.pflask_abi();
	if (abi === ABI) return { path, first };
	const what = `libpflask: ${path} has ABI ${abi}, but this program requires ABI ${ABI}`;
	throw new PflaskError(what, { code: "internal", subject: path, hint: SET });
}

function reason(error: unknown): string {
	return error instanceof Error ? error.message : `${error}`;
}

function cannotLoad(why: string, hint: string, subject = ""): PflaskError {
	return new PflaskError(`cannot load libpflask: ${why}`, { code: "internal", subject, hint });
}

/**
 * Returns a path by which another library can be loaded: the path itself, or that of a copy in
 * memory if the library is a file in the executable.
 */
export function loadable(name: string, path: string): string {
	return path.startsWith(EMBEDDED) ? inMemory(name, embeddedFile(path)) : path;
}

/** Copies a library to a memfd. Returns the path of the memfd. */
function inMemory(name: string, library: Uint8Array | Part): string {
	const fd = sealedFile(name, library);
	if (fd >= 0) return `/proc/self/fd/${fd}`;
	throw new PflaskError(`cannot copy ${name} to memory: ${errorText(-fd)}`, {
		code: "internal",
		operation: "library",
		errno: -fd,
	});
}

/**
 * Loads an embedded library. Leaves the memfd open, because nativeRest() loads the library from the
 * memfd again.
 */
function loadEmbedded(library: Uint8Array | Part): Loaded {
	return open(inMemory("libpflask", library));
}
