// SPDX-License-Identifier: BSD-2-Clause
/** The library as a file: its path, which lies inside a compiled executable. */
declare module "*/libpflask.so.0" {
	const path: string;
	export default path;
}

/** The offset of the library in the executable, and its size, bytes. */
declare const LIBRARY_OFFSET: number;
declare const LIBRARY_SIZE: number;
