/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Prints the numbers of all system calls, for scripts/gen-seccomp.ts, in lines NAME ABI NUMBER. The
 * numbers come from libseccomp, because the headers of the kernel have only the numbers of this
 * machine. The number of an x32 call is the number of the x86-64 call with an additional bit. The
 * program does not print this bit.
 */
#include <dlfcn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define NUMBERS 1024 /* greater than the number of any call */

/* The names of the ABIs, their numbers in <linux/audit.h>, and the bits that all calls of an ABI
 * have. */
static const struct {
	const char *name;
	uint32_t token;
	int bits;
} abis[] = {{"x86_64", 0xc000003e, 0},
	    {"x86_64", 0x4000003e, 0x40000000},
	    {"i386", 0x40000003, 0},
	    {"arm64", 0xc00000b7, 0},
	    {"arm", 0x40000028, 0}};

union resolver {
	void *symbol;
	char *(*function)(uint32_t token, int number);
};

int main(void)
{
	void *library = dlopen("libseccomp.so.2", RTLD_NOW);
	union resolver name_of = {library ? dlsym(library, "seccomp_syscall_resolve_num_arch")
					  : NULL};

	if (!name_of.symbol) {
		fprintf(stderr, "gen-seccomp: %s\n", dlerror());
		return 1;
	}
	for (size_t i = 0; i < sizeof(abis) / sizeof(abis[0]); i++)
		for (int number = 0; number < NUMBERS; number++) {
			char *name = name_of.function(abis[i].token, number | abis[i].bits);
			if (name)
				printf("%s %s %d\n", name, abis[i].name, number);
			free(name);
		}
	return 0;
}
