// SPDX-License-Identifier: BSD-2-Clause
// What is found out by trying, before anything is said of it.
import { PflaskError } from "@pflask/runtime";
import { type CgroupTrial, tryCgroup } from "./cgroup.ts";
import { type Range, USUAL_COUNT } from "./range.ts";
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

/** How trying something ended: with an exit status, or with an error. */
export type Tried = number | PflaskError;

/** What is known of the machine and the caller. */
export interface Facts {
	readonly root: string;
	readonly user: User;
	readonly ranges: Ranges;
	/** Ids that nobody has. */
	readonly free: Range | PflaskError;
	readonly userns: Tried;
	readonly idMaps: Tried;
	readonly proc: Tried;
	readonly overlay: Tried;
	readonly cgroup: CgroupTrial;
}

/** Tries everything. Without a user namespace, what would be tried inside fails as that did. */
export async function tryAll(root: string, attempt: Attempt): Promise<Facts> {
	const user = currentUser(root);
	const ranges = rangesOf(user, root);
	const free = result(() => pick(USUAL_COUNT, { root }));
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
