// SPDX-License-Identifier: BSD-2-Clause
// A worker that runs a command in a detached container, and posts the pid of the command.
import { find } from "../../packages/runtime/src/index.ts";
import { PROBE } from "./probe.ts";

declare const self: Worker;

self.onmessage = async ({ data }: MessageEvent<number>) => {
	const container = await find(data);
	const command = container.exec([PROBE, "hold"], { stdin: "pipe" });
	self.postMessage((await command.started).leaderPid);
	await Promise.all([command.exited, container.exited]);
};
