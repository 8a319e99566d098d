// SPDX-License-Identifier: BSD-2-Clause
// Finds the features that the kernel of this machine lacks. test/vm tests the errors of an old
// kernel, because the virtual machine has the old kernel of Debian 12.
import { release } from "node:os";
import { live } from "./live.ts";

function isAtLeast(major: number, minor: number): boolean {
	const [first = 0, second = 0] = release().split(".").map(Number);
	return first > major || (first === major && second >= minor);
}

/** Whether a tmpfs has user xattrs. An overlay in a user namespace needs user xattrs. */
export const TMPFS_HAS_USER_XATTRS: boolean = isAtLeast(6, 6);

/** Whether a tmpfs can be mounted with mapped ids. */
export const TMPFS_CAN_BE_MAPPED: boolean = isAtLeast(6, 3);

/** Lists of options for an ephemeral root on a tmpfs, in a user namespace. */
export const EPHEMERAL_IN_USER_NAMESPACE: readonly (readonly string[])[] = TMPFS_HAS_USER_XATTRS
	? [["--ephemeral"]]
	: [];

function none(): void {}

/** Defines a live test on kernels on which a tmpfs has user xattrs. */
export const liveWithUserXattrs: typeof live = TMPFS_HAS_USER_XATTRS ? live : none;

/** Defines a live test on kernels on which a tmpfs can be mounted with mapped ids. */
export const liveWithMappedTmpfs: typeof live = TMPFS_CAN_BE_MAPPED ? live : none;
