// SPDX-License-Identifier: BSD-2-Clause
// Collects the facts about the machine and the caller by trials. rows.ts judges the facts.
import { PflaskError } from "@pflask/runtime/internal";
import { type CgroupTrial, tryCgroup } from "./cgroup.ts";
import { DEFAULT_COUNT, type Range } from "./range.ts";
import { pick, type Ranges, rangesOf } from "./ranges.ts";
import {
	type Attempt,
	freshProc,
	onlyUser,
	overlayOn,
	WITH_RANGES,
	withDirectory,
} from "./trial.ts";
import { currentUser, type User } from "./users.ts";

/** The result of a trial: an exit status, or an error. */
export type Tried = number | PflaskError;

/** The facts about the machine and the caller. */
export interface Facts {
	readonly root: string;
	readonly user: User;
	readonly ranges: Ranges;
	/** A range of ids that are not in use. */
	readonly free: Range | PflaskError;
	readonly userns: Tried;
	readonly idMaps: Tried;
	readonly proc: Tried;
	readonly overlay: Tried;
	readonly cgroup: CgroupTrial;
}

/**
 * Runs all trials. If no user namespace can be made, skips the trials that need a user namespace.
 * The result of these trials is then the error of the user namespace.
 */
export async function tryAll(root: string, attempt: Attempt): Promise<Facts> {
	const user = currentUser(root);
	const ranges = rangesOf(user, root);
	const free = result(() => pick(DEFAULT_COUNT, { root }));
	const userns = result(() => attempt(onlyUser(user)));
	const inside = (trial: () => number) => (userns === 0 ? result(trial) : userns);
	return {
		root,
		user,
		ranges,
		free,
		userns,
		idMaps: inside(() => attempt(WITH_RANGES)),
		proc: inside(() => attempt(freshProc(user))),
		overlay: inside(() => withDirectory((path) => attempt(overlayOn(path, user)))),
		cgroup: await tryCgroup(user, root),
	};
}

function result<T>(action: () => T): T | PflaskError {
	try {
		return action();
	} catch (error) {
		if (error instanceof PflaskError) return error;
		throw error;
	}
}
