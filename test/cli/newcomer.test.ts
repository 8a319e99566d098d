// SPDX-License-Identifier: BSD-2-Clause
// Users type options and subcommands of other programs, and pflask answers with a hint. Most hints
// can be typed.
import t from "tap";
import { type Box, live } from "../lib/live.ts";
import { tinyRoot } from "../lib/roots.ts";

/** A command line with a mistake, and the hint. */
type Answer = readonly [typed: string, hint: string];

/** Hints that can be typed: options of pflask, or a whole command line. */
const OPTIONS: readonly Answer[] = [
	["-v /srv:/mnt", "--mount=bind:/srv:/mnt"],
	["-v/srv:/mnt:ro", "--mount=bind:/srv:/mnt:ro"],
	["--volume=/srv:/mnt", "--mount=bind:/srv:/mnt"],
	["--mount=/srv:/mnt", "--mount=bind:/srv:/mnt"],
	["--bind /srv /mnt", "--mount=bind:/srv:/mnt"],
	["--bind=/srv", "--mount=bind:/srv:/srv"],
	["--ro-bind /srv /mnt", "--mount=bind-ro:/srv:/mnt"],
	["--bind-ro=/srv:/mnt", "--mount=bind-ro:/srv:/mnt"],
	["--dev-bind /dev/null /mnt/null", "--mount=bind:/dev/null:/mnt/null:dev"],
	["--tmpfs /mnt", "--mount=tmp:/mnt"],
	["--symlink /srv /mnt/link", "--mount=symlink:/srv:/mnt/link"],
	["--dir /mnt/a", "--mount=dir:/mnt/a"],
	["--env A=B", "--setenv=A=B"],
	["--env=A=B", "--setenv=A=B"],
	["--network=host", "--netif=host"],
	["--network none", "--netif"],
	["--private-network", "--netif"],
	["--unshare-net", "--netif"],
	["--memory 512m", "--limit=memory=512m"],
	["--memory=512m", "--limit=memory=512m"],
	["--cpus=1.5", "--limit=cpu=1.5"],
	["--pids-limit 100", "--limit=pids=100"],
	["--ulimit=nofile=1024", "--rlimit=nofile=1024"],
	["--cap-add=NET_ADMIN", "--caps=+NET_ADMIN"],
	["--cap-drop=ALL", "--caps=-ALL"],
	["--workdir /", "--chdir=/"],
	["--directory=/", "--chroot=/"],
	["--uid 0", "--user=0"],
	["--bind /srv", "--mount=bind:/srv:/srv"],
	["--device=/dev/null", "--mount=bind:/dev/null:/dev/null:dev"],
	["--device /dev/null", "--mount=bind:/dev/null:/dev/null:dev"],
	["--net=none", "--netif"],
	["--netif=none", "--netif"],
	["--private-users=pick", "--user-map=auto"],
	["--userns=host", "--no-userns"],
	["--ipc=host", "--no-ipcns"],
	["--security-opt=no-new-privileges", "--no-new-privs"],
	["-x", "--ephemeral"],
];

/** Hints with a placeholder that the user must replace, and hints that cannot be typed. */
const OTHERS: readonly Answer[] = [
	["--volume", "--mount=bind:HOST:DEST"],
	["-vv", "--mount=bind:HOST:DEST"],
	["--network bridge", "--netif=pasta"],
	["-p 8080:80", "--netif=pasta:tcp=8080:80"],
	["--publish=8080:80", "--netif=pasta:tcp=8080:80"],
	["-p 8080", "--netif=pasta:tcp=8080:8080"],
	["-p 127.0.0.1:8080:80", "--netif=pasta:tcp=127.0.0.1/8080-80"],
	["-p [::1]:8080:80", "--netif=pasta:tcp=::1/8080-80"],
	["--boot", "pflask --chroot=DIR -- /sbin/init"],
	["-it", "leave the option out: a command in a terminal always has a terminal of its own"],
	["--unsetenv LANG", "pflask -- env --unset=LANG COMMAND"],
	["--entrypoint=/bin/sh", "pflask -- /bin/sh"],
	["--restart=always", "leave the option out: a unit of systemd can start pflask again"],
	["--unshare-pid", "leave the option out: a container always has namespaces of its own"],
	["--rm", "leave the option out: a container is always removed when the command ends"],
];

