/* SPDX-License-Identifier: BSD-2-Clause */
/* A failure as one negative number: the number of the error, and the system call that failed. */
#ifndef PF_TRIAL_FAULT_H
#define PF_TRIAL_FAULT_H

#include <errno.h>

/* The calls, in the order of the names in fault.c. */
enum pf_call {
	PF_CALL_NONE,
	PF_CALL_OPEN,
	PF_CALL_STAT,
	PF_CALL_READ,
	PF_CALL_WRITE,
	PF_CALL_SEEK,
	PF_CALL_TRUNCATE,
	PF_CALL_READDIR,
	PF_CALL_MKDIR,
	PF_CALL_MKNOD,
	PF_CALL_SYMLINK,
	PF_CALL_LINK,
	PF_CALL_UNLINK,
	PF_CALL_RENAME,
	PF_CALL_READLINK,
	PF_CALL_CHOWN,
	PF_CALL_CHMOD,
	PF_CALL_UTIMENS,
	PF_CALL_FSYNC,
	PF_CALL_SYNCFS,
	PF_CALL_LISTXATTR,
	PF_CALL_GETXATTR,
	PF_CALL_SETXATTR,
	PF_CALL_REMOVEXATTR,
	PF_CALL_LOCK,
	PF_CALL_DUP,
	PF_CALL_MEMORY,
	PF_CALL_RISK,  /* no call: a file is refused; the number is the flag that allows it */
	PF_CALL_OTHER, /* no call: another process has put another directory at the place */
	PF_CALL_COUNT,
};

#define PF_FAULT_BITS 12

/* The failure of a call with an error number of its own, or with errno. */
static inline int pf_fault_of(enum pf_call call, int number)
{
	return -(int)((unsigned int)call << PF_FAULT_BITS | (unsigned int)number);
}

static inline int pf_fault(enum pf_call call)
{
	return pf_fault_of(call, errno);
}

/* Turns the result of a call that returns -1 on failure into a failure. */
static inline int pf_checked(enum pf_call call, int result)
{
	return result < 0 ? pf_fault(call) : result;
}

/* A failure whose message stands in the handle already. */
#define PF_SAID pf_fault_of(PF_CALL_COUNT, 0)

#define PF_NO_MEMORY pf_fault_of(PF_CALL_MEMORY, ENOMEM)
#define PF_IS_OTHER pf_fault_of(PF_CALL_OTHER, 0)

static inline enum pf_call pf_call_of(int failure)
{
	return (enum pf_call)((unsigned int)-failure >> PF_FAULT_BITS);
}

/* Returns the error number of a failure, or 0. */
static inline int pf_number_of(int failure)
{
	return failure < 0 ? -failure & ((1 << PF_FAULT_BITS) - 1) : 0;
}

/* Returns the name of the call that failed, such as "open". */
const char *pf_call_name(int failure);

#endif
