// SPDX-License-Identifier: BSD-2-Clause
// @pflask/attach: functions for detached containers.
export { keyOf } from "@pflask/command";
export type {
	AttachOptions,
	Detached,
	ExecOptions,
	LogsOptions,
	Which,
} from "@pflask/runtime/control";
export { attach, exec, find, list, logs, wait } from "@pflask/runtime/control";
export type { KillOptions } from "./kill.ts";
export { kill } from "./kill.ts";