/** Subcommands of other programs. For pflask, a subcommand is a command that does not exist. */
const SUBCOMMANDS: readonly Answer[] = [
	["list", "pflask --list"],
	["help", "pflask --help"],
	["exec web ls", "pflask --exec=NAME -- COMMAND"],
	["run ls -l", "pflask -- COMMAND"],
	["stop web", "pflask --kill NAME"],
	["enter web", "pflask --exec=NAME"],
	["inspect web", "pflask --list --json"],
	["--netif logs web", "pflask --logs=NAME"],
];

function isAnswer(answer: string): string {
	return `hint: ${answer}`;
}

async function hintFor(box: Box, typed: string): Promise<string | undefined> {
	const run = await box.run([...typed.split(" "), "--", "true"]);
	t.same([run.status, run.out], [125, ""], typed);
	const [, hint, ...rest] = run.err.trimEnd().split("\n");
	t.same(rest, [], run.err);
	return hint;
}

live("an option of another program", async (t, box) => {
	for (const [typed, answer] of [...OPTIONS, ...OTHERS])
		t.equal(await hintFor(box, typed), isAnswer(answer), typed);
	for (const [, answer] of OPTIONS) {
		const run = await box.run(["--dry-run", answer, "--", "true"]);
		t.equal(run.status, 0, `${answer}: ${run.err}`);
	}
});

live("a subcommand", async (t, box) => {
	for (const [typed, answer] of SUBCOMMANDS) {
		const run = await box.run(typed.split(" "));
		t.equal(run.status, 127, typed);
		t.match(run.err, /^pflask: [a-z]+: command not found\nhint: [^\n]+\n$/);
		t.equal(run.err.split("\n")[1], isAnswer(answer), typed);
	}
	const run = await box.run(["no-such-command"]);
	t.equal(run.err, "pflask: no-such-command: command not found\n");
});

live("a command for administrators, which PATH lacks", async (t, box) => {
	const env = { PATH: "/usr/bin:/bin" };
	const run = await box.run(["--user-map=auto", "--", "debootstrap", "--help"], { env });
	t.same([run.status, run.out], [127, ""]);
	t.equal(run.err, "pflask: debootstrap: command not found\nhint: /usr/sbin/debootstrap\n");
	const inside = await box.run([`--chroot=${tinyRoot(box)}`, "--", "debootstrap"], { env });
	t.equal(inside.err, "pflask: debootstrap: command not found\n");
});

live("a value that is not attached to its option", async (t, box) => {
	for (const [typed, option, value] of [
		["--netif pasta -- ip link", "--netif", "pasta"],
		["-n pasta -- ip link", "--netif", "pasta"],
		["-Pn pasta -H -- ip link", "--netif", "pasta"],
		["--ephemeral /tmp -- true", "--ephemeral", "/tmp"],
		["--hostname=x -w /tmp -- true", "--ephemeral", "/tmp"],
		["--changes list.json -- true", "--changes", "list.json"],
		["--stats json -- true", "--stats", "json"],
	] as const) {
		const run = await box.run(typed.split(" "));
		t.same([run.status, run.out], [125, ""], typed);
		t.equal(
			run.err,
			`pflask: ${option}: '${value}' is either a value, which needs '=', or the command
hint: ${option}=${value}, or ${option} -- ${value}
`,
		);
	}
	const none = await box.run(["--net", "none", "--", "true"]);
	t.match(none.err, /\nhint: --netif, or --netif -- none\n$/);
	for (const words of [
		["--netif", "echo", "ran"],
		["--netif", "--", "echo", "ran"],
		["--netif", "-P", "echo", "ran"],
		["-w", "-H", "echo", "--", "ran"],
		["--netif=host", "echo", "ran", "--"],
	]) {
		const run = await box.run(words);
		t.match([run.status, run.out], [0, /ran/], `${words.join(" ")}: ${run.err}`);
	}
});

live("a limit that cannot be set", async (t, box) => {
	for (const [typed, hint] of [
		["--rlimit=nofile", "--rlimit=nofile=1024:4096"],
		["--rlimit=nofile=x", "--rlimit=nofile=1024:4096"],
		["--rlimit=nofile=5:4", "--rlimit=nofile=1024:4096"],
		["--limit=memory=1", "--limit=memory=16M"],
		["--cgroup=pids:max=abc", "--limit=memory=512M,pids=100"],
	] as const) {
		const found = await hintFor(box, typed);
		t.match(found, isAnswer(hint), typed);
		t.equal((await box.run([hint, "--", "true"])).status, 0, hint);
	}
});

t.end();
