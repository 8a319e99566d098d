// SPDX-License-Identifier: BSD-2-Clause
// @pflask/trial handles the changes of a command in a container. The changes are kept in a
// directory.

export {
	type ApplyOptions,
	apply,
	type Done,
	RISKS,
	type Risk,
	revert,
} from "./apply.ts";
export { type Difference, differences, diffText, visible, visibleText } from "./diff.ts";
export { isHalfDone } from "./half-done.ts";
export { type RunningTrial, type TrialOptions, trial } from "./run.ts";
export {
	type Change,
	closeTrial,
	type Manifest,
	openTrial,
	type Placed,
	select,
	type Trial,
} from "./trial.ts";
