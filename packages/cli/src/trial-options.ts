// SPDX-License-Identifier: BSD-2-Clause
// The options of trials, a part of the table in options.ts.

/** The options by their long names. */
export const TRIAL = {
	ask: {
		argument: "none",
		group: "trial",
		help: "with --ephemeral: ask which changes to keep",
	},
	diff: {
		argument: "required",
		value: "DIR",
		group: "trial",
		of: ["diff"],
		help: "show the changes that --ephemeral=DIR has kept",
		completes: "directories",
		operands: "files",
	},
	apply: {
		argument: "required",
		value: "DIR",
		group: "trial",
		of: ["apply"],
		help: "copy the changes, or some PATHs, to the root",
		completes: "directories",
		operands: "files",
	},
	revert: {
		argument: "required",
		value: "DIR",
		group: "trial",
		of: ["revert"],
		help: "undo --apply=DIR",
		completes: "directories",
	},
	stat: {
		argument: "none",
		group: "trial",
		of: ["diff"],
		help: "with --diff: count the lines of each path",
	},
	"name-status": {
		argument: "none",
		group: "trial",
		of: ["diff"],
		help: "with --diff: list only the paths",
	},
	force: {
		argument: "none",
		group: "trial",
		of: ["apply"],
		help: "with --apply: overwrite what changed meanwhile",
	},
	allow: {
		argument: "required",
		value: "setuid,devices",
		group: "trial",
		of: ["apply"],
		help: "with --apply: allow setuid files and devices",
		completes: ["setuid", "devices", "setuid,devices"],
	},
} as const;
