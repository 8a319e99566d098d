// SPDX-License-Identifier: BSD-2-Clause
// Finds or makes the Debian root directory that the tests share.
import { cached } from "./cache.ts";
import { TREE } from "./paths.ts";

/** A part of the cached name. Raise the number when make-root.ts changes. */
const RECIPE = 1;

/**
 * Returns a Debian root with systemd, dbus, a login prompt, ps and ip. The root is made once and
 * kept in the cache. Tests share the root, so tests must not write to the root.
 */
export function debianRoot(): Promise<string> {
	return cached(`debian-${RECIPE}`, `${TREE}/test/lib/make-root.ts`);
}
