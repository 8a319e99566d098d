// SPDX-License-Identifier: BSD-2-Clause
// Makes a directory that stands for a machine, with the few files that matter here.

const PASSWD = `root:x:0:0:root:/root:/bin/sh
alice:x:1000:1000:Alice:/home/alice:/bin/sh
bob:x:1001:1001::/home/bob:/bin/sh
1002:x:1003:1003::/:/bin/sh
`;

const GROUP = `root:x:0:
alice:x:1000:
video:x:44:alice,bob
`;

/** Kernel settings, by their names below /proc/sys. */
interface Sys {
	readonly [name: string]: number | Sys;
}

/** Files of a test, in the form of tap's testdir(). */
export interface Tree {
	readonly [name: string]: string | Tree;
}

/** Returns the files of a machine, for testdir(). The arguments replace or add files. */
export function machine(etc: Tree = {}, sys: Sys = {}): Tree {
	return {
		etc: { passwd: PASSWD, group: GROUP, subuid: "", subgid: "", ...etc },
		proc: { sys: texts(sys) },
	};
}

function texts(sys: Sys): Tree {
	const entries = Object.entries(sys).map(([name, value]) => [
		name,
		typeof value === "number" ? `${value}\n` : texts(value),
	]);
	return Object.fromEntries(entries);
}
