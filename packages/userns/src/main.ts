#!/usr/bin/env -S bun --no-env-file --config=/dev/null --no-install
// SPDX-License-Identifier: BSD-2-Clause
// pflask-userns: checks and sets up the requirements of unprivileged containers.
import { complain, explain, FAILED, print, UsageError } from "@pflask/command";
import { version } from "../package.json" with { type: "json" };
import { check } from "./check.ts";
import { type CommandLine, HELP, parse } from "./options.ts";
import { setup } from "./setup.ts";
import { changesText, reportText } from "./text.ts";

const MISSING = 1;
const PROGRAM = "pflask-userns";

process.exit(await main());

async function main(): Promise<number> {
	try {
		return await act(parse(process.argv.slice(2)));
	} catch (error) {
		complain(PROGRAM, explain(error, PROGRAM));
		return FAILED;
	}
}

async function act(line: CommandLine): Promise<number> {
	switch (line.command) {
		case "help":
			print(HELP);
			return 0;
		case "version":
			print(`${PROGRAM} ${version}\n`);
			return 0;
		case "check": {
			const report = await check(line);
			print(line.json ? `${JSON.stringify(report, null, "\t")}\n` : reportText(report));
			return report.ok ? 0 : MISSING;
		}
		case "setup":
			print(changesText(await setup({ ...line, user: line.user ?? caller() })));
			return 0;
	}
}

/** Returns the user who called sudo(8). */
function caller(): string {
	const { SUDO_USER: user } = process.env;
	if (user !== undefined && user !== "" && user !== "root") return user;
	throw new UsageError("setup", "missing USER", "pflask-userns setup USER");
}
