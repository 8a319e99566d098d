// SPDX-License-Identifier: BSD-2-Clause
// Lets apt-get(8) in a container reach the archive of this machine.
import { existsSync } from "node:fs";

/** The files of the host that apt needs to reach its archive and to resolve names. */
const SETTINGS = [
	"/etc/resolv.conf",
	"/etc/apt/sources.list",
	"/etc/apt/sources.list.d",
	"/etc/apt/apt.conf.d",
	"/etc/apt/auth.conf.d",
	"/etc/apt/trusted.gpg.d",
	"/etc/apt/keyrings",
	"/usr/share/keyrings",
	"/etc/ssl",
	"/etc/hosts",
];

/** Returns options that give apt-get in a container the settings of this machine. */
export function aptOptions(): string[] {
	const mounts = SETTINGS.filter((path) => existsSync(path)).map(
		(path) => `--mount=bind-ro:${path}:${path}`,
	);
	const { http_proxy, https_proxy, no_proxy } = process.env;
	const variables = Object.entries({ http_proxy, https_proxy, no_proxy });
	const settings = variables.flatMap(([name, value]) =>
		value ? [`--setenv=${name}=${value.replaceAll(",", "\\,")}`] : [],
	);
	return [...mounts, ...settings];
}
