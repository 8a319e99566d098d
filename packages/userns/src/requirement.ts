// SPDX-License-Identifier: BSD-2-Clause

/** The names of the requirements, in their order. */
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
	/** Which one it is; stable. */
	readonly name: RequirementName;
	/** Whether it is there. */
	readonly ok: boolean;
	/**
	 * Whether this user's containers need it. "overlay" is for --ephemeral alone, "cgroup" for
	 * limits alone; root needs neither help nor subordinate ids.
	 */
	readonly needed: boolean;
	/** What was found, one line. */
	readonly found: string;
	/** What makes it be there: a command to type, or one line of advice; "" where it is ok. */
	readonly remedy: string;
	/** The name of the kernel's error number, where trying it failed with one; else null. */
	readonly errno: string | null;
}
