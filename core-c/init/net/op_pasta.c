/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Connects a container to the network through pasta(1) or slirp4netns(1), a program that translates
 * between the container's network and the host's sockets. Such a program does not end by itself. So
 * a process of pflask, the supervisor, runs between the monitor and the program, and adopts the
 * program's processes. The supervisor kills them when the monitor closes the pipe `lifeline` or is
 * killed.
 */
#define _GNU_SOURCE
#include "op_pasta.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/close_fds.h"
#include "common/decimal.h"
#include "common/proc_path.h"
#include "common/sys.h"
#include "init/base/child_process.h"
#include "init/base/descendants.h"
#include "init/base/process_name.h"
#include "init/base/run_plan.h"
#include "links.h"

#define SUPERVISOR_NAME "pf-net"
/* Time limit for making the network, which normally takes 30 ms. */
#define PATIENCE_MSEC 20000
#define SUPERVISOR_GRACE_MSEC 5000 /* time limit for the supervisor to kill the program */
#define SETTING_MSEC 5000          /* time limit for writing a setting of the kernel */
#define ACCEPT_DAD "/proc/sys/net/ipv6/conf/default/accept_dad"
#define READY_FD 3 /* number of the descriptor that slirp4netns gets (--ready-fd=3) */
#define ARGUMENTS 64

/* What the supervisor reports to the monitor. */
struct outcome {
	int32_t error; /* -errno, or 0 */
	char text[PF_RTNL_TEXT];
};

struct supervisor {
	struct pf_run *run;
	int lifeline, result; /* the supervisor's ends of two pipes to the monitor */
	struct outcome outcome;
	char line[PF_RTNL_TEXT]; /* current line of the program's standard error */
	size_t length;
};

/* Closes all descriptors except those in `kept`, which must be above 2. Opens /dev/null as 0, 1 and
 * 2. */
static void close_other_fds(const int *kept, size_t count)
{
	pf_close_other_fds(0, kept, count);
	for (int i = 0; i < 3; i++)
		if (open("/dev/null", O_RDWR | O_CLOEXEC) != i)
			_exit(1);
}

/* Drops all capabilities of the supervisor. The program (pasta, slirp4netns) opens the container's
 * namespace through /proc/PID/fd of the supervisor, but first drops its own capabilities. The
 * kernel would then refuse the access if the supervisor still had capabilities (ptrace(2)). If root
 * is the caller, the program gets capabilities again at execve(2). */
static void drop_capabilities(void)
{
	struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
	const struct __user_cap_data_struct none[2] = {{0}};

	syscall(SYS_capset, &header, none);
}

/* Replaces words that were unknown when the plan was made: $PID becomes the pid of init, and $NET
 * the path of init's network namespace. Returns 0 or -E2BIG. */
static int arrange_arguments(const struct pf_run *run, char **list, char pid[PF_DECIMAL_SIZE],
			     char net[PF_PROC_PATH], char *ret[ARGUMENTS])
{
	size_t count = 0;

	pf_write_decimal((uint64_t)run->outside.init_pid, pid);
	pf_proc_fd_path(getpid(), "fd", run->outside.netns, net);
	for (; *list; list++) {
		if (count == ARGUMENTS - 1)
			return -E2BIG;
		ret[count++] = strcmp(*list, "$PID") == 0   ? pid
			       : strcmp(*list, "$NET") == 0 ? net
							    : *list;
	}
	ret[count] = NULL;
	return 0;
}

static void exec_program(const char *program, char **arguments, int errors, int ready)
{
	char *environment[] = {NULL};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int fd = 0; fd < 2; fd++)
		/* Stays open over execve(2), so that no file of the program becomes 0 or 1. */
		fcntl(fd, F_SETFD, 0);
	if (dup2(errors, 2) == 2 && dup2(ready, READY_FD) == READY_FD &&
	    fcntl(READY_FD, F_SETFD, 0) == 0)
		execve(program, arguments, environment);
	_exit(127);
}

/* Appends the current line to the error text, if there is room. Leaves out messages about a missing
 * syslog(3). */
static void take_line(struct supervisor *supervisor)
{
	static const char noise[] = "Failed to send ";
	char *text = supervisor->outcome.text;
	size_t used = strlen(text), room = sizeof(supervisor->outcome.text) - 1 - used;

	supervisor->line[supervisor->length] = '\0';
	if (supervisor->length > 0 && strncmp(supervisor->line, noise, sizeof(noise) - 1) != 0) {
		size_t gap = used > 0 ? 2 : 0;
		size_t size = supervisor->length + gap < room ? supervisor->length : room - gap;
		if (gap < room) {
			memcpy(text + used, "; ", gap);
			memcpy(text + used + gap, supervisor->line, size);
			text[used + gap + size] = '\0';
		}
	}
	supervisor->length = 0;
}

