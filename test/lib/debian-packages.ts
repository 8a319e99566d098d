// SPDX-License-Identifier: BSD-2-Clause
// Makes the Debian packages of the built files.
import { chmodSync, mkdtempSync } from "node:fs";
import t from "tap";
import { cached } from "./cache.ts";
import { sh } from "./host.ts";
import { TREE } from "./paths.ts";

/** The binary packages of debian/control. */
export const PACKAGES = ["libpflask-dev", "libpflask0", "pflask"] as const;

/**
 * Quick compression. The default, xz(1), takes a minute. The compression does not change the
 * contents.
 */
export const QUICK: Readonly<Record<string, string>> = {
	DPKG_DEB_COMPRESSOR_TYPE: "gzip",
	DPKG_DEB_COMPRESSOR_LEVEL: "1",
};

/**
 * Makes the packages. Returns their directory, and removes the directory after the tests of this
 * file.
 */
export async function debianPackages(): Promise<string> {
	const directory = mkdtempSync("/tmp/pftest-deb-");
	t.teardown(() => sh(["rm", "-rf", directory]));
	chmodSync(directory, 0o755);
	const architecture = (await sh(["dpkg", "--print-architecture"])).trim();
	const settings = Object.entries(QUICK).map(([name, value]) => `${name}=${value}`);
	await sh(["env", ...settings, `${TREE}/scripts/deb.sh`, TREE, architecture, directory], 300_000);
	return directory;
}

/**
 * Returns a root with dpkg, a shell and AppArmor 4. The root is made once and kept in the cache.
 * Tests must not write to the root.
 */
export function apparmorRoot(): Promise<string> {
	return cached("apparmor-1", `${TREE}/test/lib/make-apparmor-root.ts`);
}
