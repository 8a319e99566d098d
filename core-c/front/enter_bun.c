/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Enters Bun (enter_bun.h). This code uses only the string and memory functions of the C library,
 * because it may run before the C library is ready.
 */
#define _GNU_SOURCE
#include "enter_bun.h"

#include <errno.h>
#include <fcntl.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include "raw.h"
#include "record.h"
#include "src/base/numbers.h"

#if defined(__x86_64__)
#include <asm/prctl.h>
#define MACHINE EM_X86_64
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#endif

#define FAILED 125 /* exit status of an error of pflask itself */
#define CALL(name, a, b, c, d, e, f) \
	pf_raw(SYS_##name, (long)(a), (long)(b), (long)(c), (long)(d), (long)(e), (long)(f))

struct loader {
	Elf64_Ehdr header;
	Elf64_Phdr program[PF_RECORD_HEADERS];
	int fd;
	uintptr_t page;     /* page size in bytes */
	uintptr_t low, end; /* start and end of the loaded segments, rounded to whole pages */
	uintptr_t base;     /* load bias: address in memory minus address in the file */
};

static uintptr_t *begun; /* the initial stack of the process, as the kernel made it */
static long heap;        /* end of the heap (brk(2)) when the front began */

/* Returns the auxiliary vector, which follows the arguments and the environment. */
static Elf64_auxv_t *first_auxiliary(uintptr_t *stack)
{
	uintptr_t *word = stack + 1 + *stack + 1;

	while (*word)
		word++;
	return (Elf64_auxv_t *)(word + 1);
}

Elf64_auxv_t *pf_begun(uintptr_t *stack)
{
	begun = stack;
	heap = CALL(brk, 0, 0, 0, 0, 0, 0);
	return first_auxiliary(stack);
}

Elf64_auxv_t *pf_auxiliary(Elf64_auxv_t *first, uint64_t type)
{
	for (; first->a_type != AT_NULL; first++)
		if (first->a_type == type)
			return first;
	return NULL;
}

static void say(const char *text)
{
	CALL(write, 2, text, strlen(text), 0, 0, 0);
}

static void say_error(const char *what, const char *why)
{
	say("pflask: ");
	say(what);
	say(": ");
	say(why);
	say("\n");
}

static _Noreturn void leave(void)
{
	for (;;)
		CALL(exit_group, FAILED, 0, 0, 0, 0, 0);
}

static _Noreturn void fail(const char *what, const char *why)
{
	say_error(what, why);
	leave();
}

/* The lowest resource limits (setrlimit(2)) with which the front starts Bun. Bun reserves 2.3 GB of
 * memory for its JavaScript engine, and crashes if the limits are only a little lower. */
static const struct {
	int resource;
	uint64_t least;
	char what[48], hint[24];
} limits[] = {
	{RLIMIT_AS, 2560ull << 20, "the limit of the address space (ulimit -v)",
	 "ulimit -v unlimited"},
	{RLIMIT_DATA, 2560ull << 20, "the limit of the data segment (ulimit -d)",
	 "ulimit -d unlimited"},
	{RLIMIT_STACK, 256 << 10, "the limit of the stack (ulimit -s)", "ulimit -s 8192"},
	{RLIMIT_NOFILE, 8, "the limit of open files (ulimit -n)", "ulimit -n 1024"},
};

/* Ends the process with an error of pflask if a limit is too low for Bun. Bun itself would crash,
 * with an error of its own or with no error. */
static void check_limits(void)
{
	struct {
		uint64_t soft, hard;
	} now;

	for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
		long r = CALL(prlimit64, 0, limits[i].resource, 0, &now, 0, 0);
		if (r < 0 || now.soft >= limits[i].least)
			continue;
		say_error(limits[i].what, "too low for this command line, which Bun runs");
		say("hint: ");
		say(limits[i].hint);
		say("\n");
		leave();
	}
}

static _Noreturn void fail_loader(long error)
{
	fail(pf_record.interpreter, pf_errno_text((int)-error));
}

/* Refuses an executable that strip(1) or a similar tool has rewritten. In such a file, the program
 * headers differ from the front's record (record.h), and the TypeScript program at the end of the
 * file is lost. Bun would run as the command "bun". */
static void check_file(void)
{
	size_t size = pf_record.count * sizeof(Elf64_Phdr);

	if (size == 0 || memcmp((const void *)pf_record.headers_at, pf_record.changed, size) != 0)
		fail("this executable", "was changed after it was built, for example by strip(1), "
					"and has lost its program");
}

static void read_at(const struct loader *loader, void *ret, size_t size, uint64_t offset)
{
	long n = CALL(pread64, loader->fd, ret, size, offset, 0, 0);

	if (n < 0)
		fail_loader(n);
	if ((size_t)n != size)
		fail_loader(-ENOEXEC);
}

static uintptr_t round_down(const struct loader *loader, uintptr_t address)
{
	return address & ~(loader->page - 1);
}

static uintptr_t round_up(const struct loader *loader, uintptr_t address)
{
	return round_down(loader, address + loader->page - 1);
}

/* Opens the loader, and reads its headers. */
static void open_loader(struct loader *loader)
{
	const Elf64_Ehdr *header = &loader->header;
	long fd = CALL(openat, AT_FDCWD, pf_record.interpreter, O_RDONLY | O_CLOEXEC, 0, 0, 0);

	if (fd < 0)
		fail_loader(fd);
	loader->fd = (int)fd;
	read_at(loader, &loader->header, sizeof(loader->header), 0);
	if (memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_machine != MACHINE ||
	    header->e_type != ET_DYN || header->e_phentsize != sizeof(Elf64_Phdr) ||
	    header->e_phnum > PF_RECORD_HEADERS)
		fail_loader(-ENOEXEC);
	read_at(loader, loader->program, header->e_phnum * sizeof(Elf64_Phdr), header->e_phoff);
}

