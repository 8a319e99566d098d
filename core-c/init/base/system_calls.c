/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Replaces functions of musl that only make a system call. Each function here takes ten bytes: it
 * loads the number of its system call, and jumps to shared code. musl's functions are four times as
 * large: they are cancellation points, or convert structures for old kernels. Each function has the
 * parameters of its system call.
 */
#include <sys/syscall.h>

#define TEXT(token) #token
#define NUMBER(token) TEXT(token)
#define BEGIN(name) ".globl " name "\n.type " name ", @function\n" name ":\n"
#define END(name) ".size " name ", . - " name "\n"

#if defined(__x86_64__)
#define JUMP(number) "	mov $" number ", %eax\n	jmp make_call\n"
#define SHARED                     \
	"make_call:\n"             \
	"	mov %rcx, %r10\n"        \
	"enter_kernel:\n"          \
	"	syscall\n"               \
	"	cmp $-4096, %rax\n"      \
	"	ja 1f\n"                 \
	"	ret\n"                   \
	"1:	neg %eax\n"            \
	"	push %rax\n"             \
	"	call __errno_location\n" \
	"	pop %rcx\n"              \
	"	mov %ecx, (%rax)\n"      \
	"	or $-1, %rax\n"          \
	"	ret\n"
/* The first parameter of syscall(2) is the number of the system call, so all other parameters move
 * by one register. */
#define MOVE                  \
	"	mov %rdi, %rax\n"   \
	"	mov %rsi, %rdi\n"   \
	"	mov %rdx, %rsi\n"   \
	"	mov %rcx, %rdx\n"   \
	"	mov %r8, %r10\n"    \
	"	mov %r9, %r8\n"     \
	"	mov 8(%rsp), %r9\n" \
	"	jmp enter_kernel\n"
#elif defined(__aarch64__)
#define JUMP(number) "	mov x8, #" number "\n	b make_call\n"
#define SHARED                        \
	"make_call:\n"                \
	"	svc #0\n"                   \
	"	cmn x0, #4095\n"            \
	"	b.hs 1f\n"                  \
	"	ret\n"                      \
	"1:	neg w0, w0\n"             \
	"	stp x0, x30, [sp, #-16]!\n" \
	"	bl __errno_location\n"      \
	"	ldp x1, x30, [sp], #16\n"   \
	"	str w1, [x0]\n"             \
	"	mov x0, #-1\n"              \
	"	ret\n"
#define MOVE            \
	"	mov x8, x0\n" \
	"	mov x0, x1\n" \
	"	mov x1, x2\n" \
	"	mov x2, x3\n" \
	"	mov x3, x4\n" \
	"	mov x4, x5\n" \
	"	mov x5, x6\n" \
	"	b make_call\n"
#endif

#define CALL_AS(name, number) __asm__(BEGIN(#name) JUMP(NUMBER(number)) END(#name));
#define CALL(name) CALL_AS(name, SYS_##name)

CALL(accept4)
CALL(bind)
CALL(chdir)
CALL(chroot)
CALL(clock_gettime)
CALL(close)
CALL(connect)
CALL(dup3)
CALL(execve)
CALL_AS(_exit, SYS_exit_group)
/* faccessat2(2), because faccessat(2) of the kernel has no flags. */
CALL_AS(faccessat, SYS_faccessat2)
CALL(fchdir)
CALL(fchmod)
CALL(fchown)
CALL(fchownat)
CALL(fcntl)
CALL(fgetxattr)
CALL(flock)
CALL(fstat)
CALL_AS(fstatat, SYS_newfstatat)
CALL(fstatfs)
CALL(ftruncate)
CALL(geteuid)
CALL(getpid)
CALL(getppid)
CALL(getsockopt)
CALL(getuid)
CALL(getxattr)
CALL(ioctl)
CALL(kill)
CALL(lgetxattr)
CALL(linkat)
CALL(listen)
CALL(listxattr)
CALL(llistxattr)
CALL(lseek)
CALL(lsetxattr)
CALL(madvise)
CALL(mkdirat)
CALL(mknodat)
CALL(mmap)
CALL(mount)
CALL(mprotect)
CALL(mremap)
CALL(munmap)
CALL(nanosleep)
CALL(openat)
CALL(pipe2)
CALL(prctl)
CALL_AS(pread, SYS_pread64)
CALL(read)
CALL(readlinkat)
CALL(recvfrom)
CALL(recvmsg)
CALL(removexattr)
CALL(renameat)
CALL(sendfile)
CALL(sendmsg)
CALL(sendto)
CALL(setdomainname)
CALL(sethostname)
CALL(setns)
CALL(setsid)
CALL(setsockopt)
CALL(setxattr)
CALL(socket)
CALL(socketpair)
CALL(symlinkat)
CALL(umask)
CALL(umount2)
CALL(unlinkat)
CALL(unshare)
CALL(utimensat)
CALL(wait4)
CALL(write)
CALL(writev)

/* Newer architectures, for example arm64, do not have these system calls. There, musl's functions
 * use others. */
#ifdef SYS_open
CALL(chmod)
CALL(dup2)
CALL(mkdir)
CALL(open)
CALL(pause)
CALL(poll)
CALL(readlink)
CALL(rmdir)
CALL(stat)
#endif

__asm__(BEGIN("syscall") MOVE END("syscall") SHARED);
