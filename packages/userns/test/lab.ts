// SPDX-License-Identifier: BSD-2-Clause
// Makes a mount namespace with a copy of /etc. Tests change the copy and leave the machine's /etc
// alone.
import { chmodSync, mkdtempSync, rmdirSync } from "node:fs";
import type { Test } from "tap";
import { isRoot } from "../../../test/lib/host.ts";
import { need } from "../../../test/lib/need.ts";
import { TREE } from "../../../test/lib/paths.ts";
import { BOUND, within } from "../../../test/lib/until.ts";

/** The result of a script. */
export interface Ended {
	readonly status: number | null;
	/** The output of the script on stdout and stderr. */
	readonly out: string;
}

/** Runs a script as root in the lab. */
export type Lab = (script: string) => Promise<Ended>;

/**
 * The script that sets up the lab. In the lab's mount namespace, /etc is a copy. The copy
 * disappears with the namespace. Every user can reach the source tree. $PF runs pflask-userns; "as
 * USER COMMAND..." runs a command as a user; "user NAME" makes a user.
 */
const FRAME = `
	mount -t tmpfs -o mode=755 tmpfs "$1"
	mkdir "$1/tree" "$1/bin"
	mount --bind "$2" "$1/tree"
	# What others lock or replace meanwhile may vanish under the copy.
	cp -a /etc "$1/etc" 2>/dev/null || test -s "$1/etc/passwd"
	mount --bind "$1/etc" /etc
	rm -f /etc/*.lock /etc/*+
	: >/etc/subuid; : >/etc/subgid
	cd /
	TREE=$1/tree BIN=$1/bin
	PF="$TREE/scripts/bun $TREE/packages/userns/src/main.ts"
	as() { local user=$1; shift; setpriv --reuid="$user" --regid="$user" --init-groups "$@"; }
	user() { useradd --no-create-home -K SUB_UID_COUNT=0 -K SUB_GID_COUNT=0 "$1"; }
`;

/** Runs a test in the lab. */
export function inLab(t: Test, name: string, body: (t: Test, lab: Lab) => Promise<void>): void {
	t.test(name, async (t) => {
		if (!need(t, isRoot(), "a mount namespace needs root")) return;
		await body(t, run);
	});
}

async function run(script: string): Promise<Ended> {
	const directory = mkdtempSync("/tmp/pft-userns-");
	chmodSync(directory, 0o755);
	const shell = ["sh", "-ceu", `${FRAME}\n${script}`, "sh", directory, TREE];
	const child = Bun.spawn(["unshare", "--mount", "--propagation=private", ...shell], {
		stdio: ["ignore", "pipe", "pipe"],
		env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
		timeout: BOUND,
		killSignal: "SIGKILL",
	});
	const [out, err] = [child.stdout.text(), child.stderr.text()];
	const status = await within("the lab", child.exited, 2 * BOUND);
	rmdirSync(directory);
	return { status, out: `${await out}${await err}` };
}
