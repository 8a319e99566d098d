// SPDX-License-Identifier: BSD-2-Clause
// The shape of a row of the table of options (options.ts), and the words that the rows use.
import type { Completes, Option as Syntax } from "@pflask/command";
import type { Spec } from "@pflask/runtime/internal";
import type { Kind } from "./kinds.ts";

/** An option. The members from `sets` on define the fields of a spec that the option sets. */
export interface Option extends Syntax {
	/** Whether every occurrence counts. Otherwise the last occurrence counts. */
	readonly multiple?: true;
	readonly group: keyof typeof GROUPS;
	readonly help: string;
	/** Whether --help leaves the option out, because few users type it. */
	readonly rare?: true;
	/** The actions that the option applies to. Default: running a command. */
	readonly of?: readonly (Action | "run")[];
	/** The fields that the option sets, with or without a value. */
	readonly sets?: Spec;
	/** If the option has this value, the option does not set the fields of `sets`. */
	readonly unless?: string;
	/** More fields that the option sets if it has no value. */
	readonly bare?: Spec;
	/** The fields that the option sets for each word, if the value must be one of a few words. */
	readonly words?: Readonly<Record<string, Spec>>;
	/** The word that a hint shows as an example. */
	readonly example?: string;
	/** The field that gets the value. */
	readonly field?: keyof Spec;
	/** The kind of each operand, if the option is an action that takes any number of operands. */
	readonly operands?: Completes;
	/** The kind of the value. Default: the value is any text that is not empty. */
	readonly kind?: Kind;
}

/**
 * The groups of options, in the order of --help. In --help, a brief group shows only the names of
 * its options.
 */
export const GROUPS = {
	container: { title: "Container:", brief: false },
	shared: { title: "Namespaces to share with the host:", brief: true },
	running: { title: "Running the command:", brief: false },
	limits: { title: "Limits and confinement:", brief: false },
	trial: { title: "Trials (DIR of --ephemeral=DIR):", brief: false },
	detached: {
		title: "Detached containers (PID of the monitor or the command, or NAME):",
		brief: false,
	},
} as const;

/** The actions on detached containers. */
export const CONTROLS = ["attach", "exec", "forget", "kill", "list", "logs", "wait"] as const;

/** The actions on trials. */
export const TRIALS = ["diff", "apply", "revert"] as const;

/** The options that do not run a command in a new container. */
export const ACTIONS: readonly (Control | TrialAction)[] = [...CONTROLS, ...TRIALS];

/** An action on detached containers. */
export type Control = (typeof CONTROLS)[number];

/** An action on a trial. */
export type TrialAction = (typeof TRIALS)[number];

export type Action = Control | TrialAction;

/** Tells whether an action is an action on a trial. */
export function isTrialAction(action: Action): action is TrialAction {
	return TRIALS.some((one) => one === action);
}
