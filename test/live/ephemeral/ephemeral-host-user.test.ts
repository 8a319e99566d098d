// SPDX-License-Identifier: BSD-2-Clause
// --ephemeral without --chroot, for an ordinary user. In the user's namespace, every mount of the
// host is locked. pflask therefore rebuilds each directory with mounts below, and each entry of
// such a directory gets its own overlay.
import {
	existsSync,
	mkdirSync,
	readdirSync,
	readFileSync,
	symlinkSync,
	writeFileSync,
} from "node:fs";
import t from "tap";
import { account, as, RANGE } from "../../lib/account.ts";
import { sh } from "../../lib/host.ts";
import { type Box, live } from "../../lib/live.ts";
import { mountAt } from "../../lib/mount-table.ts";
import { aroundMounts, inMounts } from "../../lib/private.ts";
import { descendants } from "../../lib/processes.ts";
import { inNamespace } from "../../lib/propagation.ts";
import { differences, snapshot } from "../../lib/snapshot.ts";
import { until } from "../../lib/until.ts";

const user = await account("pft-host", { range: RANGE });
const plain = await account("pft-host2");

function shell(script: string, ...args: string[]): string[] {
	return ["--ephemeral", ...args, "--", "/bin/sh", "-c", script];
}

/** Makes a directory with files in the box, owned by the user. */
async function place(box: Box): Promise<string> {
	const directory = `${box.dir}/place`;
	mkdirSync(`${directory}/dir`, { recursive: true });
	for (const name of ["file", "dir/file"]) writeFileSync(`${directory}/${name}`, `${name}\n`);
	symlinkSync("file", `${directory}/link`);
	await sh(["chown", "-Rh", `${user.uid}:${user.gid}`, directory]);
	return directory;
}

for (const who of [user, plain])
	live(`a home directory that keeps nothing (${who.name})`, async (t, box) => {
		writeFileSync(`${who.home}/mine`, "mine\n");
		await sh(["chown", `${who.name}:`, `${who.home}/mine`]);
		const before = [await snapshot(who.home), await snapshot("/usr/share/doc")];
		const script = `
			id -u; cd; cat mine; echo changed >mine; rm .profile; mkdir new; echo x >new/x
			cat mine new/x; ls .profile; rm -rf /usr/share/doc 2>/dev/null; touch /tmp/pftest-new`;
		const run = await as(who, box).run(shell(script));
		t.equal(run.out, `${who.uid}\nmine\nchanged\nx\n`, run.err);
		t.match(run.err, /^ls: [^\n]*\.profile[^\n]*\n$/);
		const running = as(who, box).start(shell("rm -r ~/.[a-z]*; echo x >~/x; echo ready; sleep 60"));
		await running.until("ready");
		running.kill("SIGKILL");
		await running.ended;
		await until("the end of all", () => descendants().length === 0);
		const after = [await snapshot(who.home), await snapshot("/usr/share/doc")];
		t.same(
			before.flatMap((old, i) => differences(old, after[i] ?? [])),
			[],
		);
		t.notOk(existsSync("/tmp/pftest-new"));
	});

live("the tree has the host's names, types and modes", async (t, box) => {
	const list = `for d in / /etc /usr /var /usr/share /home /tmp /var/tmp; do
		find "$d" -maxdepth 1 ! -name 'pftest*' -printf '%p %y %m\\n' 2>/dev/null; done`;
	const outside = await sh([...user.become, "sh", "-c", list]);
	const inside = await as(user, box).run(shell(list));
	// Leave out the directories of the container. Also leave out /tmp, because its contents change
	// all the time.
	const own = /^\/(dev|proc|sys|run|tmp\/.*) /;
	const lines = (text: string) => new Set(text.split("\n").filter((line) => !own.test(line)));
	t.same(
		[...lines(outside)].filter((line) => !lines(inside.out).has(line)),
		[],
	);
	t.same(
		[...lines(inside.out)].filter((line) => !lines(outside).has(line)),
		[],
	);
});

live("/proc, /sys, /dev and /run belong to the container", async (t, box) => {
	const script = `
		cat /proc/1/comm; echo x >/dev/null && echo null; stat -f -c %T /run; ls /proc/1/root/..
		echo end; cat /etc/resolv.conf`;
	const run = await as(user, box).run(shell(script));
	const [before, after] = run.out.split("end\n");
	t.match(before, /^pf-init\nnull\ntmpfs\n/, run.err);
	t.equal(after, readFileSync("/etc/resolv.conf", "utf8"));
	const seen = await as(user, box).run(shell("ls -A /run; ls -A / | sort"));
	const host = (await sh(["sh", "-c", "ls -A / | sort"])).split("\n");
	t.same(seen.out.split("\n").slice(-host.length), host, "nothing but what the host has");
});

