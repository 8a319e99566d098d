// SPDX-License-Identifier: BSD-2-Clause
// @pflask/command: code that the commands share (pflask, pflask-attach, pflask-userns).
export { sayDetached } from "./detached.ts";
export type { Explanation } from "./explain.ts";
export { complain, explain, FAILED, oneLine } from "./explain.ts";
export type { Completes, Grammar, Occurrence, Operands, Option, Parsed } from "./getopt.ts";
export { getopt, UNKNOWN } from "./getopt.ts";
export { notation } from "./help.ts";
export { jsonText } from "./json.ts";
export { keyOf } from "./key.ts";
export { isWritable, outputError, print, wasClosed } from "./output.ts";
export { report, reportAlone } from "./report.ts";
export { UsageError } from "./usage.ts";
