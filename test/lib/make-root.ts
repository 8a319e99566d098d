// SPDX-License-Identifier: BSD-2-Clause
// Makes the Debian root directory of debian.ts: make-root.ts DIRECTORY.
import { bootstrap } from "./bootstrap.ts";
import { makeOnce } from "./cache.ts";

const PACKAGES = ["systemd-sysv", "dbus", "procps", "iproute2", "login"];

await makeOnce(process.argv[2] ?? "", (root) => bootstrap(root, PACKAGES));
