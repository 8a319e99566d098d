// SPDX-License-Identifier: BSD-2-Clause
// Finds or makes the image of the virtual machine: a directory with a disk, a kernel and an
// initramfs. The cache keeps the image. The name of the image contains a hash of all parts of the
// image, so a changed part makes a new image.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { suite } from "../../test/lib/bootstrap.ts";
import { cached } from "../../test/lib/cache.ts";
import { debianRoot } from "../../test/lib/debian.ts";

const HERE = import.meta.dir;

/** The files that are copied to the root of the image. */
export const GUEST: string = `${HERE}/guest`;

/** The name of the release of Debian in the machine. */
export const RELEASE: string = process.env.RELEASE || suite();

/** Returns the packages of a group in scripts/packages. */
export function packagesOf(group: string): string[] {
	const list = readFileSync(`${HERE}/../packages`, "utf8");
	const lines = list.matchAll(new RegExp(`^${group} (.*)$`, "gm"));
	return [...lines].flatMap(([, names = ""]) => names.split(" "));
}

/** Returns a hash of all parts of the image. */
function key(root: string, groups: readonly string[]): string {
	const hash = createHash("sha256");
	hash.update(`${RELEASE}\n${root}\n${groups.flatMap(packagesOf).join(" ")}\n`);
	const files = [...new Bun.Glob("**/*").scanSync({ cwd: GUEST })].map(
		(name) => `${GUEST}/${name}`,
	);
	for (const file of [...files.sort(), `${HERE}/make-image.ts`, `${HERE}/initramfs.sh`])
		hash.update(`${file.slice(HERE.length)}\n${readFileSync(file, "utf8")}`);
	return hash.digest("hex").slice(0, 12);
}

/**
 * Returns the directory of the image with some groups of packages. Makes the image if necessary, in
 * about two minutes.
 */
export async function image(groups: readonly string[]): Promise<string> {
	const name = `vm-${key(await debianRoot(), groups)}`;
	return await cached(name, `${HERE}/make-image.ts`, ...groups);
}
