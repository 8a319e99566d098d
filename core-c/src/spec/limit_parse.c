/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses limits, and writes to cgroup files (limit_parse.h). */
#define _GNU_SOURCE
#include "limit_parse.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "common/decimal.h"
#include "src/base/error.h"
#include "src/base/numbers.h"

#define CPU_PERIOD_USEC 100000 /* period of the cpu controller, in which `cpu` limits the time */
/* Minimum cpu time in a period that the kernel accepts (cpu.cfs_quota_us). */
#define LEAST_CPU_USEC 1000
#define MOST_CPU_USEC UINT64_C(100000000000)
#define MOST_BYTES (UINT64_C(1) << 62)
#define MOST_COUNT UINT64_C(4194304) /* maximum number of processes; the kernel's PID_MAX_LIMIT */

enum kind { SIZE, SWAP, COUNT, CPUS, DEVICE };

static const struct {
	char word[7], controller[2][7], file[2][28];
	enum kind kind;
} limits[] = {
#define PF_CGROUP_LIMIT(word, kind, value, controller1, file1, controller2, file2, text) \
	{#word, {controller1, controller2}, {file1, file2}, kind},
#include "defs/cgroups.def"
};

static const struct {
	char word[6], file[34];
} rates[] = {
#define PF_CGROUP_RATE(word, file1, text) {#word, file1},
#include "defs/cgroups.def"
};

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

int pf_commas_split(const char *text, struct pf_strings *ret)
{
	char *piece = calloc(1, strlen(text) + 1), *end = piece;
	int r = piece ? 0 : -ENOMEM;

	for (; r == 0; text++) {
		if (*text != ',' && *text != '\0') {
			text += text[0] == '\\' && text[1] == ',';
			*end++ = *text;
			continue;
		}
		*end = '\0';
		r = pf_strings_add(ret, piece);
		if (*text == '\0')
			break;
		end = piece;
	}
	free(piece);
	return r;
}

/* Parses decimal digits, and sets *text to the first other character. Returns 0, or -EINVAL if
 * there is no digit or the number is above `most`. */
static int parse_digits(const char **text, uint64_t most, uint64_t *ret)
{
	if (!isdigit((unsigned char)**text))
		return -EINVAL;
	for (*ret = 0; isdigit((unsigned char)**text); (*text)++) {
		uint64_t last = (uint64_t)(**text - '0');
		if (last > most || *ret > (most - last) / 10)
			return -EINVAL;
		*ret = *ret * 10 + last;
	}
	return 0;
}

/* Parses a number of bytes with an optional unit: K, M, G or T. */
static int parse_size(const char *text, uint64_t *ret)
{
	static const char units[] = "KMGTkmgt";
	int r = parse_digits(&text, MOST_BYTES, ret);

	if (r < 0 || !*text)
		return r;
	const char *unit = strchr(units, *text);
	int shift = unit ? 10 * (int)((unit - units) % 4 + 1) : 0;
	if (!unit || text[1] || *ret > MOST_BYTES >> shift)
		return -EINVAL;
	*ret <<= shift;
	return 0;
}

/* Parses a number of processors, such as 1.5. Returns microseconds of cpu time in each period. */
static int parse_cpus(const char *text, uint64_t *ret)
{
	uint64_t unit = CPU_PERIOD_USEC;
	int r = parse_digits(&text, MOST_CPU_USEC / unit, ret);

	*ret *= unit;
	if (r == 0 && *text == '.' && text[1])
		for (text++; isdigit((unsigned char)*text) && unit > 1; text++) {
			unit /= 10;
			*ret += (uint64_t)(*text - '0') * unit;
		}
	return r < 0 || *text || *ret < LEAST_CPU_USEC ? -EINVAL : 0;
}

static int parse_value(const char *text, enum kind kind, uint64_t *ret)
{
	if (strcmp(text, "max") == 0) {
		*ret = PF_NO_LIMIT;
		return 0;
	}
	if (kind == CPUS)
		return parse_cpus(text, ret);
	if (kind == COUNT)
		return parse_digits(&text, MOST_COUNT, ret) < 0 || *text || *ret == 0 ? -EINVAL : 0;
	return parse_size(text, ret) < 0 || (kind == SIZE && *ret == 0) ? -EINVAL : 0;
}

/* Parses a rate limit of a disk, RATE=NUMBER. */
static int parse_rate(const char *text, struct pf_limit *limit)
{
	size_t length = strcspn(text, "=");

	for (size_t i = 0; i < COUNT_OF(rates); i++)
		if (strlen(rates[i].word) == length && strncmp(text, rates[i].word, length) == 0 &&
		    text[length])
			return limit->rates[i]
				       ? -EINVAL
				       : parse_value(text + length + 1, SIZE, &limit->rates[i]);
	return -EINVAL;
}

/* Parses the rate limits of a disk, DEVICE:RATE=NUMBER[:RATE=NUMBER...]. */
static int parse_device(const char *text, struct pf_limit *limit)
{
	PF_CLEANUP_STRINGS struct pf_strings pieces = {0};
	int r = pf_strings_split(text, NULL, &pieces);

	if (r == 0 && (pieces.count < 2 || !*pieces.items[0]))
		r = -EINVAL;
	for (size_t i = 1; r == 0 && i < pieces.count; i++)
		r = parse_rate(pieces.items[i], limit);
	if (r < 0)
		return r;
	limit->device = strdup(pieces.items[0]);
	return limit->device ? 0 : -ENOMEM;
}

static const char wanted[][56] = {
	[SIZE] = "must be bytes, perhaps with K, M, G or T, or max",
	[SWAP] = "must be bytes, perhaps with K, M, G or T, or max",
	[COUNT] = "must be a number of processes, or max",
	[CPUS] = "must be a number of processors, at least 0.01, or max",
	[DEVICE] = "must be DEVICE:RATE=NUMBER[:RATE=NUMBER...]",
};

static int refuse_limit(const char *text, const char *why, struct pflask_error *reterr)
{
	pf_error_field(reterr, "limit", 0, "%s: %s", text, why);
	pf_error_hint(reterr, "{limit=memory=512M,swap=0,pids=100,cpu=1.5,"
			      "io=/dev/sda:rbps=10M:wbps=10M:riops=100:wiops=100}");
	return -EINVAL;
}

int pf_limit_parse(const char *text, struct pf_limit *ret, struct pflask_error *reterr)
{
	size_t length = strcspn(text, "="), row = 0;

	*ret = (struct pf_limit){.text = text};
	while (row < COUNT_OF(limits) &&
	       (strlen(limits[row].word) != length || strncmp(limits[row].word, text, length) != 0))
		row++;
	if (row == COUNT_OF(limits) || !text[length])
		return refuse_limit(text,
				    row < COUNT_OF(limits) ? "requires a value" : "unknown limit",
				    reterr);
	ret->word = (enum pf_limit_word)row;
	enum kind kind = limits[row].kind;
	int r = kind == DEVICE ? parse_device(text + length + 1, ret)
			       : parse_value(text + length + 1, kind, &ret->value);
	if (r == -ENOMEM)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	return r < 0 ? refuse_limit(text, wanted[kind], reterr) : 0;
}

void pf_limit_clear(struct pf_limit *limit)
{
	free(limit->device);
	limit->device = NULL;
}

const char *pf_limit_controller(const struct pf_limit *limit, int version)
{
	return limits[limit->word].controller[version - 1];
}

/* Adds a cgroup file, and the text to write to it. */
static int add(struct pf_cgroup_wish *wish, const char *file, const char *value)
{
	int r = pf_strings_add(&wish->files, file);

	return r < 0 ? r : pf_strings_add(&wish->values, value);
}

/* Writes a number, or the word `none` if there is no limit. Returns the end of the text. */
static char *write_number(char *ret, uint64_t number, const char *none)
{
	if (number == PF_NO_LIMIT)
		return stpcpy(ret, none);
	return ret + pf_write_decimal(number, ret);
}

/* Adds the rate limits of a disk: one text in version 2, and one for each rate in version 1. */
static int add_rates(const struct pf_limit *limit, dev_t device, int version,
		     struct pf_cgroup_wish *ret)
{
	char text[8 * PF_DECIMAL_SIZE];
	char *start = write_number(text, major(device), "");
	*start++ = ':';
	start = write_number(start, minor(device), "");
	char *end = start;
	int r = 0;

	for (size_t i = 0; r == 0 && i < PF_RATES; i++) {
		if (!limit->rates[i])
			continue;
		*end++ = ' ';
		if (version == 2)
			end = stpcpy(stpcpy(end, rates[i].word), "=");
		end = write_number(end, limit->rates[i], version == 2 ? "max" : "0");
		if (version == 2)
			continue;
		r = add(ret, rates[i].file, text);
		end = start;
	}
	return version == 2 ? add(ret, limits[limit->word].file[1], text) : r;
}

static int add_disk(const struct pf_limit *limit, int version, struct pf_cgroup_wish *ret,
		    struct pflask_error *reterr)
{
	struct stat status;
	int number = stat(limit->device, &status) < 0 ? errno
		     : S_ISBLK(status.st_mode)        ? 0
						      : ENOTBLK;

	if (!number)
		return add_rates(limit, status.st_rdev, version, ret);
	pf_error_field(reterr, "limit", number, "%s: %s: %s", limit->text, limit->device,
		       pf_errno_text(number));
	pf_error_hint(reterr, "lsblk: DEVICE must be a disk");
	return -EINVAL;
}

/* Finds the number to write to the cgroup file of a limit. For `swap` in version 1, this is the sum
 * of memory and swap. Returns 0, or -EINVAL with *reterr filled in. */
static int find_value(const struct pf_limit *limit, const struct pf_limit *memory, int version,
		      uint64_t *ret, struct pflask_error *reterr)
{
	*ret = limit->value;
	if (limits[limit->word].kind != SWAP || version == 2)
		return 0;
	if (memory && memory->value != PF_NO_LIMIT) {
		*ret = limit->value == PF_NO_LIMIT ? PF_NO_LIMIT : memory->value + limit->value;
		return 0;
	}
	pf_error_field(reterr, "limit", 0,
		       "%s: requires a limit of the memory: version 1 of cgroups limits the sum of "
		       "memory and swap",
		       limit->text);
	pf_error_hint(reterr, "{limit=memory=512M,%s}", limit->text);
	return -EINVAL;
}

int pf_limit_wish(const struct pf_limit *limit, const struct pf_limit *memory, int version,
		  struct pf_cgroup_wish *ret, struct pflask_error *reterr)
{
	const enum kind kind = limits[limit->word].kind;
	char text[3 * PF_DECIMAL_SIZE], period[PF_DECIMAL_SIZE];
	uint64_t value;
	int r = 0;

	*ret = (struct pf_cgroup_wish){.field = "limit", .text = limit->text};
	if (kind == DEVICE)
		return add_disk(limit, version, ret, reterr);
	if (find_value(limit, memory, version, &value, reterr) < 0)
		return -EINVAL;
	char *end = write_number(text, value, version == 2 || kind == COUNT ? "max" : "-1");
	pf_write_decimal(CPU_PERIOD_USEC, period);
	if (kind == CPUS && version == 2)
		stpcpy(stpcpy(end, " "), period);
	else if (kind == CPUS)
		r = add(ret, "cpu.cfs_period_us", period);
	return r < 0 ? r : add(ret, limits[limit->word].file[version - 1], text);
}

/* Tells whether a text is a valid name of a controller or of a cgroup file. */
static int is_name(const char *text)
{
	if (!isalnum((unsigned char)*text))
		return 0;
	for (; *text; text++)
		if (!isalnum((unsigned char)*text) && !strchr("._-=", *text))
			return 0;
	return 1;
}

static int refuse_wish(struct pflask_error *reterr, const char *text)
{
	pf_error_field(
		reterr, "cgroup", 0,
		"%s: must be CONTROLLER[:KEY=VALUE,...], where KEY is the plain name of a file "
		"of the controller",
		text);
	pf_error_hint(reterr, "{cgroup=memory:max=512M}");
	return -EINVAL;
}

/* Adds KEY=VALUE of the field `cgroup`. The file is KEY if KEY begins with the name of the
 * controller, else CONTROLLER.KEY. */
static int add_pair(struct pf_cgroup_wish *wish, char *pair, struct pflask_error *reterr)
{
	char *equals = strchr(pair, '=');
	size_t length = strlen(wish->controller);

	if (!equals || !equals[1])
		return refuse_wish(reterr, wish->text);
	*equals = '\0';
	if (!is_name(pair))
		return refuse_wish(reterr, wish->text);
	int has_prefix = strncmp(pair, wish->controller, length) == 0 && pair[length] == '.';
	int r = pf_strings_format(&wish->files, "%s%s%s", has_prefix ? "" : wish->controller,
				  has_prefix ? "" : ".", pair);
	if (r == 0)
		r = pf_strings_add(&wish->values, equals + 1);
	return r < 0 ? pf_error_internal(reterr, ENOMEM, "out of memory") : 0;
}

int pf_cgroup_wish_parse(const char *text, struct pf_cgroup_wish *ret, struct pflask_error *reterr)
{
	PF_CLEANUP_STRINGS struct pf_strings pairs = {0};
	size_t length = strcspn(text, ":");

	*ret = (struct pf_cgroup_wish){
		.field = "cgroup", .text = text, .controller = strndup(text, length)};
	if (!ret->controller)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	if (!is_name(ret->controller))
		return refuse_wish(reterr, text);
	if (!text[length])
		return 0;
	if (pf_commas_split(text + length + 1, &pairs) < 0)
		return pf_error_internal(reterr, ENOMEM, "out of memory");
	for (size_t i = 0; i < pairs.count; i++) {
		int r = add_pair(ret, pairs.items[i], reterr);
		if (r < 0)
			return r;
	}
	return 0;
}

void pf_cgroup_wish_clear(struct pf_cgroup_wish *wish)
{
	free(wish->controller);
	pf_strings_clear(&wish->files);
	pf_strings_clear(&wish->values);
	*wish = (struct pf_cgroup_wish){0};
}
