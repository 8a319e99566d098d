/* SPDX-License-Identifier: BSD-2-Clause */
/* Contains the bytes of pflask-init, so that libpflask is the only file to install. */
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
	.section .note.GNU-stack, "", %progbits
