// SPDX-License-Identifier: BSD-2-Clause
// The modes of pflask that SECURITY.md compares with each other and with other sandboxes.
import type { Sandbox } from "./reach.ts";

/** Returns the modes, by the heads of their columns in SECURITY.md. */
export function sandboxes(pflask: string): Record<string, Sandbox> {
	function mode(...options: string[]): Sandbox {
		return { run: (...program) => [pflask, ...options, "--", ...program] };
	}
	function byRoot(...options: string[]): Sandbox {
		return { ...mode(...options), byRoot: true };
	}
	return {
		"`pflask`": mode(),
		"`--ephemeral`": mode("--ephemeral"),
		"`--confine`": mode("--confine"),
		"`--ephemeral --confine`": mode("--ephemeral", "--confine"),
		"root: `pflask`": byRoot(),
		"root: `--user-map=auto`": byRoot("--user-map=auto"),
		"root: `--confine`": byRoot("--confine"),
	};
}
