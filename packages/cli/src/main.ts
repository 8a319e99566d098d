// SPDX-License-Identifier: BSD-2-Clause
// pflask: options -> spec -> plan -> container -> exit status.
// What most runs do not need is imported where it is needed: start-up time is what counts here.
import { type Plan, plan, start, useLibrary } from "@pflask/runtime";
import library from "../../../dist/lib/libpflask.so.0" with { type: "file" };
import { exactArguments, quickArguments } from "./argv.ts";
import { errorOf, statusOf } from "./exit.ts";
import { parse } from "./parse.ts";
import type { Context } from "./report.ts";
import { specOf } from "./spec.ts";
import { withTerminal } from "./terminal.ts";

process.exit(await main());

async function main(): Promise<number> {
	const context: Context = { origins: new Map(), statusFd: undefined };
	try {
		return await act(context);
	} catch (error) {
		const { tell } = await import("./report.ts");
		return await tell(error, context);
	}
}

/** Does what the command line says, and notes in the context what an error report needs. */
async function act(context: Context): Promise<number> {
	const { values, operands, error } = parse(quickArguments() ?? (await exactArguments()));
	if (values.help) return await inform("help");
	if (values.version) return await inform("version");
	if (values["status-fd"] !== undefined) {
		const { openStatusFd } = await import("./status.ts");
		context.statusFd = await openStatusFd(values["status-fd"]);
	}
	if (error !== undefined) throw error;
	const { spec, origins } = specOf(values, operands);
	context.origins = origins;
	await useLibrary(library);
	using made = plan(await withTerminal(spec));
	if (!values["dry-run"]) return await run(made, context);
	const { print } = await import("./output.ts");
	await print(made.text);
	return 0;
}

async function inform(topic: "help" | "version"): Promise<number> {
	const { helpText, versionText } = await import("./help.ts");
	const { print } = await import("./output.ts");
	await print(topic === "help" ? helpText() : versionText());
	return 0;
}

async function run(made: Plan, context: Context): Promise<number> {
	using container = start(made, { foreground: true });
	await context.statusFd?.started(container);
	const exit = container.foreground(0, 1);
	const status = statusOf(exit);
	const error = errorOf(exit);
	if (error !== undefined) {
		const { complain, reportOf } = await import("./report.ts");
		await complain(reportOf(error, context.origins));
	}
	await context.statusFd?.exited(exit, status);
	return status;
}
