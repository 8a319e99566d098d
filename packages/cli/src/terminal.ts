// SPDX-License-Identifier: BSD-2-Clause
import { isSameFile, type Spec, terminalSize } from "@pflask/runtime";

/**
 * Decides what the options have left open: the command gets a terminal where pflask has one on
 * both sides. Its stderr is that terminal only if ours goes where our stdout goes. A detached
 * command has one whatever ours are, since nobody knows who will attach.
 */
export function withTerminal(spec: Spec): Spec {
	if (spec.detach) return { terminal: true, ...spec };
	const terminal = spec.terminal ?? (isTerminal(0) && isTerminal(1));
	if (!terminal) return spec;
	return { ...spec, terminal, ownStderr: !isSameFile(1, 2) };
}

function isTerminal(fd: number): boolean {
	return terminalSize(fd) !== undefined;
}
