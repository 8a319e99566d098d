/* SPDX-License-Identifier: BSD-2-Clause */
/* Contains pflask-init, so that libpflask is the only file to install: PF_HELPER_PATH is
 * pflask-init, or a block of LZ4 from which pflask-init is made. PF_HELPER_SIZE is the size of
 * pflask-init. */
	.section .rodata
	.balign 16
	.global pf_helper_image
	.hidden pf_helper_image
	.type pf_helper_image, %object
pf_helper_image:
	.incbin PF_HELPER_PATH
	.size pf_helper_image, . - pf_helper_image
	.global pf_helper_image_end
	.hidden pf_helper_image_end
	.type pf_helper_image_end, %object
pf_helper_image_end:
	.size pf_helper_image_end, 0
	.balign 4
	.global pf_helper_size
	.hidden pf_helper_size
	.type pf_helper_size, %object
pf_helper_size:
	.long PF_HELPER_SIZE
	.size pf_helper_size, 4
	.section .note.GNU-stack, "", %progbits
