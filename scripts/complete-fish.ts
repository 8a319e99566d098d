// SPDX-License-Identifier: BSD-2-Clause
// Makes the completions for fish.
import {
	actionsOf,
	type CompletedOption,
	letters,
	operandCases,
	type Program,
	prefixOf,
	scriptOf,
	takesNextWord,
} from "./completion-programs.ts";
import { kindText } from "./completion-values.ts";

/** Returns the completions of a program, without the heading. */
export function fish(program: Program): string {
	const lines = [
		...(program.operands === "command" ? [`complete -c ${program.name} -x -a '(@@_command)'`] : []),
		`complete -c ${program.name} -x -a '(@@_operand)'`,
		...program.options.map((option) => optionLine(program, option)),
	];
	return [values(program), find(program), operand(program), lines.join("\n"), ""]
		.join("\n")
		.replaceAll("@@", `_${prefixOf(program)}`);
}

function quoted(text: string): string {
	return `'${text.replace(/[\\']/g, "\\$&")}'`;
}

function values(program: Program): string {
	return `# Prints the values that begin with $argv[1]. The rest is their kind.
function @@_values
	/bin/sh -c ${quoted(scriptOf(program))} sh $argv </dev/null 2>/dev/null
end

# Offers the values of an option, which the current word may have before the value, as $argv[1].
function @@_offer
	set -l token (commandline -ct)
	set -l word (string unescape -- $token)
	or set word $token
	if string match -q -- "~/*" $token
		@@_values (string replace -- "~" $HOME $word) $argv[2..] | string replace -- $HOME "~"
	else
		@@_values (string replace -r -- "^(--[a-z0-9-]+=|$argv[1])" "" "$word") $argv[2..]
	end
end
`;
}

function find(program: Program): string {
	const actions = actionsOf(program).map(({ name, patterns, runs }) => {
		const operands = runs ? "" : `\n\t\t\t\tset operands ${name}`;
		return `\t\t\tcase ${patterns.map(quoted).join(" ")}\n\t\t\t\tset context ${name}${operands}`;
	});
	return `# Prints what is being typed: "option", "value" or "operand". Then prints what the
# operands are, the operand before (the place of a command), and the action or command.
function @@_find
	set -l words (commandline -opc)
	set -l operands ${program.operands === "command" ? "command" : "own"}
	set -l before ""
	set -l context ""
	set -l what option
	set -l at 2
	while test $at -le (count $words)
		set -l word $words[$at]
		if test $what = operand; or not string match -qr -- "^-." $word
			if test $operands = command
				set what operand
				break
			end
			set before $word
			test -n "$context"
			or set context $word
		else
			switch $word
			case --
				set what operand
${actions.join("\n")}
			end
			if string match -qr -- ${quoted(takesNextWord(program))} $word
				set at (math $at + 1)
				test $at -le (count $words)
				or set what value
			end
		end
		set at (math $at + 1)
	end
	if test $operands = command
		set before $at
	end
	printf "%s\\n" $what $operands "$before" "$context"
end

# Tells whether an option may come here that applies to the actions or commands $argv, or to all.
function @@_may_be_option
	set -l found (@@_find)
	test $found[1] != operand
	and begin
		test -z "$found[4]" -o -z "$argv"
		or contains -- $found[4] $argv
	end
end
`;
}

function operand(program: Program): string {
	const cases = operandCases(program).map(
		([pattern, completes]) =>
			`\t\tcase ${quoted(pattern)}\n\t\t\t@@_values "$word" ${kindText(completes)}`,
	);
	const command = `# Completes the command by its own completion.
function @@_command
	set -l found (@@_find)
	test $found[1] != value -a $found[2] = command
	or return
	set -l words (commandline -opc)
	set -l command (string escape -- $words[$found[3]..]) (commandline -ct)
	complete -C (string join " " -- $command)
end

`;
	return `${program.operands === "command" ? command : ""}# Offers an operand that is not a command.
function @@_operand
	set -l found (@@_find)
	test $found[1] != value
	or return
	set -l token (commandline -ct)
	set -l word (string unescape -- $token)
	or set word $token
	switch "$found[2]:$found[3]"
${cases.join("\n")}
	end
end
`;
}

function optionLine(program: Program, option: CompletedOption): string {
	const { name, short, argument, completes, help } = option;
	const letter = short === undefined ? "" : ` -s ${short}`;
	// A pattern for the part before the value in a word such as "-kr/srv".
	const cluster = short === undefined ? "" : `-[${letters(program.options, "none")}]*${short}`;
	const value =
		completes === undefined
			? ""
			: ` -a ${quoted(`(@@_offer ${quoted(cluster || "--")} ${kindText(completes)})`)}`;
	const required = argument === "required" ? " -x" : "";
	const typed = `${letter} -l ${name}${required}${value}`;
	const condition = quoted(["@@_may_be_option", ...(option.of ?? [])].join(" "));
	return `complete -c ${program.name} -n ${condition}${typed} -d ${quoted(help)}`;
}
