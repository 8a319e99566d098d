// SPDX-License-Identifier: BSD-2-Clause
// Makes the shell completions of pflask from its option table. The files go below a directory, at
// the paths that Debian's packages use:
//	scripts/bun scripts/completions.ts DIRECTORY
// After the first operand, the shells use the completion of the container's command.
import { OPTIONS, type Option } from "../packages/cli/src/options.ts";

const HEAD = "# SPDX-License-Identifier: BSD-2-Clause\n# Made by scripts/completions.ts.";

/**
 * The commands by which the shells complete a kind of value. In bash, $2 is the typed beginning of
 * the value.
 */
interface Kind {
	readonly bash: string;
	readonly zsh: string;
	readonly fish: string;
}

/**
 * The command of fish that prints the typed beginning of a value. It removes the option and "="
 * from the current word.
 */
const IN_FISH = "(commandline -ct | string replace -r '^--[a-z-]*=' '')";

const CONTAINERS = "pflask --list --quiet 2>/dev/null";

/** The kinds of values, by the names of the values in the option table. */
const KINDS: Readonly<Record<string, Kind>> = {
	DIR: {
		bash: "compgen -d",
		zsh: "_files -/",
		fish: "(__fish_complete_directories (commandline -ct))",
	},
	FILE: {
		bash: "compgen -f",
		zsh: "_files",
		fish: `(__fish_complete_path ${IN_FISH})`,
	},
	"USER[:GROUP]": { bash: "compgen -u", zsh: "_users", fish: "(__fish_complete_users)" },
	SIGNAL: {
		bash: "compgen -A signal",
		zsh: "_signals -s",
		fish: "(__fish_make_completion_signals; printf '%s\\\\n' $__kill_signals)",
	},
	"default|off|FILE": {
		bash: `compgen -W "default off" -f`,
		zsh: "{ compadd default off; _files }",
		fish: `(printf '%s\\\\n' default off; __fish_complete_path ${IN_FISH})`,
	},
	FORMAT: {
		bash: `compgen -W "text json jsonl"`,
		zsh: "(text json jsonl)",
		fish: "'text json jsonl'",
	},
	"PID|NAME": {
		bash: `compgen -W "$(${CONTAINERS})"`,
		zsh: `{ compadd -- \${(f)"$(${CONTAINERS})"} }`,
		fish: `(${CONTAINERS})`,
	},
};

function kindOf({ value, words }: Option): Kind | undefined {
	if (words === undefined) return KINDS[value ?? ""];
	const list = Object.keys(words).join(" ");
	return { bash: `compgen -W "${list}"`, zsh: `(${list})`, fish: `'${list}'` };
}

const options = Object.entries<Option>(OPTIONS);

/** Returns the ways to type an option. */
function spellings([name, { short }]: readonly [string, Option]): string[] {
	return [...(short === undefined ? [] : [`-${short}`]), `--${name}`];
}

/** The ways to type the options whose value may be the next word. */
const withNextWord = options
	.filter(([, { argument }]) => argument === "required")
	.flatMap(spellings);

function letters(...kinds: readonly Option["argument"][]): string {
	const wanted = options.filter(([, { argument }]) => kinds.includes(argument));
	return wanted.map(([, { short = "" }]) => short).join("");
}

