#!/usr/bin/env -S bun --no-env-file --config=/dev/null --no-install
// SPDX-License-Identifier: BSD-2-Clause
// pflask-attach: connects the user's terminal to the terminal of a detached container.
import { complain, errorsOf, explain, FAILED, passOn, print, statusOf } from "@pflask/command";
import { version } from "../package.json" with { type: "json" };
import { attach } from "./index.ts";
import { HELP, parse } from "./options.ts";

const PROGRAM = "pflask-attach";

process.exit(main());

function main(): number {
	try {
		return act();
	} catch (error) {
		tell(error);
		return FAILED;
	}
}

/**
 * Returns the command for a name in a hint. Only `list` needs an answer: `--list` is an option of
 * pflask, not of this command.
 */
function wording(name: string): string | undefined {
	return name === "list" ? "pflask --list" : undefined;
}

function tell(error: unknown): void {
	complain(PROGRAM, explain(error, PROGRAM, wording));
}

function act(): number {
	const line = parse(process.argv.slice(2));
	switch (line.action) {
		case "help":
			print(HELP);
			return 0;
		case "version":
			print(`${PROGRAM} ${version}\n`);
			return 0;
		case "attach": {
			const exit = attach(line.which, line);
			if (exit === undefined) return 0;
			const errors = errorsOf(exit);
			for (const error of errors) tell(error);
			passOn(exit);
			return statusOf(exit, errors);
		}
	}
}
