/* SPDX-License-Identifier: BSD-2-Clause */
/* Made by scripts/gen-options.ts from packages/cli/src/options.ts; not to be edited. */
#ifndef PF_OPTIONS_GEN_H
#define PF_OPTIONS_GEN_H

/* clang-format off */

/* The options: struct pf_option. */
#define PF_FRONT_OPTIONS \
	{.name = "chroot", .letter = 'r', .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "chroot"}, \
	{.name = "mount", .letter = 'm', .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "mount"}, \
	{.name = "ephemeral", .letter = 'w', .argument = PF_ARGUMENT_OPTIONAL, .actions = 1 << PF_ACTION_RUN, .field = "ephemeralDir", .settings = {{PF_ALWAYS, "ephemeral", "yes"}}}, \
	{.name = "lower", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "lower"}, \
	{.name = "changes", .argument = PF_ARGUMENT_OPTIONAL, .actions = 1 << PF_ACTION_RUN, .field = "changes", .settings = {{PF_BARE, "changes", "2"}}}, \
	{.name = "changes-format", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "changesFormat"}, \
	{.name = "keep", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "keep"}, \
	{.name = "proc", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_WORD, .settings = {{"new", "bindProc", "no"}, {"bind", "bindProc", "yes"}, {"unmasked", "unmaskProc", "yes"}}}, \
	{.name = "read-only", .argument = PF_ARGUMENT_OPTIONAL, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_WORD, .settings = {{PF_BARE, "readOnly", "yes"}, {"no", "readOnly", "no"}, {"yes", "readOnly", "yes"}}}, \
	{.name = "user", .letter = 'u', .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .field = "user"}, \
	{.name = "user-map", .letter = 'e', .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "userMap"}, \
	{.name = "chdir", .letter = 'c', .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .field = "chdir"}, \
	{.name = "hostname", .letter = 't', .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "hostname"}, \
	{.name = "domainname", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "domainname"}, \
	{.name = "umask", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "umask"}, \
	{.name = "setenv", .letter = 's', .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .kind = PF_KIND_VARIABLES, .field = "setenv"}, \
	{.name = "keepenv", .letter = 'k', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "keepenv", "yes"}}}, \
	{.name = "clearenv", .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "keepenv", "no"}}}, \
	{.name = "exact-env", .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "exactEnv", "yes"}}}, \
	{.name = "netif", .letter = 'n', .argument = PF_ARGUMENT_OPTIONAL, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "netif", .unless = "host", .settings = {{PF_ALWAYS, "netns", "yes"}}}, \
	{.name = "no-userns", .letter = 'U', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "userns", "no"}}}, \
	{.name = "no-mountns", .letter = 'M', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "mountns", "no"}}}, \
	{.name = "no-netns", .letter = 'N', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "netns", "no"}}}, \
	{.name = "no-ipcns", .letter = 'I', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "ipcns", "no"}}}, \
	{.name = "no-utsns", .letter = 'H', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "utsns", "no"}}}, \
	{.name = "no-pidns", .letter = 'P', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "pidns", "no"}}}, \
	{.name = "as-pid1", .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "asPid1", "yes"}}}, \
	{.name = "tty", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .kind = PF_KIND_WORD, .settings = {{"auto", NULL, NULL}, {"always", "terminal", "yes"}, {"never", "terminal", "no"}}}, \
	{.name = "kill-signal", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_SIGNAL, .field = "killSignal"}, \
	{.name = "kill-after", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC | 1 << PF_ACTION_KILL, .kind = PF_KIND_DURATION, .field = "killAfter"}, \
	{.name = "escape-key", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .kind = PF_KIND_ESCAPE, .field = "escapeKey"}, \
	{.name = "status-fd", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .kind = PF_KIND_DESCRIPTOR}, \
	{.name = "log-file", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "logFile"}, \
	{.name = "confine", .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "confine", "yes"}}}, \
	{.name = "caps", .letter = 'b', .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "caps"}, \
	{.name = "no-new-privs", .argument = PF_ARGUMENT_OPTIONAL, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_WORD, .settings = {{PF_BARE, "noNewPrivs", "yes"}, {"no", "noNewPrivs", "no"}, {"yes", "noNewPrivs", "yes"}}}, \
	{.name = "rlimit", .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "rlimit"}, \
	{.name = "oom-score-adj", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "oomScoreAdj"}, \
	{.name = "sysctl", .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "sysctl"}, \
	{.name = "seccomp", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_FILTER, .field = "seccomp"}, \
	{.name = "timeout", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC, .kind = PF_KIND_DURATION, .field = "timeout"}, \
	{.name = "die-with-parent", .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "dieWithParent", "yes"}}}, \
	{.name = "stats", .argument = PF_ARGUMENT_OPTIONAL, .actions = 1 << PF_ACTION_RUN | 1 << PF_ACTION_EXEC | 1 << PF_ACTION_WAIT, .kind = PF_KIND_FORMAT}, \
	{.name = "register", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_WORD, .settings = {{"auto", NULL, NULL}, {"yes", "registered", "yes"}, {"no", "registered", "no"}}}, \
	{.name = "machine", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "machine"}, \
	{.name = "cgroup", .letter = 'g', .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "cgroup"}, \
	{.name = "limit", .argument = PF_ARGUMENT_REQUIRED, .is_multiple = 1, .actions = 1 << PF_ACTION_RUN, .field = "limit"}, \
	{.name = "limits", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_WORD, .settings = {{"strict", "limitsBestEffort", "no"}, {"best-effort", "limitsBestEffort", "yes"}}}, \
	{.name = "detach", .letter = 'd', .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "detach", "yes"}}}, \
	{.name = "name", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "name"}, \
	{.name = "pid-file", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .field = "pidFile"}, \
	{.name = "scrollback", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_RUN, .kind = PF_KIND_SIZE, .field = "scrollback"}, \
	{.name = "keep-log", .argument = PF_ARGUMENT_NONE, .actions = 1 << PF_ACTION_RUN, .settings = {{PF_ALWAYS, "keepLog", "yes"}}}, \
	{.name = "attach", .letter = 'a', .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_ATTACH, .action = PF_ACTION_ATTACH}, \
	{.name = "detach-key", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_ATTACH, .kind = PF_KIND_KEY}, \
	{.name = "exec", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_EXEC, .action = PF_ACTION_EXEC}, \
	{.name = "kill", .argument = PF_ARGUMENT_OPTIONAL, .actions = 1 << PF_ACTION_KILL, .action = PF_ACTION_KILL, .kind = PF_KIND_SIGNAL}, \
	{.name = "wait", .argument = PF_ARGUMENT_REQUIRED, .actions = 1 << PF_ACTION_WAIT, .action = PF_ACTION_WAIT},