function bash(): string {
	const long = options.map(([name, { argument }]) =>
		argument === "required" ? `--${name}=` : `--${name}`,
	);
	const values = options.flatMap((entry) => {
		const kind = kindOf(entry[1]);
		return kind === undefined ? [] : `\t${spellings(entry).join(" | ")}) ${kind.bash} -- "$2" ;;`;
	});
	const files = options
		.filter(([, { value }]) => value === "DIR" || value === "FILE")
		.flatMap(spellings);
	return `${HEAD}
_pflask_values() {
	case $1 in
${values.join("\n")}
	esac
}

# Where the command begins; or where the value is that is being typed, and of which option.
_pflask_parse() {
	option= i=1
	while ((i < COMP_CWORD)); do
		local word=\${COMP_WORDS[i]}
		# Readline takes "=" for a word of its own.
		if [[ $word == --?* && \${COMP_WORDS[i + 1]} == = ]]; then
			((i += 2))
			((i < COMP_CWORD)) || option=$word
		elif [[ $word =~ ^(${withNextWord.filter((word) => word.startsWith("--")).join("|")})$ ||
			$word =~ ^-[${letters("none")}]*[${letters("required")}]$ ]]; then
			((++i == COMP_CWORD)) && option=$word
		elif [[ $word == -- ]]; then
			((++i))
			return
		elif [[ $word != -?* ]]; then
			return
		fi
		[[ $option ]] && return
		((++i))
	done
}

_pflask() {
	local option i current=\${COMP_WORDS[COMP_CWORD]}
	_pflask_parse
	COMPREPLY=()
	if [[ $option ]]; then
		[[ $current == = ]] && current=
		[[ $option == -[!-]* ]] && option=-\${option: -1}
		mapfile -t COMPREPLY < <(_pflask_values "$option" "$current")
		[[ $option =~ ^(${files.join("|")})$ ]] && compopt -o filenames 2>/dev/null
	elif ((i < COMP_CWORD)) || [[ \${COMP_WORDS[i - 1]} == -- || $current != -* ]]; then
		if declare -F _command_offset >/dev/null; then
			_command_offset "$i"
		elif ((i == COMP_CWORD)); then
			mapfile -t COMPREPLY < <(compgen -c -- "$current")
		fi
	else
		mapfile -t COMPREPLY < <(compgen -W "${long.join(" ")}" -- "$current")
		[[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2>/dev/null
	fi
}

complete -o default -F _pflask pflask
`;
}

function zsh(): string {
	const quoted = (text: string) => text.replaceAll("'", "'\\''");
	const described = (text: string) => quoted(text).replace(/[[\]:]/g, "\\$&");
	const specs = options.flatMap(([name, option]) => {
		const { short, argument, multiple, value = "value", help } = option;
		const action = quoted(kindOf(option)?.zsh ?? "");
		const optional = argument === "optional" ? ":" : "";
		const message = argument === "none" ? "" : `:${optional}${described(value)}:${action}`;
		const [after, attached] = { none: ["", ""], required: ["+", "="], optional: ["-", "=-"] }[
			argument
		];
		const spelled = [...(short === undefined ? [] : [`-${short}${after}`]), `--${name}${attached}`];
		const others = multiple ? "*" : `(${spellings([name, option]).join(" ")})`;
		return spelled.map((word) => `'${others}${word}[${described(help)}]${message}'`);
	});
	return `#compdef pflask
${HEAD}
_arguments -s -S -A '-*' \\
	${specs.join(" \\\n\t")} \\
	'(-)1:command:_command_names -e' \\
	'*::argument:_normal'
`;
}

function fish(): string {
	const quoted = (text: string) => `'${text.replace(/[\\']/g, "\\$&")}'`;
	const marks = { none: "", required: "=", optional: "=?" } as const;
	const grammar = options.map(
		([name, { short, argument }]) =>
			[short, name].filter((word) => word !== undefined).join("/") + marks[argument],
	);
	const lines = options.map(([name, option]) => {
		const letter = option.short === undefined ? "" : ` -s ${option.short}`;
		const kind = kindOf(option)?.fish;
		const value = kind === undefined ? "" : ` -a ${kind.startsWith("'") ? kind : quoted(kind)}`;
		const required = option.argument === "required" ? " -x" : "";
		const typed = `${letter} -l ${name}${required}${value}`;
		return `complete -c pflask -n __pflask_no_command${typed} -d ${quoted(option.help)}`;
	});
	return `${HEAD}
function __pflask_command
	set -l words (commandline -opc) (commandline -ct)
	argparse -s ${grammar.map(quoted).join(" ")} -- $words[2..] 2>/dev/null
	and test -n "$argv"
	and not string match -q -- '-*' $argv[1]
	and string join0 -- $argv
end

function __pflask_no_command
	not __pflask_command >/dev/null
end

function __pflask_complete_command
	__fish_complete_subcommand --commandline (__pflask_command | string split0)
end

complete -c pflask -x -a '(__pflask_complete_command)'
${lines.join("\n")}
`;
}

const [directory] = process.argv.slice(2);
if (directory === undefined) throw new Error("usage: completions.ts DIRECTORY");
await Bun.write(`${directory}/bash-completion/completions/pflask`, bash());
await Bun.write(`${directory}/zsh/vendor-completions/_pflask`, zsh());
await Bun.write(`${directory}/fish/vendor_completions.d/pflask.fish`, fish());
