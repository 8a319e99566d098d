// SPDX-License-Identifier: BSD-2-Clause
// Parses the command line: "check [--json]", "setup [USER] [--dry-run]".
import { getopt, notation, type Operands, type Option, UsageError } from "@pflask/command";

/** The parsed command line. */
export interface CommandLine {
	/** The command. */
	readonly command: "check" | "setup" | "help" | "version";
	/** The user to set up for, by name or uid. */
	readonly user: string | undefined;
	readonly json: boolean;
	readonly dryRun: boolean;
	/** The directory that stands for the root directory; for tests. */
	readonly root: string;
}

/** The options. `root` is for tests. */
export const GRAMMAR = {
	json: { argument: "none", of: ["check"], help: "print the result as JSON" },
	"dry-run": { argument: "none", of: ["setup"], help: "print the changes without making them" },
	root: { argument: "required", value: "DIR" },
	help: { argument: "none", short: "h", help: "print this help" },
	version: { argument: "none", short: "V", help: "print the version" },
} as const;

/** The operands. */
export const OPERANDS: Operands = { "": ["check", "setup"], setup: "users" };

/** The text of --help. */
export const HELP: string = `Usage: pflask-userns check [--json]
       pflask-userns setup [USER] [--dry-run]
Check the requirements of unprivileged containers, and set them up.

check           try each requirement as the caller; exit 0 if none is missing
${line("json")}
setup [USER]    give USER subordinate ids, allow user namespaces; needs root
${line("dry-run")}
                USER is a name or a uid; default: the user who called sudo

${line("help")}
${line("version")}
`;

function line(name: Exclude<Name, "root">): string {
	return `${notation(name, GRAMMAR[name]).padEnd(15)} ${GRAMMAR[name].help}`;
}

type Name = keyof typeof GRAMMAR;

/** Parses the command line, without the program's name. Options may follow operands. */
export function parse(argv: readonly string[]): CommandLine {
	const { values, operands } = permute(argv);
	const rest = {
		json: values.has("json"),
		dryRun: values.has("dry-run"),
		root: values.get("root") ?? "/",
	};
	const [command, user, more] = operands;
	if (values.has("help")) return { ...rest, command: "help", user };
	if (values.has("version")) return { ...rest, command: "version", user };
	if (command !== "check" && command !== "setup")
		throw new UsageError(command ?? "COMMAND", command ? "unknown command" : "missing operand");
	const surplus = command === "check" ? user : more;
	if (surplus !== undefined) throw new UsageError(surplus, "extra operand");
	const wrong = [...values.keys()].find((name) => !isOf(name, command));
	if (wrong !== undefined) throw new UsageError(`--${wrong}`, `not an option of ${command}`);
	return { ...rest, command, user };
}

function isOf(name: Name, command: string): boolean {
	const { of = [command] }: Option = GRAMMAR[name];
	return of.includes(command);
}

/**
 * Separates options from operands. Continues after an operand, because getopt() stops there. Does
 * not continue after "--".
 */
function permute(argv: readonly string[]): {
	values: Map<Name, string | undefined>;
	operands: string[];
} {
	const values = new Map<Name, string | undefined>();
	const operands: string[] = [];
	let rest = argv;
	while (rest.length > 0) {
		const parsed = getopt<Name>(GRAMMAR, rest);
		for (const [name, value] of parsed.options) values.set(name, value);
		if (parsed.error !== undefined) throw parsed.error;
		const last = rest[rest.length - parsed.operands.length - 1] === "--";
		operands.push(...parsed.operands.slice(0, last ? undefined : 1));
		rest = last ? [] : parsed.operands.slice(1);
	}
	return { values, operands };
}
