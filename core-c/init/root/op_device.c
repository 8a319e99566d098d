/* SPDX-License-Identifier: BSD-2-Clause */
/* Operations that make device nodes and terminals. */
#define _GNU_SOURCE
#include "op_device.h"

#include <errno.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/sysmacros.h>
#include <termios.h>

#include "common/cleanup.h"
#include "common/spec_defaults.h"
#include "common/sys.h"
#include "init/base/run_plan.h"
#include "path.h"

int pf_op_device(struct pf_run *run, const struct pf_op *op)
{
	const char *name;
	PF_CLEANUP_FD int opened = -1;
	int parent = pf_find_parent(run, pf_arg_string(run, op, 0), &opened, &name);
	if (parent < 0)
		return parent;
	dev_t device = makedev((unsigned)op->arg[2], (unsigned)op->arg[3]);
	return mknodat(parent, name, S_IFCHR | (mode_t)op->arg[1], device) < 0 ? -errno : 0;
}

int pf_op_symlink(struct pf_run *run, const struct pf_op *op)
{
	return pf_make_symlink(run, pf_arg_string(run, op, 1), pf_arg_string(run, op, 0));
}

/* Chooses the modes of the pty. In the foreground, copies the modes of the caller's terminal. In
 * the background, the terminal has modes of the shell's line editor, so copies only the modes that
 * describe the terminal itself. */
static void choose_modes(const struct pf_run *run, const struct termios *callers,
			 struct termios *modes)
{
	if (!run->inside.is_background) {
		*modes = *callers;
		return;
	}
	modes->c_iflag |= callers->c_iflag & IUTF8;
	modes->c_cc[VERASE] = callers->c_cc[VERASE];
}

/* Gives a new pty the modes (erase character, UTF-8) and the size of the caller's terminal. */
static void copy_terminal(const struct pf_run *run, int pty, struct winsize *size)
{
	struct termios modes, callers;

	if (tcgetattr(pty, &modes) < 0)
		return;
	for (int i = 0; i < 3; i++) {
		if (run->inside.stdio[i] < 0 || tcgetattr(run->inside.stdio[i], &callers) < 0)
			continue;
		choose_modes(run, &callers, &modes);
		tcsetattr(pty, TCSANOW, &modes);
		ioctl(run->inside.stdio[i], TIOCGWINSZ, size);
		return;
	}
	modes.c_iflag |= IUTF8;
	tcsetattr(pty, TCSANOW, &modes);
}

static int set_up_pty(const struct pf_run *run, int pty, uint64_t rows, uint64_t cols)
{
	struct winsize size = {0};

	copy_terminal(run, pty, &size);
	if (rows)
		size.ws_row = (unsigned short)rows;
	if (cols)
		size.ws_col = (unsigned short)cols;
	if (size.ws_row == 0)
		size.ws_row = PF_DEFAULT_rows;
	if (size.ws_col == 0)
		size.ws_col = PF_DEFAULT_cols;
	return ioctl(pty, TIOCSWINSZ, &size) < 0 ? -errno : 0;
}

/* Tells whether a file is the pty multiplexer (ptmx). A container may have put another file on the
 * path. */
static int is_multiplexer(int fd)
{
	struct stat status;

	return fstat(fd, &status) == 0 && S_ISCHR(status.st_mode) &&
	       status.st_rdev == makedev(5, 2);
}

int pf_open_pty(struct pf_run *run, const char *path, uint64_t rows, uint64_t cols)
{
	struct pf_message message;
	int unlock = 0;
	PF_CLEANUP_FD int master = pf_open_path(run, path, O_RDWR | O_NOCTTY | O_NONBLOCK);
	if (master < 0)
		return master;
	if (!is_multiplexer(master))
		return -ENOTTY;
	if (ioctl(master, TIOCSPTLCK, &unlock) < 0)
		return -errno;
	run->inside.pty_slave = ioctl(master, TIOCGPTPEER, O_RDWR | O_NOCTTY | O_CLOEXEC);
	if (run->inside.pty_slave < 0)
		return -errno;
	int r = set_up_pty(run, run->inside.pty_slave, rows, cols);
	if (r < 0)
		return r;
	pf_message_init(&message, PF_MESSAGE_TERMINAL);
	return pf_send(run->report_socket, &message, &master, 1);
}

int pf_op_terminal(struct pf_run *run, const struct pf_op *op)
{
	return pf_open_pty(run, pf_arg_string(run, op, 0), op->arg[1], op->arg[2]);
}

int pf_op_console(struct pf_run *run, const struct pf_op *op)
{
	PF_CLEANUP_FD int place = pf_make_path(run, pf_arg_string(run, op, 0), S_IFREG | 0600);
	if (place < 0)
		return place;
	PF_CLEANUP_FD int tree =
		pf_open_tree(run->inside.pty_slave, "", AT_EMPTY_PATH | OPEN_TREE_CLONE);
	return tree < 0 ? tree : pf_move_mount(tree, place, "");
}