#define PF_FRONT_OPTION_COUNT 58

/* The room for one line of each option that the user may type. */
#define PF_FRONT_TYPED_MAX 1960

/* The words of the command line for the names in texts of libpflask (packages/cli/src/words.ts). */
#define PF_FRONT_WORDS \
	"program\tpflask\n" \
	"attach\tpflask --attach\n" \
	"attach=*\tpflask --attach=*\n" \
	"exec\tpflask --exec\n" \
	"exec=*\tpflask --exec=*\n" \
	"forget\tpflask --forget\n" \
	"forget=*\tpflask --forget=*\n" \
	"kill\tpflask --kill\n" \
	"kill=*\tpflask --kill=*\n" \
	"list\tpflask --list\n" \
	"list=*\tpflask --list=*\n" \
	"logs\tpflask --logs\n" \
	"logs=*\tpflask --logs=*\n" \
	"wait\tpflask --wait\n" \
	"wait=*\tpflask --wait=*\n" \
	"chroot\t--chroot\n" \
	"chroot=*\t--chroot=*\n" \
	"mount\t--mount\n" \
	"mount=*\t--mount=*\n" \
	"ephemeral\t--ephemeral\n" \
	"ephemeral=yes\t--ephemeral\n" \
	"ephemeralDir\t--ephemeral\n" \
	"ephemeralDir=*\t--ephemeral=*\n" \
	"lower\t--lower\n" \
	"lower=*\t--lower=*\n" \
	"changes\t--changes\n" \
	"changes=2\t--changes\n" \
	"changes=*\t--changes=*\n" \
	"changesFormat\t--changes-format\n" \
	"changesFormat=*\t--changes-format=*\n" \
	"keep\t--keep\n" \
	"keep=*\t--keep=*\n" \
	"bindProc\t--proc\n" \
	"bindProc=no\t--proc=new\n" \
	"bindProc=yes\t--proc=bind\n" \
	"unmaskProc\t--proc\n" \
	"unmaskProc=yes\t--proc=unmasked\n" \
	"readOnly\t--read-only\n" \
	"readOnly=yes\t--read-only\n" \
	"readOnly=no\t--read-only=no\n" \
	"user\t--user\n" \
	"user=*\t--user=*\n" \
	"userMap\t--user-map\n" \
	"userMap=*\t--user-map=*\n" \
	"chdir\t--chdir\n" \
	"chdir=*\t--chdir=*\n" \
	"hostname\t--hostname\n" \
	"hostname=*\t--hostname=*\n" \
	"domainname\t--domainname\n" \
	"domainname=*\t--domainname=*\n" \
	"umask\t--umask\n" \
	"umask=*\t--umask=*\n" \
	"setenv\t--setenv\n" \
	"setenv=*\t--setenv=*\n" \
	"keepenv\t--keepenv\n" \
	"keepenv=yes\t--keepenv\n" \
	"keepenv=no\t--clearenv\n" \
	"exactEnv\t--exact-env\n" \
	"exactEnv=yes\t--exact-env\n" \
	"netns\t--netif\n" \
	"netns=yes\t--netif\n" \
	"netif\t--netif\n" \
	"netif=*\t--netif=*\n" \
	"userns\t--no-userns\n" \
	"userns=no\t--no-userns\n" \
	"mountns\t--no-mountns\n" \
	"mountns=no\t--no-mountns\n" \
	"netns=no\t--no-netns\n" \
	"ipcns\t--no-ipcns\n" \
	"ipcns=no\t--no-ipcns\n" \
	"utsns\t--no-utsns\n" \
	"utsns=no\t--no-utsns\n" \
	"pidns\t--no-pidns\n" \
	"pidns=no\t--no-pidns\n" \
	"asPid1\t--as-pid1\n" \
	"asPid1=yes\t--as-pid1\n" \
	"terminal\t--tty\n" \
	"terminal=yes\t--tty=always\n" \
	"terminal=no\t--tty=never\n" \
	"killSignal\t--kill-signal\n" \
	"killAfter\t--kill-after\n" \
	"escapeKey\t--escape-key\n" \
	"logFile\t--log-file\n" \
	"logFile=*\t--log-file=*\n" \
	"confine\t--confine\n" \
	"confine=yes\t--confine\n" \
	"caps\t--caps\n" \
	"caps=*\t--caps=*\n" \
	"noNewPrivs\t--no-new-privs\n" \
	"noNewPrivs=yes\t--no-new-privs\n" \
	"noNewPrivs=no\t--no-new-privs=no\n" \
	"rlimit\t--rlimit\n" \
	"rlimit=*\t--rlimit=*\n" \
	"oomScoreAdj\t--oom-score-adj\n" \
	"oomScoreAdj=*\t--oom-score-adj=*\n" \
	"sysctl\t--sysctl\n" \
	"sysctl=*\t--sysctl=*\n" \
	"seccomp\t--seccomp\n" \
	"seccomp=*\t--seccomp=*\n" \
	"timeout\t--timeout\n" \
	"dieWithParent\t--die-with-parent\n" \
	"dieWithParent=yes\t--die-with-parent\n" \
	"registered\t--register\n" \
	"registered=yes\t--register=yes\n" \
	"registered=no\t--register=no\n" \
	"machine\t--machine\n" \
	"machine=*\t--machine=*\n" \
	"cgroup\t--cgroup\n" \
	"cgroup=*\t--cgroup=*\n" \
	"limit\t--limit\n" \
	"limit=*\t--limit=*\n" \
	"limitsBestEffort\t--limits\n" \
	"limitsBestEffort=no\t--limits=strict\n" \
	"limitsBestEffort=yes\t--limits=best-effort\n" \
	"detach\t--detach\n" \
	"detach=yes\t--detach\n" \
	"name\t--name\n" \
	"name=*\t--name=*\n" \
	"pidFile\t--pid-file\n" \
	"pidFile=*\t--pid-file=*\n" \
	"scrollback\t--scrollback\n" \
	"keepLog\t--keep-log\n" \
	"keepLog=yes\t--keep-log\n" \
	"command=attach\tpflask --attach=NAME\n" \
	"command=boot\tpflask --chroot=DIR -- /sbin/init\n" \
	"command=enter\tpflask --exec=NAME\n" \
	"command=exec\tpflask --exec=NAME -- COMMAND\n" \
	"command=help\tpflask --help\n" \
	"command=inspect\tpflask --list --json\n" \
	"command=list\tpflask --list\n" \
	"command=login\tpflask --exec=NAME\n" \
	"command=logs\tpflask --logs=NAME\n" \
	"command=run\tpflask -- COMMAND\n" \
	"command=shell\tpflask --exec=NAME\n" \
	"command=start\tpflask --detach --name=NAME -- COMMAND\n" \
	"command=stop\tpflask --kill NAME\n" \
	"command=version\tpflask --version\n" \
	"command=wait\tpflask --wait=NAME\n"

#endif
