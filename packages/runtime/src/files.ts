// SPDX-License-Identifier: BSD-2-Clause
// The files of a spec (`files`). The program gives their contents. Each file becomes a mount of the
// type "file", which reads the contents from a descriptor.
import { errorText, PflaskError } from "./error.ts";
import { mountField } from "./kinds.ts";
import { closeFd, makePipe, rewind, sealedFile } from "./libc.ts";
import type { Spec as Fields } from "./spec.gen.ts";
import { checkSpec, pathOf } from "./spec-check.ts";
import { pour, writerOf } from "./streams.ts";

/** The contents of a file: a text, which becomes UTF-8, or bytes. */
export type Contents = string | Uint8Array | Blob;

/** The wanted container. Every field may be left out. */
export interface Spec extends Fields {
	/**
	 * Files by their absolute paths in the container. The container has its own copies. A copy may
	 * cover a file of the root. pflask mounts the copies after the mounts of `mount`.
	 */
	readonly files?: Readonly<Record<string, Contents>>;
}

/** The open descriptors of the files of a spec. */
export interface OpenFiles {
	/** The fields of the spec, with mounts in place of `files`. */
	readonly fields: Fields;
	/** Whether pour() has bytes to write. */
	readonly needsLoop: boolean;
	/** Closes the descriptors, which a started container does not need any more. */
	close(): void;
	/** Writes the contents that come from Blobs. Rejects if a Blob cannot be read. */
	pour(): Promise<void>;
}

/** Opens the files of a spec. Throws a PflaskError that names the wrong file. */
export function openFiles(spec: Spec): OpenFiles {
	if (typeof spec !== "object" || spec === null) checkSpec(spec);
	if (spec.files === undefined)
		return { fields: spec, needsLoop: false, close() {}, async pour() {} };
	const { files, ...fields } = spec;
	checkSpec(fields);
	const fds: number[] = [];
	const blobs: [Blob, number][] = [];
	const mount = [...(fields.mount ?? [])];
	function close(): void {
		for (const fd of fds.splice(0)) closeFd(fd);
	}
	try {
		for (const [path, contents] of Object.entries(checked(files))) {
			const [fd, end] = contents instanceof Blob ? makePipe() : [memory(path, contents), -1];
			fds.push(fd);
			if (contents instanceof Blob) blobs.push([contents, end]);
			mount.push(`file:${fd}:${mountField(path)}`);
		}
	} catch (error) {
		close();
		for (const [, end] of blobs) closeFd(end);
		throw error;
	}
	const needsLoop = blobs.length > 0;
	return { fields: { ...fields, mount }, needsLoop, close, pour: () => pourAll(blobs) };
}

async function pourAll(blobs: readonly [Blob, number][]): Promise<void> {
	await Promise.all(blobs.map(([blob, end]) => pour(blob.stream(), writerOf(end))));
}

function memory(path: string, contents: string | Uint8Array): number {
	const bytes = typeof contents === "string" ? new TextEncoder().encode(contents) : contents;
	const fd = sealedFile("pflask-file", bytes);
	if (fd >= 0) {
		rewind(fd);
		return fd;
	}
	throw new PflaskError(`${pathOf("files", path)}: cannot make a file: ${errorText(-fd)}`, {
		code: "internal",
		field: "files",
		errno: -fd,
	});
}

function checked(files: unknown): Readonly<Record<string, Contents>> {
	if (typeof files !== "object" || files === null || Array.isArray(files))
		throw mistake("files: must be an object", 'files: { "/etc/motd": "hello\\n" }');
	for (const [path, contents] of Object.entries(files)) {
		const place = pathOf("files", path);
		if (!path.startsWith("/"))
			throw mistake(`${place}: must be an absolute path`, JSON.stringify(`/${path}`));
		if (path.includes("\0")) throw mistake(`${place}: must not contain a NUL`, "");
		const isBytes = contents instanceof Uint8Array || contents instanceof Blob;
		if (typeof contents !== "string" && !isBytes)
			throw mistake(`${place}: must be a string, a Uint8Array or a Blob`, "");
	}
	return files as Readonly<Record<string, Contents>>;
}

function mistake(message: string, hint: string): PflaskError {
	return new PflaskError(message, { code: "invalid", field: "files", hint });
}
