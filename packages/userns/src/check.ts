// SPDX-License-Identifier: BSD-2-Clause
// Checks the requirements of unprivileged containers. Tries each requirement.
import { tryAll } from "./facts.ts";
import type { Where } from "./files.ts";
import type { Requirement } from "./requirement.ts";
import { rows } from "./rows.ts";
import { type Attempt, attempt as attemptHere } from "./trial.ts";
import type { User } from "./users.ts";

/** The result of check(). */
export interface Report {
	/**
	 * The version of the report. Raise the version when a program that was written for the old
	 * version would misread the new version.
	 */
	readonly version: 1;
	/** Whether every needed requirement is met. */
	readonly ok: boolean;
	/** The caller, for whom the requirements were checked. */
	readonly user: User;
	/** The requirements, in the order of REQUIREMENTS. */
	readonly requirements: readonly Requirement[];
}

/** The options of check(). */
export interface CheckOptions extends Where {
	/** Runs a trial to its end. Default: a real container, by `start` of @pflask/runtime. */
	readonly attempt?: Attempt;
}

/**
 * Tries every requirement of unprivileged containers, as the caller and in throwaway containers.
 * Reports the missing requirements, with remedies. Leaves no changes. Sources: user_namespaces(7),
 * cgroups(7), newuidmap(1), subuid(5); the kernel's Documentation/filesystems/overlayfs.rst;
 * Debian's and Ubuntu's own settings.
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
