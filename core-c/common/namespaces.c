/* SPDX-License-Identifier: BSD-2-Clause */
#define _GNU_SOURCE
#include "namespaces.h"

#include <sched.h>

const struct pf_namespace_kind pf_namespaces[PF_NS_COUNT] = {
#define PF_NAMESPACE(name, flag, field) {#name, "ns/" #name, flag},
#include "defs/namespaces.def"
};
