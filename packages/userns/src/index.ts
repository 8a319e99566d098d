// SPDX-License-Identifier: BSD-2-Clause
// @pflask/userns: checks and sets up the requirements of unprivileged containers.
export type { CheckOptions, Report } from "./check.ts";
export { check } from "./check.ts";
export type { Where } from "./files.ts";
export type { Range } from "./range.ts";
export type { Ranges } from "./ranges.ts";
export { pick, ranges } from "./ranges.ts";
export type { Requirement, RequirementName } from "./requirement.ts";
export { REQUIREMENTS } from "./requirement.ts";
export type { Change, SetupOptions } from "./setup.ts";
export { setup } from "./setup.ts";
export type { Attempt } from "./trial.ts";
export type { User } from "./users.ts";
