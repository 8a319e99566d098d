// SPDX-License-Identifier: BSD-2-Clause
// Finds libpflask, loads it, and checks that it is the one that this program was written for.
import { ABI } from "./abi.gen.ts";
import { PflaskError } from "./error.ts";
import { dlopen, type Library } from "./ffi.ts";
import { closeDescriptor, sealedFile } from "./libc.ts";

const SYMBOLS = {
	pflask_abi: { args: [], returns: "u32" },
	pflask_version: { args: [], returns: "cstring" },
	pflask_spec_new: { args: [], returns: "ptr" },
	pflask_spec_free: { args: ["ptr"], returns: "ptr" },
	pflask_spec_set: { args: ["ptr", "cstring", "cstring"], returns: "i32" },
	pflask_plan_make: { args: ["ptr", "ptr", "ptr"], returns: "i32" },
	pflask_plan_free: { args: ["ptr"], returns: "ptr" },
	pflask_plan_text: { args: ["ptr"], returns: "cstring" },
	pflask_start: {
		args: ["ptr", "i32", "i32", "i32", "u32", "ptr", "ptr"],
		returns: "i32",
	},
	pflask_info: { args: ["ptr", "ptr"], returns: "i32" },
	pflask_terminal: { args: ["ptr"], returns: "i32" },
	pflask_kill: { args: ["ptr", "i32"], returns: "i32" },
	pflask_wait: { args: ["ptr", "i32", "ptr"], returns: "i32" },
	pflask_foreground: { args: ["ptr", "i32", "i32", "ptr"], returns: "i32" },
	pflask_close: { args: ["ptr"], returns: "ptr" },
	pflask_find: { args: ["cstring", "ptr", "ptr"], returns: "i32" },
	pflask_list: { args: ["ptr", "u32", "ptr"], returns: "i32" },
	pflask_attach: { args: ["cstring", "i32", "i32", "i32", "ptr", "ptr"], returns: "i32" },
	pflask_logs: { args: ["cstring", "i32", "i32", "ptr"], returns: "i32" },
	pflask_send: { args: ["cstring", "i32", "ptr"], returns: "i32" },
	pflask_wait_for: { args: ["cstring", "i32", "ptr", "ptr"], returns: "i32" },
	pflask_exec: {
		args: ["cstring", "ptr", "i32", "i32", "i32", "u32", "ptr", "ptr"],
		returns: "i32",
	},
	pflask_terminal_size: { args: ["i32"], returns: "i32" },
	pflask_parent_open_files: { args: [], returns: "i32" },
} as const;

const BUILD = "make build, or set PFLASK_LIB to the path of libpflask.so.0";

type Native = Library<typeof SYMBOLS>["symbols"];

let loaded: Native | undefined;

/** Returns the functions of libpflask, which is loaded on the first call. */
export function native(): Native {
	loaded ??= loadFirst(candidates());
	return loaded;
}

/**
 * Loads libpflask from a file that `bun build --compile` embedded in the running executable, or,
 * where the program was not compiled, from that file unless PFLASK_LIB names another one.
 */
export async function useLibrary(path: string): Promise<void> {
	loaded = path.startsWith("/$bunfs/")
		? await loadEmbedded(path)
		: loadFirst([process.env.PFLASK_LIB ?? path]);
}

/** PFLASK_LIB alone where it is set; else the repository's build, then the platform's package. */
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

function loadFirst(paths: readonly string[], hint = BUILD): Native {
	const reasons: string[] = [];
	for (const path of paths) {
		try {
			return load(path);
		} catch (error) {
			if (error instanceof PflaskError) throw error;
			reasons.push(`${path}: ${error instanceof Error ? error.message : error}`);
		}
	}
	throw new PflaskError(`libpflask: could not be loaded: ${reasons.join("; ")}`, {
		code: "internal",
		subject: paths[0] ?? "",
		hint,
	});
}

function load(path: string): Native {
	const { symbols } = dlopen(path, SYMBOLS);
	const abi = symbols.pflask_abi();
	if (abi !== ABI)
		throw new PflaskError(`libpflask: ${path} has ABI ${abi}, this program needs ${ABI}`, {
			code: "internal",
			subject: path,
			hint: "make build",
		});
	return symbols;
}

async function loadEmbedded(path: string): Promise<Native> {
	const fd = sealedFile("libpflask", await Bun.file(path).bytes());
	if (fd === undefined)
		throw new PflaskError("libpflask: no sealed memfd could be made for it", {
			code: "internal",
			operation: "memfd",
		});
	const symbols = loadFirst([`/proc/self/fd/${fd}`], "");
	closeDescriptor(fd);
	return symbols;
}
