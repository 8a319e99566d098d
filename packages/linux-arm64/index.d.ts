// SPDX-License-Identifier: BSD-2-Clause
/** The path of the library. */
declare const path: string;
export default path;
