// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-kinds.ts from core-c/defs/mounts.def and
// core-c/defs/netifs.def; not to be edited.

/** The options of all mounts that have options. */
export interface MountOptions {
	readonly ro?: boolean;
	readonly nosuid?: boolean;
	readonly nodev?: boolean;
	readonly noexec?: boolean;
	readonly noatime?: boolean;
	readonly strictatime?: boolean;
	readonly nodiratime?: boolean;
	readonly nosymfollow?: boolean;
	readonly private?: boolean;
	readonly rprivate?: boolean;
	readonly slave?: boolean;
	readonly rslave?: boolean;
	readonly shared?: boolean;
	readonly rshared?: boolean;
	readonly unbindable?: boolean;
	readonly runbindable?: boolean;
}

/** A file or directory of the host, with all mounts below it. */
export interface BindMount extends MountOptions {
	readonly type: "bind";
	readonly host: string;
	readonly dest: string;
	readonly idmap?: boolean;
}

/**
 * The directory that was at `dest`, but changes go to `upper`; `work` must be an empty directory
 * on the file system of `upper`.
 */
export interface OverlayMount extends MountOptions {
	readonly type: "overlay";
	readonly upper: string;
	readonly dest: string;
	readonly work: string;
}

/**
 * An empty tmpfs; the options `size=` and `mode=` are those of tmpfs(5). Without `mode=`, the
 * home of the user belongs to the user and has mode 0755; any other `dest` has mode 1777.
 */
export interface TmpMount extends MountOptions {
	readonly type: "tmp";
	readonly dest: string;
	readonly mode?: string | number;
	readonly size?: string | number;
	readonly data?: string | readonly string[];
}

/** A fresh /proc. */
export interface ProcMount extends MountOptions {
	readonly type: "proc";
	readonly dest: string;
	readonly data?: string | readonly string[];
}

/** A fresh /dev. */
export interface DevMount extends MountOptions {
	readonly type: "dev";
	readonly dest: string;
}

/** A fresh /dev/mqueue. */
export interface MqueueMount extends MountOptions {
	readonly type: "mqueue";
	readonly dest: string;
}

/**
 * A sysfs of the container's network, read-only unless `rw` is given; in a user namespace that
 * shares the host's network, the host's /sys.
 */
export interface SysfsMount extends MountOptions {
	readonly type: "sysfs";
	readonly dest: string;
}

/** A directory for new terminals; group 5 owns each terminal if the container has this group. */
export interface DevptsMount extends MountOptions {
	readonly type: "devpts";
	readonly dest: string;
	readonly data?: string | readonly string[];
}

/**
 * The container's cgroup of version 2 and those below, or of version 1 if `data=` names the
 * controllers; read-only unless `rw` is given.
 */
export interface CgroupMount extends MountOptions {
	readonly type: "cgroup";
	readonly dest: string;
	readonly data?: string | readonly string[];
}

/** A symbolic link to `target`. */
export interface SymlinkMount {
	readonly type: "symlink";
	readonly target: string;
	readonly dest: string;
}

/** A directory; an existing directory keeps its mode. */
export interface DirMount {
	readonly type: "dir";
	readonly dest: string;
	readonly mode?: string | number;
}

/** A file with the data that pflask reads from its descriptor `fd`. */
export interface FileMount extends MountOptions {
	readonly type: "file";
	readonly fd: number;
	readonly dest: string;
}

/** A member of `mount`: an object, or the text that --mount takes. */
export type Mount =
	| string
	| BindMount
	| OverlayMount
	| TmpMount
	| ProcMount
	| DevMount
	| MqueueMount
	| SysfsMount
	| DevptsMount
	| CgroupMount
	| SymlinkMount
	| DirMount
	| FileMount;

/**
 * The host's interface `dev` under the name `name`; the host gets `dev` back when the container
 * ends.
 */
export interface MovedNetif {
	readonly type: "moved";
	readonly dev: string;
	readonly name: string;
	readonly addr?: string | readonly string[];
	readonly gw?: string | readonly string[];
	readonly mac?: string;
	readonly mtu?: number;
	readonly up?: boolean;
}

/**
 * An interface on the host's `master` with a hardware address of its own; the first `mode` is the
 * default.
 */
export interface MacvlanNetif {
	readonly type: "macvlan";
	readonly master: string;
	readonly name: string;
	readonly mode?: "bridge" | "private" | "vepa" | "passthru";
	readonly addr?: string | readonly string[];
	readonly gw?: string | readonly string[];
	readonly mac?: string;
	readonly mtu?: number;
	readonly up?: boolean;
}

/**
 * An interface on the host's `master` with the hardware address of `master`; the first `mode` is
 * the default.
 */
export interface IpvlanNetif {
	readonly type: "ipvlan";
	readonly master: string;
	readonly name: string;
	readonly mode?: "l3" | "l2" | "l3s";
	readonly addr?: string | readonly string[];
	readonly gw?: string | readonly string[];
	readonly mtu?: number;
	readonly up?: boolean;
}

/** The interface `inside`, whose other end `outside` is on the host. */
export interface VethNetif {
	readonly type: "veth";
	readonly outside: string;
	readonly inside: string;
	readonly addr?: string | readonly string[];
	readonly gw?: string | readonly string[];
	readonly mac?: string;
	readonly mtu?: number;
	readonly up?: boolean;
	readonly bridge?: string;
}

/**
 * Connections to the outside, which need no privilege. pasta(1) (Debian's package passt) or else
 * slirp4netns(1) makes them. With pasta(1), `tcp=` and `udp=` forward a port of the host to a
 * port of the container: PORTS is HOST-CONTAINER, or ADDRESS/HOST-CONTAINER for one address of
 * the host. Without ADDRESS, the port is open on every address of the host.
 */
