// SPDX-License-Identifier: BSD-2-Clause
// Paths of the source tree, the products and the cache.

/** The top of the source tree, without a slash at the end. */
export const TREE: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The executable under test. */
export const PFLASK: string = process.env.PFLASK_BIN ?? `${TREE}/dist/pflask`;

/**
 * The directory for root directories. Root directories take long to make, so the tests keep root
 * directories between runs.
 */
export const CACHE: string = process.env.PFLASK_CACHE ?? "/var/cache/pflask";

/** The directory for programs that the harness compiles. */
export const BUILD: string = `${TREE}/build/test`;
