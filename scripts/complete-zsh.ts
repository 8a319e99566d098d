// SPDX-License-Identifier: BSD-2-Clause
// Makes the completions for zsh.
import {
	actionsOf,
	type CompletedOption,
	contexts,
	operandCases,
	type Program,
	prefixOf,
	scriptOf,
	takesNextWord,
} from "./completion-programs.ts";
import { kindText } from "./completion-values.ts";

/** The kinds of values for which zsh's own completion is better than the script for sh(1). */
const OWN: Readonly<Record<string, string>> = { directories: "_files -/", files: "_files" };

/** Returns the completions of a program, without the heading. */
export function zsh(program: Program): string {
	const script = scriptOf(program).replaceAll("'", "'\\''");
	const actions = actionsOf(program).map(({ name, patterns, runs }) => {
		const operands = runs ? "" : ` operands=${name}`;
		return `\t\t(${patterns.join("|")}) context=${name}${operands} ;;`;
	});
	const operands = operandCases(program).map(
		([pattern, completes]) =>
			`\t(${pattern}) grammar+=('*:operand: @@_offer ${kindText(completes)}') ;;`,
	);
	const command = `	(command:*)
		# The completion of the command itself.
		if (( at < CURRENT )); then
			words=("\${(@)words[at,-1]}")
			(( CURRENT -= at - 1 ))
			_normal
			return
		elif [[ $end ]]; then
			_command_names -e
			return
		fi
		grammar+=(-A '-*' '1:command:_command_names -e')
		;;
`;
	const ofContexts = contexts(program).map(([name, options]) => {
		const list = options.flatMap(specs).map((spec) => `\t\t\t${spec}`);
		return `\t(${name})\n\t\tgrammar+=(\n${list.join("\n")}\n\t\t)\n\t\t;;`;
	});
	const unknown = "\t(*) grammar+=('*: :()') ;;";
	const isCommand = program.operands === "command";
	return `# Offers the values of the kind $@.
@@_offer() {
	local -a offers
	local typed=\${(Q)PREFIX}
	offers=(\${(f)"$(/bin/sh -c '${script}' sh "$typed" "$@" </dev/null 2>/dev/null)"})
	compadd -S '' -- \${(M)offers:#*[=:/,]}
	compadd -- \${offers:#*[=:/,]}
	(( $#offers ))
}

@@() {
	local word end= before= context= operands=${isCommand ? "command" : "own"}
	local -i at
	local -a grammar=(-s -S)
	for (( at = 2; at < CURRENT; at++ )); do
		word=\${(Q)words[at]}
		if [[ $end || $word != -?* ]]; then
			[[ $operands == command ]] && break
			before=$word context=\${context:-$word}
			continue
		fi
		case $word in
${["\t\t(--) end=yes ;;", ...actions].join("\n")}
		esac
		[[ $word =~ '${takesNextWord(program)}' ]] && (( at++ ))
	done
	case $operands:$before in
${[...(isCommand ? [command.trimEnd()] : []), ...operands, unknown].join("\n")}
	esac
	case $context in
${ofContexts.join("\n")}
	(*)
		grammar+=(
			${program.options.flatMap(specs).join("\n\t\t\t")}
		)
		;;
	esac
	_arguments $grammar
}

@@ "$@"
`.replaceAll("@@", prefixOf(program));
}

/** Returns the specifications of an option for _arguments. */
function specs(option: CompletedOption): string[] {
	const { argument, multiple, value = "value", help, spellings, completes } = option;
	const kind = completes === undefined ? "" : kindText(completes);
	const action = kind === "" ? "" : (OWN[kind] ?? ` @@_offer ${kind}`);
	const optional = argument === "optional" ? ":" : "";
	const message = argument === "none" ? "" : `:${optional}${described(value)}:${action}`;
	const others = multiple ? "*" : `(${spellings.join(" ")})`;
	return spellings.map((word) => {
		const mark = marks(word.startsWith("--"))[argument];
		return `'${others}${word}${mark}[${described(help)}]${message}'`;
	});
}

/** Returns the mark for each kind of argument: how the value follows the option. */
function marks(isLong: boolean): Readonly<Record<CompletedOption["argument"], string>> {
	return isLong
		? { none: "", required: "=", optional: "=-" }
		: { none: "", required: "+", optional: "-" };
}

function described(text: string): string {
	return text.replaceAll("'", "'\\''").replace(/[[\]:]/g, "\\$&");
}
