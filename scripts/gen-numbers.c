/* SPDX-License-Identifier: BSD-2-Clause */
/* Prints the error numbers, signals and capabilities of this kernel, their names, and the limits of
 * pflask, as TypeScript. With an argument, prints the names of signals, errors, capabilities and
 * resources, and the texts of errors, as C. */
#define _GNU_SOURCE
#include <asm/resource.h>
#include <ctype.h>
#include <linux/capability.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#define ERRNO_END 134
#define SIGNAL_END 32

/* The names of capabilities and resources. gen-numbers.sh makes the rows of names.def from the
 * kernel's headers. */
static const char *const capabilities[CAP_LAST_CAP + 1] = {
#define CAP(name) [CAP_##name] = #name,
#define RLIMIT(name)
#include "names.def"
#undef CAP
#undef RLIMIT
};
static const char *const limits[RLIM_NLIMITS] = {
#define CAP(name)
#define RLIMIT(name) [RLIMIT_##name] = #name,
#include "names.def"
};

static void open_function(const char *name, const char *types)
{
	printf("\n/** Returns a table, which most starts do not need and do not make. */\n");
	printf("export function %s(): Readonly<Record<%s>> {\n\treturn {\n", name, types);
}

static void close_function(void)
{
	printf("\t};\n}\n");
}

/* Prints the signals that have names. Real-time signals are counted from SIGRTMIN. */
static void print_signals(void)
{
	printf("\n");
	for (int i = 1; i < SIGNAL_END; i++)
		if (sigabbrev_np(i))
			printf("export const SIG%s = %d;\n", sigabbrev_np(i), i);
	printf("export const SIGRTMIN = %d;\n", SIGRTMIN);
	printf("export const SIGRTMAX = %d;\n", SIGRTMAX);
	open_function("signals", "string, number");
	for (int i = 1; i < SIGNAL_END; i++)
		if (sigabbrev_np(i))
			printf("\t\t%s: %d,\n", sigabbrev_np(i), i);
	close_function();
}

static void print_errnos(void)
{
	printf("\n");
	for (int i = 1; i < ERRNO_END; i++)
		if (strerrorname_np(i))
			printf("export const %s = %d;\n", strerrorname_np(i), i);
	open_function("errnos", "number, readonly [name: string, text: string]");
	for (int i = 1; i < ERRNO_END; i++)
		if (strerrorname_np(i))
			printf("\t\t%d: [\"%s\", \"%s\"],\n", i, strerrorname_np(i),
			       strerrordesc_np(i));
	close_function();
}

/* Prints the limits of pflask itself. */
static void print_limits(void)
{
	printf("\nexport const LIMITS = {\n");
#define PF_LIMIT(name, value, text) printf("\t/** %s */\n\t%s: %d,\n", text, #name, (int)(value));
#include "defs/limits.def"
	printf("} as const;\n");
}

static void print_capabilities(void)
{
	open_function("capabilities", "number, string");
	for (int i = 0; i <= CAP_LAST_CAP; i++)
		printf("\t\t%d: \"CAP_%s\",\n", i, capabilities[i]);
	close_function();
}

static void print_typescript(void)
{
	printf("// SPDX-License-Identifier: BSD-2-Clause\n");
	printf("// Made by scripts/gen-numbers.sh from this kernel's numbers and from\n"
	       "// core-c/defs/limits.def; not to be edited.\n");
	print_signals();
	print_errnos();
	print_capabilities();
	print_limits();
}

/* Prints names in lower case, as users type them. */
static void print_lower(const char *const *names, int count)
{
	for (int i = 0; i < count; i++) {
		printf("\n\t\"");
		for (const char *c = names[i]; *c; c++)
			putchar(tolower(*c));
		printf("\\0\"");
	}
	printf(";\n");
}

/* Prints one string for each table, because an array of pointers would have to be relocated. */
static void print_c(void)
{
	printf("/* SPDX-License-Identifier: BSD-2-Clause */\n");
	printf("/* Made by scripts/gen-numbers.sh; not to be edited. */\n");
	printf("/* clang-format off */\n");
	printf("\n/* The names of the signals from 1 on, without SIG; \"\": no such signal. */\n");
	printf("static const char signal_names[] =");
	for (int i = 1; i < SIGNAL_END; i++)
		printf("\n\t\"%s\\0\"", sigabbrev_np(i) ? sigabbrev_np(i) : "");
	printf(";\n\n/* The name and the text of each error number from 1 on. */\n");
	printf("static const char errno_names[] =");
	for (int i = 1; i < ERRNO_END; i++)
		printf("\n\t\"%s\\0%s\\0\"", strerrorname_np(i) ? strerrorname_np(i) : "",
		       strerrorname_np(i) ? strerrordesc_np(i) : "");
	printf(";\n\n/* The names of the capabilities from 0 on, without CAP_. */\n");
	printf("static const char capability_names[] =");
	print_lower(capabilities, CAP_LAST_CAP + 1);
	printf("\n/* The names of the resources of setrlimit(2) from 0 on, without RLIMIT_. */\n");
	printf("static const char resource_names[] =");
	print_lower(limits, RLIM_NLIMITS);
}

int main(int argc, char **argv)
{
	(void)argv;
	if (argc > 1)
		print_c();
	else
		print_typescript();
	return 0;
}
