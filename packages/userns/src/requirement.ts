// SPDX-License-Identifier: BSD-2-Clause

/** The names of the requirements, in the order of a report. */
export const REQUIREMENTS = [
	"user-namespaces",
	"max-user-namespaces",
	"unprivileged-userns-clone",
	"apparmor",
	"newuidmap",
	"newgidmap",
	"subuid",
	"subgid",
	"id-maps",
	"proc",
	"overlay",
	"cgroup",
] as const;

/** The name of a requirement. */
export type RequirementName = (typeof REQUIREMENTS)[number];

/** One thing that unprivileged containers need. */
export interface Requirement {
	/** The name. New releases do not change the names. */
	readonly name: RequirementName;
	/** Whether the requirement is met. */
	readonly ok: boolean;
	/**
	 * Whether the containers of this user depend on the requirement. Only --ephemeral needs
	 * "overlay", and only limits and systems that boot need "cgroup". Root needs neither helpers
	 * nor subordinate ids.
	 */
	readonly needed: boolean;
	/** The result of the check, one line. */
	readonly found: string;
	/** A command to type, or one line of advice; "" if the requirement is met. */
	readonly remedy: string;
	/**
	 * The name of the kernel's error number if a trial failed with an error number, otherwise null.
	 */
	readonly errno: string | null;
}
