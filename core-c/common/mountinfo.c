/* SPDX-License-Identifier: BSD-2-Clause */
#include "mountinfo.h"

#include <string.h>

/* Decodes octal escapes in place. The kernel writes blanks, tabs, newlines and backslashes as
 * octal, "\040". */
static void unescape(char *text)
{
	char *to = text;

	for (; *text; text++) {
		if (*text == '\\' && strspn(text + 1, "01234567") >= 3) {
			*to++ = (char)((text[1] - '0') << 6 | (text[2] - '0') << 3 |
				       (text[3] - '0'));
			text += 3;
		} else {
			*to++ = *text;
		}
	}
	*to = '\0';
}

char *pf_mountinfo_split(char *line, char *ret[PF_MOUNTINFO_FIELDS])
{
	for (int i = 0; i < PF_MOUNTINFO_FIELDS; i++) {
		char *blank = strchr(line, ' ');
		if (!blank)
			return NULL;
		*blank = '\0';
		ret[i] = line;
		line = blank + 1;
	}
	unescape(ret[PF_MOUNTINFO_ROOT]);
	unescape(ret[PF_MOUNTINFO_PATH]);
	return line;
}
