// SPDX-License-Identifier: BSD-2-Clause
// What is to be done, and which options say something about that.
import { UsageError } from "@pflask/command";
import { ACTIONS, type Action, type Name, OPTIONS, type Option, type Values } from "./options.ts";

/** Returns what is to be done. Throws a UsageError where an option says nothing about that. */
export function actionOf(values: Values): Action | "run" {
	const action = onlyActionOf(values) ?? "run";
	for (const name of Object.keys(values) as Name[]) {
		const { of = ["run"] }: Option = OPTIONS[name];
		if (of.includes(action)) continue;
		if (action !== "run") throw contradiction(name, action);
		throw new UsageError(`--${name}`, `needs --${of.join(" or --")}`, "pflask --help");
	}
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

function contradiction(name: Name, other: string): UsageError {
	return new UsageError(`--${name}`, `contradicts --${other}`, "leave one of them out");
}
