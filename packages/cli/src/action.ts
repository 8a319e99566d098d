// SPDX-License-Identifier: BSD-2-Clause
// Finds the action that the options select, and checks that every option applies to the action.
import { UsageError } from "@pflask/command";
import { ACTIONS, type Action, type Name, OPTIONS, type Option, type Values } from "./options.ts";

/**
 * Returns the selected action. Throws a UsageError for an option that does not apply to the action.
 */
export function actionOf(values: Values): Action | "run" {
	const action = onlyActionOf(values) ?? "run";
	for (const name of Object.keys(values) as Name[]) {
		const { of = ["run"] }: Option = OPTIONS[name];
		if (of.includes(action)) continue;
		if (action !== "run") throw contradiction(name, action);
		throw missing(name, of);
	}
	if (action === "run" && values.json && !values["dry-run"])
		throw missing("json", ["list", "diff", "dry-run"]);
	return action;
}

function onlyActionOf(values: Values): Action | undefined {
	let action: Action | undefined;
	for (const name of ACTIONS) {
		if (values[name] === undefined) continue;
		if (action !== undefined) throw contradiction(name, action);
		action = name;
	}
	return action;
}

function missing(name: Name, others: readonly string[]): UsageError {
	return new UsageError(`--${name}`, `requires --${others.join(" or --")}`, "pflask --help");
}

function contradiction(name: Name, other: string): UsageError {
	return new UsageError(`--${name}`, `contradicts --${other}`, "leave one of them out");
}
