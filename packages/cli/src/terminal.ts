// SPDX-License-Identifier: BSD-2-Clause
import { isSameFile, type Spec, terminalSize } from "@pflask/runtime/internal";

/**
 * Sets the terminal fields that the options and --spec left open. The command gets a terminal if
 * both stdin and stdout of pflask are terminals. The command's stderr is the new terminal only if
 * pflask's stdout and stderr are the same file. A detached command always gets a terminal, for a
 * user who attaches later.
 */
export function withTerminal(spec: Spec): Spec {
	if (spec.detach) return { terminal: true, ...spec };
	const terminal = spec.terminal ?? (isTerminal(0) && isTerminal(1));
	if (!terminal) return spec;
	return { ...spec, terminal, ownStderr: spec.ownStderr ?? !isSameFile(1, 2) };
}

function isTerminal(fd: number): boolean {
	return terminalSize(fd) !== undefined;
}
