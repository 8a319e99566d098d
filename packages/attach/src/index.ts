// SPDX-License-Identifier: BSD-2-Clause
// @pflask/attach: functions for detached containers.
export { keyOf } from "@pflask/command";
export type {
	AttachOptions,
	Detached,
	End,
	ExecOptions,
	FindOptions,
	KillOptions,
	LogsOptions,
	Waiting,
	Which,
} from "@pflask/runtime/control";
export {
	attach,
	exec,
	find,
	forget,
	kill,
	list,
	logs,
	wait,
	waitAll,
} from "@pflask/runtime/control";
