// SPDX-License-Identifier: BSD-2-Clause
// Makes the completions for bash. The completion function splits COMP_LINE into words, because the
// words of COMP_WORDS have quotes, and depend on COMP_WORDBREAKS.
import {
	actionsOf,
	type CompletedOption,
	contexts,
	letters,
	operandCases,
	type Program,
	prefixOf,
	scriptOf,
	takesNextWord,
} from "./completion-programs.ts";
import { kindText } from "./completion-values.ts";

/** Returns the completions of a program, without the heading. */
export function bash(program: Program): string {
	const parts = [values(program), SPLIT, find(program), kind(program), REPLY, command(program)];
	return `${parts.join("\n").replaceAll("@@", prefixOf(program))}
complete -F ${prefixOf(program)} ${program.name}
`;
}

function values(program: Program): string {
	const script = scriptOf(program).replaceAll("'", "'\\''");
	return `# Prints the values that begin with $1. $2 is their kind.
@@_values() {
	/bin/sh -c '${script}' sh "$@" </dev/null 2>/dev/null
}
`;
}

const SPLIT = `# Splits a text into words without quotes, as the shell does, but runs no command.
# Sets words, starts (where each word begins in the text) and quote (the quote that is open at the
# end).
@@_split() {
	local text=$1 char name open= i=0
	words=() starts=() quote=
	while ((i < \${#text})); do
		char=\${text:i:1}
		if [[ ! $quote && $char == [[:space:]] ]]; then
			open=
			((++i))
			continue
		fi
		if [[ ! $open ]]; then
			open=yes
			words+=("")
			starts+=("$i")
			if [[ \${text:i:2} == "~/" ]]; then
				words[-1]=$HOME
				((++i))
				continue
			fi
		fi
		((++i))
		case $quote$char in
		"''" | '""') quote= ;;
		"'" | '"') quote=$char ;;
		"\\\\" | '"\\')
			char=\${text:i:1}
			((++i))
			[[ $quote && $char != [\\"\\\\\\$\\\`] ]] && words[-1]+="\\\\"
			words[-1]+=$char
			;;
		"\\$" | '"$')
			if [[ \${text:i} =~ ^([A-Za-z_][A-Za-z0-9_]*|\\{[A-Za-z_][A-Za-z0-9_]*\\}) ]]; then
				((i += \${#BASH_REMATCH[0]}))
				name=\${BASH_REMATCH[0]//[\\{\\}]/}
				words[-1]+=\${!name-}
			elif [[ $quote || \${text:i:1} != [\\"\\'] ]]; then
				words[-1]+=$char
			fi
			;;
		*) words[-1]+=$char ;;
		esac
	done
	if [[ ! $open ]]; then
		words+=("")
		starts+=("\${#text}")
	fi
}
`;

function find(program: Program): string {
	const actions = actionsOf(program).map(({ name, patterns, runs }) => {
		const operands = runs ? "" : ` operands=${name}`;
		return `\t\t${patterns.join(" | ")}) context=${name}${operands} ;;`;
	});
	const valued = letters(program.options, "required", "optional");
	const attached = `^-[${letters(program.options, "none")}]*([${valued}])(.+)$`;
	const short = `	elif [[ $word =~ $attached ]]; then
		option=-\${BASH_REMATCH[1]} head=\${word%"\${BASH_REMATCH[2]}"}
`;
	return `# Finds what is being typed, the last of the words: the value of an option (sets
# option, and head to the part of the word before the value), an option (sets option to "-"), or an
# operand. Sets at to the place of the first operand, before to the operand before, and context to
# the action or command.
@@_find() {
	local word end= last=$((\${#words[@]} - 1))
	local takes_next='${takesNextWord(program)}'${valued === "" ? "" : ` attached='${attached}'`}
	option= head= before= context= operands=${program.operands === "command" ? "command" : "own"}
	for ((at = 1; at < last; at++)); do
		word=\${words[at]}
		if [[ $end || $word != -?* ]]; then
			[[ $operands == command ]] && return
			before=$word context=\${context:-$word}
			continue
		fi
		case $word in
${["\t\t--) end=yes ;;", ...actions].join("\n")}
		esac
		if [[ $word =~ $takes_next ]] && ((++at == last)); then
			option=$word
			[[ $word == --* ]] || option=-\${word: -1}
			return
		fi
	done
	word=\${words[last]}
	if [[ $end ]]; then
		return
	elif [[ $word =~ ^(--[^=]*)= ]]; then
		option=\${BASH_REMATCH[1]} head=\${BASH_REMATCH[0]}
${valued === "" ? "" : short}	elif [[ $word == -* ]]; then
		option=-
	fi
}
`;
}

