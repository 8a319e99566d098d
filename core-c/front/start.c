/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * The entry point of the pflask executable. The file names no dynamic loader, so the kernel maps
 * the front and Bun, and starts the front. The front's C library must see only the front as its
 * program, so the auxiliary vector gets the front's program headers.
 *
 * If the user runs a dynamic loader with the file ("ld.so pflask"), the loader has already prepared
 * Bun. The loader then passes a function that the program must call at its end; the kernel passes 0
 * instead. If there is such a function, the front immediately jumps to Bun.
 */
#include <elf.h>
#include <stdint.h>
#include <sys/syscall.h>

#include "enter_bun.h"
#include "raw.h"
#include "record.h"

#define TEXT(token) #token
#define NUMBER(token) TEXT(token)

#if defined(__x86_64__)
__asm__(".globl pf_front_entry\n"
	".type pf_front_entry, @function\n"
	"pf_front_entry:\n"
	"	test %rdx, %rdx\n"
	"	jnz 1f\n"
	"	mov %rsp, %rdi\n"
	"	mov %rsp, %rbx\n"
	"	xor %ebp, %ebp\n"
	"	and $-16, %rsp\n"
	"	call pf_front_begin\n"
	"	mov %rbx, %rsp\n"
	"	jmp _start\n"
	"1:	jmp *pf_record + " NUMBER(PF_RECORD_ENTRY) "(%rip)\n");
#elif defined(__aarch64__)
__asm__(".globl pf_front_entry\n"
	".type pf_front_entry, @function\n"
	"pf_front_entry:\n"
	"	cbnz x0, 1f\n"
	"	mov x0, sp\n"
	"	mov x29, #0\n"
	"	mov x30, #0\n"
	"	bl pf_front_begin\n"
	"	mov x0, #0\n"
	"	mov x30, #0\n"
	"	b _start\n"
	"1:	adrp x16, pf_record + " NUMBER(
		PF_RECORD_ENTRY) "\n"
				 "	ldr x16, [x16, #:lo12:pf_record + " NUMBER(
					 PF_RECORD_ENTRY) "]\n"
							  "	br x16\n");
#endif

extern const Elf64_Ehdr __ehdr_start; /* the front's own ELF header */
void pf_front_begin(uintptr_t *stack);

/* Prepares the start of the C library. In two cases, enters Bun and does not return: there are no
 * arguments, or the program has more privilege than its caller (AT_SECURE). pflask refuses the
 * start in the second case. */
__attribute__((used)) void pf_front_begin(uintptr_t *stack)
{
	Elf64_auxv_t *first = pf_begun(stack);
	Elf64_auxv_t *headers = pf_auxiliary(first, AT_PHDR);
	Elf64_auxv_t *count = pf_auxiliary(first, AT_PHNUM);
	const Elf64_auxv_t *secure = pf_auxiliary(first, AT_SECURE);

	if (*stack > 0 && headers && count && !(secure && secure->a_un.a_val)) {
		headers->a_un.a_val = (uintptr_t)&__ehdr_start + __ehdr_start.e_phoff;
		count->a_un.a_val = __ehdr_start.e_phnum;
	} else {
		pf_enter_bun();
	}
}
