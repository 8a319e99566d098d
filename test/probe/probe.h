/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

/*
 * A verb takes the words that follow it up to the next "+" and returns 0, or 1 if what it tried
 * could not even be attempted. words[0] is the verb itself, words[count] is NULL.
 */
typedef int verb_function(int count, char **words);

struct verb {
	const char *name;
	verb_function *run;
	bool takes_rest; /* all words that follow belong to it, also a "+" */
};

/* Each file of verbs ends its table with an entry whose name is NULL. */
extern const struct verb fact_verbs[];
extern const struct verb file_verbs[];
extern const struct verb fuse_verbs[];
extern const struct verb fuzz_verbs[];
extern const struct verb hamper_verbs[];
extern const struct verb impostor_verbs[];
extern const struct verb input_verbs[];
extern const struct verb net_verbs[];
extern const struct verb process_verbs[];
extern const struct verb pry_verbs[];
extern const struct verb refuse_verbs[];
extern const struct verb signal_verbs[];
extern const struct verb socket_verbs[];
extern const struct verb start_verbs[];
extern const struct verb stream_verbs[];
extern const struct verb trace_verbs[];
extern const struct verb watch_verbs[];

/* Returns "ok" for a result that is not negative, else the name of the present errno. */
const char *outcome(long result);

/* Writes out what was printed; returns 0, or 1 if any of it could not be written. */
int flushed(void);

/* Returns a word as a number; a word that is none ends the program. */
long number(const char *word);

/* Puts the process in a session of its own, and makes it ignore each signal that can be ignored. */
void heed_nothing(void);

/* Ends the program with a message: the test that called it is wrong. */
_Noreturn void misused(const char *what);

#endif
