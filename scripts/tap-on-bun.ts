// SPDX-License-Identifier: BSD-2-Clause
// What tap 21 misses when it runs under Bun instead of Node: preloaded into its runner and into
// every test file.

/** tap sends errors of a worker as serialized objects; Bun has no serializer of that kind. */
class NoSerializer {
	writeHeader(): void {}
	releaseBuffer(): Buffer {
		return Buffer.of(0xff, 0x0f);
	}
}
// Not imported: the names that a module exports are fixed when it is imported first.
Object.assign(process.getBuiltinModule("node:v8"), { DefaultSerializer: NoSerializer });

/** tap takes a call site only from a class of that name. */
function nameCallSites(): void {
	const usual = Error.prepareStackTrace;
	let sites: readonly object[] = [];
	Error.prepareStackTrace = (_error, found) => {
		sites = found;
		return "";
	};
	void new Error("to have a stack").stack;
	Error.prepareStackTrace = usual;
	const prototype: object = Object.getPrototypeOf(sites[0]);
	if (prototype.constructor.name !== "CallSite")
		Object.defineProperty(prototype, "constructor", { value: class CallSite {} });
}
nameCallSites();

/**
 * tap follows the processes that tests spawn, for coverage, through a part of Node's child_process
 * that Bun does not have. It finds that done already.
 */
Object.assign(globalThis, {
	[Symbol.for("process-on-spawn@*:singletonId")]: { version: 1, listeners: [] },
});
