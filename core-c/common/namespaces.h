/* SPDX-License-Identifier: BSD-2-Clause */
/* Lists the kinds of namespaces (defs/namespaces.def). */
#ifndef PF_NAMESPACES_H
#define PF_NAMESPACES_H

#include <stdint.h>

enum pf_namespace {
#define PF_NAMESPACE(name, flag, field) PF_NS_##name,
#include "defs/namespaces.def"
	PF_NS_COUNT
};

/* A kind of namespace. */
struct pf_namespace_kind {
	char name[8];
	char path[12]; /* path below /proc/PID, such as "ns/net" */
	uint64_t flag; /* CLONE_NEW* flag of clone3(2) */
};

extern const struct pf_namespace_kind pf_namespaces[PF_NS_COUNT];

#endif
