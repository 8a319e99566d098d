// SPDX-License-Identifier: BSD-2-Clause
// A program that runs workers one after the other. The workers import @pflask/runtime, the program
// does not:
//	worker-host.ts WORKER COUNT [MESSAGE]
// Prints the first message of a worker, and then terminates the worker. Prints a line "worker"
// before the first worker, and a line "terminated" after each worker. Reads a line before each
// step, and ends at the end of the input.
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
