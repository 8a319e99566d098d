/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Starts pflask-init without the start code of musl. musl's code prepares threads, a page for their
 * variables, and functions that run at the end. pflask-init needs none of these: it has one thread,
 * and ends by _exit(2). So errno is an ordinary variable.
 *
 * Functions of musl may have a stack protector, and the compiler flags of a distribution may add a
 * stack protector to all functions. This file prepares the secret of the stack protector.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	xor %ebp, %ebp\n"
	"	mov %rsp, %rdi\n"
	"	and $-16, %rsp\n"
	"	call pf_begin\n");
#elif defined(__aarch64__)
__asm__(".globl _start\n"
	".type _start, @function\n"
	"_start:\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	mov x0, sp\n"
	"	bl pf_begin\n");
#endif

int main(int argc, char **argv);
void pf_begin(const uintptr_t *stack);
int *___errno_location(void);

/* Variables that every start uses. The linker sorts variables by alignment. This alignment puts
 * them into the same page as the state of the monitor (main.c). */
static struct {
	_Alignas(512) int number;
	uintptr_t thread[6];
} own;

int *__errno_location(void)
{
	return &own.number;
}

/* Other functions of musl find errno by this name. */
int *___errno_location(void)
{
	return __errno_location();
}

/* Takes random bytes of the kernel as the secret of the stack protector. As in other C libraries,
 * one byte of the secret is zero, because functions for strings stop at a zero and so cannot copy
 * the secret. */
static void prepare_stack_protector(char **argv)
{
	uintptr_t secret = 0;
	char **next = argv;

	while (*next++) /* the environment follows the arguments */
		;
	while (*next++) /* the auxiliary vector follows the environment */
		;
	for (const Elf64_auxv_t *entry = (Elf64_auxv_t *)next; entry->a_type; entry++)
		if (entry->a_type == AT_RANDOM)
			memcpy(&secret, (const void *)entry->a_un.a_val, sizeof(secret));
	secret &= ~(uintptr_t)0xff00;
#if defined(__x86_64__)
	own.thread[5] = secret; /* on x86-64, the compiler reads the secret at %fs:40 */
	syscall(SYS_arch_prctl, 0x1002 /* ARCH_SET_FS */, own.thread);
#else
	extern uintptr_t __stack_chk_guard;

	__stack_chk_guard = secret;
#endif
}

/* `stack` is the stack that the kernel has made: the number of arguments, then the arguments. */
__attribute__((used, noreturn)) void pf_begin(const uintptr_t *stack)
{
	char **argv = (char **)(stack + 1);

	prepare_stack_protector(argv);
	_exit(main((int)*stack, argv));
}
