// SPDX-License-Identifier: BSD-2-Clause
// A worker that runs containers at the same time, and posts their statuses.
import { run } from "../../packages/runtime/src/index.ts";

declare const self: Worker;

const all = Array.from({ length: 20 }, (_, i) => run({ command: ["sh", "-c", `exit ${i}`] }));
self.postMessage((await Promise.all(all)).map(({ status }) => status));
