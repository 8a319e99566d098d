/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Parses the command line (options.h) in two passes over the words. The first pass finds the action
 * and the last occurrence of each option. The second pass sets the fields of the spec. So the front
 * needs no memory for the occurrences.
 */
#define _GNU_SOURCE
#include "options.h"

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "common/decimal.h"
#include "src/spec/spec.h"
#include "values.h"

enum pf_argument { PF_ARGUMENT_NONE, PF_ARGUMENT_OPTIONAL, PF_ARGUMENT_REQUIRED };

/* Special values of `word` in struct pf_setting. With PF_ALWAYS, the option sets the field whether
 * or not it has a value. With PF_BARE, the option sets the field only if it has no value. */
#define PF_ALWAYS NULL
#define PF_BARE ""

/* A fixed value that an option gives to a field of the spec. */
struct pf_setting {
	/* The field is set if the option has this value. PF_ALWAYS: any value. PF_BARE: none. */
	const char *word;
	const char *field;
	const char *value;
};

/* An option. options.gen.h has the table, and packages/cli/src/options.ts explains the members. */
struct pf_option {
	const char *name;
	char letter;
	uint8_t argument; /* enum pf_argument */
	/* All occurrences of the option count; 0: only the last occurrence counts. */
	uint8_t is_multiple;
	uint8_t actions;    /* actions to which the option applies: bits 1 << enum pf_action */
	uint8_t action;     /* action that the option selects, or PF_ACTION_RUN */
	uint8_t kind;       /* enum pf_kind */
	const char *field;  /* field of the spec that gets the option's value, or NULL */
	const char *unless; /* value of the option for which PF_ALWAYS does not apply, or NULL */
	struct pf_setting settings[3];
};

static const struct pf_option options[PF_FRONT_OPTION_COUNT] = {PF_FRONT_OPTIONS};

/* An option or an operand, as found in the command line. */
struct occurrence {
	const struct pf_option *option; /* the option, or NULL for an operand */
	/* Value of the option, or text of the operand; NULL: no value. */
	const char *value;
};

/* A position among the words of the command line. */
struct words {
	char **next;
	const char *letters; /* the unread letters of a word such as -abc, or "" */
	/* Options may follow operands; set if the operands are names of containers. */
	int may_go_on;
	/* The last option has no value, but `next` could be meant as its value. */
	int may_be_value;
	int is_over; /* no options follow; all further words are operands */
};

enum { DOUBT = -1, END, FOUND };

/* Fills in an occurrence of an option. Its value is `attached`. If `attached` is NULL and the
 * option requires a value, its value is the next word. */
static int take(struct words *words, const struct pf_option *option, const char *attached,
		struct occurrence *ret)
{
	if (attached && option->argument == PF_ARGUMENT_NONE)
		return DOUBT;
	if (!attached && option->argument == PF_ARGUMENT_REQUIRED) {
		attached = *words->next;
		if (!attached)
			return DOUBT;
		words->next++;
	}
	if (attached && *attached == '\0')
		return DOUBT;
	words->may_go_on |= option->action != PF_ACTION_RUN && option->action != PF_ACTION_EXEC;
	words->may_be_value = option->argument == PF_ARGUMENT_OPTIONAL && !attached;
	*ret = (struct occurrence){option, attached};
	return FOUND;
}

static int take_long(struct words *words, const char *word, struct occurrence *ret)
{
	const char *equals = strchr(word, '=');
	size_t size = equals ? (size_t)(equals - word) : strlen(word);

	for (size_t i = 0; i < PF_FRONT_OPTION_COUNT; i++)
		if (strncmp(options[i].name, word, size) == 0 && options[i].name[size] == '\0')
			return take(words, &options[i], equals ? equals + 1 : NULL, ret);
	return DOUBT;
}

/* Takes the next option from a word of single-letter options, such as -abc. If the option takes a
 * value, its value is the rest of the word. */
static int take_letter(struct words *words, struct occurrence *ret)
{
	const char letter = *words->letters++, *attached = NULL;

	for (size_t i = 0; i < PF_FRONT_OPTION_COUNT; i++) {
		if (options[i].letter != letter)
			continue;
		if (options[i].argument != PF_ARGUMENT_NONE && *words->letters) {
			attached = words->letters;
			words->letters = "";
		}
		return take(words, &options[i], attached, ret);
	}
	return DOUBT;
}

