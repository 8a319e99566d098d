// SPDX-License-Identifier: BSD-2-Clause
// Makes pipes without a reader.
import { openSync, writeSync } from "node:fs";

/** The capacity of a pipe, bytes (pipe(7)). */
const PIPE_SIZE = 65536;

/**
 * Makes a FIFO that no process reads, with room for only `room` bytes. Returns an open descriptor,
 * which keeps the FIFO alive.
 */
export function unreadFifo(path: string, room: number): number {
	Bun.spawnSync(["mkfifo", path]);
	const fd = openSync(path, "r+");
	writeSync(fd, "x".repeat(PIPE_SIZE - room));
	return fd;
}
