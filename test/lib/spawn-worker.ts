// SPDX-License-Identifier: BSD-2-Clause
// A worker that starts many containers of several kinds, and posts the pid of a command.
import { spawn } from "../../packages/runtime/src/index.ts";

declare const self: Worker;

const spec = { command: ["sleep", "1000"] };
const containers = Array.from({ length: 40 }, () => [
	spawn(spec, { stdin: "pipe", stderr: "pipe" }),
	spawn(spec, { terminal: {} }),
	spawn({ ...spec, ephemeral: true }),
]).flat();
const [first] = await Promise.all(containers.map(({ started }) => started));
self.postMessage(first?.leaderPid);
await containers[0]?.exited;
