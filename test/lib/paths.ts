// SPDX-License-Identifier: BSD-2-Clause
// Where things are.

/** The top of the source tree, without a slash at the end. */
export const TREE: string = new URL("../..", import.meta.url).pathname.replace(/\/$/, "");

/** The executable under test. */
export const PFLASK: string = process.env.PFLASK_BIN ?? `${TREE}/dist/pflask`;

/** What is expensive to make and is kept between runs: root directories. */
export const CACHE: string = process.env.PFLASK_CACHE ?? "/var/cache/pflask";

/** Where the harness leaves what it compiles. */
export const BUILD: string = `${TREE}/build/test`;
