/* SPDX-License-Identifier: BSD-2-Clause */
#ifndef PROBE_H
#define PROBE_H

#include <stdbool.h>

/*
 * The function of a verb. words[0] is the verb. The words up to the next "+" follow, and
 * words[count] is NULL. Returns 0, or 1 if the verb could not even be tried.
 */
typedef int verb_function(int count, char **words);

struct verb {
	const char *name;
	verb_function *run;
	bool takes_rest; /* the verb takes all words that follow, even "+" */
};

/* Each file with verbs has a table. The name of the last entry is NULL. */
extern const struct verb call_verbs[];
extern const struct verb fact_verbs[];
extern const struct verb file_verbs[];
extern const struct verb fuse_verbs[];
extern const struct verb fuzz_verbs[];
extern const struct verb hamper_verbs[];
extern const struct verb impostor_verbs[];
extern const struct verb input_verbs[];
extern const struct verb moment_verbs[];
extern const struct verb net_verbs[];
extern const struct verb process_verbs[];
extern const struct verb pry_verbs[];
extern const struct verb reach_verbs[];
extern const struct verb refuse_verbs[];
extern const struct verb signal_verbs[];
extern const struct verb socket_verbs[];
extern const struct verb start_verbs[];
extern const struct verb stream_verbs[];
extern const struct verb trace_verbs[];
extern const struct verb watch_verbs[];

/* Returns "ok" if a result is not negative, otherwise the name of the current errno. */
const char *outcome(long result);

/* Flushes the printed output. Returns 0, or 1 if some output could not be written. */
int flushed(void);

/* Returns a word as a number. Ends the program if the word is no number. */
long number(const char *word);

/* Puts the process into a new session, and ignores each signal that can be ignored. */
void heed_nothing(void);

/* Ends the program with a message about a mistake of the test that calls the program. */
_Noreturn void misused(const char *what);

#endif
