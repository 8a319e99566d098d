#!/usr/bin/env -S bun --no-env-file --config=/dev/null --no-install
// SPDX-License-Identifier: BSD-2-Clause
// pflask-attach: connects the terminal to that of a detached container.
import { errorLines, errorOf, explain, FAILED, print, statusOf, write } from "@pflask/command";
import { version } from "../package.json" with { type: "json" };
import { attach } from "./index.ts";
import { HELP, parse } from "./options.ts";

const PROGRAM = "pflask-attach";

process.exit(await main());

async function main(): Promise<number> {
	try {
		return await act();
	} catch (error) {
		await tell(error);
		return FAILED;
	}
}

async function tell(error: unknown): Promise<void> {
	await write(2, errorLines(PROGRAM, explain(error, PROGRAM)));
}

async function act(): Promise<number> {
	const line = parse(process.argv.slice(2));
	switch (line.action) {
		case "help":
			await print(HELP);
			return 0;
		case "version":
			await print(`${PROGRAM} ${version}\n`);
			return 0;
		case "attach": {
			const exit = attach(line.which, line);
			if (exit === undefined) return 0;
			const error = errorOf(exit);
			if (error !== undefined) await tell(error);
			return statusOf(exit);
		}
	}
}
