// SPDX-License-Identifier: BSD-2-Clause
// Applies the changes of a trial to the files in the lower directories, and reverts the changes.
import {
	applyTrial,
	conflictsOf,
	DEVICES,
	donePathsOf,
	FORCE,
	revertTrial,
	SETUID,
	selectPaths,
} from "@pflask/runtime/trial";
import type { Lost, Trial } from "./trial.ts";

export interface ApplyOptions {
	/** The paths whose changes are applied. Default: all. */
	readonly paths?: readonly string[];
	/** Whether to apply changes to paths that have changed since the trial. */
	readonly force?: boolean;
	/**
	 * The kinds of risky files that may be applied although a less privileged user could have made
	 * them.
	 */
	readonly allow?: readonly Risk[];
}

/** Files by which a less privileged user could become root. */
export const RISKS = ["setuid", "devices"] as const;
export type Risk = (typeof RISKS)[number];

const FLAGS: Readonly<Record<Risk, number>> = { setuid: SETUID, devices: DEVICES };

/** What was done. */
export interface Done {
	readonly paths: readonly string[];
	/** The paths that another process has changed. If there are such paths, nothing was done. */
	readonly conflicts: readonly Lost[];
}

function doneIn({ handle }: Trial): Done {
	const conflicts = conflictsOf(handle).map(({ path, why = "" }) => ({ path, why }));
	return { paths: donePathsOf(handle), conflicts };
}

/** Applies changes of a trial. If there are conflicts, applies nothing. */
export function apply(trial: Trial, options: ApplyOptions = {}): Done {
	const { paths = [], force = false, allow = [] } = options;
	const flags = allow.reduce((sum, risk) => sum | FLAGS[risk], force ? FORCE : 0);
	selectPaths(trial.handle, paths);
	applyTrial(trial.handle, flags);
	return doneIn(trial);
}

/** Reverts all applied changes. If a path has changed since then, reverts nothing. */
export function revert(trial: Trial): Done {
	revertTrial(trial.handle);
	return doneIn(trial);
}
