// SPDX-License-Identifier: BSD-2-Clause
// Makes the part of the shell completions that lists values: a script for sh(1). All shells run
// this script. The types of mounts, the kinds of interfaces and all other words come from their
// tables.
import { readFileSync } from "node:fs";
import type { Completes } from "../packages/command/src/getopt.ts";
import { capabilities, signals } from "../packages/runtime/src/numbers.gen.ts";
import {
	type Kind,
	type Option as KindOption,
	limits,
	mountOptions,
	mounts,
	netifOptions,
	netifs,
	rates,
} from "./spec-kinds.ts";

/**
 * The beginning of the script. $1 is the typed beginning of a value, and $2 the kind of the value.
 * The kind "words" means the words $3... The script prints whole values, one in a line. After "/",
 * ":", "=" or "," at the end of a value, the user can type more. `head` is the finished part of the
 * typed value, and `rest` is the unfinished part. In `rest`, a newline stands for a colon after a
 * backslash. The script offers no text with a newline.
 */
const FUNCTIONS = `
LC_ALL=C
export LC_ALL
newline="
"
text= head= rest=

# Replaces each $2 in $1 by $3. Sets text.
replace() {
	text= tail=$1
	while case $tail in *"$2"*) ;; *) false ;; esac; do
		text=$text\${tail%%"$2"*}$3
		tail=\${tail#*"$2"}
	done
	text=$text$tail
}

# Moves the typed text up to the last of the separators $1 from rest to head.
finish() {
	tail=\${rest##*[$1]}
	head=$head\${rest%"$tail"}
	rest=$tail
}

# Moves $1 from the beginning of rest to head. Fails if rest does not begin with $1.
after() {
	case $rest in "$1"*) ;; *) return 1 ;; esac
	head=$head$1
	rest=\${rest#"$1"}
}

say() {
	replace "$head" "$newline" "\\\\:"
	printf "%s\\n" "$text$1"
}

# Offers those of the words that begin with rest.
offer() {
	for word; do
		case $word in "$rest"*) say "$word" ;; esac
	done
}

# Offers files. $1 follows the name of a file that is not a directory; "/" leaves out these files.
# $2 is "colons" if a colon in the name needs a backslash.
files() {
	replace "$rest" "$newline" :
	for file in "$text"*; do
		case $file in . | .. | */. | */.. | *[[:cntrl:]]*) continue ;; esac
		[ -e "$file" ] || [ -L "$file" ] || continue
		text=$file
		[ "$2" != colons ] || replace "$file" : "\\\\:"
		if [ -d "$file" ]; then
			say "$text/"
		elif [ "$1" != / ]; then
			say "$text$1"
		fi
	done
}

# Offers the network interfaces of the host, each followed by $1.
devices() {
	for device in /sys/class/net/*; do
		[ ! -d "$device" ] || offer "\${device##*/}$1"
	done
}

# Offers the names in the database $1 of getent(1).
names() {
	getent "$1" | while IFS=: read -r name _; do
		offer "$name"
	done
}

# Offers the containers in the control directory $2, each after the prefix $1. Another user may
# have made the directory: what is not the name of a container is left out, and so is the end of a
# long list. A container that runs has a socket, and the kept end of a container is a file.
type=s suffix=sock
entries() {
	find "$2" -maxdepth 1 -type $type -name "*.$suffix" | head -n 256 | while read -r path; do
		name=\${path##*/}
		name=\${name%.$suffix}
		case $name in
		"" | [!A-Za-z0-9]* | *[!A-Za-z0-9._-]*) ;;
		*) offer "$1$name" ;;
		esac
	done
}

# Offers the detached containers of the user, and to root those of all users.
containers() {
	uid=$(id -u)
	for place in /run/pflask "\${XDG_RUNTIME_DIR:-/run}/pflask" "/run/user/$uid/pflask" \\
		"/tmp/pflask-$uid"; do
		[ ! -O "$place" ] || [ -L "$place" ] || entries "" "$place"
	done
	[ "$uid" -eq 0 ] || return
	for place in /run/user/*/pflask /tmp/pflask-*; do
		owner=\${place#/run/user/}
		owner=\${owner#/tmp/pflask-}
		owner=\${owner%/pflask}
		case $owner in "" | 0 | *[!0-9]*) continue ;; esac
		user=$(getent passwd "$owner")
		user=\${user%%:*}
		[ ! -d "$place" ] || [ -L "$place" ] || entries "\${user:-$owner}/" "$place"
	done
}

# Offers the containers whose ends are kept.
ends() {
	type=f suffix=end
	containers
}

# Offers the controllers of cgroups.
controllers() {
	if [ -e /sys/fs/cgroup/cgroup.controllers ]; then
		read -r list </sys/fs/cgroup/cgroup.controllers
		offer $list
	else
		while read -r name _; do
			[ "$name" = "#subsys_name" ] || offer "$name"
		done </proc/cgroups
	fi
}
`;

