// SPDX-License-Identifier: BSD-2-Clause
// Adds the parts of Node that tap 21 needs and Bun lacks. Bun preloads this file into tap's runner
// and into every test file.

/**
 * Replaces the serializer of node:v8, which Bun lacks. tap uses the serializer to send the errors
 * of a worker.
 */
class NoSerializer {
	writeHeader(): void {}
	releaseBuffer(): Buffer {
		return Buffer.of(0xff, 0x0f);
	}
}
// Do not import node:v8: after an import, the exports of the module can no longer be replaced.
Object.assign(process.getBuiltinModule("node:v8"), { DefaultSerializer: NoSerializer });

/** Gives call sites the class name that tap expects. */
function nameCallSites(): void {
	const original = Error.prepareStackTrace;
	let sites: readonly object[] = [];
	Error.prepareStackTrace = (_error, found) => {
		sites = found;
		return "";
	};
	void new Error("to have a stack").stack;
	Error.prepareStackTrace = original;
	const prototype: object = Object.getPrototypeOf(sites[0]);
	if (prototype.constructor.name !== "CallSite")
		Object.defineProperty(prototype, "constructor", { value: class CallSite {} });
}
nameCallSites();

/**
 * For coverage, tap follows the processes that tests start, by a part of Node's child_process that
 * Bun lacks. With this object, tap behaves as if the part were active already, and does not load
 * the part.
 */
Object.assign(globalThis, {
	[Symbol.for("process-on-spawn@*:singletonId")]: { version: 1, listeners: [] },
});
