// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-plan.ts from core-c/defs/ops.def; not to be edited.
import type { Spec } from "./spec.gen.ts";

/** The members that every operation has. */
export interface Step<Op extends string, By extends "monitor" | "init"> {
	readonly op: Op;
	/** The process that carries out the operation. */
	readonly by: By;
	/** The field of the spec that caused the operation; null if no single field caused it. */
	readonly field: keyof Spec | null;
}

/** Flags of a system call: their number, and the names of those that are set. */
export interface Flags {
	readonly number: number;
	readonly names: readonly string[];
}

/** A number with its name. A signal has the name without SIG, a resource without RLIMIT_. */
export interface Named {
	readonly number: number;
	readonly name: string;
}

/** The lines of an id map. */
export type IdMap = readonly {
	readonly inside: number;
	readonly outside: number;
	readonly count: number;
}[];

/** A set of capabilities, by their names without CAP_. */
export type Capabilities =
	| { readonly all: true; readonly except: readonly string[] }
	| { readonly all: false; readonly only: readonly string[] };

/** Where standard input, output and error of the command come from. */
export type StandardStreams = readonly [Stream, Stream, Stream];
type Stream = "caller" | "pty";

/** The value of a limit of setrlimit(2). */
export type Limit = number | "unlimited";

/** An operation of a plan, with its arguments by name. */
export type Operation =
	/** Replace TERM, INT and HUP with a signal. */
	| (Step<"kill_signal", "monitor"> & { readonly signal: Named })
	/**
	 * Kill the container this many milliseconds after TERM, INT, HUP or QUIT; with argument 1, only
	 * if pid 1 does not handle the signal.
	 */
	| (Step<"kill_after", "monitor"> & {
			readonly milliseconds: number;
			readonly ifUnhandled: boolean;
	  })
	/**
	 * Limit the time of the command, in milliseconds: time until TERM, time from TERM until the
	 * container is killed.
	 */
	| (Step<"timeout", "monitor"> & { readonly untilTerm: number; readonly untilKill: number })
	/** Kill the container when the parent process of the caller ends. */
	| Step<"die_with_parent", "monitor">
	/** Move the caller and the monitor into a cgroup below their own cgroup: place, name. */
	| (Step<"cgroup_move", "monitor"> & { readonly place: string; readonly name: string })
	/** Enable controllers for the cgroups below a cgroup: place, controllers. */
	| (Step<"cgroup_allow", "monitor"> & {
			readonly place: string;
			readonly controllers: string;
	  })
	/** Make a cgroup for the container: controllers of version 1 or cgroup2, place, name. */
	| (Step<"cgroup", "monitor"> & {
			readonly hierarchy: string;
			readonly place: string;
			readonly name: string;
	  })
	/** Write to a file of a cgroup: number of the cgroup, file, text. */
	| (Step<"cgroup_write", "monitor"> & {
			readonly cgroup: number;
			readonly file: string;
			readonly text: string;
	  })
	/** Make the cgroup for the processes of the container, inside the cgroup that has the limits. */
	| (Step<"cgroup_inner", "monitor"> & { readonly name: string })
	/** Give the container's cgroup to the container's root: user, group. */
	| (Step<"cgroup_owner", "monitor"> & { readonly user: number; readonly group: number })
	/** Raise a hard limit, which needs a privilege of the host. */
	| (Step<"raise_limit", "monitor"> & { readonly resource: Named; readonly hard: Limit })
	/**
	 * Serve clients: name, directory, root, bytes of output to keep, 1 to keep the end of a container
	 * without a name.
	 */
	| (Step<"control", "monitor"> & {
			readonly name: string;
			readonly directory: string;
			readonly root: string;
			readonly keep: number;
			readonly keepEnd: boolean;
	  })
	/** Write the monitor's pid to a file. */
	| (Step<"pid_file", "monitor"> & { readonly path: string })
	/** Append all output to a file. */
	| (Step<"log_file", "monitor"> & { readonly path: string })
	/** Reserve a directory, so that no other container writes to it. */
	| (Step<"take", "monitor"> & { readonly path: string })
	/** Continue the trial in a directory. */
	| (Step<"resume", "monitor"> & { readonly path: string })
	/** Put the container above the trial in a directory. */
	| (Step<"stack", "monitor"> & { readonly path: string })
	/** Make init, in new namespaces. */
	| (Step<"clone", "monitor"> & { readonly namespaces: Flags })
	/** Set the adjustment of the score by which the kernel kills when memory is short. */
	| (Step<"oom_score", "monitor"> & { readonly adjustment: string })
	/** Move init into the cgroups of version 1; 1: also into the cgroup of version 2. */
	| (Step<"cgroup_enter", "monitor"> & { readonly version2: boolean })
	/** Allow or deny setgroups(2) inside. */
	| (Step<"setgroups", "monitor"> & { readonly answer: string })
	/** Write the uid map of the user namespace. */
	| (Step<"uid_map", "monitor"> & { readonly map: IdMap })
	/** Write the gid map of the user namespace. */
	| (Step<"gid_map", "monitor"> & { readonly map: IdMap })
	/** Write the uid map by newuidmap(1). */
	| (Step<"newuidmap", "monitor"> & { readonly program: string; readonly map: IdMap })
	/** Write the gid map by newgidmap(1). */
	| (Step<"newgidmap", "monitor"> & { readonly program: string; readonly map: IdMap })
	/** Open a tree of mounts of the host, idmapped. */
	| (Step<"idmap_source", "monitor"> & { readonly source: number; readonly path: string })
	/** Open one mount of the host, idmapped. */
	| (Step<"idmap_mount", "monitor"> & { readonly source: number; readonly path: string })
	/** Make a sysfs of the joined network, as a source. */
	| (Step<"sys_source", "monitor"> & { readonly source: number })
	/** Enter a network namespace, which init inherits. */
	| (Step<"netns", "monitor"> & { readonly path: string })
	/** Make a veth pair: outside, inside, bridge, mtu, 1 to bring the outside up. */
	| (Step<"veth", "monitor"> & {
			readonly outside: string;
			readonly inside: string;
			readonly bridge: string;
			readonly mtu: number;
			readonly up: boolean;
	  })
	/** Make a macvlan inside: master, name, mode. */
	| (Step<"macvlan", "monitor"> & {
			readonly master: string;
			readonly name: string;
			readonly mode: string;
	  })
	/** Make an ipvlan inside: master, name, mode. */
	| (Step<"ipvlan", "monitor"> & {
			readonly master: string;
			readonly name: string;
			readonly mode: string;
	  })
	/** Move an interface of the host inside, and rename it. */
	| (Step<"link_move", "monitor"> & { readonly outside: string; readonly inside: string })
	/** Check that a port of the host is free: protocol, address or *, port, container's port. */
	| (Step<"port", "monitor"> & {
			readonly protocol: string;
			readonly address: string;
			readonly port: number;
			readonly inside: number;
	  })
	/** Run pasta(1) until the container ends: program, arguments. */
	| (Step<"pasta", "monitor"> & {
			readonly program: string;
			readonly arguments: readonly string[];
	  })
	/** Run slirp4netns(1) until the container ends: program, arguments. */
	| (Step<"slirp4netns", "monitor"> & {
			readonly program: string;
			readonly arguments: readonly string[];
	  })
	/** Register init with systemd-machined: name, root, 1 if a failure is an error. */
	| (Step<"machine", "monitor"> & {
			readonly name: string;
			readonly root: string;
			readonly required: boolean;
	  })
	/** Make the cgroup in the scope of the machine: name, 1 if there must be a scope. */
	| (Step<"scope_cgroup", "monitor"> & { readonly name: string; readonly required: boolean })
	/**
	 * Put a process into a cgroup, so that the scope remains, and enable controllers: name of the
	 * cgroup, controllers or all.
	 */
	| (Step<"scope_allow", "monitor"> & { readonly name: string; readonly controllers: string })
	/**
	 * List the changes when the container has ended: descriptor, 0 for text, 1 for JSON or 2 for
	 * lines of JSON.
	 */
	| (Step<"changes", "monitor"> & { readonly descriptor: number; readonly format: number })
	/**
	 * Write a list of the changes when the container has ended: file, 0 for text, 1 for JSON or 2 for
	 * lines of JSON.
	 */
	| (Step<"changes_file", "monitor"> & { readonly file: string; readonly format: number })
	/** Copy the changed files to a directory when the container has ended. */
	| (Step<"keep", "monitor"> & { readonly directory: string })
	/** Adopt orphans, if the container has no pid namespace. */
	| Step<"subreaper", "init">
	/** Set the host name. */
	| (Step<"hostname", "init"> & { readonly name: string })
	/** Set the NIS domain name. */
	| (Step<"domainname", "init"> & { readonly name: string })
	/** Wait until the monitor has set up the host's side. */
	| Step<"await", "init">
	/** Make a new cgroup namespace, whose root is init's present cgroups. */
	| Step<"cgroupns", "init">
	/** Allow ping sockets for groups: first, last. */
	| (Step<"ping_groups", "init"> & { readonly first: number; readonly last: number })
	/** Set the hardware address of an interface. */
	| (Step<"link_mac", "init"> & { readonly name: string; readonly address: string })
	/** Set the mtu of an interface. */
	| (Step<"link_mtu", "init"> & { readonly name: string; readonly mtu: number })
	/** Bring an interface up. */
	| (Step<"link_up", "init"> & { readonly name: string })
	/** Give an interface an address. */
	| (Step<"address", "init"> & { readonly name: string; readonly address: string })
	/** Set the default route: interface, gateway. */
	| (Step<"route", "init"> & { readonly name: string; readonly gateway: string })
	/** Write a setting: source of a procfs, path below sys, value. */
	| (Step<"sysctl", "init"> & {
			readonly source: number;
			readonly path: string;
			readonly value: string;
	  })
	/** Stop the propagation of mounts to the host. */
	| (Step<"propagation", "init"> & { readonly flags: Flags })
	/** Open a file or directory of the host, as the caller. */
	| (Step<"source", "init"> & { readonly source: number; readonly path: string })
	/** Open a file or directory of the host, without an automount (autofs). */
	| (Step<"source_idle", "init"> & { readonly source: number; readonly path: string })
	/** Open a directory of the host as a layer of an overlay. */
	| (Step<"layer", "init"> & { readonly layer: number; readonly path: string })
	/** Open an entry of a directory as a layer, if the entry exists. */
	| (Step<"layer_entry", "init"> & { readonly layer: number; readonly path: string })
	/** Open the directories of the trials below the container. */
	| Step<"stacked", "init">
	/** Wait for the id maps, and change to ids of the user namespace. */
	| (Step<"setid", "init"> & { readonly user: number; readonly group: number })
	/** Open a procfs to write settings, as a source. */
	| (Step<"proc_source", "init"> & { readonly source: number })
	/** Make a source the root in which paths are resolved. */
	| (Step<"root", "init"> & { readonly source: number; readonly attributes: Flags })
	/** Make a directory like that of a layer; its entries follow. */
	| (Step<"skeleton", "init"> & {
			readonly target: string;
			readonly layer: number;
			readonly mode: string;
	  })
	/** End the skeleton: from here on, a missing path is made as a mount point. */
	| Step<"skeleton_end", "init">
	/** Mount a tmpfs for the changes of overlays. */
	| (Step<"scratch", "init"> & { readonly target: string })
	/** Mount a tmpfs for files that are read from descriptors. */
	| Step<"files", "init">
	/** Keep the changes of overlays in a layer. */
	| (Step<"scratch_in", "init"> & { readonly layer: number })
	/** Make a directory for the changes, as a layer. */
	| (Step<"work", "init"> & { readonly layer: number; readonly name: string })
	/** Attach a source at a hidden path, for use as a layer. */
	| (Step<"attach", "init"> & { readonly source: number })
	/** Open a directory inside the root as a layer of an overlay. */
	| (Step<"layer_inside", "init"> & { readonly layer: number; readonly path: string })
	/** Mount an overlay of layers: lower, upper, work. */
	| (Step<"overlay", "init"> & {
			readonly target: string;
			readonly lower: number;
			readonly upper: number;
			readonly work: number;
			readonly options: string;
			readonly attributes: Flags;
	  })
	/** Make a directory that is missing. */
	| (Step<"mkdir", "init"> & { readonly path: string; readonly mode: string })
	/** Mount a new file system, and make a missing mount point. */
	| (Step<"mount", "init"> & {
			readonly type: string;
			readonly target: string;
			readonly attributes: Flags;
			readonly options: string;
	  })
	/** Mount a new file system on an existing mount point. */
	| (Step<"renew", "init"> & {
			readonly type: string;
			readonly target: string;
			readonly attributes: Flags;
	  })
	/** Make a device node: mode, major, minor. */
	| (Step<"device", "init"> & {
			readonly path: string;
			readonly mode: string;
			readonly major: number;
			readonly minor: number;
	  })
	/** Bind a source; attributes to set and to clear. */
	| (Step<"bind", "init"> & {
			readonly source: number;
			readonly target: string;
			readonly set: Flags;
			readonly clear: Flags;
	  })
	/** Bind a file with the contents of a descriptor. */
	| (Step<"file", "init"> & {
			readonly descriptor: number;
			readonly target: string;
			readonly mode: string;
			readonly attributes: Flags;
	  })
	/** Bind a file with a text. */
	| (Step<"text", "init"> & { readonly target: string; readonly text: string })
	/** Make a file in a file system of pflask: mode, text. */
	| (Step<"write", "init"> & {
			readonly path: string;
			readonly mode: string;
			readonly text: string;
	  })
	/** Make a symbolic link. */
	| (Step<"symlink", "init"> & { readonly to: string; readonly path: string })
	/** Hide an existing file or directory. */
	| (Step<"mask", "init"> & { readonly path: string })
	/** Hide an existing directory, if it can be reached. */
	| (Step<"hide", "init"> & { readonly path: string })
	/** Make an existing file or directory read-only. */
	| (Step<"readonly", "init"> & { readonly path: string })
	/** Make a directory read-only, except one directory inside. */
	| (Step<"readonly_but", "init"> & { readonly path: string; readonly but: string })
	/** Open a pty: multiplexer, rows, columns. */
	| (Step<"terminal", "init"> & {
			readonly multiplexer: string;
			readonly rows: number;
			readonly cols: number;
	  })
	/** Put the pty at a path. */
	| (Step<"console", "init"> & { readonly path: string })
	/** Make the root read-only. */
	| Step<"protect_root", "init">
	/** Enter the root and detach the old one. */
	| Step<"pivot_root", "init">
	/** Set how mounts at a path propagate. */
	| (Step<"propagate", "init"> & { readonly path: string; readonly flags: Flags })
	/** Enter a root without a mount namespace. */
	| (Step<"chroot", "init"> & { readonly path: string })
	/** Join a new session keyring, if the quota allows. */
	| Step<"keyring", "init">
	/** Fork: the child executes the following operations, and init reaps. */
	| Step<"fork", "init">
	/** Start a new session; with argument 1, the pty becomes its controlling terminal. */
	| (Step<"session", "init"> & { readonly terminal: boolean })
	/** Put descriptors 0, 1 and 2 in place. */
	| (Step<"stdio", "init"> & { readonly from: StandardStreams })
	/** Refuse TIOCSTI and TIOCLINUX if the caller has a terminal. */
	| (Step<"guard_input", "init"> & { readonly from: StandardStreams })
	/** Set the soft RLIMIT_NOFILE. */
	| (Step<"open_files", "init"> & { readonly soft: number })
	/** Set the limits of a resource: soft, hard. */
	| (Step<"rlimit", "init"> & {
			readonly resource: Named;
			readonly soft: Limit;
			readonly hard: Limit;
	  })
	/** Drop all other capabilities from the bounding set. */
	| (Step<"bounding", "init"> & { readonly caps: Capabilities })
	/** Set the file mode creation mask. */
	| (Step<"umask", "init"> & { readonly mask: string })
	/** Set the ids of the command: user, group, other groups. */
	| (Step<"user", "init"> & {
			readonly user: number;
			readonly group: number;
			readonly groups: readonly string[];
	  })
	/** Look up a user of the container, USER[:GROUP[,GROUP...]]. */
	| (Step<"account", "init"> & { readonly user: string })
	/** Set the capabilities: for root, for any other user. */
	| (Step<"caps", "init"> & { readonly root: Capabilities; readonly others: Capabilities })
	/** Let execve(2) give no privileges from here on. */
	| Step<"no_new_privs", "init">
	/** Enter the working directory. */
	| (Step<"chdir", "init"> & { readonly path: string })
	/** Enter the first directory that can be entered. */
	| (Step<"chdir_first", "init"> & { readonly paths: readonly string[] })
	/** Set the environment of the command. */
	| (Step<"environ", "init"> & { readonly variables: readonly string[] })
	/** List the login shells, the preferred shell first. */
	| (Step<"shells", "init"> & { readonly paths: readonly string[] })
	/** Filter the system calls from here on: name of the filter, filter. */
	| (Step<"seccomp", "init"> & { readonly name: string; readonly instructions: number })
	/** Execute the command. */
	| (Step<"exec", "init"> & { readonly path: string; readonly argv: readonly string[] })
	/** Execute the first login shell that works; with argument 1, keep the variable SHELL. */
	| (Step<"login", "init"> & { readonly keepShell: boolean });