/**
 * A list of cases. If the typed text matches a pattern of sh(1), the commands print the values to
 * offer.
 */
type Cases = readonly (readonly [patterns: readonly string[], commands: string])[];

/**
 * The commands that offer values for a word of a shape. `next` is the separator after the word, or
 * "".
 */
const FIELDS: Readonly<Record<string, (next: string) => string>> = {
	HOST: (next) => `files "${next}" colons`,
	TARGET: (next) => `files "${next}" colons`,
	DEST: (next) => `files "${next}" colons`,
	PATH: (next) => `files "${next}" colons`,
	UPPER: () => "files / colons",
	WORK: () => "files / colons",
	DEV: (next) => `devices "${next}"`,
	MASTER: (next) => `devices "${next}"`,
	OUTSIDE: () => "",
	INSIDE: () => "",
	NAME: () => "",
	FD: () => "",
};

/** The commands for the kinds of values. */
const KINDS: Readonly<Record<Extract<Completes, string>, () => string>> = {
	capabilities: capabilitiesText,
	changes: () => 'offer -; files ""',
	containers: () => "containers | sort -u",
	"containers-and-ends": () => "{ containers; ends; } | sort -u",
	controllers: () => "controllers",
	directories: () => "files /",
	ends: () => "ends | sort -u",
	files: () => 'files ""',
	filters: () => 'offer default off; files ""',
	interfaces: interfacesText,
	limits: limitsText,
	mounts: mountsText,
	rlimits: rlimitsText,
	signals: signalsText,
	"user-maps": () => "offer auto u: g:",
	users: () => "names passwd",
	"users-and-groups": () =>
		casesText([
			[["*:*"], "finish :; names group"],
			[["*"], "names passwd"],
		]),
};

/** Returns the arguments of the script for a kind of values. */
export function kindText(completes: Completes): string {
	return typeof completes === "string" ? completes : `words ${completes.join(" ")}`;
}

/** Returns the script for some kinds of values. */
export function valuesScript(kinds: readonly Completes[]): string {
	const names = [...new Set(kinds.filter((kind) => typeof kind === "string"))].sort();
	const cases = names.map((name): Cases[number] => [[name], KINDS[name]()]);
	const all = casesText([...cases, [["words"], 'shift\noffer "$@"']]);
	return `${FUNCTIONS.trim()}

case $1 in *"$newline"*) exit ;; esac
replace "$1" "\\:" "$newline"
rest=$text
shift
${all.replace("$rest", "$1")}
`;
}

function casesText(cases: Cases): string {
	const rows = cases.map(([patterns, commands]) => {
		const body = commands.includes("\n") ? `\n${commands}\n` : ` ${commands} `;
		return `${patterns.join(" | ")})${body};;`;
	});
	return `case $rest in\n${rows.join("\n")}\nesac`;
}

function offer(words: readonly string[]): string {
	const wrong = words.find((word) => !/^[\w.+:=-]+$/.test(word));
	if (wrong !== undefined) throw new Error(`not a word that sh can read: ${wrong}`);
	return `offer ${words.join(" ")}`;
}

/** Returns the required fields of a shape: HOST and DEST of "bind:HOST:DEST[:MODE]". */
function fieldsOf({ shape }: Kind): string[] {
	const [must = ""] = shape.split("[");
	return must.split(":").filter((field) => /^[A-Z]+$/.test(field));
}

/** Returns the beginning of the values of a kind: "bind:", "host"; "" for "DEV:NAME". */
function startOf({ name, shape }: Kind): string {
	if (/^[A-Z]/.test(name)) return "";
	return shape.startsWith(`${name}:`) ? `${name}:` : name;
}

