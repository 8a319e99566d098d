// SPDX-License-Identifier: BSD-2-Clause
// The flags of open(2).
export const O_RDONLY = 0;
export const O_WRONLY = 1;
export const O_CREAT = 0o100;
export const O_EXCL = 0o200;
export const O_NOCTTY = 0o400;
export const O_TRUNC = 0o1000;
export const O_APPEND = 0o2000;
export const O_NONBLOCK = 0o4000;
const ARM = process.arch === "arm64";
export const O_DIRECTORY: number = ARM ? 0o40000 : 0o200000;
export const O_NOFOLLOW: number = ARM ? 0o100000 : 0o400000;
export const O_CLOEXEC = 0o2000000;
export const O_PATH = 0o10000000;
