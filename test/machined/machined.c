/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * A stand-in for systemd-machined on the bus that DBUS_SYSTEM_BUS_ADDRESS names:
 *	machined take                 accepts every machine
 *	machined refuse NAME TEXT     answers with an error
 *	machined silent               never answers
 * Prints "ready", and a line for each call: the name of the process LEADER, and the arguments.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <systemd/sd-bus.h>

#define NAME "org.freedesktop.machine1"
#define PATH "/org/freedesktop/machine1"

static char **words; /* "take", "refuse" or "silent", and the words after it */

static void check(int r, const char *what)
{
	if (r >= 0)
		return;
	fprintf(stderr, "machined: %s: %s\n", what, strerror(-r));
	exit(1);
}

static void print_name(unsigned pid)
{
	char path[64], name[32] = "gone\n";

	snprintf(path, sizeof(path), "/proc/%u/comm", pid);
	FILE *file = fopen(path, "re");
	if (file) {
		if (!fgets(name, sizeof(name), file))
			strcpy(name, "empty\n");
		fclose(file);
	}
	printf("%.*s", (int)strcspn(name, "\n"), name);
}

static void print_properties(sd_bus_message *call)
{
	const char *name;
	int value;

	check(sd_bus_message_enter_container(call, 'a', "(sv)"), "properties");
	while (sd_bus_message_enter_container(call, 'r', "sv") > 0) {
		check(sd_bus_message_read(call, "sv", &name, "i", &value), "property");
		printf(" %s=%d", name, value);
		sd_bus_message_exit_container(call);
	}
}

static int on_call(sd_bus_message *call, void *context, sd_bus_error *ret)
{
	const char *name, *service, *class, *root;
	const void *id;
	const int *links;
	size_t id_size, links_size;
	unsigned leader;

	(void)context;
	check(sd_bus_message_read(call, "s", &name), "name");
	check(sd_bus_message_read_array(call, 'y', &id, &id_size), "id");
	check(sd_bus_message_read(call, "ssus", &service, &class, &leader, &root), "arguments");
	check(sd_bus_message_read_array(call, 'i', (const void **)&links, &links_size), "links");
	print_name(leader);
	printf(" %u %s %zu %s %s '%s'", leader, name, id_size, service, class, root);
	for (size_t i = 0; i < links_size / sizeof(*links); i++)
		printf(" %d", links[i]);
	print_properties(call);
	printf("\n");
	if (strcmp(words[0], "take") == 0)
		return sd_bus_reply_method_return(call, "o", PATH "/machine/x");
	if (strcmp(words[0], "refuse") == 0)
		return sd_bus_error_set(ret, words[1], words[2]);
	return 1; /* without a reply */
}

static const sd_bus_vtable methods[] = {
	SD_BUS_VTABLE_START(0),
	SD_BUS_METHOD("CreateMachineWithNetwork", "sayssusaia(sv)", "o", on_call,
		      SD_BUS_VTABLE_UNPRIVILEGED),
	SD_BUS_VTABLE_END,
};

int main(int argc, char **argv)
{
	sd_bus *bus;

	if (argc < 2)
		return 2;
	words = argv + 1;
	setvbuf(stdout, NULL, _IOLBF, 0);
	check(sd_bus_open_system(&bus), "bus");
	check(sd_bus_add_object_vtable(bus, NULL, PATH, NAME ".Manager", methods, NULL), "methods");
	check(sd_bus_request_name(bus, NAME, 0), "name");
	printf("ready\n");
	for (;;) {
		int r = sd_bus_process(bus, NULL);
		check(r, "process");
		if (r == 0)
			check(sd_bus_wait(bus, UINT64_MAX), "wait");
	}
}
