// SPDX-License-Identifier: BSD-2-Clause
import type { Option } from "./getopt.ts";

/** Returns the notation of an option in --help: "-r, --chroot=DIR". */
export function notation(name: string, { short, argument, value }: Option): string {
	const letter = short === undefined ? "    " : `-${short}, `;
	const values = { none: "", required: `=${value}`, optional: value ? `[=${value}]` : "" };
	return `${letter}--${name}${values[argument]}`;
}
