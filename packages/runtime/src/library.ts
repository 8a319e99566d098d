// SPDX-License-Identifier: BSD-2-Clause
// Finds and loads libpflask, and checks that the library has the ABI that this program requires.
import { ABI, FIRST, REST } from "./abi.gen.ts";
import { errorText, PflaskError } from "./error.ts";
import { dlopen, type Library } from "./ffi.ts";
import { type Part, sealedFile } from "./libc.ts";

const BUILD = "make build, or set PFLASK_LIB to the path of libpflask.so.0";

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
	loaded ??= loadOneOf(candidates());
	return loaded.first;
}

/** Returns the other functions of libpflask. */
export function nativeRest(): Rest {
	loaded ??= loadOneOf(candidates());
	loaded.rest ??= dlopen(loaded.path, REST).symbols;
	return loaded.rest;
}

/**
 * Loads libpflask from a file that `bun build --compile` embedded in the running executable. A
 * program that was not compiled loads the file that PFLASK_LIB names, or else the given file. An
 * embedded library is copied to a sealed memfd, which must stay open. If the place of the library
 * in the executable is known, the kernel copies the library. A start is then 10 % faster than if
 * Bun read the library.
 */
export async function useLibrary(path: string, embedded?: Part): Promise<void> {
	loaded = path.startsWith("/$bunfs/")
		? loadEmbedded(embedded ?? (await Bun.file(path).bytes()))
		: loadOneOf([process.env.PFLASK_LIB ?? path]);
}

/**
 * Returns the paths to try: only PFLASK_LIB if it is set, otherwise the build of the repository,
 * then the package for the platform.
 */
function candidates(): string[] {
	if (process.env.PFLASK_LIB) return [process.env.PFLASK_LIB];
	const built = `${import.meta.dir}/../../../dist/lib/libpflask.so.0`;
	const name = `@pflask/linux-${process.arch}/libpflask.so.0`;
	try {
		return [built, Bun.resolveSync(name, import.meta.dir)];
	} catch {
		return [built, name];
	}
}

function loadOneOf(paths: readonly string[], hint = BUILD): Loaded {
	const reasons: string[] = [];
	for (const path of paths) {
		try {
			return load(path);
		} catch (error) {
			if (error instanceof PflaskError) throw error;
			reasons.push(`${path}: ${error instanceof Error ? error.message : error}`);
		}
	}
	throw new PflaskError(`cannot load libpflask: ${reasons.join("; ")}`, {
		code: "internal",
		subject: paths[0] ?? "",
		hint,
	});
}

function load(path: string): Loaded {
	const first = dlopen(path, FIRST).symbols;
	const abi = first.pflask_abi();
	if (abi !== ABI)
		throw new PflaskError(
			`libpflask: ${path} has ABI ${abi}, but this program requires ABI ${ABI}`,
			{
				code: "internal",
				subject: path,
				hint: "make build",
			},
		);
	return { path, first };
}

/**
 * Loads an embedded library. Leaves the memfd open, because nativeRest() loads the library from the
 * memfd again.
 */
function loadEmbedded(library: Uint8Array | Part): Loaded {
	const fd = sealedFile("libpflask", library);
	if (fd < 0)
		throw new PflaskError(`cannot copy libpflask to memory: ${errorText(-fd)}`, {
			code: "internal",
			operation: "library",
			errno: -fd,
		});
	return loadOneOf([`/proc/self/fd/${fd}`], "");
}