static int has_end(char **words)
{
	while (*words && strcmp(*words, "--") != 0)
		words++;
	return *words != NULL;
}

/* Finds the next option or operand. Returns FOUND, END or DOUBT. */
static int next(struct words *words, struct occurrence *ret)
{
	if (*words->letters)
		return take_letter(words, ret);
	const char *word = *words->next;
	if (word && !words->is_over && strcmp(word, "--") == 0) {
		words->is_over = 1;
		word = *++words->next;
	}
	if (!word)
		return END;
	words->next++;
	if (!words->is_over && word[0] == '-' && word[1] == '-')
		return take_long(words, word + 2, ret);
	if (!words->is_over && word[0] == '-' && word[1]) {
		words->letters = word + 1;
		return take_letter(words, ret);
	}
	if (!words->is_over && !words->may_go_on && words->may_be_value && has_end(words->next))
		return DOUBT;
	words->is_over |= !words->may_go_on;
	*ret = (struct occurrence){NULL, word};
	return FOUND;
}

/* The results of the first pass over the command line. */
struct found {
	enum pf_action action;
	/* For each option, the index of its last occurrence; all options and operands are
	 * counted. */
	size_t last[PF_FRONT_OPTION_COUNT];
};

static int look(char **argv, struct found *ret)
{
	struct words words = {.next = argv, .letters = ""};
	struct occurrence one;
	unsigned actions = UINT8_MAX; /* actions that all options so far allow */
	int r;

	*ret = (struct found){.action = PF_ACTION_RUN};
	for (size_t n = 0; (r = next(&words, &one)) == FOUND; n++) {
		if (!one.option)
			continue;
		actions &= one.option->actions;
		if (one.option->action != PF_ACTION_RUN)
			ret->action = one.option->action;
		ret->last[one.option - options] = n;
	}
	return r == END && actions & 1u << ret->action;
}

/* Finds the line of a field in `typed`. Returns the option of this line, or NULL. */
static const char *find_typed(const struct pf_command_line *line, const char *field)
{
	size_t size = strlen(field);

	for (const char *at = line->typed; *at; at = strchr(at, '\n') + 1)
		if (strncmp(at, field, size) == 0 && at[size] == '\t')
			return at + size + 1;
	return NULL;
}

int pf_command_line_sets(const struct pf_command_line *line, const char *field)
{
	return find_typed(line, field) != NULL;
}

/* Records which option has set a field. Returns 0 if another option has already set the field. */
static int note(struct pf_command_line *line, const char *field, const char *option)
{
	const char *typed = find_typed(line, field);
	size_t size = strlen(option);

	if (typed)
		return strncmp(typed + 2, option, size) == 0 && typed[2 + size] == '\n';
	char *at = stpcpy(line->typed + strlen(line->typed), field);
	stpcpy(stpcpy(stpcpy(at, "\t--"), option), "\n");
	return 1;
}

static int set(struct pf_command_line *line, const struct pf_option *option, const char *field,
	       const char *value)
{
	return line->spec && note(line, field, option->name) &&
	       pflask_spec_set(line->spec, field, value, NULL, 0) == 0;
}

/* Sets the fields of the spec for which the option has fixed values. Returns 0 if the option does
 * not know its value, or if a field cannot be set. */
static int set_fixed(struct pf_command_line *line, const struct occurrence *one)
{
	const struct pf_option *option = one->option;
	const size_t count = sizeof(option->settings) / sizeof(option->settings[0]);
	int is_known = option->kind != PF_KIND_WORD;

	for (size_t i = 0; i < count; i++) {
		const struct pf_setting *setting = &option->settings[i];
		int fits;
		if (setting->word == PF_ALWAYS)
			fits = !option->unless || !one->value ||
			       strcmp(one->value, option->unless) != 0;
		else
			fits = strcmp(setting->word, one->value ? one->value : PF_BARE) == 0;
		is_known |= fits && setting->word;
		if (fits && setting->field && !set(line, option, setting->field, setting->value))
			return 0;
	}
	return is_known;
}

