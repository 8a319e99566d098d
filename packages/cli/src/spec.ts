// SPDX-License-Identifier: BSD-2-Clause
// Makes a spec from the options: one rule for each option that sets fields.
import { UsageError } from "@pflask/command";
import { parseSignal, type Spec } from "@pflask/runtime";
import { parseDuration } from "./duration.ts";
import { type Name, OPTIONS, type Values } from "./options.ts";
import { parseSetenv } from "./setenv.ts";
import { parseSize } from "./size.ts";

/** A spec, and the options that set its fields. */
export interface Wanted {
	readonly spec: Spec;
	readonly origins: Origins;
}

/** The option that set a field, by field. Fields that no option set are missing. */
export type Origins = ReadonlyMap<string, Name>;

type Rules = { readonly [N in Name]: (value: NonNullable<Values[N]>) => Spec };

const nothing = (): Spec => ({});

/** The rules: the fields that an option sets, by the option's value. */
export const RULES: Rules = {
	chroot: (chroot) => ({ chroot }),
	mount: (mount) => ({ mount }),
	ephemeral: (where) =>
		where === true ? { ephemeral: true } : { ephemeral: true, ephemeralDir: where },
	changes: (where) => (where === true ? { changes: "1", changesText: true } : { changes: where }),
	keep: (keep) => ({ keep }),
	proc: procOf,
	"read-only": () => ({ readOnly: true }),
	user: (user) => ({ user }),
	"user-map": (userMap) => ({ userMap }),
	chdir: (chdir) => ({ chdir }),
	hostname: (hostname) => ({ hostname }),
	setenv: (lists) => ({ setenv: parseSetenv(lists) }),
	keepenv: () => ({ keepenv: true }),
	clearenv: () => ({ keepenv: false }),
	netif: network,
	"no-userns": () => ({ userns: false }),
	"no-mountns": () => ({ mountns: false }),
	"no-netns": () => ({ netns: false }),
	"no-ipcns": () => ({ ipcns: false }),
	"no-utsns": () => ({ utsns: false }),
	"no-pidns": () => ({ pidns: false }),
	"as-pid1": () => ({ asPid1: true }),
	tty: terminal,
	"kill-signal": killSignal,
	"kill-after": killAfter,
	"status-fd": nothing,
	"dry-run": nothing,
	detach: () => ({ detach: true }),
	name: (name) => ({ name }),
	"pid-file": (pidFile) => ({ pidFile }),
	scrollback,
	attach: nothing,
	"detach-key": nothing,
	list: nothing,
	json: nothing,
	quiet: nothing,
	exec: nothing,
	kill: nothing,
	logs: nothing,
	follow: nothing,
	wait: nothing,
	help: nothing,
	version: nothing,
};

/** Returns the spec for the options and operands. Throws a UsageError for a malformed value. */
export function specOf(values: Values, operands: readonly string[]): Wanted {
	const spec: Spec = { command: operands };
	const origins = new Map<string, Name>();
	for (const name of Object.keys(values) as Name[]) add(spec, origins, name, apply(name, values));
	return { spec, origins };
}

function apply<N extends Name>(name: N, values: Values): Spec {
	const value = values[name];
	if (value === undefined) return {};
	if (value === "" || (isList(value) && value.includes("")))
		throw new UsageError(`--${name}`, "the value is empty", usageOf(name));
	return RULES[name](value);
}

function isList(value: string | true | readonly (string | true)[]): value is readonly string[] {
	return Array.isArray(value);
}

/** Adds fields to a spec. Throws a UsageError if two options set a field to different values. */
function add(spec: Spec, origins: Map<string, Name>, name: Name, fields: Spec): void {
	for (const [field, value] of Object.entries(fields)) {
		const origin = origins.get(field);
		const before = spec[field as keyof Spec];
		if (origin !== undefined && before !== value)
			throw new UsageError(`--${name}`, `contradicts --${origin}`, "leave one of them out");
		origins.set(field, name);
		Object.assign(spec, { [field]: value });
	}
}

/**
 * Returns the fields for --netif. Every value except "host" asks for a network namespace. Without a
 * value the option asks for the namespace alone.
 */
function network(values: readonly (string | true)[]): Spec {
	const netif = values.filter((value) => value !== true);
	return {
		...(values.some((value) => value !== "host") && { netns: true }),
		...(netif.length > 0 && { netif }),
	};
}

function procOf(how: string): Spec {
	if (how === "new") return { bindProc: false };
	if (how === "bind") return { bindProc: true };
	if (how === "unmasked") return { unmaskProc: true };
	throw new UsageError("--proc", `'${how}': not new, bind or unmasked`, "--proc=bind");
}

function terminal(when: string): Spec {
	if (when === "auto") return {};
	if (when === "always" || when === "never") return { terminal: when === "always" };
	throw new UsageError("--tty", `'${when}': not auto, always or never`, "--tty=auto");
}

function killSignal(text: string): Spec {
	const signal = parseSignal(text);
	if (signal !== undefined) return { killSignal: signal };
	throw new UsageError("--kill-signal", `'${text}': no such signal`, "--kill-signal=TERM");
}

function killAfter(text: string): Spec {
	return { killAfter: killAfterOf(text) };
}

/** Returns the milliseconds in the value of --kill-after. */
export function killAfterOf(text: string): number {
	const milliseconds = parseDuration(text);
	if (milliseconds !== undefined) return milliseconds;
	throw new UsageError("--kill-after", `'${text}': not a duration`, "--kill-after=10s");
}

function scrollback(text: string): Spec {
	const bytes = parseSize(text);
	if (bytes !== undefined) return { scrollback: bytes };
	throw new UsageError("--scrollback", `'${text}': not a size`, "--scrollback=256K");
}

function usageOf(name: Name): string {
	const option = OPTIONS[name];
	return "value" in option ? `--${name}=${option.value}` : `--${name}`;
}
