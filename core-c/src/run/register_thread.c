/* SPDX-License-Identifier: BSD-2-Clause */
/* Registers a container in a thread (register_thread.h). */
#define _GNU_SOURCE
#include "register_thread.h"

#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "answer_register.h"
#include "common/sys.h"

/* The data of a thread that registers a container. The thread may outlive the container's handle
 * and the plan. */
struct pf_registration {
	/* Number of users: the handle and the thread; the last one frees the data. */
	atomic_int users;
	int is_over; /* the container is to end, and the thread must give up */
	int socket;  /* the thread's own descriptor of the socket to the monitor */
	int is_debugged;
	struct pf_machine machine;
	struct pf_patience patience;
	int32_t links[PF_REGISTER_LINKS];
	char root[];
};

static void release(struct pf_registration *registration)
{
	if (atomic_fetch_sub(&registration->users, 1) > 1)
		return;
	close(registration->socket);
	free(registration);
}

static void *registrar(void *context)
{
	struct pf_registration *registration = context;

	pf_register_and_answer(registration->socket, &registration->machine,
			       &registration->patience, registration->is_debugged);
	release(registration);
	return NULL;
}

static struct pf_registration *copy(const pflask_container *container,
				    const struct pf_machine *machine,
				    const struct pf_patience *patience)
{
	const size_t size = strlen(machine->root) + 1;
	struct pf_registration *made = calloc(1, sizeof(*made) + size);

	if (!made)
		return NULL;
	made->socket = pf_dup(container->socket, 3);
	if (made->socket < 0) {
		free(made);
		return NULL;
	}
	made->users = 2;
	/* The caller may have asked to end the container already. */
	made->is_over = container->end_signal;
	made->is_debugged = container->is_debugged;
	made->machine = *machine;
	made->machine.root = memcpy(made->root, machine->root, size);
	memcpy(made->links, machine->links, machine->link_count * sizeof(*made->links));
	made->machine.links = made->links;
	made->patience = (struct pf_patience){.end = patience->end, .is_over = &made->is_over};
	return made;
}

/* Before glibc 2.34, pthread_create(3) was in libpthread, which a program without threads does not
 * load; the weak symbol is then NULL. The version of the symbol is that of the oldest glibc for the
 * processor, which every glibc has. */
#pragma weak pthread_create
#if defined(__GLIBC__) && defined(__x86_64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.2.5");
#elif defined(__GLIBC__) && defined(__aarch64__)
__asm__(".symver pthread_create, pthread_create@GLIBC_2.17");
#endif

/* Starts a detached thread that handles no signals. Returns 0 or -errno. */
static int start_thread(struct pf_registration *registration)
{
	const uint64_t all = ~0ull;
	uint64_t before;
	pthread_attr_t attributes;
	pthread_t thread;

	if (!pthread_create)
		return -ENOSYS;
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &all, &before, sizeof(all));
	int r = pthread_create(&thread, &attributes, registrar, registration);
	syscall(SYS_rt_sigprocmask, SIG_SETMASK, &before, NULL, sizeof(before));
	pthread_attr_destroy(&attributes);
	return -r;
}

int pf_register_in_thread(pflask_container *container, const struct pf_machine *machine,
			  const struct pf_patience *patience)
{
	struct pf_registration *registration = copy(container, machine, patience);

	if (!registration)
		return -ENOMEM;
	/* Without a thread, the caller itself registers the container, and waits. */
	if (start_thread(registration) < 0)
		registrar(registration);
	container->registration = registration;
	return 0;
}

void pf_stop_registration(pflask_container *container)
{
	if (container->registration)
		container->registration->is_over = 1;
}

void pf_forget_registration(pflask_container *container)
{
	pf_stop_registration(container);
	if (container->registration)
		release(container->registration);
	container->registration = NULL;
}
