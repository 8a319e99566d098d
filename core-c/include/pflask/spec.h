/* SPDX-License-Identifier: BSD-2-Clause */
/* Specs and plans. Include pflask.h, which explains specs and plans. */
#ifndef PFLASK_SPEC_H
#define PFLASK_SPEC_H

#include <stdint.h>

#include "types.h"

#ifdef __cplusplus
extern "C" {
#endif

/** Returns a new spec with every field at its default, or NULL if there is no memory.
 * pflask_spec_free() frees the spec. */
pflask_spec *pflask_spec_new(void);

/** Frees a spec; NULL is allowed. Returns NULL. */
pflask_spec *pflask_spec_free(pflask_spec *spec);

/*
 * The fields of a spec.
 * Made by scripts/gen-spec.ts from core-c/defs/spec.def; not to be edited here.
 *
 *	command (list)
 *	    The command and its arguments. Default: the login shell that the container's own
 *	    passwd(5) gives the user. If that shell cannot be executed, or is nologin or false,
 *	    the default is /bin/bash or else /bin/sh.
 *	chroot (string)
 *	    The directory that becomes the container's root. Default: the host's root.
 *	chdir (string)
 *	    The working directory of the command, in the container. Default: / with chroot;
 *	    without chroot the caller's working directory. If the command cannot enter that
 *	    directory, the default is HOME or else /.
 *	hostname (string of 1 to 64 characters)
 *	    The host name inside: letters, digits, '.', '_' and '-'. A host name needs utsns.
 *	    Default: the name of the container, if the name has the form of a machine's name; else
 *	    the host's own name.
 *	domainname (string of 1 to 64 characters)
 *	    The NIS domain name inside: letters, digits, '.', '_' and '-'. A domain name needs
 *	    utsns. Default: the host's own domain name.
 *	umask (string of 1 to 4 characters)
 *	    The file mode creation mask of the command, in octal. Default: 022.
 *	sysctl (list)
 *	    Settings of the kernel for the namespaces of the container, each NAME=VALUE. Names are
 *	    those of sysctl(8): net.* needs a network namespace, fs.mqueue.*, kernel.msg*,
 *	    kernel.sem* and kernel.shm* need ipcns, kernel.hostname and kernel.domainname need
 *	    utsns, and user.* needs a user namespace. Any other setting belongs to the whole
 *	    machine, and is refused.
 *	setenv (list of NAME=VALUE)
 *	    Variables of the command's environment. A variable replaces an earlier variable of the
 *	    same name.
 *	exactEnv (flag)
 *	    Whether the command gets only the variables of setenv: no variable of the caller, and
 *	    no variable that pflask adds. exactEnv contradicts keepenv. Default: no.
 *	keepenv (flag)
 *	    Whether the command gets the caller's environment. Default: no with chroot, with
 *	    confine and for a command that boots a system; else yes.
 *	mount (list)
 *	    The mounts, made in this order, each TYPE:FIELD...: bind:HOST:DEST[:OPTIONS],
 *	    bind-ro:HOST:DEST[:OPTIONS], overlay:UPPER:DEST:WORK[:OPTIONS], tmp:DEST[:OPTIONS],
 *	    proc:DEST[:OPTIONS], dev:DEST[:OPTIONS], mqueue:DEST[:OPTIONS], sysfs:DEST[:OPTIONS],
 *	    devpts:DEST[:OPTIONS], cgroup:DEST[:OPTIONS], symlink:TARGET:DEST, dir:DEST[:MODE],
 *	    file:FD:DEST[:OPTIONS]. Commas separate the options, which are ro, rw, nosuid, suid,
 *	    nodev, dev, noexec, exec, relatime, noatime, strictatime, nodiratime, diratime,
 *	    nosymfollow, symfollow, private, rprivate, slave, rslave, shared, rshared, unbindable,
 *	    runbindable, idmap (bind, bind-ro), mode=MODE (tmp), size=SIZE (tmp), data=OPTION
 *	    (tmp), data=OPTION (proc), data=OPTION (devpts) and data=OPTION (cgroup). A colon in a
 *	    field follows a backslash.
 *	bindProc (flag)
 *	    Whether /proc is the /proc of the host, which shows all processes of the host.
 *	    Default: no.
 *	unmaskProc (flag)
 *	    Whether everything in /proc and /sys is visible and everything in /proc is writable,
 *	    so that containers can be made inside. unmaskProc contradicts bindProc. Default: no.
 *	readOnly (flag)
 *	    Whether the root is read-only, with everything that the host has mounted in it. Mounts
 *	    that pflask or mount adds keep their attributes. Default: yes with confine, unless
 *	    ephemeral is yes; else no.
 *	ephemeral (flag)
 *	    Whether changes to the root are lost when the container ends. Default: no.
 *	ephemeralDir (string)
 *	    With ephemeral: the directory that keeps the changes, in its subdirectory upper.
 *	    Default: nothing keeps the changes.
 *	lower (string)
 *	    With ephemeral: the directory of a trial. The changes of the trial are visible, and
 *	    the changes of the container lie above them. Default: no trial lies below.
 *	changes (string)
 *	    With ephemeral: the place to which the changed paths are written when the container
 *	    has ended: a file, the number of a descriptor, or - for standard output. With detach,
 *	    the place must be a file. Default: none.
 *	changesFormat (string of 1 to 5 characters)
 *	    With changes: the format of the list: text, json (one array) or jsonl (a line of JSON
 *	    for each path). Default: the format that the file's name ends with, .json or .jsonl;
 *	    else text.
 *	keep (string)
 *	    With ephemeral: the directory to which the changes are copied when the container has
 *	    ended. The directory must exist and be empty.
 *	user (string)
 *	    The user that the command runs as, and the groups: USER or USER:GROUP[,GROUP...], by
 *	    name or number. The first group is the primary group. Groups after the first group
 *	    replace the supplementary groups of the user.
 *	userMap (list)
 *	    The maps of the user namespace: ID:HOST:COUNT for users and groups, u:ID:HOST:COUNT
 *	    for users alone, g:ID:HOST:COUNT for groups alone; or the single word auto.
 *	netif (list)
 *	    The network interfaces, each KIND:FIELD...[:OPTION...]: DEV:NAME,
 *	    macvlan:MASTER:NAME[:MODE], ipvlan:MASTER:NAME[:MODE], veth:OUTSIDE:INSIDE,
 *	    pasta[:tcp=PORTS][:udp=PORTS], ns:PATH, host. MODE of macvlan is bridge (the default),
 *	    private, vepa or passthru; MODE of ipvlan is l3 (the default), l2 or l3s. The options
 *	    are addr=ADDRESS/PREFIX, gw=ADDRESS, mac=ADDRESS (DEV:NAME, macvlan, veth), mtu=BYTES,
 *	    up, bridge=BRIDGE (veth), tcp=PORTS (pasta) and udp=PORTS (pasta).
 *	userns (flag)
 *	    Whether a user namespace is made. Default: yes with confine, if user or userMap asks
 *	    for a user namespace, or if the caller lacks the privilege for a container without a
 *	    user namespace; else no.
 *	mountns (flag)
 *	    Whether a mount namespace is made. Default: yes.
 *	netns (flag)
 *	    Whether a network namespace is made. Default: yes if netif asks for a network
 *	    namespace, and with confine if netif is empty; else no.
 *	ipcns (flag)
 *	    Whether an ipc namespace is made. Default: yes.
 *	utsns (flag)
 *	    Whether a uts namespace is made. Default: yes.
 *	pidns (flag)
 *	    Whether a pid namespace is made. Default: yes.
 *	asPid1 (flag)
 *	    Whether the command itself is pid 1. A command that is called init or systemd is
 *	    always pid 1. Default: no.
 *	terminal (flag)
 *	    Whether standard input, output and error of the command are a pty of the container's
 *	    own. Default: no.
 *	ownStderr (flag)
 *	    With terminal: whether the command keeps the caller's standard error. Default: no.
 *	escapeKey (number from 0 to 128)
 *	    With terminal and without detach: a control character. If a user types this character
 *	    three times within a second, the container is killed. 128 means no character. Default:
 *	    29, which is ^].
 *	rows (number from 0 to 65535)
 *	    The rows of the pty. Default, and the meaning of 0: the rows of the caller's terminal,
 *	    or 24 if the caller has no terminal or the container is detached.
 *	cols (number from 0 to 65535)
 *	    The columns of the pty. Default, and the meaning of 0: the columns of the caller's
 *	    terminal, or 80 if the caller has no terminal or the container is detached.
 *	killSignal (number from 0 to 64)
 *	    The signal that replaces TERM, INT and HUP. Default, and the meaning of 0: 37, which
 *	    is SIGRTMIN+3, for a command that boots a system. For any other command, TERM, INT and
 *	    HUP stay as they are.
 *	killAfter (number from 0 to 2147483647)
 *	    A container that has not ended is killed this many milliseconds after TERM, INT, HUP
 *	    or QUIT, or after the signal of timeout. Default: 10000 after the signal of timeout,
 *	    or if the command is pid 1 and does not handle the signal. Any other container is not
 *	    killed by default.
 *	openFiles (number from 0 to 2147483647)
 *	    The command's soft limit on open files (RLIMIT_NOFILE); 0 leaves the limit as it is.
 *	    Default: 0 in C; in TypeScript the limit of the process that started the program,
 *	    because Bun raises its own limit.
 *	confine (flag)
 *	    Whether the command is confined, because the caller does not trust the command. The
 *	    defaults are then: userns, netns, readOnly and noNewPrivs are yes, keepenv is no, caps
 *	    is -all, seccomp is default, rlimit is nproc=1024 or half of the caller's limit, and
 *	    userMap is auto if root is the caller and does not set user. limit is pids=1024 if the
 *	    container has the host's root user, because nproc does not limit this user. /proc,
 *	    /sys, /dev and /run are fresh. /tmp, /var/tmp, /var/mail, /mnt, /media, /home, /root
 *	    and the home directories of the caller and of the user are empty and private. setenv
 *	    has HOME and the caller's language, time zone, colours and, without chroot, PATH. A
 *	    field that is set replaces its default. But the values of caps, rlimit, limit, setenv
 *	    and mount are applied after their defaults. Default: no.
 *	caps (list)
 *	    The capabilities of the command, changed in this order, each all, -all, +NAME, NAME or
 *	    -NAME; commas separate several. Only the first value can be all or -all. NAME is a
 *	    name of capabilities(7), in upper or lower case, with or without CAP_, or a number. A
 *	    user other than root gets the capabilities that are named. Default: the capabilities
 *	    that the kernel gives the user.
 *	noNewPrivs (flag)
 *	    Whether execve(2) gives the command and its descendants no privileges, so that setuid
 *	    programs and file capabilities have no effect (PR_SET_NO_NEW_PRIVS). Default: yes with
 *	    confine; else no.
 *	rlimit (list)
 *	    The limits of the command, each NAME=SOFT or NAME=SOFT:HARD, a number or unlimited.
 *	    SOFT alone sets both. Names are those of setrlimit(2), in any case, with or without
 *	    RLIMIT_. A limit of nofile replaces openFiles.
 *	oomScoreAdj (string of 1 to 5 characters)
 *	    A number from -1000 to 1000 that is added to the score by which the kernel chooses the
 *	    processes to kill when memory is short (proc(5)). Only a caller with CAP_SYS_RESOURCE
 *	    may choose less than its own number. Default: the number of the caller.
 *	seccomp (string)
 *	    The filter of system calls: off, default, or fd:NUMBER[:NAME]. NUMBER is a descriptor,
 *	    from which the program of the filter (struct sock_filter) is read to the end. The plan
 *	    shows NAME. With a filter, a command without CAP_SYS_ADMIN has noNewPrivs, too.
 *	    Default: off.
 *	cgroup (list)
 *	    Cgroups of the container, each CONTROLLER[:KEY=VALUE,...]. A KEY is the name of a file
 *	    of the controller, with or without the name of the controller, and gets VALUE. A comma
 *	    in a VALUE follows a backslash.
 *	limit (list)
 *	    Limits on the resources of all processes of the container, each memory=SIZE,
 *	    swap=SIZE, pids=COUNT, cpu=CPUS or io=DEVICE:RATE=NUMBER[:...], or several with commas
 *	    between them. A RATE is one of rbps (bytes read in a second), wbps (bytes written in a
 *	    second), riops (reads in a second) and wiops (writes in a second). A size may have a
 *	    unit: K, M, G or T. The value max means no limit.
 *	limitsBestEffort (flag)
 *	    Whether the container starts without the limits that no cgroup can enforce.
 *	    pflask_plan_left_out() returns these limits. Default: no.
 *	timeout (number from 0 to 2147483647)
 *	    The command gets TERM, or killSignal, when it has run for this many milliseconds. The
 *	    set-up before the execution may take this time, too, and in any case 10 seconds. If
 *	    the set-up takes longer, the start fails. Default: 0, which is no limit.
 *	dieWithParent (flag)
 *	    Whether the container is killed when the parent process of its caller ends. A
 *	    container that is not detached always ends with its caller. Default: no.
 *	registered (flag)
 *	    Whether the container is a machine of systemd-machined(8). Default: yes if machined
 *	    takes the registration; else no.
 *	machine (string of 1 to 64 characters)
 *	    The name of the machine: letters, digits, '-' and '.'. The name begins and ends with a
 *	    letter or a digit, and each '.' is between two letters or digits. Default: the name of
 *	    the container, if that name has this form; else pflask-PID, with the pid of the
 *	    monitor.
 *	detach (flag)
 *	    Whether the container outlives its caller and is found by name or pid. With terminal,
 *	    every client that attaches gets the pty. Default: no.
 *	name (string of 1 to 63 characters)
 *	    With detach: the container's name: letters, digits, '.', '_' and '-'. The first
 *	    character is a letter or a digit, and at least one character is not a digit. No other
 *	    container of the user may have this name.
 *	pidFile (string)
 *	    With detach: the file that the monitor writes its pid to, and removes when the
 *	    container ends.
 *	scrollback (number from 4096 to 67108864)
 *	    With detach: how many bytes of the pty's output are kept. Default: 262144.
 *	logFile (string)
 *	    The file to which all output of the command is appended as soon as the output comes.
 *	    The file is made with mode 0600 if it is missing. With a terminal, the output goes to
 *	    the file and to the terminal. Without a terminal, the output of a detached command
 *	    goes to the file instead of the caller's descriptors. If the start fails, a file that
 *	    the start has made is removed. Default: none.
 *	keepLog (flag)
 *	    With detach: whether the end of a container without a name is kept, together with the
 *	    kept output. Default: no.
 */

/**
 * Sets a field of a spec, or appends to a field that is a list. A flag takes "yes" or "no". A
 * number takes decimal digits. A list of NAME=VALUE takes one NAME=VALUE at a time. "The fields of
 * a spec" above explains the values and the meaning of each field.
 * Returns 0, or an error that leaves the spec unchanged: -ENOENT (no such field), -EINVAL
 * (malformed value) or -ENOMEM. *reterr has the field.
 */
int pflask_spec_set(pflask_spec *spec, const char *field, const char *value,
		    struct pflask_error *reterr, uint32_t error_size);

/**
 * Checks a spec and makes a plan: looks up users, checks that directories exist, and refuses fields
 * that contradict each other. Reads the file system and changes nothing. If subordinate ids are
 * needed, and nsswitch.conf(5) names a source other than /etc/subuid and /etc/subgid, the function
 * runs getsubids(1) as a child of the calling process and waits for the child.
 * Each file and directory of the host that the spec names is opened exactly once. A container of
 * the plan uses this file or directory. The container does not start if another file or directory
 * has taken its place. The plan holds the descriptors open until its first container has started.
 * Descriptors that are passed on (keep, pidFile, a network namespace, the root without mountns)
 * stay open until pflask_plan_free(). pflask_start() creates or truncates the file that `changes`
 * names, in the calling process.
 * Returns 0 or -errno. On failure, *reterr names the field that caused the error.
 */
int pflask_plan_make(const pflask_spec *spec, pflask_plan **ret, struct pflask_error *reterr,
		     uint32_t error_size);

/** Frees a plan; NULL is allowed. Returns NULL. A running container does not need its plan. */
pflask_plan *pflask_plan_free(pflask_plan *plan);

/** Returns the plan in a format: enum pflask_plan_format. The plan owns the text. Returns NULL if
 * there is no memory. */
const char *pflask_plan_text(pflask_plan *plan, int format);

/** Returns the limits that the plan leaves out, because the spec has limitsBestEffort and no cgroup
 * can enforce these limits. The text has values of the field `limit` with commas between them, or
 * is "". The plan owns the text. */
const char *pflask_plan_left_out(const pflask_plan *plan);

#ifdef __cplusplus
}
#endif
#endif