/* Stores a number that is not a field of the spec in the command line. */
static void keep_number(struct pf_command_line *line, enum pf_kind kind, long number)
{
	if (kind == PF_KIND_SIGNAL)
		line->signal = (int)number;
	else if (kind == PF_KIND_DURATION)
		line->kill_after = (int)number;
	else if (kind == PF_KIND_DESCRIPTOR)
		line->status_fd = (int)number;
	else if (kind == PF_KIND_FORMAT)
		line->stats = (uint32_t)number;
	else
		line->detach_key = (int)number;
}

static int set_number(struct pf_command_line *line, const struct occurrence *one)
{
	const struct pf_option *option = one->option;
	char text[PF_DECIMAL_SIZE];
	long number;

	if (!pf_value(option->kind, one->value, &number))
		return 0;
	if (!option->field || !line->spec) {
		keep_number(line, option->kind, number);
		return 1;
	}
	pf_write_decimal((uint64_t)number, text);
	return set(line, option, option->field, text);
}

/* Stores the value of an option: in its field of the spec, or in the command line. */
static int set_value(struct pf_command_line *line, const struct occurrence *one)
{
	const struct pf_option *option = one->option;

	if (!one->value)
		return set_number(line, one); /* the format of --stats is not a field of the spec */
	switch (option->kind) {
	case PF_KIND_WORD:
		return 1;
	case PF_KIND_TEXT:
		if (option->field)
			return set(line, option, option->field, one->value);
		line->which = one->value;
		return 1;
	case PF_KIND_FILTER: /* only the TypeScript code can read a seccomp profile from a file */
		return (strcmp(one->value, "default") == 0 || strcmp(one->value, "off") == 0) &&
		       set(line, option, option->field, one->value);
	case PF_KIND_VARIABLES:
		return line->spec && note(line, option->field, option->name) &&
		       pf_value_variables(line->spec, one->value);
	default:
		return set_number(line, one);
	}
}

static int set_operand(struct pf_command_line *line, const char *word)
{
	if (line->spec)
		return pflask_spec_set(line->spec, "command", word, NULL, 0) == 0;
	if (line->which || line->action != PF_ACTION_KILL || *word == '\0')
		return 0;
	line->which = word;
	return 1;
}

static int set_all(char **argv, const struct found *found, struct pf_command_line *line)
{
	struct words words = {.next = argv, .letters = ""};
	struct occurrence one;

	for (size_t n = 0; next(&words, &one) == FOUND; n++) {
		const struct pf_option *option = one.option;
		if (!option) {
			if (!set_operand(line, one.value))
				return 0;
			continue;
		}
		if (!option->is_multiple && found->last[option - options] != n)
			continue;
		const int has_value = one.value || option->kind == PF_KIND_FORMAT;
		if (!set_fixed(line, &one) || (has_value && !set_value(line, &one)))
			return 0;
	}
	return 1;
}

/* Records that the option of the action, such as --kill, has named the container, so that an error
 * can name the option. Returns 0 for USER/NAME, which only Bun can handle: the user may be in a
 * source of accounts that musl does not read (nss.c). */
static int note_action(struct pf_command_line *line)
{
	if (line->action == PF_ACTION_RUN)
		return 1;
	for (size_t i = 0; i < PF_FRONT_OPTION_COUNT; i++)
		if (options[i].action == line->action)
			return line->which && !strchr(line->which, '/') &&
			       note(line, "which", options[i].name);
	return 0;
}

int pf_command_line(char **argv, struct pf_command_line *ret)
{
	struct found found;

	if (!*argv || !look(argv + 1, &found))
		return 0;
	ret->action = found.action;
	ret->which = NULL;
	ret->signal = 0;
	ret->kill_after = -1;
	ret->detach_key = 0;
	ret->status_fd = -1;
	ret->stats = 0;
	ret->typed[0] = '\0';
	int has_spec = found.action == PF_ACTION_RUN || found.action == PF_ACTION_EXEC;
	ret->spec = has_spec ? pflask_spec_new() : NULL;
	if ((ret->spec || !has_spec) && set_all(argv + 1, &found, ret) && note_action(ret) &&
	    !(ret->stats && ret->spec && ret->spec->detach))
		return 1;
	pf_command_line_clear(ret);
	return 0;
}

void pf_command_line_clear(struct pf_command_line *line)
{
	line->spec = pflask_spec_free(line->spec);
}
