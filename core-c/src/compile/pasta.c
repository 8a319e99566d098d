/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles the operations for a network that pasta(1) or slirp4netns(1) makes without privilege
 * (pasta.h). */
#define _GNU_SOURCE
#include "pasta.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "src/base/error.h"
#include "src/base/program.h"

int pf_compile_pasta_find(struct pf_compiler *compiler, const struct pf_netif *netif)
{
	if (compiler->net_program)
		return pf_error_field(compiler->error, "netif", EEXIST, "%s: given twice",
				      netif->text);
	compiler->net_program = pf_find_program("pasta");
	compiler->is_pasta = compiler->net_program != NULL;
	if (!compiler->net_program)
		compiler->net_program = pf_find_program("slirp4netns");
	if (compiler->is_pasta || (compiler->net_program && !netif->port_count))
		return 0;
	int r = pf_error_field(compiler->error, "netif", ENOENT, "%s: %s", netif->text,
			       compiler->net_program ? "ports require pasta, which is not in PATH"
						     : "neither pasta nor slirp4netns is in PATH");
	pf_error_hint(compiler->error, "sudo apt install passt");
	return r;
}

/* Adds an option of pasta for each port of a protocol, or "none". Each port needs its own option,
 * because an address applies to all ports of an option. */
static void add_ports(struct pf_strings *words, const char *option, const struct pf_netif *netif)
{
	int any = 0;

	for (size_t i = 0; i < netif->port_count; i++) {
		const struct pf_port *port = &netif->ports[i];
		if (port->is_udp != (option[1] == 'u'))
			continue;
		pf_strings_add(words, option);
		pf_strings_format(words, "%s%s%u:%u", port->address, *port->address ? "/" : "",
				  port->host, port->container);
		any = 1;
	}
	if (!any) {
		pf_strings_add(words, option);
		pf_strings_add(words, "none");
	}
}

/* Adds the words of a text, which are separated by colons. A list of pointers would make the
 * library larger. */
static void add_words(struct pf_strings *words, const char *text)
{
	pf_strings_split(text, NULL, words);
}

/* Adds the arguments of pasta. Programs in the container cannot reach ports of the host, neither
 * through pasta's ports nor through the gateway's address. pasta need not watch the directory of
 * the network namespace, because the supervisor ends pasta. In Debian 13, pasta's AppArmor profile
 * forbids to open the directory /proc/PID/fd. Root needs --runas 0, because pasta could not enter
 * the namespaces as another user. */
static void add_pasta(struct pf_compiler *compiler, const struct pf_netif *netif,
		      struct pf_strings *words)
{
	add_words(words, "pasta:--config-net:--quiet:--no-netns-quit:--no-map-gw:"
			 "--dns-forward:" PF_PASTA_SERVER ":-T:none:-U:none");
	add_ports(words, "-t", netif);
	add_ports(words, "-u", netif);
	if (geteuid() == 0)
		add_words(words, "--runas:0");
	if (compiler->identity.has_new_userns)
		/* Pasta also enters the user namespace of this process. */
		pf_strings_add(words, "$PID");
	else
		add_words(words, "--netns-only:--netns:$NET");
	PF_ENCODE(&compiler->encoder, pasta, PF_S(compiler->net_program), PF_L(words->items));
}

static void add_slirp(struct pf_compiler *compiler, struct pf_strings *words)
{
	add_words(words, "slirp4netns:--configure:--mtu=65520:--disable-host-loopback:--ready-fd=3:"
			 "$PID:tap0");
	PF_ENCODE(&compiler->encoder, slirp4netns, PF_S(compiler->net_program), PF_L(words->items));
}

void pf_compile_pasta(struct pf_compiler *compiler, const struct pf_netif *netif)
{
	PF_CLEANUP_STRINGS struct pf_strings words = {0};

	for (size_t i = 0; i < netif->port_count; i++) {
		const struct pf_port *port = &netif->ports[i];
		PF_ENCODE(&compiler->encoder, port, PF_S(port->is_udp ? "udp" : "tcp"),
			  PF_S(*port->address ? port->address : "*"), PF_N(port->host),
			  PF_N(port->container));
	}
	if (compiler->is_pasta)
		add_pasta(compiler, netif, &words);
	else
		add_slirp(compiler, &words);
}