export interface PastaNetif {
	readonly type: "pasta";
	readonly tcp?: string | readonly string[];
	readonly udp?: string | readonly string[];
}

/**
 * The existing network namespace `path`, for example a namespace of ip-netns(8) in /run/netns.
 */
export interface NsNetif {
	readonly type: "ns";
	readonly path: string;
}

/** The host's network, as with `--no-netns`. */
export interface HostNetif {
	readonly type: "host";
}

/** A member of `netif`: an object, or the text that --netif takes. */
export type Netif =
	| string
	| MovedNetif
	| MacvlanNetif
	| IpvlanNetif
	| VethNetif
	| PastaNetif
	| NsNetif
	| HostNetif;

/**
 * The kind of a value. A flag has its word for true and, if there is such a word, its word for
 * false.
 */
export type ValueKind = "text" | "texts" | "number" | "mode" | "size" | readonly string[];

/** How a type of mount or a kind of interface is written as text. */
export interface Kind {
	/** The words at the beginning. */
	readonly start: readonly string[];
	/** The fields, in their order. */
	readonly fields: Readonly<Record<string, ValueKind>>;
	/** The fields that may be missing. */
	readonly optional: readonly string[];
	readonly options: Readonly<Record<string, ValueKind>>;
}

/** The kinds by their names. The object has no prototype, so it has no other names. */
export type Kinds = Readonly<Record<string, Kind | undefined>>;

const MOUNT_OPTIONS = {
	ro: ["ro", "rw"],
	nosuid: ["nosuid", "suid"],
	nodev: ["nodev", "dev"],
	noexec: ["noexec", "exec"],
	noatime: ["noatime"],
	strictatime: ["strictatime"],
	nodiratime: ["nodiratime", "diratime"],
	nosymfollow: ["nosymfollow", "symfollow"],
	private: ["private"],
	rprivate: ["rprivate"],
	slave: ["slave"],
	rslave: ["rslave"],
	shared: ["shared"],
	rshared: ["rshared"],
	unbindable: ["unbindable"],
	runbindable: ["runbindable"],
} as const;

/** Returns the types of mounts. */
export function mountKinds(): Kinds {
	return {
		__proto__: null as never,
		bind: {
			start: ["bind"],
			fields: { host: "text", dest: "text" },
			optional: [],
			options: { ...MOUNT_OPTIONS, idmap: ["idmap"] },
		},
		overlay: {
			start: ["overlay"],
			fields: { upper: "text", dest: "text", work: "text" },
			optional: [],
			options: MOUNT_OPTIONS,
		},
		tmp: {
			start: ["tmp"],
			fields: { dest: "text" },
			optional: [],
			options: { ...MOUNT_OPTIONS, mode: "mode", size: "size", data: "texts" },
		},
		proc: {
			start: ["proc"],
			fields: { dest: "text" },
			optional: [],
			options: { ...MOUNT_OPTIONS, data: "texts" },
		},
		dev: {
			start: ["dev"],
			fields: { dest: "text" },
			optional: [],
			options: MOUNT_OPTIONS,
		},
		mqueue: {
			start: ["mqueue"],
			fields: { dest: "text" },
			optional: [],
			options: MOUNT_OPTIONS,
		},
		sysfs: {
			start: ["sysfs"],
			fields: { dest: "text" },
			optional: [],
			options: MOUNT_OPTIONS,
		},
		devpts: {
			start: ["devpts"],
			fields: { dest: "text" },
			optional: [],
			options: { ...MOUNT_OPTIONS, data: "texts" },
		},
		cgroup: {
			start: ["cgroup"],
			fields: { dest: "text" },
			optional: [],
			options: { ...MOUNT_OPTIONS, data: "texts" },
		},
		symlink: {
			start: ["symlink"],
			fields: { target: "text", dest: "text" },
			optional: [],
			options: {},
		},
		dir: {
			start: ["dir"],
			fields: { dest: "text", mode: "mode" },
			optional: ["mode"],
			options: {},
		},
		file: {
			start: ["file"],
			fields: { fd: "number", dest: "text" },
			optional: [],
			options: MOUNT_OPTIONS,
		},
	};
}

/** Returns the kinds of interfaces. */
export function netifKinds(): Kinds {
	return {
		__proto__: null as never,
		moved: {
			start: [],
			fields: { dev: "text", name: "text" },
			optional: [],
			options: {
				addr: "texts",
				gw: "texts",
				mac: "text",
				mtu: "number",
				up: ["up"],
			},
		},
		macvlan: {
			start: ["macvlan"],
			fields: { master: "text", name: "text", mode: "text" },
			optional: ["mode"],
			options: {
				addr: "texts",
				gw: "texts",
				mac: "text",
				mtu: "number",
				up: ["up"],
			},
		},
		ipvlan: {
			start: ["ipvlan"],
			fields: { master: "text", name: "text", mode: "text" },
			optional: ["mode"],
			options: {
				addr: "texts",
				gw: "texts",
				mtu: "number",
				up: ["up"],
			},
		},
		veth: {
			start: ["veth"],
			fields: { outside: "text", inside: "text" },
			optional: [],
			options: {
				addr: "texts",
				gw: "texts",
				mac: "text",
				mtu: "number",
				up: ["up"],
				bridge: "text",
			},
		},
		pasta: {
			start: ["pasta"],
			fields: {},
			optional: [],
			options: { tcp: "texts", udp: "texts" },
		},
		ns: {
			start: ["ns"],
			fields: { path: "text" },
			optional: [],
			options: {},
		},
		host: { start: ["host"], fields: {}, optional: [], options: {} },
	};
}
