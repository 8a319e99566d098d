// SPDX-License-Identifier: BSD-2-Clause
/** The library as a file: its path, which is inside of a compiled executable. */
declare module "*/libpflask.so.0" {
	const path: string;
	export default path;
}
