/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Keeps the command from pushing input into a terminal of the caller (CVE-2017-5226): the caller's
 * shell would execute this input as if the user had typed it. TIOCSTI pushes input into a terminal,
 * and TIOCLINUX into a virtual console. An unprivileged command can reach only its controlling
 * terminal, but root without a user namespace can reach any terminal. So a seccomp filter refuses
 * both requests (seccomp(2)).
 */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "init/base/run_plan.h"
#include "op_seccomp.h"

#define LOAD(offset) BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offset)
#define SKIP_UNLESS(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, 0, count)
#define SKIP_IF(value, count) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, value, count, 0)
#define RETURN(action) BPF_STMT(BPF_RET | BPF_K, action)
#define CALL_SIZE 5

/* The bit that distinguishes the number of an x32 system call from that of x86-64. */
#define X32_BIT 0x40000000u

/* In the ABI `interface` (AUDIT_ARCH_*), jumps to the check of the request if the system call is
 * ioctl(2). `rest` is the number of ABIs after this one. */
#define CALL(interface, number, rest)                                                     \
	LOAD(offsetof(struct seccomp_data, arch)), SKIP_UNLESS(interface, CALL_SIZE - 2), \
		LOAD(offsetof(struct seccomp_data, nr)),                                  \
		BPF_STMT(BPF_ALU | BPF_AND | BPF_K, ~X32_BIT),                            \
		SKIP_IF(number, (rest)*CALL_SIZE + 1)

/* A 64-bit kernel also has the system calls of its 32-bit ABI. */
#if defined(__x86_64__)
#define CALLS                                                            \
	CALL(AUDIT_ARCH_X86_64, 16, 2), CALL(AUDIT_ARCH_X86_64, 514, 1), \
		CALL(AUDIT_ARCH_I386, 54, 0)
#elif defined(__i386__)
#define CALLS CALL(AUDIT_ARCH_I386, 54, 0)
#elif defined(__aarch64__)
#define CALLS CALL(AUDIT_ARCH_AARCH64, 29, 1), CALL(AUDIT_ARCH_ARM, 54, 0)
#elif defined(__arm__)
#define CALLS CALL(AUDIT_ARCH_ARM, 54, 0)
#elif defined(__riscv)
#define CALLS CALL(AUDIT_ARCH_RISCV64, 29, 1), CALL(AUDIT_ARCH_RISCV32, 29, 0)
#elif defined(__loongarch__)
#define CALLS CALL(AUDIT_ARCH_LOONGARCH64, 29, 0)
#elif defined(__powerpc__)
#define CALLS \
	CALL(AUDIT_ARCH_PPC64LE, 54, 2), CALL(AUDIT_ARCH_PPC64, 54, 1), CALL(AUDIT_ARCH_PPC, 54, 0)
#elif defined(__s390x__)
#define CALLS CALL(AUDIT_ARCH_S390X, 54, 1), CALL(AUDIT_ARCH_S390, 54, 0)
#else
#error "core-c/init/pid1/op_input.c: say which number ioctl(2) has on this architecture"
#endif

/* Compares the lower half of the argument only, because the kernel ignores the upper half
 * (CVE-2019-10063). */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
#define REQUEST offsetof(struct seccomp_data, args[1])
#else
#define REQUEST (offsetof(struct seccomp_data, args[1]) + sizeof(uint32_t))
#endif

static int refuse(void)
{
	static struct sock_filter lines[] = {
		CALLS,
		RETURN(SECCOMP_RET_ALLOW),
		LOAD(REQUEST),
		SKIP_IF(TIOCSTI, 2),
		SKIP_IF(TIOCLINUX, 1),
		RETURN(SECCOMP_RET_ALLOW),
		RETURN(SECCOMP_RET_ERRNO | EPERM),
	};

	return pf_set_filter(lines, sizeof(lines) / sizeof(lines[0]));
}

/* Installs the filter if a standard descriptor is a terminal of the caller. The process has
 * CAP_SYS_ADMIN in its user namespace at this point, so the filter needs no no_new_privs, and
 * setuid programs in the container keep working. */
int pf_op_guard_input(struct pf_run *run, const struct pf_op *op)
{
	for (int i = 0; i < 3; i++) {
		unsigned from = (unsigned)(op->arg[0] >> (i * PF_STDIO_BITS)) & 3u;
		if (from == PF_STDIO_CALLER && run->inside.stdio[i] >= 0 && isatty(i))
			return refuse();
	}
	return 0;
}