/** Mounts below the user's directory. */
const SUBMOUNTS = `
	mkdir -p "$D/dir/tmpfs" "$D/top"; touch "$D/bound"
	mount -t tmpfs -o "uid=$U,gid=$U,mode=755" none "$D/dir/tmpfs"; echo tmpfs >"$D/dir/tmpfs/file"
	mount -t tmpfs -o "uid=$U,gid=$U,mode=755" none "$D/top"; mkdir "$D/top/deep"
	mount -t tmpfs -o "uid=$U,gid=$U,mode=755" none "$D/top/deep"; echo deep >"$D/top/deep/file"
	mount --bind "$D/dir/tmpfs/file" "$D/bound"; chown -R "$U:$U" "$D/dir" "$D/top"`;
const LISTING = `ls -lRi --full-time "$D"; find "$D" -type f -exec cat {} +`;

live("directories that hold mounts, at every depth", async (t, box) => {
	const directory = await place(box);
	const script = `
		set -e; cd "${directory}"
		cat file dir/file dir/tmpfs/file top/deep/file bound link
		echo new >new; echo new >dir/new; echo new >dir/tmpfs/new; echo new >top/deep/new
		echo changed >dir/tmpfs/file; echo changed >top/deep/file; mkdir top/x dir/x
		cat new dir/new dir/tmpfs/new top/deep/new dir/tmpfs/file top/deep/file`;
	const around = aroundMounts(
		`D="${directory}"; U=${user.uid}; ${SUBMOUNTS}; { ${LISTING}; } >"${box.dir}/before"`,
		`{ ${LISTING}; } | diff "${box.dir}/before" - && echo same`,
	);
	const run = await as(user, box).run(shell(script), { via: around });
	const first = "file\ndir/file\ntmpfs\ndeep\ntmpfs\nfile\n";
	const then = `${"new\n".repeat(4)}${"changed\n".repeat(2)}`;
	t.equal(run.out, `${first}${then}status 0\nsame\n`, run.err);
});

live("files beside a mount cannot be used to change the host", async (t, box) => {
	const directory = await place(box);
	const script = `
		cd "${directory}"
		for f in file link bound; do
			echo evil >"$f"; echo evil >>"$f"; chmod 777 "$f"; truncate -s 0 "$f"
		done
		touch -d 2001-01-01 file; mv file other; ln file hard; rm -f file bound; rm -rf dir; echo end`;
	const around = aroundMounts(
		`D="${directory}"; U=${user.uid}; ${SUBMOUNTS}; { ${LISTING}; } >"${box.dir}/before"`,
		`{ ${LISTING}; } | diff "${box.dir}/before" - && echo same`,
	);
	const run = await as(user, box).run(shell(script), { via: around });
	t.match(run.out, /^end\nstatus 0\nsame\n$/, run.err);
});

live("unusual files beside a mount: links, sockets, fifos, unreadable files", async (t, box) => {
	const directory = await place(box);
	symlinkSync("/no/such/target", `${directory}/dangling`);
	symlinkSync("loop", `${directory}/loop`);
	mkdirSync(`${directory}/secret`, { mode: 0o700 });
	writeFileSync(`${directory}/secret-file`, "secret\n", { mode: 0o600 });
	await sh(["mkfifo", `${directory}/fifo`]);
	for (const name of ["a b", "a,b", "a:b", "a\\b", "a\nb", "-x", "\u00e4"]) {
		mkdirSync(`${directory}/${name}`);
		writeFileSync(`${directory}/${name}/file`, "odd\n");
		writeFileSync(`${directory}/${name}.file`, "odd\n");
	}
	const script = `
		cd "${directory}"; readlink dangling loop; [ -p fifo ] && echo fifo
		cat secret-file secret/x 2>/dev/null || echo denied
		cat ./*/file ./*.file 2>/dev/null | sort | uniq -c`;
	const via = inMounts(`mkdir "${directory}/m"; mount -t tmpfs none "${directory}/m"`);
	const run = await as(user, box).run(shell(script), { via });
	const odd = run.out.match(/(\d+) odd\n/)?.[1];
	t.match(run.out, /^\/no\/such\/target\nloop\nfifo\ndenied\n/, run.err);
	t.equal(odd, "14", run.out);
});

live("entries that come and go beside a mount", async (t, box) => {
	const directory = await place(box);
	const script = `
		mkdir "$1/m"; mount -t tmpfs none "$1/m"; shift
		(while :; do
			for i in 1 2 3 4 5 6 7 8 9; do mkdir "$D/x$i"; echo x >"$D/y$i"; done; rm -r "$D"/[xy]?
		done) 2>/dev/null &
		status=0; for i in 1 2 3 4 5 6 7 8; do "$@" || status=$?; done
		kill $!; exit $status`;
	const via = ["env", `D=${directory}`, ...inNamespace(script), directory];
	const run = await as(user, box).run(shell("echo ran"), { via });
	t.same([run.status, run.out, run.err], [0, "ran\n".repeat(8), ""]);
});