/** Returns the cases for a kind: the fields, and then `last` for the text after the fields. */
function casesOf(kind: Kind, last: string): Cases {
	const fields = fieldsOf(kind);
	const start = /^[A-Z]/.test(kind.name) ? "" : `${kind.name}:`;
	const commands = fields.map((field, at) => {
		const command = FIELDS[field]?.(at + 1 < fields.length ? ":" : "");
		if (command === undefined) throw new Error(`${kind.shape}: nothing is known of ${field}`);
		return command === "" ? "" : `finish :; ${command}`;
	});
	const cases = [...commands, last].map((command, at): Cases[number] => {
		return [[`${start}${"*:".repeat(at)}*`], command];
	});
	return cases.reverse();
}

/** Returns the words for the options of a kind: "ro", or "size=" if a value follows. */
function optionWords(options: readonly KindOption[], { name }: Kind): string[] {
	return options
		.filter(({ kinds }) => kinds.length === 0 || kinds.includes(name))
		.map(({ shape }) => shape.replace(/=.*/, "="));
}

function mountsText(): string {
	const cases = mounts().flatMap((kind) => {
		const options = optionWords(mountOptions(), kind);
		return casesOf(kind, kind.shape.includes("[:OPTIONS]") ? `finish :,; ${offer(options)}` : "");
	});
	return casesText([...cases, [["*"], offer(mounts().map(startOf))]]);
}

function interfacesText(): string {
	const kinds = netifs();
	const isNamed = (kind: Kind) => startOf(kind) !== "";
	const [unnamed, named] = [kinds.filter((kind) => !isNamed(kind)), kinds.filter(isNamed)];
	const cases = named.flatMap((kind) => casesOf(kind, interfaceOptions(kind)));
	// The shape DEV:NAME matches every value, so the script offers DEV together with the kinds.
	const others = unnamed.flatMap((kind) => casesOf(kind, interfaceOptions(kind)).slice(0, -1));
	const first = `${offer(named.map(startOf))}; devices :`;
	return casesText([...cases, ...others, [["*"], first]]);
}

function interfaceOptions(kind: Kind): string {
	const isLink = kind.fields.includes("n");
	const known = netifOptions().filter(({ kinds }) => isLink || kinds.length > 0);
	const words = [...kind.modes, ...optionWords(known, kind)];
	if (words.length === 0) return "";
	const offers = offer(words);
	if (!words.includes("bridge=")) return `finish :; ${offers}`;
	return `finish :; if after bridge=; then devices; else ${offers}; fi`;
}

function limitsText(): string {
	const words = limits().map(({ name }) => `${name}=`);
	const disks = limits().filter(({ shape }) => shape.includes("DEVICE:"));
	const cases = disks.flatMap(({ name }): Cases => {
		const rateWords = rates().map((rate) => `${rate.name}=`);
		return [
			[[`${name}=*:*`], `finish :; ${offer(rateWords)}`],
			[[`${name}=*`], "finish =; files :"],
		];
	});
	return `finish ,\n${casesText([...cases, [["*"], offer(words)]])}`;
}

function rlimitsText(): string {
	const table = readFileSync(`${import.meta.dir}/../core-c/src/base/numbers.gen.h`, "utf8");
	const [, names = ""] = /resource_names\[\] =([^;]*);/.exec(table) ?? [];
	const words = [...names.matchAll(/"(\w+)\\0"/g)].map(([, name]) => `${name}=`);
	return casesText([
		[["*=*"], "finish =:; offer unlimited"],
		[["*"], offer(words)],
	]);
}

function capabilitiesText(): string {
	const names = Object.values(capabilities()).map((name) =>
		name.slice("CAP_".length).toLowerCase(),
	);
	const signed = ["+", "-"].flatMap((sign) => names.map((name) => `${sign}${name}`));
	return `finish ,\n${casesText([
		[["[a-z]*"], offer(["all", ...names])],
		[["*"], offer(["all", "-all", ...signed])],
	])}`;
}

function signalsText(): string {
	const names = [...Object.keys(signals()), "RTMIN", "RTMIN+", "RTMAX", "RTMAX-"];
	return casesText([
		[["SIG*"], offer(names.map((name) => `SIG${name}`))],
		[["*"], offer(names)],
	]);
}
