// SPDX-License-Identifier: BSD-2-Clause
// Parses the command line of pflask-attach: "[--detach-key=^X|none] PID|NAME".
import { getopt, keyOf, notation, type Operands, UsageError } from "@pflask/command";

/** The parsed command line. */
export type CommandLine =
	| { readonly action: "help" | "version" }
	| { readonly action: "attach"; readonly which: string; readonly detachKey: number | null };

/** The options. */
export const GRAMMAR = {
	"detach-key": {
		argument: "required",
		value: "^X|none",
		help: "set the key that detaches (^@)",
		completes: ["none"],
	},
	help: { argument: "none", short: "h", help: "print this help" },
	version: { argument: "none", short: "V", help: "print the version" },
} as const;

/** The operand. */
export const OPERANDS: Operands = { "": "containers" };

/** The text of --help. */
export const HELP: string = `Usage: pflask-attach [--detach-key=^X|none] PID|NAME
Connect the terminal to a detached container of pflask, and exit with the status
of the container. PID is the pid of the monitor or of the command.

${line("detach-key")}
${line("help")}
${line("version")}
`;

function line(name: keyof typeof GRAMMAR): string {
	return `${notation(name, GRAMMAR[name]).padEnd(26)} ${GRAMMAR[name].help}`;
}

/** Parses the command line, without the program's name. */
export function parse(argv: readonly string[]): CommandLine {
	const { options, operands, error } = getopt<keyof typeof GRAMMAR>(GRAMMAR, argv, () => true);
	const values = new Map(options);
	if (values.has("help")) return { action: "help" };
	if (values.has("version")) return { action: "version" };
	if (error !== undefined) throw error;
	const [which = "", surplus] = operands;
	if (which === "") throw new UsageError("PID|NAME", "missing operand");
	if (surplus !== undefined) throw new UsageError(surplus, "extra operand");
	const key = values.get("detach-key") ?? "^@";
	const detachKey = keyOf(key);
	if (detachKey !== undefined) return { action: "attach", which, detachKey };
	throw new UsageError(
		"--detach-key",
		`'${key}': not a control character or none`,
		"--detach-key=^X",
	);
}
