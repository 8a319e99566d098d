// SPDX-License-Identifier: BSD-2-Clause
/** The library as a file: its path, which is inside a compiled executable. */
declare module "*/libpflask.so.0" {
	const path: string;
	export default path;
}

/** Where that is in the executable, bytes. */
declare const LIBRARY_OFFSET: number;
declare const LIBRARY_SIZE: number;
