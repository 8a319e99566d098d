/* SPDX-License-Identifier: BSD-2-Clause */
/* The front: runs the command lines that do not need Bun, and enters Bun for all others. */
#include "enter_bun.h"
#include "front.h"

int main(int argc, char **argv, char **envp)
{
	pf_front(argc, argv, envp);
	pf_enter_bun();
}