function kind(program: Program): string {
	const rows = program.options.flatMap(({ spellings, completes }) =>
		completes === undefined ? [] : [`\t${spellings.join(" | ")}) kind=(${kindText(completes)}) ;;`],
	);
	const operands = operandCases(program).map(
		([pattern, completes]) => `\t\t${pattern}) kind=(${kindText(completes)}) ;;`,
	);
	const ofContexts = contexts(program).map(
		([name, options]) => `\t\t${name}) kind=(words ${options.map(typed).join(" ")}) ;;`,
	);
	return `# Sets kind to the kind of what is being typed; to nothing if nothing is known.
@@_kind() {
	kind=()
	case $option in
${rows.join("\n")}
	-)
		kind=(words ${program.options.map(typed).join(" ")})
		case $context in
${ofContexts.join("\n")}
		esac
		;;
	"")
		case $operands:$before in
${operands.join("\n")}
		esac
		;;
	esac
}
`;
}

function typed({ name, argument }: CompletedOption): string {
	return argument === "required" ? `--${name}=` : `--${name}`;
}

const REPLY = `# Quotes a text for its place, at which the quote $quote is open. Sets quoted.
# Fails if there is no way to quote the text.
@@_quote() {
	local text=$1 char i
	local unsafe="[][ \\"'\\\\\\\\\\$\\\`&|;<>(){}*?!#~^]"
	[[ $quote != '"' ]] || unsafe='["\\\\$\`]'
	[[ $quote != '"' || $text != *"!"* ]] || return
	[[ $quote != "'" ]] || unsafe="'"
	quoted=$text
	[[ $text == *$unsafe* ]] || return 0
	quoted=
	for ((i = 0; i < \${#text}; i++)); do
		char=\${text:i:1}
		if [[ $char != $unsafe ]]; then
			quoted+=$char
		elif [[ $quote == "'" ]]; then
			quoted+="'\\\\''"
		else
			quoted+="\\\\$char"
		fi
	done
}

# Lists the texts that can replace $1, the end of the line for readline.
@@_reply() {
	local value=\${words[-1]#"$head"} raw=\${line:starts[-1]} current=$1
	local before finished quoted text
	# _command_offset says more than readline does.
	[[ $quote && $current == "$quote"* ]] && current=\${current:1}
	[[ $current =~ ^[=:]+$ && $COMP_WORDBREAKS == *[=:]* ]] && current=
	before=\${raw%"$current"}
	@@_split "$before"
	finished=\${words[-1]}
	[[ $before ]] || finished=
	while IFS= read -r text; do
		text=$head$text
		[[ $text == "$finished"* ]] && @@_quote "\${text#"$finished"}" && COMPREPLY+=("$quoted")
	done < <(@@_values "$value" "\${kind[@]}")
	@@_join
	[[ \${#COMPREPLY[@]} -eq 1 && $COMPREPLY == *[=:/,] ]] || return
	compopt -o nospace 2>/dev/null
	# A second text keeps readline from closing the quote.
	[[ ! $quote ]] || COMPREPLY+=("$COMPREPLY ")
}

# Readline inserts what all texts have in common. Keeps that from ending after a backslash.
@@_join() {
	local text common=\${COMPREPLY-} mark=\${quote:-\\"}
	for text in "\${COMPREPLY[@]}"; do
		while [[ $text != "$common"* ]]; do common=\${common%?}; done
	done
	if [[ \${#COMPREPLY[@]} -gt 1 && $quote != "'" && $common =~ (^|[^\\\\])(\\\\\\\\)*\\\\$ ]]; then
		common=\${common%?}
		COMPREPLY[0]=$common$mark$mark\${COMPREPLY[0]#"$common"}
	fi
}

# Sets offset to the place of the command in COMP_WORDS.
@@_offset() {
	local start=0 rest
	for ((offset = 0; offset < COMP_CWORD; offset++)); do
		rest=\${COMP_LINE:start}
		rest=\${rest%%[![:space:]]*}
		((start += \${#rest}))
		((start >= starts[at])) && return
		((start += \${#COMP_WORDS[offset]}))
	done
}
`;

function command(program: Program): string {
	const own = program.operands === "command" ? COMMAND : "";
	return `@@_complete() {
	local line=\${COMP_LINE:0:COMP_POINT}
	local words starts quote option head before context operands at kind
	@@_split "$line"
	@@_find
	if [[ ! $option && $operands == command ]]; then
		@@_offset
		return
	fi
	@@_kind
	[[ ! \${kind-} ]] || @@_reply "$1"
}

@@() {
	local offset=
	COMPREPLY=()
	@@_complete "$2"
${own}}
`;
}

/** Completes the command by its own completion, which bash-completion finds. */
const COMMAND = `	if [[ ! $offset ]]; then
		return
	elif declare -F _comp_command_offset >/dev/null; then
		_comp_command_offset "$offset"
	elif declare -F _command_offset >/dev/null; then
		_command_offset "$offset"
	elif ((offset == COMP_CWORD)); then
		mapfile -t COMPREPLY < <(compgen -c -- "$2")
	else
		compopt -o default 2>/dev/null
	fi
`;