/* Reads the program's standard error. Returns 0 at the end of file. */
static int read_errors(struct supervisor *supervisor, int errors)
{
	char bytes[512];
	ssize_t n = read(errors, bytes, sizeof(bytes));

	for (ssize_t i = 0; i < n; i++) {
		if (bytes[i] == '\n')
			take_line(supervisor);
		else if (supervisor->length < sizeof(supervisor->line) - 1)
			supervisor->line[supervisor->length++] = bytes[i];
	}
	return n > 0;
}

/* Waits until the network is ready. pasta then forks into the background; slirp4netns writes a byte
 * to the descriptor `ready`. Returns 0 or -errno. */
static int await_ready(struct supervisor *supervisor, pid_t child, int errors, int ready)
{
	PF_CLEANUP_FD int pidfd = pf_pidfd_open(child);
	int status = 0;

	for (;;) {
		struct pollfd fds[] = {{.fd = errors, .events = POLLIN},
				       {.fd = ready, .events = POLLIN},
				       {.fd = pidfd, .events = POLLIN},
				       {.fd = supervisor->lifeline, .events = 0}};
		int r = poll(fds, 4, PATIENCE_MSEC);
		if (r == 0)
			return -ETIMEDOUT;
		if (fds[3].revents)
			return -EINTR;
		if (fds[1].revents & POLLIN)
			return 0;
		if (fds[0].revents && !read_errors(supervisor, errors))
			errors = -1;
		else if (!fds[0].revents && fds[2].revents)
			break;
	}
	take_line(supervisor);
	waitpid(child, &status, 0);
	if (status != 0 && !*supervisor->outcome.text)
		pf_describe_end(status, supervisor->outcome.text);
	return status == 0 ? 0 : -ECHILD;
}

static int start_program(struct supervisor *supervisor, const struct pf_op *op)
{
	char pid[PF_DECIMAL_SIZE], net[PF_PROC_PATH], *arguments[ARGUMENTS];
	int errors[2], ready[2];
	int r = arrange_arguments(supervisor->run, pf_arg_list(supervisor->run, op, 1), pid, net,
				  arguments);

	if (r < 0)
		return r;
	if (pipe2(errors, O_CLOEXEC) < 0 || pipe2(ready, O_CLOEXEC) < 0)
		return -errno;
	pid_t child = fork();
	if (child == 0)
		exec_program(pf_arg_string(supervisor->run, op, 0), arguments, errors[1], ready[1]);
	r = child < 0 ? -errno : 0;
	close(errors[1]);
	close(ready[1]);
	if (r == 0)
		r = await_ready(supervisor, child, errors[0], ready[0]);
	close(errors[0]);
	close(ready[0]);
	return r;
}

/* Tells whether the program still runs. pasta in the background is a child of the supervisor, a
 * child subreaper. */
static int is_running(void)
{
	pid_t ended;

	while ((ended = waitpid(-1, NULL, WNOHANG)) > 0)
		;
	return ended == 0;
}

/* Runs the supervisor. */
static _Noreturn void supervise(struct supervisor *supervisor, const struct pf_op *op)
{
	struct pf_run *run = supervisor->run;
	const int kept[] = {supervisor->lifeline, supervisor->result, run->outside.netns};

	pf_set_process_name(run, SUPERVISOR_NAME);
	close_other_fds(kept, 3);
	drop_capabilities();
	int r = pf_adopt_descendants(run);
	supervisor->outcome.error = r < 0 ? r : start_program(supervisor, op);
	if (write(supervisor->result, &supervisor->outcome, sizeof(supervisor->outcome)) < 0)
		r = -errno; /* the monitor has ended; the following poll(2) notices this */
	close(supervisor->result);
	struct pollfd monitor = {.fd = supervisor->lifeline, .events = 0};
	while (poll(&monitor, 1, -1) <= 0)
		;
	int lost = r < 0 || !is_running();
	pf_kill_descendants(run);
	_exit(lost);
}

/* Sets net.ipv6.conf.default.accept_dad in the container's network namespace, in a child process.
 * Ignores errors: the kernel may lack the setting, or /proc/sys may be read-only. */
static void set_accept_dad(const struct pf_run *run, const char *value)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		pf_forbid_tracing();
		if ((run->outside.userns >= 0 && setns(run->outside.userns, CLONE_NEWUSER) < 0) ||
		    setns(run->outside.netns, CLONE_NEWNET) < 0)
			_exit(1);
		int fd = open(ACCEPT_DAD, O_WRONLY | O_CLOEXEC);
		_exit(fd < 0 || write(fd, value, 1) != 1);
	}
	if (child > 0)
		pf_await_child(child, SETTING_MSEC, &status);
}

