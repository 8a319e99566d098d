// SPDX-License-Identifier: BSD-2-Clause
/** The path of the library. In a compiled executable, the path lies inside the executable. */
declare module "*/libpflask.so.0" {
	const path: string;
	export default path;
}

/** The offset of the library in the executable, and its size, bytes. */
declare const LIBRARY_OFFSET: number;
declare const LIBRARY_SIZE: number;
