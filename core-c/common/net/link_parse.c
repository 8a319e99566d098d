/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses texts that describe network interfaces (link_parse.h). */
#define _GNU_SOURCE
#include "link_parse.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_link.h>
#include <net/if.h>
#include <string.h>

/* Parses a prefix length, which has only digits and is at most `most`. */
static int parse_prefix(const char *text, unsigned most, unsigned char *ret)
{
	unsigned value = 0;

	if (*text == '\0' || strlen(text) > 3)
		return -EINVAL;
	for (; *text; text++) {
		if (*text < '0' || *text > '9')
			return -EINVAL;
		value = value * 10 + (unsigned)(*text - '0');
	}
	*ret = (unsigned char)value;
	return value <= most ? 0 : -EINVAL;
}

int pf_ip_parse(const char *text, int has_prefix, struct pf_ip *ret)
{
	char address[INET6_ADDRSTRLEN];
	size_t length = strcspn(text, "/");

	if (length >= sizeof(address) || (text[length] == '/') != (has_prefix != 0))
		return -EINVAL;
	memcpy(address, text, length);
	address[length] = '\0';
	memset(ret, 0, sizeof(*ret));
	ret->family = strchr(address, ':') ? AF_INET6 : AF_INET;
	ret->size = ret->family == AF_INET6 ? 16 : 4;
	ret->prefix = (unsigned char)(ret->size * 8);
	if (inet_pton(ret->family, address, ret->bytes) != 1)
		return -EINVAL;
	return has_prefix ? parse_prefix(text + length + 1, ret->prefix, &ret->prefix) : 0;
}

static int hex_digit(char c)
{
	static const char digits[] = "0123456789abcdef";
	const char *found = c ? strchr(digits, c >= 'A' && c <= 'F' ? c - 'A' + 'a' : c) : NULL;

	return found ? (int)(found - digits) : -1;
}

int pf_mac_parse(const char *text, unsigned char ret[PF_MAC])
{
	unsigned char any = 0;

	if (strlen(text) != 3 * PF_MAC - 1)
		return -EINVAL;
	for (int i = 0; i < PF_MAC; i++, text += 3) {
		int high = hex_digit(text[0]), low = hex_digit(text[1]);
		if (high < 0 || low < 0 || (i < PF_MAC - 1 && text[2] != ':'))
			return -EINVAL;
		ret[i] = (unsigned char)(high << 4 | low);
		any |= ret[i];
	}
	return any == 0 || ret[0] & 1 ? -EADDRNOTAVAIL : 0;
}

int pf_is_link_name(const char *name)
{
	if (*name == '\0' || strlen(name) >= IF_NAMESIZE)
		return 0;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return 0;
	for (; *name; name++)
		if ((unsigned char)*name <= ' ' || *name == 127 || strchr("/:%", *name))
			return 0;
	return 1;
}

int pf_link_mode(const char *kind, const char *mode)
{
	static const struct {
		char kind[8], mode[12];
		int value;
	} modes[] = {
#define PF_NETIF_MODE(kind, name, number) {#kind, #name, number},
#include "defs/netifs.def"
	};

	for (unsigned i = 0; i < sizeof(modes) / sizeof(modes[0]); i++)
		if (strcmp(modes[i].kind, kind) == 0 && strcmp(modes[i].mode, mode) == 0)
			return modes[i].value;
	return -EINVAL;
}
