// SPDX-License-Identifier: BSD-2-Clause
// Adds what tap 21 lacks when tap runs under Bun instead of Node. Bun preloads this file into tap's
// runner and into every test file.

/** Replaces node:v8's serializer, which Bun lacks. tap uses it to send the errors of a worker. */
class NoSerializer {
	writeHeader(): void {}
	releaseBuffer(): Buffer {
		return Buffer.of(0xff, 0x0f);
	}
}
// Do not import node:v8: an import would fix the exports of the module before this replacement.
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
 * Keeps tap from following the processes that tests spawn, by pretending that tap already follows
 * them. tap follows processes for coverage, with a part of Node's child_process that Bun lacks.
 */
Object.assign(globalThis, {
	[Symbol.for("process-on-spawn@*:singletonId")]: { version: 1, listeners: [] },
});
