#!/usr/bin/env -S bun --no-env-file --config=/dev/null --no-install
// SPDX-License-Identifier: BSD-2-Clause
// pflask-attach: connects the user's terminal to the terminal of a detached container.
import { print, report, sayDetached } from "@pflask/command";
import { PASS_ON, type Reporter, reportExit } from "@pflask/runtime/internal";
import { version } from "../package.json" with { type: "json" };
import { attach } from "./index.ts";
import { HELP, parse } from "./options.ts";

const PROGRAM = "pflask-attach";

/**
 * The words for names in hints. The hints name options of pflask, because this program does not
 * have these options.
 */
const words = "list\tpflask --list\n" + "logs=*\tpflask --logs=*\n" + "wait=*\tpflask --wait=*\n";
const to: Reporter = { program: PROGRAM, typed: "", words, statusFd: -1 };

process.exit(main());

function main(): number {
	try {
		return act();
	} catch (error) {
		return report(to, error);
	}
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
			const exit = attach(line.which, { detachKey: line.detachKey });
			if (exit !== undefined) return reportExit(to, exit, PASS_ON);
			sayDetached(line.which);
			return 0;
		}
	}
}
