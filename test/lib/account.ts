// SPDX-License-Identifier: BSD-2-Clause
// Makes ordinary users. The users exist only while the tests of a file run.
import { existsSync, mkdirSync } from "node:fs";
import t from "tap";
import { sh } from "./host.ts";
import type { Box } from "./live.ts";
import { BUILD } from "./paths.ts";
import { reachable } from "./user.ts";

/** The subordinate ids of test users: those in the README of the original pflask. */
export const RANGE = "100000-165535";

/** A test user. */
export interface Account {
	readonly name: string;
	readonly uid: number;
	readonly gid: number;
	readonly home: string;
	/** A command prefix that runs a command as the user. */
	readonly become: readonly string[];
	/** The environment after a login. */
	readonly env: Readonly<Record<string, string>>;
}

/** The properties of a user besides the home directory. */
export interface AccountOptions {
	/** Subordinate user and group ids, FIRST-LAST. */
	readonly range?: string;
	/** Supplementary groups. */
	readonly groups?: readonly string[];
	/** The login shell. Default: /bin/sh. */
	readonly shell?: string;
}

/**
 * Removes the user. Several users have one range of ids. Without --force, userdel(8) fails if a
 * process of another user has an id of that range.
 */
const REMOVE = 'userdel --force --remove "$1" 2>/dev/null';

/**
 * Makes a user. $1 is the name, $2 the home directory, $3 the range, $4 the groups, $5 the shell.
 * First removes a user of this name that a killed run has left.
 */
const CREATE = `
	if id "$1" >/dev/null 2>&1; then ${REMOVE}; fi
	useradd --create-home --home-dir "$2" --shell "$5" \
		-K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 "$1"
	[ -z "$3" ] || usermod --add-subuids "$3" --add-subgids "$3" "$1"
	[ -z "$4" ] || usermod --append --groups "$4" "$1"
	echo "$(id -u "$1") $(id -g "$1")"`;

/** Runs a script that changes users. A lock lets only one test file at a time run such a script. */
async function locked(script: string, ...words: string[]): Promise<string> {
	mkdirSync(BUILD, { recursive: true });
	return await sh(["flock", `${BUILD}/lock`, "sh", "-ceu", script, "sh", ...words]);
}

/**
 * Makes a user, and removes the user after the tests of this file. No other file may use the name.
 */
export async function account(
	name: `pft-${string}`,
	options: AccountOptions = {},
): Promise<Account> {
	const home = `/home/${name}`;
	t.teardown(() => locked(REMOVE, name));
	const shell = options.shell ?? "/bin/sh";
	const groups = (options.groups ?? []).join(",");
	const ids = await locked(CREATE, name, home, options.range ?? "", groups, shell);
	const [uid = 0, gid = 0] = ids.split(" ").map(Number);
	const path = "/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin";
	return {
		name,
		uid,
		gid,
		home,
		become: ["/usr/bin/setpriv", `--reuid=${name}`, `--regid=${name}`, "--init-groups"],
		env: { PATH: path, HOME: home, USER: name, LOGNAME: name, TERM: "xterm" },
	};
}

/**
 * Copies the executable into the box, where every user can reach the copy. Returns the path of the
 * copy.
 */
export function executable(box: Box): string {
	const place = `${box.dir}/pflask`;
	return existsSync(place) ? place : reachable(box);
}

/**
 * Returns functions that run programs as a user. The prefix in the option `via` runs before the
 * user changes.
 */
export function as(account: Account, box: Box): Pick<Box, "run" | "start" | "terminal"> {
	const program = executable(box);
	function mine<T extends { readonly via?: readonly string[] }>(options?: T) {
		const via = [...(options?.via ?? []), ...account.become];
		return { program, env: account.env, ...options, via };
	}
	return {
		start: (args, options) => box.start(args, mine(options)),
		run: (args, options) => box.run(args, mine(options)),
		terminal: (args, options) => box.terminal(args, mine(options)),
	};
}
