// SPDX-License-Identifier: BSD-2-Clause
// Pipes that nobody reads.
import { openSync, writeSync } from "node:fs";

/** What a pipe holds, bytes (pipe(7)). */
const PIPE_SIZE = 65536;

/**
 * Makes a FIFO that is nearly full and that nobody reads, and opens it. Returns its descriptor, by
 * which it stays open.
 */
export function unreadFifo(path: string, room: number): number {
	Bun.spawnSync(["mkfifo", path]);
	const fd = openSync(path, "r+");
	writeSync(fd, "x".repeat(PIPE_SIZE - room));
	return fd;
}
