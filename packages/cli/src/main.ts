// SPDX-License-Identifier: BSD-2-Clause
// pflask: options -> spec -> plan -> container -> exit status. Start-up time matters. The
// executable contains the whole program as one small module, so an import takes time only if it
// loads a module of Node. The program does not use Node's stdin, stdout and stderr, because each
// takes milliseconds. The code that runs before every container uses loops, not Array's some(),
// filter() and map(), and no `using`: Bun compiles each of these at its first use, which takes as
// long as ten system calls.
import { passOn, print } from "@pflask/command";
import { endProcess, plan, useLibrary } from "@pflask/runtime";
import library from "../../../dist/lib/libpflask.so.0" with { type: "file" };
import { actionOf } from "./action.ts";
import { exactArguments, quickArguments } from "./argv.ts";
import { helpText, versionText } from "./help.ts";
import { parse } from "./parse.ts";
import { type Context, tell } from "./report.ts";
import { leave, stay } from "./run.ts";
import { specOf } from "./spec.ts";
import { openStatusFd } from "./status.ts";
import { withTerminal } from "./terminal.ts";

/** The place of the library in this executable. scripts/compile.ts defines the two constants. */
const embedded =
	typeof LIBRARY_OFFSET === "number" ? { offset: LIBRARY_OFFSET, size: LIBRARY_SIZE } : undefined;
const context: Context = { origins: new Map(), statusFd: undefined, stoodFor: undefined };
try {
	const status = await act();
	if (context.stoodFor !== undefined) passOn(context.stoodFor);
	endProcess(status);
} catch (error) {
	process.exit(tell(error, context));
}

/** Carries out the command line. Records in the context the facts that an error report needs. */
async function act(): Promise<number> {
	const { values, operands, error } = parse(quickArguments() ?? (await exactArguments()));
	if (values.help) return show(helpText());
	if (values.version) return show(versionText());
	if (values["status-fd"] !== undefined) context.statusFd = await openStatusFd(values["status-fd"]);
	if (error !== undefined) throw error;
	const action = actionOf(values);
	if (action !== "run") {
		await useLibrary(library, embedded);
		const { control } = await import("./control.ts");
		return await control(action, values, operands, context);
	}
	const { spec, origins } = specOf(values, operands);
	context.origins = origins;
	await useLibrary(library, embedded);
	const made = plan(withTerminal(spec)); // freed when the process ends
	if (values["dry-run"]) return show(made.text);
	return spec.detach ? leave(made, context) : stay(made, context);
}

function show(text: string): number {
	print(text);
	return 0;
}
