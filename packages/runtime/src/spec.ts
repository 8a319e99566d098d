// SPDX-License-Identifier: BSD-2-Clause
import { toCString } from "./bytes.ts";
import { PflaskError } from "./error.ts";
import { type Pointer, toPointer } from "./ffi.ts";
import { native } from "./library.ts";

/** The soft limit on open files that a program usually starts with. */
const USUAL_OPEN_FILES = 1024;
const ENOENT = 2;
const ENOMEM = 12;

/** What is wanted. Every field may be left out; the names are those of pflask_spec_set(). */
export interface Spec {
	/** The command and its arguments. Default: the login shell of the container's user. */
	readonly command?: readonly string[];
	/** Directory that becomes the container's root. Default: the host's root. */
	readonly chroot?: string;
	/** Working directory inside. */
	readonly chdir?: string;
	/** Host name inside; needs a uts namespace. */
	readonly hostname?: string;
	/** Variables added to the command's environment. */
	readonly setenv?: Readonly<Record<string, string>>;
	/** Whether the command gets the caller's environment. Default: without chroot. */
	readonly keepenv?: boolean;
	/** Mounts, in order, as --mount has them: "bind:/tmp:/tmp"; mountField() writes a field. */
	readonly mount?: readonly string[];
	/** Whether /proc is the host's, with all its processes. Default: no, a fresh one. */
	readonly bindProc?: boolean;
	/**
	 * Whether nothing of /proc and /sys is hidden, and nothing of /proc is read-only, so that
	 * containers can be made inside. Default: no. It contradicts `bindProc`.
	 */
	readonly unmaskProc?: boolean;
	/** Whether the root itself is read-only. Default: no. */
	readonly readOnly?: boolean;
	/** Whether changes to the root are lost at the end. Default: no. */
	readonly ephemeral?: boolean;
	/** Directory that keeps those changes instead, in "upper". */
	readonly ephemeralDir?: string;
	/** Where changed paths are listed at the end, as lines of JSON: a descriptor or a file. */
	readonly changes?: string;
	/** Whether they are listed as text instead. */
	readonly changesText?: boolean;
	/** Directory to which what has changed is copied at the end. */
	readonly keep?: string;
	/** The user, and group, that the command runs as: "USER" or "USER:GROUP". */
	readonly user?: string;
	/** The maps of the user namespace: "ID:HOST:COUNT", "u:..." or "g:...", or "auto" alone. */
	readonly userMap?: readonly string[];
	/**
	 * Whether a user namespace is made. Default: where user or userMap ask for one, or the caller
	 * may not do without.
	 */
	readonly userns?: boolean;
	/** Whether a mount namespace is made. Default: yes. */
	readonly mountns?: boolean;
	/** Network interfaces, as --netif has them: "veth:v0:eth0:addr=10.0.0.2/24:up". */
	readonly netif?: readonly string[];
	/** Whether a network namespace is made. Default: where netif asks for one. */
	readonly netns?: boolean;
	/** Whether an ipc namespace is made. Default: yes. */
	readonly ipcns?: boolean;
	/** Whether a uts namespace is made. Default: yes. */
	readonly utsns?: boolean;
	/** Whether a pid namespace is made. Default: yes. */
	readonly pidns?: boolean;
	/** Whether the command itself is pid 1. Default: only init and systemd are. */
	readonly asPid1?: boolean;
	/** Whether stdin, stdout and stderr are a pty of the container's own. */
	readonly terminal?: boolean;
	/** With a terminal: whether stderr stays the caller's. */
	readonly ownStderr?: boolean;
	/** Rows of the pty. Default, or 0: those of the caller's stdin, else 24. */
	readonly rows?: number;
	/** Columns of the pty. Default, or 0: those of the caller's stdin, else 80. */
	readonly cols?: number;
	/** What SIGTERM, SIGINT and SIGHUP become for a booted init. Default: SIGRTMIN+3. */
	readonly killSignal?: number;
	/** Milliseconds until a pid 1 that ignores them is killed. Default: 10000. */
	readonly killAfter?: number;
	/**
	 * Whether the container outlives this program, has a terminal that others can attach to, and
	 * is found by name or pid. Default: no.
	 */
	readonly detach?: boolean;
	/** With detach: its name, [A-Za-z0-9][A-Za-z0-9._-]*, up to 63 characters, not all digits. */
	readonly name?: string;
	/** With detach: the file that the monitor's pid is written to, and that it removes. */
	readonly pidFile?: string;
	/** With detach: how much of the terminal's output is kept, bytes. Default: 256 KiB. */
	readonly scrollback?: number;
	/**
	 * Soft limit on open files of the command; 0 leaves it. Default: that of the process that
	 * started this one, because Bun raises its own.
	 */
	readonly openFiles?: number;
}

/** Calls a function with a C spec that says the same, and frees it. */
export function withNativeSpec<T>(spec: Spec, use: (handle: Pointer) => T): T {
	const handle = toPointer(native().pflask_spec_new());
	if (handle === null) throw new PflaskError("spec: out of memory", { code: "internal" });
	try {
		const openFiles = spec.openFiles ?? parentOpenFiles();
		for (const [field, value] of Object.entries({ ...spec, openFiles }))
			for (const text of valuesOf(field, value)) setField(handle, field, text);
		return use(handle);
	} finally {
		native().pflask_spec_free(handle);
	}
}

function parentOpenFiles(): number {
	const limit = native().pflask_parent_open_files();
	return limit < 0 ? USUAL_OPEN_FILES : limit;
}

/** Returns a path as a field of a mount: a colon in it is no separator. */
export function mountField(path: string): string {
	return path.replaceAll(":", "\\:");
}

type Value = Spec[keyof Spec];

/** Returns what a field's value is in C: one string, or one for each member of a list. */
function valuesOf(field: string, value: Value): readonly string[] {
	if (value === undefined) return [];
	if (typeof value === "boolean") return [value ? "yes" : "no"];
	if (typeof value === "number") return [`${value}`];
	if (typeof value === "string") return [value];
	if (isList(value)) return value;
	return Object.entries(value).map(([name, text]) => {
		if (name === "" || name.includes("="))
			throw invalid(field, `${name}=${text}: not the name of a variable`);
		return `${name}=${text}`;
	});
}

function isList(value: object): value is readonly string[] {
	return Array.isArray(value);
}

function setField(handle: Pointer, field: string, text: string): void {
	if (text.includes("\0")) throw invalid(field, `${text}: a NUL can not be passed on`);
	const value = text.isWellFormed() ? text : toCString(text);
	const result = native().pflask_spec_set(handle, field, value);
	if (result === 0) return;
	if (result === -ENOENT) throw invalid(field, "no such field of a spec");
	if (result === -ENOMEM) throw new PflaskError("spec: out of memory", { code: "internal" });
	throw invalid(field, `${text}: malformed value`);
}

function invalid(field: string, message: string): PflaskError {
	return new PflaskError(message, { code: "invalid", field });
}
