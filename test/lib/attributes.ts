// SPDX-License-Identifier: BSD-2-Clause
// Reads and sets extended attributes, for which neither Node nor Bun has a function.
import { toCString } from "../../packages/runtime/src/bytes.ts";
import { dlopen } from "../../packages/runtime/src/ffi.ts";

const { listxattr, getxattr, setxattr } = dlopen("libc.so.6", {
	listxattr: { args: ["buffer", "buffer", "u64"], returns: "i64" },
	getxattr: { args: ["buffer", "buffer", "buffer", "u64"], returns: "i64" },
	setxattr: { args: ["buffer", "buffer", "buffer", "u64", "i32"], returns: "i32" },
}).symbols;

const room = new Uint8Array(65536);

/** Returns the extended attributes of an open file, which may be open with O_PATH. */
export function attributesOf(fd: number): Map<string, Uint8Array> {
	const path = toCString(`/proc/self/fd/${fd}`);
	const all = new Map<string, Uint8Array>();
	const size = Number(listxattr(path, room, room.length));
	const names = Buffer.from(room.subarray(0, Math.max(0, size))).toString("latin1");
	for (const name of names.split("\0").slice(0, -1)) {
		const length = Number(getxattr(path, Buffer.from(`${name}\0`, "latin1"), room, room.length));
		if (length < 0) throw new Error(`getxattr ${name}`);
		all.set(name, room.slice(0, length));
	}
	return all;
}

/** Sets an extended attribute of an open file. */
export function setAttribute(fd: number, name: string, value: Uint8Array): void {
	const path = toCString(`/proc/self/fd/${fd}`);
	if (setxattr(path, toCString(name), value, value.length, 0) < 0)
		throw new Error(`setxattr ${name}`);
}
