// SPDX-License-Identifier: BSD-2-Clause
// pflask: options -> spec -> plan -> container -> exit status. Start-up time matters. The
// executable contains the whole program as one small module, so an import takes time only if it
// loads a module of Node. The program does not use Node's stdin, stdout and stderr, because each of
// these streams takes milliseconds. The code that runs before every container uses loops, not
// Array's some(), filter() and map(), and no `using`: Bun compiles each of these functions at its
// first use, and a compilation takes as long as ten system calls.
import { print, report, reportAlone, type UsageError } from "@pflask/command";
import {
	endProcess,
	PASS_ON,
	plan,
	type Reporter,
	reportPlan,
	type Spec,
	useLibrary,
} from "@pflask/runtime/internal";
import { actionOf } from "./action.ts";
import { exactArguments, quickArguments } from "./argv.ts";
import { helpText, versionText } from "./help.ts";
import { isTrialAction } from "./option.ts";
import { parse } from "./parse.ts";
import { leave, stay } from "./run.ts";
import { specOf, type Wanted } from "./spec.ts";
import { statsFlag } from "./stats.ts";
import { statusFdOf } from "./status.ts";
import { withTerminal } from "./terminal.ts";
import { WORDS } from "./words.gen.ts";
import { typedWords } from "./words.ts";

/** The place of the library in this executable. scripts/compile.ts defines the two constants. */
const embedded =
	typeof LIBRARY_OFFSET === "number" ? { offset: LIBRARY_OFFSET, size: LIBRARY_SIZE } : undefined;
const to: Reporter = { program: "pflask", typed: "", words: WORDS, statusFd: -1 };
let loading: Promise<void> | undefined;
try {
	await otherProgram();
	endProcess(await act());
} catch (error) {
	process.exit(await tell(error));
}

/** Loads libpflask. Every call returns the same promise, even after a failure. */
function load(): Promise<void> {
	loading ??= useLibrary(embedded);
	return loading;
}

/**
 * If the executable was started by the name of another program that it contains, runs that program,
 * and ends with its status. Otherwise returns. The front has the same names (core-c/front/front.c).
 */
async function otherProgram(): Promise<void> {
	const { argv0 } = process;
	const name = argv0.slice(argv0.lastIndexOf("/") + 1);
	if (name === "pflask-attach") {
		await load();
		await import("@pflask/attach/main");
	} else if (name === "pflask-userns") {
		await load();
		await import("@pflask/userns/main");
	}
}

/** Reports an error. Returns the exit status. */
async function tell(error: unknown): Promise<number> {
	try {
		await load();
	} catch {
		return reportAlone(to, error);
	}
	return report(to, error);
}

/** Carries out the command line. Records in `to` the facts that an error report needs. */
async function act(): Promise<number> {
	const argv = quickArguments() ?? (await exactArguments());
	const { values, operands, error } = parse(argv);
	if (values.help) return show(helpText());
	if (values.version) return show(versionText());
	if (values["status-fd"] !== undefined) to.statusFd = await statusFdOf(values["status-fd"]);
	if (error !== undefined) throw await withAnswer(error, argv);
	const action = actionOf(values);
	if (action !== "run") {
		await load();
		if (isTrialAction(action)) {
			const { trial } = await import("./trial.ts");
			return trial(action, values, operands);
		}
		const { control } = await import("./control.ts");
		return await control(action, values, operands, to);
	}
	const wanted = specOf(values, operands);
	to.typed = typedWords(wanted.origins);
	const spec = values.spec === undefined ? wanted.spec : await withFile(values.spec, wanted);
	const flags = statsFlag(values);
	await load();
	const filtered = withTerminal(await withFilter(spec, values.seccomp));
	if (values.ask) {
		const { ask } = await import("./ask.ts");
		return await ask(filtered, values["dry-run"] === true, to, flags);
	}
	const made = plan(filtered); // freed when the process ends
	if (values["dry-run"]) return show(values.json ? made.json : made.text);
	if (!spec.detach || spec.limitsBestEffort) reportPlan(to, made);
	return spec.detach ? leave(made, to) : stay(made, to, PASS_ON | flags);
}

/** Adds the options to the spec of a file. */
async function withFile(file: string, wanted: Wanted): Promise<Spec> {
	const { withSpecFile } = await import("./spec-file.ts");
	const { spec, typed } = withSpecFile(file, wanted);
	to.typed += typed;
	return spec;
}

/** Compiles the filter of system calls, if the option names a file. */
async function withFilter(spec: Spec, seccomp: string | undefined): Promise<Spec> {
	if (seccomp === undefined || seccomp === "default" || seccomp === "off") return spec;
	const { mayHave, seccompFilter } = await import("@pflask/runtime/seccomp");
	const has = (capability: string) => mayHave(spec.caps ?? [], capability);
	return { ...spec, seccomp: seccompFilter(seccomp, has).field };
}

/** Adds the option of pflask to the mistake if the mistake is an option of another program. */
async function withAnswer(mistake: UsageError, argv: readonly string[]): Promise<UsageError> {
	const { answered } = await import("./foreign.ts");
	return answered(mistake, argv);
}

function show(text: string): number {
	print(text);
	return 0;
}
