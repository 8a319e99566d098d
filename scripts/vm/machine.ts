// SPDX-License-Identifier: BSD-2-Clause
// Runs a command in the virtual machine. The disks of the machine are files without names, and the
// emulator ends with this process. So nothing of the machine stays on this host, even after
// SIGKILL.
import {
	chmodSync,
	closeSync,
	existsSync,
	mkdirSync,
	mkdtempSync,
	openSync,
	readdirSync,
	readFileSync,
	rmSync,
	writeFileSync,
} from "node:fs";
import { sh } from "../../test/lib/host.ts";
import "../../test/lib/probe.ts"; // compiles build/test/probe
import { image } from "./image.ts";

/** The parts of a source tree that the machine does not need. */
const NOT_COPIED = [".git", ".tap", "build"];

/** The parts of build/ that the machine needs. */
const COPIED = ["bun", "pflask", "pflask-init", "test/probe", "peers"].map(
	(name) => `build/${name}`,
);

/** The size of the disk with the source tree. The machine may write to the disk. */
const TREE_DISK = "4G";

/** The number of lines of the console that are shown after a failure. */
const LAST_LINES = 40;

export interface MachineOptions {
	/** The source tree that the command sees as /srv/pflask. It must be built. */
	readonly tree: string;
	/** The groups of packages in the machine, of the file scripts/packages. */
	readonly groups: readonly string[];
	/** The command, as a line for a shell in the directory /srv/pflask. */
	readonly command: string;
	/** Whether the command has the terminal of this process. */
	readonly terminal: boolean;
	/** The time limit of the machine, milliseconds. */
	readonly bound: number;
}

/** A file without a name. */
class Nameless {
	readonly fd: number;
	constructor(name: string) {
		this.fd = openSync(name, "w+");
		rmSync(name);
	}
	/** A path of the file for this process and its children. */
	get path(): string {
		return `/proc/${process.pid}/fd/${this.fd}`;
	}
}

/** Copies the source tree and the command to a directory, and makes the disk from the directory. */
async function fillDisk(disk: Nameless, directory: string, options: MachineOptions) {
	const place = `${directory}/pflask`;
	mkdirSync(`${place}/build/test`, { recursive: true });
	const parts = readdirSync(options.tree).filter((name) => !NOT_COPIED.includes(name));
	for (const part of [...parts, ...COPIED])
		if (existsSync(`${options.tree}/${part}`))
			// Hard links cost neither time nor space.
			await sh(["cp", "-al", `${options.tree}/${part}`, `${place}/${part}`]);
	writeFileSync(`${directory}/command`, `${options.command}\n`);
	const format = ["mke2fs", "-q", "-F", "-t", "ext4", "-O", "^has_journal", "-d", directory];
	await sh([...format, disk.path, TREE_DISK]);
}

/** Makes the disk with the source tree, and removes the directory that the disk was made from. */
async function treeDisk(options: MachineOptions): Promise<Nameless> {
	const directory = mkdtempSync(`${options.tree}/build/vm-`);
	chmodSync(directory, 0o755); // the mode of the file system's root
	try {
		const disk = new Nameless(`${directory}/disk`);
		await fillDisk(disk, directory, options);
		return disk;
	} finally {
		rmSync(directory, { recursive: true });
	}
}

/** Returns the command that runs the emulator. */
function emulator(base: string, tree: Nameless, log: Nameless, terminal: boolean): string[] {
	const drive = (file: string, more: string) =>
		`file=${file},format=raw,if=virtio,cache=unsafe${more}`;
	const port = terminal ? "virtconsole" : "virtserialport,name=report";
	// Without these options, Linux checks its timer at the start. On a loaded host, the check
	// fails, and Linux panics.
	const timer = "no_timer_check clocksource=hpet tsc=unstable";
	const kernel = `console=ttyS0 quiet panic=-1 mitigations=off ${timer}`;
	return [
		"setpriv",
		"--pdeathsig=KILL",
		"qemu-system-x86_64",
		...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none", "-nic", "none"],
		...["-accel", "tcg,thread=multi", "-cpu", "max", "-smp", "2", "-m", "2048"],
		...["-kernel", `${base}/kernel`, "-initrd", `${base}/initramfs`, "-append", kernel],
		...["-drive", drive(`${base}/disk`, ",snapshot=on"), "-drive", drive(tree.path, "")],
		...["-serial", `file:${log.path}`, "-chardev", "stdio,id=port,signal=off"],
		...["-device", "virtio-serial-pci", "-device", `${port},chardev=port`],
	];
}

/**
 * Prints the output of the command. Returns the status of the command, or undefined if the machine
 * reported no status.
 */
async function report(stream: ReadableStream<Uint8Array>): Promise<number | undefined> {
	const decoder = new TextDecoder();
	let rest = "";
	for await (const chunk of stream) {
		const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
		rest = lines.pop() ?? "";
		for (const line of lines) {
			const status = line.match(/^vm-command: status (\d+)$/);
			if (status) return Number(status[1]);
			console.log(line);
		}
	}
	if (rest !== "") console.log(rest);
	return undefined;
}

/** Shows the last lines of the console. */
function showConsole(log: Nameless): void {
	const lines = readFileSync(log.path, "utf8").replaceAll("\r", "").trimEnd().split("\n");
	console.log("vm: the last lines of the console:");
	for (const line of lines.slice(-LAST_LINES)) console.log(`vm: ${line}`);
}

/** Runs a command in a new virtual machine. Returns its exit status, 1 if the machine failed. */
export async function runInMachine(options: MachineOptions): Promise<number> {
	const base = await image(options.groups);
	const tree = await treeDisk(options);
	const log = new Nameless(`${options.tree}/build/vm-console-${process.pid}`);
	try {
		const stdio = options.terminal ? "inherit" : "pipe";
		const command = emulator(base, tree, log, options.terminal);
		const child = Bun.spawn(command, {
			// The emulator would close the port at the end of the input, so the input is an open pipe.
			stdin: options.terminal ? "inherit" : "pipe",
			stdout: stdio,
			stderr: "inherit",
			timeout: options.bound,
			killSignal: "SIGKILL",
		});
		const [status] = await Promise.all([child.stdout ? report(child.stdout) : 0, child.exited]);
		if (status !== undefined) return status;
		const late = child.signalCode === "SIGKILL";
		console.log(`vm: ${late ? `not ended within ${options.bound} ms` : "ended without a status"}`);
		showConsole(log);
		return 1;
	} finally {
		closeSync(tree.fd);
		closeSync(log.fd);
	}
}