/* Starts the supervisor, and waits for its report. */
static int start_supervisor(struct pf_run *run, const struct pf_op *op)
{
	struct supervisor supervisor = {.run = run};
	int lifeline[2], result[2];
	int r = pf_open_netns(run);

	if (r < 0)
		return r;
	if (pipe2(lifeline, O_CLOEXEC) < 0)
		return -errno;
	if (pipe2(result, O_CLOEXEC) < 0)
		return -errno;
	supervisor.lifeline = lifeline[0];
	supervisor.result = result[1];
	run->outside.net_supervisor = fork();
	if (run->outside.net_supervisor == 0)
		supervise(&supervisor, op);
	close(lifeline[0]);
	close(result[1]);
	run->outside.lifeline = lifeline[1];
	PF_CLEANUP_FD int from = result[0];
	if (run->outside.net_supervisor < 0)
		return -errno;
	struct pollfd told = {.fd = from, .events = POLLIN};
	if (poll(&told, 1, PATIENCE_MSEC + SUPERVISOR_GRACE_MSEC) <= 0)
		return -ETIMEDOUT;
	if (read(from, &supervisor.outcome, sizeof(supervisor.outcome)) !=
	    sizeof(supervisor.outcome))
		return -ECHILD;
	memcpy(run->text, supervisor.outcome.text, sizeof(run->text));
	if (supervisor.outcome.error == -ECHILD)
		run->detail = PF_DETAIL_TEXT;
	return supervisor.outcome.error;
}

/* Starts pasta. Duplicate address detection (RFC 4862, 5.4) is off during the start: while it runs,
 * the kernel sends from "::", which pasta takes for the container's address. In 10 % of the
 * containers, connections of the first second would then hang. The detection is not needed, because
 * no other host on pasta's interface can have the address. */
int pf_op_pasta(struct pf_run *run, const struct pf_op *op)
{
	int r = pf_open_netns(run);

	if (r < 0)
		return r;
	set_accept_dad(run, "0");
	r = start_supervisor(run, op);
	set_accept_dad(run, "1");
	return r;
}

int pf_op_slirp4netns(struct pf_run *run, const struct pf_op *op)
{
	return start_supervisor(run, op);
}

void pf_stop_net_program(struct pf_run *run)
{
	int status = 0;

	if (run->outside.net_supervisor <= 0)
		return;
	close(pf_steal_fd(&run->outside.lifeline));
	prctl(PR_SET_CHILD_SUBREAPER, 1); /* adopts the program if the supervisor is killed */
	if (pf_await_child(run->outside.net_supervisor, SUPERVISOR_GRACE_MSEC, &status) < 0) {
		status = 1;
		if (run->children < 0)
			pf_adopt_descendants(run);
	}
	run->outside.has_lost_net_program = status != 0;
}

/* Binds a port of one address family, and closes it again. Fails if a server uses the port, but not
 * if a server that has ended has left TCP connections (SO_REUSEADDR). Returns 0 or -errno. */
static int try_port(int type, const void *address, socklen_t size, int family)
{
	int on = 1;
	PF_CLEANUP_FD int fd = socket(family, type | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return errno == EAFNOSUPPORT ? 0 : -errno;
	if (type == SOCK_STREAM && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) < 0)
		return -errno;
	if (family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on)) < 0)
		return -errno;
	return bind(fd, address, size) < 0 ? -errno : 0;
}

/* Checks that a port of the host is free, on one address or on all addresses of IPv4 and IPv6.
 * pasta alone does not fail if the port is free for only one of the two. */
int pf_op_port(struct pf_run *run, const struct pf_op *op)
{
	int type = *pf_arg_string(run, op, 0) == 't' ? SOCK_STREAM : SOCK_DGRAM;
	const char *address = pf_arg_string(run, op, 1);
	in_port_t port = htons((uint16_t)op->arg[2]);
	struct sockaddr_in ip4 = {.sin_family = AF_INET, .sin_port = port};
	struct sockaddr_in6 ip6 = {.sin6_family = AF_INET6, .sin6_port = port};
	int is_any = *address == '*';

	if (is_any || inet_pton(AF_INET, address, &ip4.sin_addr) == 1) {
		int r = try_port(type, &ip4, sizeof(ip4), AF_INET);
		if (r < 0 || !is_any)
			return r;
	} else if (inet_pton(AF_INET6, address, &ip6.sin6_addr) != 1) {
		return -EINVAL;
	}
	return try_port(type, &ip6, sizeof(ip6), AF_INET6);
}
