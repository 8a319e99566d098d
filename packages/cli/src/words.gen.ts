// SPDX-License-Identifier: BSD-2-Clause
// Made by scripts/gen-options.ts from packages/cli/src/options.ts; not to be edited.

/** The words of the command line (words.ts). */
export const WORDS: string =
	"" +
	"program\tpflask\n" +
	"attach\tpflask --attach\n" +
	"attach=*\tpflask --attach=*\n" +
	"exec\tpflask --exec\n" +
	"exec=*\tpflask --exec=*\n" +
	"forget\tpflask --forget\n" +
	"forget=*\tpflask --forget=*\n" +
	"kill\tpflask --kill\n" +
	"kill=*\tpflask --kill=*\n" +
	"list\tpflask --list\n" +
	"list=*\tpflask --list=*\n" +
	"logs\tpflask --logs\n" +
	"logs=*\tpflask --logs=*\n" +
	"wait\tpflask --wait\n" +
	"wait=*\tpflask --wait=*\n" +
	"chroot\t--chroot\n" +
	"chroot=*\t--chroot=*\n" +
	"mount\t--mount\n" +
	"mount=*\t--mount=*\n" +
	"ephemeral\t--ephemeral\n" +
	"ephemeral=yes\t--ephemeral\n" +
	"ephemeralDir\t--ephemeral\n" +
	"ephemeralDir=*\t--ephemeral=*\n" +
	"lower\t--lower\n" +
	"lower=*\t--lower=*\n" +
	"changes\t--changes\n" +
	"changes=2\t--changes\n" +
	"changes=*\t--changes=*\n" +
	"changesFormat\t--changes-format\n" +
	"changesFormat=*\t--changes-format=*\n" +
	"keep\t--keep\n" +
	"keep=*\t--keep=*\n" +
	"bindProc\t--proc\n" +
	"bindProc=no\t--proc=new\n" +
	"bindProc=yes\t--proc=bind\n" +
	"unmaskProc\t--proc\n" +
	"unmaskProc=yes\t--proc=unmasked\n" +
	"readOnly\t--read-only\n" +
	"readOnly=yes\t--read-only\n" +
	"readOnly=no\t--read-only=no\n" +
	"user\t--user\n" +
	"user=*\t--user=*\n" +
	"userMap\t--user-map\n" +
	"userMap=*\t--user-map=*\n" +
	"chdir\t--chdir\n" +
	"chdir=*\t--chdir=*\n" +
	"hostname\t--hostname\n" +
	"hostname=*\t--hostname=*\n" +
	"domainname\t--domainname\n" +
	"domainname=*\t--domainname=*\n" +
	"umask\t--umask\n" +
	"umask=*\t--umask=*\n" +
	"setenv\t--setenv\n" +
	"setenv=*\t--setenv=*\n" +
	"keepenv\t--keepenv\n" +
	"keepenv=yes\t--keepenv\n" +
	"keepenv=no\t--clearenv\n" +
	"exactEnv\t--exact-env\n" +
	"exactEnv=yes\t--exact-env\n" +
	"netns\t--netif\n" +
	"netns=yes\t--netif\n" +
	"netif\t--netif\n" +
	"netif=*\t--netif=*\n" +
	"userns\t--no-userns\n" +
	"userns=no\t--no-userns\n" +
	"mountns\t--no-mountns\n" +
	"mountns=no\t--no-mountns\n" +
	"netns=no\t--no-netns\n" +
	"ipcns\t--no-ipcns\n" +
	"ipcns=no\t--no-ipcns\n" +
	"utsns\t--no-utsns\n" +
	"utsns=no\t--no-utsns\n" +
	"pidns\t--no-pidns\n" +
	"pidns=no\t--no-pidns\n" +
	"asPid1\t--as-pid1\n" +
	"asPid1=yes\t--as-pid1\n" +
	"terminal\t--tty\n" +
	"terminal=yes\t--tty=always\n" +
	"terminal=no\t--tty=never\n" +
	"killSignal\t--kill-signal\n" +
	"killAfter\t--kill-after\n" +
	"escapeKey\t--escape-key\n" +
	"logFile\t--log-file\n" +
	"logFile=*\t--log-file=*\n" +
	"confine\t--confine\n" +
	"confine=yes\t--confine\n" +
	"caps\t--caps\n" +
	"caps=*\t--caps=*\n" +
	"noNewPrivs\t--no-new-privs\n" +
	"noNewPrivs=yes\t--no-new-privs\n" +
	"noNewPrivs=no\t--no-new-privs=no\n" +
	"rlimit\t--rlimit\n" +
	"rlimit=*\t--rlimit=*\n" +
	"oomScoreAdj\t--oom-score-adj\n" +
	"oomScoreAdj=*\t--oom-score-adj=*\n" +
	"sysctl\t--sysctl\n" +
	"sysctl=*\t--sysctl=*\n" +
	"seccomp\t--seccomp\n" +
	"seccomp=*\t--seccomp=*\n" +
	"timeout\t--timeout\n" +
	"dieWithParent\t--die-with-parent\n" +
	"dieWithParent=yes\t--die-with-parent\n" +
	"registered\t--register\n" +
	"registered=yes\t--register=yes\n" +
	"registered=no\t--register=no\n" +
	"machine\t--machine\n" +
	"machine=*\t--machine=*\n" +
	"cgroup\t--cgroup\n" +
	"cgroup=*\t--cgroup=*\n" +
	"limit\t--limit\n" +
	"limit=*\t--limit=*\n" +
	"limitsBestEffort\t--limits\n" +
	"limitsBestEffort=no\t--limits=strict\n" +
	"limitsBestEffort=yes\t--limits=best-effort\n" +
	"detach\t--detach\n" +
	"detach=yes\t--detach\n" +
	"name\t--name\n" +
	"name=*\t--name=*\n" +
	"pidFile\t--pid-file\n" +
	"pidFile=*\t--pid-file=*\n" +
	"scrollback\t--scrollback\n" +
	"keepLog\t--keep-log\n" +
	"keepLog=yes\t--keep-log\n" +
	"command=attach\tpflask --attach=NAME\n" +
	"command=boot\tpflask --chroot=DIR -- /sbin/init\n" +
	"command=enter\tpflask --exec=NAME\n" +
	"command=exec\tpflask --exec=NAME -- COMMAND\n" +
	"command=help\tpflask --help\n" +
	"command=inspect\tpflask --list --json\n" +
	"command=list\tpflask --list\n" +
	"command=login\tpflask --exec=NAME\n" +
	"command=logs\tpflask --logs=NAME\n" +
	"command=run\tpflask -- COMMAND\n" +
	"command=shell\tpflask --exec=NAME\n" +
	"command=start\tpflask --detach --name=NAME -- COMMAND\n" +
	"command=stop\tpflask --kill NAME\n" +
	"command=version\tpflask --version\n" +
	"command=wait\tpflask --wait=NAME\n";