live("thousands of entries beside a mount", async (t, box) => {
	const directory = await place(box);
	const fill = (prefix: string, count: number, make: string) =>
		`(cd "${directory}"; seq -f "${prefix}%g" ${count} | xargs ${make})`;
	const mount = `mkdir -p "${directory}/m"; mount -t tmpfs none "${directory}/m"`;
	const some = [mount, fill("f", 2000, "touch"), fill("d", 1500, "mkdir")].join("; ");
	const script = `cd "${directory}"; ls | wc -l; echo x >new && cat new; ls -d f2000 d1500`;
	const run = await as(user, box).run(shell(script), { via: inMounts(some) });
	t.same([run.status, run.out, run.err], [0, "3504\nx\nd1500\nf2000\n", ""]);
	const many = `${mount}; ${fill("f", 17000, "touch")}`;
	const refused = await as(user, box).run(shell("echo ran"), { via: inMounts(many) });
	t.same([refused.status, refused.out], [125, ""]);
	const why = "too many entries [^\n]*\\(at most 16384 in all\\)";
	const line = `pflask: --ephemeral: ${directory}: ${why}`;
	t.match(refused.err, new RegExp(`^${line}[^\n]*\nhint: sudo pflask [^\n]*\n$`));
});

live("changes beside a mount stay in the container", async (t, box) => {
	const directory = await place(box);
	await sh(["install", "-d", "-m", "711", `${box.dir}/closed`]);
	const via = inMounts(`mkdir "${directory}/m"; mount -t tmpfs none "${directory}/m"`);
	const script = `
		cd "${directory}"; echo x >new; rm link; echo x >dir/new; echo ready >&2; read line || true`;
	const running = as(user, box).start(shell(script, "--changes=-"), { via, stdin: "pipe" });
	await until("the container", () => running.err.includes("ready"));
	await sh(["rmdir", `${box.dir}/closed`]); // This change on the host is not in the list.
	await sh(["sh", "-c", `rm -r "${directory}/file"; touch "${directory}/other"`]);
	await running.closeStdin();
	const run = await running.ended;
	t.same([run.status, run.err], [0, "ready\n"]);
	const lines = run.out.split("\n").filter((line) => line.includes(box.dir));
	t.same(lines.sort(), [`A ${directory}/dir/new`, `A ${directory}/new`, `D ${directory}/link`]);
});

live("the working directory is the caller's", async (t, box) => {
	const directory = await place(box);
	const run = await as(user, box).run(shell("pwd; cat file; echo x >new; ls"), { cwd: directory });
	t.equal(run.out, `${directory}\nfile\ndir\nfile\nlink\nnew\n`, run.err);
	t.notOk(existsSync(`${directory}/new`));
});

live("--ephemeral=DIR", async (t, box) => {
	const kept = `${user.home}/kept`;
	await sh([...user.become, "mkdir", kept]);
	const script = 'echo "$0" >~/pftest-new; cat ~/pftest-new';
	const args = [`--ephemeral=${kept}`, "--", "/bin/sh", "-c", script, "there"];
	const run = await as(user, box).run(args);
	t.same([run.status, run.out, run.err], [0, "there\n", ""]);
	t.notOk(existsSync(`${user.home}/pftest-new`));
	const found = await sh(["find", kept, "-name", "pftest-new"]);
	t.equal(found.trim().split("\n").length, 1);
	t.equal(readFileSync(found.trim(), "utf8"), "there\n");
	t.ok(readdirSync(kept).length > 0);
});

live("root of a user namespace", async (t, box) => {
	const script = 'id -u; echo x >"$1/new" && ls "$1"; hostname inside; hostname';
	for (const map of [`0:${user.uid}:1`, "auto"]) {
		const args = [...shell(script, `--user-map=${map}`), "sh", user.home];
		const run = await as(user, box).run(args);
		t.match(run.out, /^0\n(.*\n)*new\n(.*\n)*inside\n$/, `${map}: ${run.err}`);
		t.notOk(existsSync(`${user.home}/new`));
	}
});

live("the plan shows every entry, and needs no privilege", async (t, box) => {
	const directory = await place(box);
	const via = inMounts(`mkdir "${directory}/m"; mount -t tmpfs none "${directory}/m"`);
	const run = await as(user, box).run(["--dry-run", ...shell("true")], { via });
	t.equal(run.status, 0, run.err);
	t.match(run.out, `${directory}/m`, "the mount");
	t.match(run.out, `${directory}/file`, "the file beside it");
	t.equal(mountAt(run.facts, "/"), undefined);
});

t.end();