/* Maps memory at an address, and replaces any mapping there. */
static void map_at(uintptr_t address, size_t size, int protection, int flags, int fd, uint64_t from)
{
	long r = CALL(mmap, address, size, protection, MAP_PRIVATE | MAP_FIXED | flags, fd, from);

	if (r < 0 && r > -4096)
		fail_loader(r);
}

/* Maps a segment. The part that is not in the file is zero. */
static void map_segment(const struct loader *loader, const Elf64_Phdr *segment)
{
	int protection = (segment->p_flags & PF_R ? PROT_READ : 0) |
			 (segment->p_flags & PF_W ? PROT_WRITE : 0) |
			 (segment->p_flags & PF_X ? PROT_EXEC : 0);
	uintptr_t start = loader->base + segment->p_vaddr;
	uintptr_t before = start - round_down(loader, start);
	uintptr_t stop = start + segment->p_filesz;
	uintptr_t file_end = round_up(loader, stop);
	uintptr_t end = round_up(loader, start + segment->p_memsz);

	if (segment->p_filesz > 0)
		map_at(start - before, segment->p_filesz + before, protection, 0, loader->fd,
		       segment->p_offset - before);
	if (segment->p_memsz <= segment->p_filesz)
		return;
	if (segment->p_filesz > 0 && segment->p_flags & PF_W)
		memset((void *)stop, 0, file_end - stop);
	if (end > file_end)
		map_at(file_end, end - file_end, protection, MAP_ANONYMOUS, -1, 0);
}

/* Maps the loader at a free address. */
static void map_loader(struct loader *loader)
{
	const Elf64_Phdr *first = loader->program, *last = first + loader->header.e_phnum;

	loader->low = UINTPTR_MAX;
	for (const Elf64_Phdr *i = first; i < last; i++) {
		if (i->p_type != PT_LOAD)
			continue;
		if (loader->low == UINTPTR_MAX)
			loader->low = round_down(loader, i->p_vaddr);
		loader->end = round_up(loader, i->p_vaddr + i->p_memsz);
	}
	if (loader->low >= loader->end)
		fail_loader(-ENOEXEC);
	long all = CALL(mmap, 0, loader->end - loader->low, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS,
			-1, 0);
	if (all < 0 && all > -4096)
		fail_loader(all);
	loader->base = (uintptr_t)all - loader->low;
	for (const Elf64_Phdr *i = first; i < last; i++)
		if (i->p_type == PT_LOAD)
			map_segment(loader, i);
	CALL(close, loader->fd, 0, 0, 0, 0, 0);
}

static void set(Elf64_auxv_t *auxiliary, uint64_t type, uint64_t value)
{
	Elf64_auxv_t *entry = pf_auxiliary(auxiliary, type);

	if (entry)
		entry->a_un.a_val = value;
	else
		fail(pf_record.interpreter, "the kernel has passed no complete auxiliary vector");
}

/* Starts the loader with the registers that the kernel would set. */
static _Noreturn void jump(uintptr_t entry)
{
#if defined(__x86_64__)
	CALL(arch_prctl, ARCH_SET_FS, 0, 0, 0, 0, 0);
	__asm__ volatile("mov %0, %%rsp\n"
			 "mov %1, %%r11\n"
			 "xor %%eax, %%eax\n"
			 "xor %%ebx, %%ebx\n"
			 "xor %%ecx, %%ecx\n"
			 "xor %%edx, %%edx\n"
			 "xor %%esi, %%esi\n"
			 "xor %%edi, %%edi\n"
			 "xor %%ebp, %%ebp\n"
			 "xor %%r8d, %%r8d\n"
			 "xor %%r9d, %%r9d\n"
			 "xor %%r10d, %%r10d\n"
			 "xor %%r12d, %%r12d\n"
			 "xor %%r13d, %%r13d\n"
			 "xor %%r14d, %%r14d\n"
			 "xor %%r15d, %%r15d\n"
			 "jmp *%%r11\n"
			 :
			 : "S"(begun), "D"(entry)
			 : "memory");
#elif defined(__aarch64__)
	__asm__ volatile("msr tpidr_el0, xzr\n"
			 "mov sp, %0\n"
			 "mov x16, %1\n"
			 "mov x0, #0\n"
			 "mov x29, #0\n"
			 "mov x30, #0\n"
			 "br x16\n"
			 :
			 : "r"(begun), "r"(entry)
			 : "memory", "x16");
#endif
	__builtin_unreachable();
}

void pf_enter_bun(void)
{
	Elf64_auxv_t *auxiliary = first_auxiliary(begun);
	const Elf64_auxv_t *page = pf_auxiliary(auxiliary, AT_PAGESZ);
	struct loader loader = {.page = page ? page->a_un.a_val : 4096};

	check_file();
	check_limits();
	open_loader(&loader);
	map_loader(&loader);
	set(auxiliary, AT_PHDR, (uintptr_t)pf_record.original);
	set(auxiliary, AT_PHNUM, pf_record.count);
	set(auxiliary, AT_BASE, loader.base);
	set(auxiliary, AT_ENTRY, pf_record.entry);
	CALL(brk, heap, 0, 0, 0, 0, 0);
	jump(loader.base + loader.header.e_entry);
}
