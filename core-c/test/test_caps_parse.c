/* SPDX-License-Identifier: BSD-2-Clause */
/* Tests the parser of --caps: words from left to right, and texts that are no capabilities. */
#define _GNU_SOURCE
#include "unit.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdio.h>

#include "src/base/error.h"
#include "src/spec/caps_parse.h"

#define ALL UINT64_MAX
#define CHOWN PF_CAP(CAP_CHOWN)
#define RAW PF_CAP(CAP_NET_RAW)
#define BPF PF_CAP(CAP_BPF)

static int parse(const char *const *texts, struct pf_caps *ret, struct pflask_error *reterr)
{
	struct pf_strings fields = {0};

	for (; *texts; texts++)
		assert_int_equal(pf_strings_add(&fields, *texts), 0);
	int r = pf_caps_parse(&fields, ret, reterr);
	pf_strings_clear(&fields);
	return r;
}

#define FIELDS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void expect(const char *const *texts, uint64_t allowed, uint64_t granted, uint64_t named)
{
	struct pflask_error error = {0};
	struct pf_caps caps;

	if (parse(texts, &caps, &error) < 0)
		fail_msg("%s: %s", texts[0], error.message);
	if (caps.allowed != allowed || caps.granted != granted || caps.named != named)
		fail_msg("%s: %llx %llx %llx", texts[0], (unsigned long long)caps.allowed,
			 (unsigned long long)caps.granted, (unsigned long long)caps.named);
}

static void words_count_from_left_to_right(void **state)
{
	(void)state;
	expect(FIELDS("all"), ALL, 0, 0);
	expect(FIELDS("+all"), ALL, 0, 0);
	expect(FIELDS("-all"), 0, 0, 0);
	expect(FIELDS("-ALL,+net_raw"), RAW, RAW, RAW);
	expect(FIELDS("-all,net_raw,-net_raw"), 0, 0, RAW);
	expect(FIELDS("-chown,+bpf"), ALL & ~CHOWN, BPF, CHOWN | BPF);
	expect(FIELDS("-chown,+chown"), ALL, CHOWN, CHOWN);
	expect(FIELDS("-all", "+chown,bpf", "-chown"), BPF, BPF, CHOWN | BPF);
}

static void a_name_has_many_forms(void **state)
{
	(void)state;
	expect(FIELDS("-all,CAP_NET_RAW"), RAW, RAW, RAW);
	expect(FIELDS("-all,+cap_Net_Raw"), RAW, RAW, RAW);
	expect(FIELDS("-all,13"), RAW, RAW, RAW);
	expect(FIELDS("-all,+62"), PF_CAP(62), PF_CAP(62), PF_CAP(62));
	expect(FIELDS("-0"), ALL & ~CHOWN, 0, CHOWN);
}

static void every_capability_of_the_kernel_has_a_name(void **state)
{
	char path[] = "/proc/sys/kernel/cap_last_cap";
	FILE *file = fopen(path, "re");
	int last;

	(void)state;
	assert_non_null(file);
	assert_int_equal(fscanf(file, "%d", &last), 1);
	fclose(file);
	assert_true(last <= CAP_LAST_CAP);
}

static void refuse(const char *const *texts, const char *message, const char *hint)
{
	struct pflask_error error = {0};
	struct pf_caps caps;

	assert_int_equal(parse(texts, &caps, &error), -EINVAL);
	assert_int_equal(error.code, PFLASK_INVALID);
	assert_string_equal(error.field, "caps");
	assert_string_equal(error.message, message);
	if (!strstr(error.hint, hint))
		assert_string_equal(error.hint, hint);
}

static void other_words_are_refused(void **state)
{
	(void)state;
	refuse(FIELDS("+foo"), "'+foo': no such capability", "capabilities lists the names");
	refuse(FIELDS("-all,net_rav"), "'net_rav': no such capability", "{caps=+net_raw}");
	refuse(FIELDS("-CAP_SYS_ADMN"), "'-CAP_SYS_ADMN': no such capability", "{caps=-sys_admin}");
	refuse(FIELDS("killl"), "'killl': no such capability", "{caps=+kill}");
	refuse(FIELDS("+chown,all"), "'all': must come first", "{caps=-all,+net_raw}");
	refuse(FIELDS("-all", "-all"), "'-all': must come first", "{caps=-all,+net_raw}");
	refuse(FIELDS("+chown,,"), "'': no such capability", "");
	refuse(FIELDS("+"), "'+': no such capability", "");
	refuse(FIELDS("cap_"), "'cap_': no such capability", "");
	refuse(FIELDS("cap_1"), "'cap_1': no such capability", "");
	refuse(FIELDS("-CAP_ALL"), "'-CAP_ALL': no such capability", "");
	refuse(FIELDS("63"), "'63': no such capability", "");
	refuse(FIELDS("99999999999999999999"), "'99999999999999999999': no such capability", "");
	refuse(FIELDS("+chown "), "'+chown ': no such capability", "{caps=+chown}");
	refuse(FIELDS("1x"), "'1x': no such capability", "");
	refuse(FIELDS("net_raw_but_this_name_goes_on_for_ever"),
	       "'net_raw_but_this_name_goes_on_for_ever': no such capability", "");
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(words_count_from_left_to_right),
	cmocka_unit_test(a_name_has_many_forms),
	cmocka_unit_test(every_capability_of_the_kernel_has_a_name),
	cmocka_unit_test(other_words_are_refused),
};

UNIT_MAIN(tests)
