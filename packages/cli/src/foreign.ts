// SPDX-License-Identifier: BSD-2-Clause
// Answers an option of another program with pflask's option for the same purpose. The other
// programs are bwrap(1), docker(1), podman(1), systemd-nspawn(1), unshare(1) and firejail(1).
// Answers the names of their subcommands, too. Only the report of a mistake loads this module.
import { UNKNOWN, UsageError } from "@pflask/command";

/**
 * A hint, in which "*" stands for the value, and an example of the value for an option that was
 * typed without a value.
 */
type Answer = readonly [hint: string, example?: string];

/** The value of an option that names a path of the host and a path of the container. */
const PATHS = "HOST:DEST";

const OWN_NAMESPACES = "leave the option out: a container always has namespaces of its own";

/** An address and ports in the form of docker(1) and podman(1). */
const ADDRESS_AND_PORTS = /^\[?([\d.]+|[\da-f:]+)\]?:(\d+):(\d+)$/;

/** The answers, by the typed option, or by the typed option and its value. */
const ANSWERS: Readonly<Record<string, Answer>> = {
	"-v": ["--mount=bind:*", PATHS],
	"--volume": ["--mount=bind:*", PATHS],
	"--bind": ["--mount=bind:*", PATHS],
	"--bind-ro": ["--mount=bind-ro:*", PATHS],
	"--ro-bind": ["--mount=bind-ro:*", PATHS],
	"--dev-bind": ["--mount=bind:*:dev", PATHS],
	"--symlink": ["--mount=symlink:*", "TARGET:DEST"],
	"--tmpfs": ["--mount=tmp:*", "DEST"],
	"--dir": ["--mount=dir:*", "DEST"],
	"--dev": ["--mount=dev:*", "DEST"],
	"--mqueue": ["--mount=mqueue:*", "DEST"],
	"--private": ["--mount=tmp:$HOME"],
	"--device": ["--mount=bind:*:*:dev", "/dev/fuse"],
	"--unsetenv": ["pflask -- env --unset=* COMMAND", "NAME"],
	"--entrypoint": ["pflask -- *", "COMMAND"],
	"--image": ["--chroot=DIR"],
	"-x": ["--ephemeral"],
	"--security-opt=no-new-privileges": ["--no-new-privs"],
	"--env": ["--setenv=*", "NAME=VALUE"],
	"--network": ["--netif=pasta"],
	"--network=host": ["--netif=host"],
	"--network=none": ["--netif"],
	"--private-network": ["--netif"],
	"--unshare-net": ["--netif"],
	"--unshare-all": ["--netif"],
	"--unshare-user": ["--user-map=auto"],
	"--private-users": ["--user-map=auto"],
	"--userns": ["--user-map=auto"],
	"--userns=host": ["--no-userns"],
	"--ipc=host": ["--no-ipcns"],
	"--uts=host": ["--no-utsns"],
	"-p": ["--netif=pasta:tcp=*", "8080:80"],
	"--publish": ["--netif=pasta:tcp=*", "8080:80"],
	"--port": ["--netif=pasta:tcp=*", "8080:80"],
	"--memory": ["--limit=memory=*", "512M"],
	"--cpus": ["--limit=cpu=*", "1.5"],
	"--pids-limit": ["--limit=pids=*", "100"],
	"--ulimit": ["--rlimit=*", "nofile=1024"],
	"--cap-add": ["--caps=+*", "NAME"],
	"--cap-drop": ["--caps=-*", "NAME"],
	"--workdir": ["--chdir=*", "DIR"],
	"-D": ["--chroot=*", "DIR"],
	"--directory": ["--chroot=*", "DIR"],
	"--root": ["--chroot=*", "DIR"],
	"--boot": ["pflask --chroot=DIR -- /sbin/init"],
	"--uid": ["--user=*", "UID"],
	"-i": ["leave the option out: a command in a terminal always has a terminal of its own"],
	"--interactive": [
		"leave the option out: a command in a terminal always has a terminal of its own",
	],
	"--privileged": ["leave the option out: root of a container of root has all capabilities"],
	"--restart": ["leave the option out: a unit of systemd can start pflask again"],
	"--unshare-pid": [OWN_NAMESPACES],
	"--unshare-ipc": [OWN_NAMESPACES],
	"--unshare-uts": [OWN_NAMESPACES],
	"--unshare-cgroup": [OWN_NAMESPACES],
	"--new-session": ["leave the option out: the command always has a session of its own"],
	"--rm": ["leave the option out: a container is always removed when the command ends"],
	"--fork": ["leave the option out: the command always runs in a new process"],
	"--init": ["leave the option out: a container always has an init"],
};

/**
 * The command lines of pflask for the subcommands of other programs. pflask has no subcommands: the
 * first word is the command. If no such command is found, the command line is the hint.
 */
export const SUBCOMMANDS: Readonly<Record<string, string>> = {
	attach: "pflask --attach=NAME",
	boot: "pflask --chroot=DIR -- /sbin/init",
	enter: "pflask --exec=NAME",
	exec: "pflask --exec=NAME -- COMMAND",
	help: "pflask --help",
	inspect: "pflask --list --json",
	list: "pflask --list",
	login: "pflask --exec=NAME",
	logs: "pflask --logs=NAME",
	run: "pflask -- COMMAND",
	shell: "pflask --exec=NAME",
	start: "pflask --detach --name=NAME -- COMMAND",
	stop: "pflask --kill NAME",
	version: "pflask --version",
	wait: "pflask --wait=NAME",
};

/**
 * Adds a hint to an error about an option that another program has and pflask does not have.
 * Returns any other error unchanged.
 */
export function answered(mistake: UsageError, argv: readonly string[]): UsageError {
	if (mistake.why !== UNKNOWN) return mistake;
	const { attached, next } = valueIn(mistake.option, argv);
	const [first = "", second = ""] = attached === undefined ? next : [attached];
	const answer = ANSWERS[`${mistake.option}=${first}`] ?? ANSWERS[mistake.option];
	if (answer === undefined) return mistake;
	const [text, example = ""] = answer;
	return new UsageError(
		mistake.option,
		UNKNOWN,
		text.replaceAll("*", () => fitting(example, first, second)),
	);
}

/**
 * Returns a value for pflask's option in a hint. This is `first`, if `first` can be brought into
 * the form of the example. Otherwise the value is the example.
 */
function fitting(example: string, first: string, second: string): string {
	if (first === "" || first.startsWith("-")) return example;
	if (example === PATHS && !first.includes("/")) return example;
	const [, address, port, inside] = ADDRESS_AND_PORTS.exec(first) ?? [];
	if (address !== undefined) return `${address}/${port}-${inside}`;
	if (!example.includes(":") || first.includes(":")) return first;
	return `${first}:${second === "" || second.startsWith("-") ? first : second}`;
}

/** Finds the value that is attached to an option, and the two words after the option. */
function valueIn(option: string, argv: readonly string[]) {
	const start = option.startsWith("--") ? `${option}=` : option;
	const at = argv.findIndex((word) => word === option || word.startsWith(start));
	const attached = argv[at]?.slice(start.length) || undefined;
	return { attached, next: at < 0 ? [] : argv.slice(at + 1, at + 3) };
}
