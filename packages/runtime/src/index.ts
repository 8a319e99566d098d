// SPDX-License-Identifier: BSD-2-Clause
// @pflask/runtime: runs commands and whole systems inside Linux namespaces.
export type { Attached } from "./attached.ts";
export type { Change } from "./changes.ts";
export type { Info, Namespace } from "./container.ts";
export type {
	Detached,
	Listed,
	ListOptions,
	LogsOptions,
} from "./detached.ts";
export { detach, find, list } from "./detached.ts";
export type { ErrorCode, ErrorDetails } from "./error.ts";
export { PflaskError } from "./error.ts";
export type { ExecOptions, ExecSpec } from "./exec.ts";
export type { Ending, Exit, Usage } from "./exit.ts";
export type { Contents, Spec } from "./files.ts";
export type { Mount, Netif } from "./kinds.gen.ts";
export { libraryVersion, useLibrary } from "./library.ts";
export type { Operation } from "./operation.gen.ts";
export type { SpawnOptions } from "./options.ts";
export type { Plan } from "./plan-data.ts";
export { plan } from "./plan-data.ts";
export type { Result } from "./result.ts";
export { CommandError } from "./result.ts";
export type { Signal } from "./signal.ts";
export type { Command, Container, RunOptions } from "./spawn.ts";
export { run, spawn } from "./spawn.ts";
export type { Input, Output, Writer } from "./streams.ts";
export type { SyncOptions } from "./sync.ts";
export { runSync } from "./sync.ts";
export type { Terminal, TerminalOptions } from "./terminal.ts";
