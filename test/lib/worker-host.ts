// SPDX-License-Identifier: BSD-2-Clause
// A program that does not import @pflask/runtime, but runs workers that do, one after the other:
//	worker-host.ts WORKER COUNT [MESSAGE]
// Terminates a worker when the worker has told something. Prints a line "worker" before the first
// worker, and for each worker what it has told. Reads a line before each step, and ends at the end
// of the input.
export {};

const [worker = "", count = "1", message] = process.argv.slice(2);
const lines = console[Symbol.asyncIterator]();

async function step(text: unknown): Promise<void> {
	console.log(`${text}`);
	await lines.next();
}

await step("worker");
for (let i = 0; i < Number(count); i++) {
	const one = new Worker(worker);
	const told = new Promise<unknown>((resolve, reject) => {
		one.onmessage = ({ data }) => resolve(data);
		one.onerror = ({ message }) => reject(new Error(message));
	});
	if (message !== undefined) one.postMessage(Number(message));
	await step(await told);
	one.terminate();
	await step("terminated");
}
