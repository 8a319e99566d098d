// SPDX-License-Identifier: BSD-2-Clause
// @pflask/attach: functions for detached containers.
export { keyOf } from "@pflask/command";
export type {
	AttachOptions,
	Detached,
	ExecOptions,
	KillOptions,
	LogsOptions,
	Which,
} from "@pflask/runtime/control";
export { attach, exec, find, kill, list, logs, wait } from "@pflask/runtime/control";
