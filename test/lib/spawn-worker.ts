// SPDX-License-Identifier: BSD-2-Clause
// A worker that starts containers of several kinds, and tells the pid of a command.
import { spawn } from "../../packages/runtime/src/index.ts";
import { PROBE } from "./probe.ts";

declare const self: Worker;

const spec = { command: [PROBE, "hold"] };
const containers = [
	spawn(spec, { stdin: "pipe", stderr: "pipe" }),
	spawn(spec, { terminal: {} }),
	spawn({ ...spec, ephemeral: true }),
];
const [first] = await Promise.all(containers.map(({ started }) => started));
self.postMessage(first?.leaderPid);
await containers[0]?.exited;
