// SPDX-License-Identifier: BSD-2-Clause
// What unprivileged containers need, tried one by one.
import { tryAll } from "./facts.ts";
import type { Where } from "./files.ts";
import type { Requirement } from "./requirement.ts";
import { rows } from "./rows.ts";
import { type Attempt, attempt as attemptHere } from "./trial.ts";
import type { User } from "./users.ts";

/** What `check` found. */
export interface Report {
	/** Raised when a reader of an older version would misunderstand a newer one. */
	readonly version: 1;
	/** Whether all that is needed is there. */
	readonly ok: boolean;
	/** For whom: the caller. */
	readonly user: User;
	/** In the order of REQUIREMENTS. */
	readonly requirements: readonly Requirement[];
}

/** How it is checked. */
export interface CheckOptions extends Where {
	/** Runs a trial to its end. Default: really, by `start` of @pflask/runtime. */
	readonly attempt?: Attempt;
}

/**
 * Tries for the caller what unprivileged containers need, each thing really, in a throwaway
 * container, and says what is missing and what to do. Changes nothing that lasts.
 * Sources: user_namespaces(7), cgroups(7), newuidmap(1), subuid(5); the kernel's
 * Documentation/filesystems/overlayfs.rst; Debian's and Ubuntu's own settings.
 */
export async function check({
	root = "/",
	attempt = attemptHere,
}: CheckOptions = {}): Promise<Report> {
	const facts = await tryAll(root, attempt);
	const requirements = rows(facts);
	const ok = requirements.every((requirement) => requirement.ok || !requirement.needed);
	return { version: 1, ok, user: facts.user, requirements };
}
