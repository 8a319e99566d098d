// SPDX-License-Identifier: BSD-2-Clause
// No mount of a container reaches the host, with every propagation of the host's mounts. The tests
// look while the container runs, after its end, and after a failed start.
import { chownSync, mkdirSync, readFileSync } from "node:fs";
import t from "tap";
import { live } from "../../lib/live.ts";
import { inNamespace, PROPAGATIONS } from "../../lib/propagation.ts";
import { tinyRoot } from "../../lib/roots.ts";

function mountTable(): string {
	return readFileSync("/proc/self/mountinfo", "utf8");
}

/** Containers with a host tree as the root or as a part of the root. */
function containers(root: string, dir: string): readonly (readonly string[])[] {
	const mapped = ["--user-map=auto", `--chroot=${root}`];
	return [
		mapped,
		[...mapped, "--read-only"],
		[...mapped, "--ephemeral"],
		[...mapped, "--netif", `--mount=bind:${dir}/bound:/mnt:idmap`],
		["--user-map=auto", `--mount=bind:${dir}/bound:/mnt:idmap`],
		[`--chroot=${root}`],
		[`--chroot=${root}`, `--mount=bind:${dir}/bound:/mnt`],
		[`--chroot=${root}`, "--ephemeral"],
		["--ephemeral"],
		[],
	];
}

live("mounts of the host while containers run, and after their end", async (t, box) => {
	const root = tinyRoot(box);
	mkdirSync(`${box.dir}/bound`);
	for (const args of containers(root, box.dir)) {
		const before = mountTable();
		const command = args.includes(`--chroot=${root}`) ? "/bin/probe" : `${root}/bin/probe`;
		const running = box.start([...args, "--", command, "hold"]);
		await running.until("ready");
		t.equal(mountTable(), before, `${args.join(" ")}: while it runs`);
		running.kill("SIGTERM");
		await running.ended;
		t.equal(mountTable(), before, `${args.join(" ")}: after its end`);
	}
});

live("mounts of the host after a failed operation", async (t, box) => {
	const root = tinyRoot(box);
	chownSync(root, 0, 0);
	for (const failing of [
		["--mount=tmp:/x:size=-1"],
		["--mount=bind:/etc/passwd:/proc/nothing"],
		["--chdir=/nothing"],
		["--", "/nothing"],
	]) {
		const before = mountTable();
		const run = await box.run(["--user-map=auto", `--chroot=${root}`, ...failing]);
		t.not(run.status, 0, failing.join(" "));
		t.equal(mountTable(), before, failing.join(" "));
	}
});

live(
	"an id-mapped root twice, where all mounts are shared and where all are private",
	async (t, box) => {
		const root = tinyRoot(box);
		const script = `
		cat /proc/self/mountinfo >"${box.dir}/before"
		for i in 1 2; do "$@"; done
		diff "${box.dir}/before" /proc/self/mountinfo`;
		for (const kind of PROPAGATIONS) {
			const args = ["--user-map=auto", `--chroot=${root}`, "--", "/bin/probe", "say", "ran"];
			const run = await box.run(args, { via: inNamespace(script, kind) });
			t.same([run.status, run.out, run.err], [0, "ran\nran\n", ""], kind);
		}
	},
);

live("in an id-mapped root, what the host unmounts is unmounted", async (t, box) => {
	const root = tinyRoot(box, ["proc", "sys", "dev", "run", "disk"]);
	const script = `
		cd "${box.dir}"
		mount -t tmpfs none root/disk
		mkfifo fifo
		"$@" <fifo >out & exec 3>fifo
		until grep -q started out || ! kill -0 $!; do sleep 0.01; done
		umount root/disk
		echo go >&3; wait $!; cat out`;
	const words = [
		"mounts",
		"+",
		"say",
		"started",
		"+",
		"wait-for",
		"go",
		"+",
		"say",
		"later",
		"+",
		"mounts",
	];
	const args = ["--user-map=auto", `--chroot=${root}`, "--", "/bin/probe", ...words];
	const { out, err } = await box.run(args, { via: inNamespace(script, "shared") });
	const [before = "", after = ""] = out.split("later");
	t.match(before, " /disk ", err);
	t.match(after, " /proc ");
	t.notMatch(after, " /disk ", "no file system of the host is kept busy");
});

t.end();
