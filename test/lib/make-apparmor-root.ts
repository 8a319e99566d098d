// SPDX-License-Identifier: BSD-2-Clause
// Makes the root directory of apparmorRoot(): make-apparmor-root.ts DIRECTORY.
import { archive } from "./bootstrap.ts";
import { makeOnce } from "./cache.ts";
import { sh } from "./host.ts";

/** The first release of Debian with AppArmor 4. */
const SUITE = "trixie";
const PACKAGES = [
	"apparmor",
	"base-files",
	"coreutils",
	"dash",
	"diffutils",
	"dpkg",
	"grep",
	"libc-bin",
	"sed",
];

await makeOnce(process.argv[2] ?? "", async (root) => {
	const { mirror, keyring } = archive();
	// The packages are only unpacked, because dpkg and a shell work without the packages' scripts.
	const options = ["--quiet", "--variant=extract", `--include=${PACKAGES.join(",")}`];
	await sh(["mmdebstrap", ...options, `--keyring=${keyring}`, SUITE, root, mirror], 300_000);
});
