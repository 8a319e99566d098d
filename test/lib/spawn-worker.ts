// SPDX-License-Identifier: BSD-2-Clause
// A worker that starts a container, and tells the pid of the command.
import { spawn } from "../../packages/runtime/src/index.ts";
import { PROBE } from "./probe.ts";

declare const self: Worker;

const container = spawn({ command: [PROBE, "hold"] });
self.postMessage((await container.started).leaderPid);
await container.exited;
