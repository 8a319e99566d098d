// SPDX-License-Identifier: BSD-2-Clause
// Starts a container with a terminal in the background, and attaches to the terminal.
//
//	terminal ROOT
//
// ROOT becomes the root directory of the container. Ctrl-Space detaches: the container goes on, and
// "pflask --attach=PID" attaches again.
//	c++ terminal.cpp $(pkg-config --cflags --libs pflask)
#include <pflask.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <utility>

using Spec = std::unique_ptr<pflask_spec, decltype(&pflask_spec_free)>;
using Plan = std::unique_ptr<pflask_plan, decltype(&pflask_plan_free)>;
using Container = std::unique_ptr<pflask_container, decltype(&pflask_close)>;

static constexpr int CTRL_SPACE = 0;
static pflask_error error;

static int must(int result)
{
	if (result < 0)
		throw std::runtime_error(error.message);
	return result;
}

static Plan make_plan(const char *root)
{
	const std::pair<const char *, const char *> fields[] = {
		{"chroot", root},
		{"detach", "yes"},
		{"terminal", "yes"},
		{"command", "/bin/sh"},
		{"command", "-c"},
		{"command", "read line; echo you typed $line; exit 4"},
	};
	Spec spec(pflask_spec_new(), pflask_spec_free);
	pflask_plan *plan;

	for (const auto &[field, value] : fields)
		must(pflask_spec_set(spec.get(), field, value, &error, sizeof(error)));
	must(pflask_plan_make(spec.get(), &plan, &error, sizeof(error)));
	return Plan(plan, pflask_plan_free);
}

// Starts a container in the background. Returns the pid of the monitor, which is a name of the
// container.
static std::string start(const char *root)
{
	pflask_container *started;
	struct pflask_info info; // a function has the same name
	Plan plan = make_plan(root);

	must(pflask_start(plan.get(), -1, -1, -1, 0, &started, &error, sizeof(error)));
	Container container(started, pflask_close); // the container goes on after its handle
	must(pflask_info(started, &info, sizeof(info)));
	return std::to_string(info.monitor_pid);
}

int main(int count, char **words)
try {
	if (count != 2)
		return 2;
	std::string which = start(words[1]);
	pflask_container *opened;
	pflask_exit ended;

	must(pflask_open(which.c_str(), 0, &opened, &error, sizeof(error)));
	Container container(opened, pflask_close);
	int result = must(pflask_attach(opened, 0, 1, CTRL_SPACE, &ended, sizeof(ended), &error,
					sizeof(error)));
	if (result == 0)
		std::cerr << "exit code " << ended.code << "\n";
	else
		std::cerr << "detached from " << which << "\n";
	return 0;
} catch (const std::runtime_error &failure) {
	std::cerr << failure.what() << "\n";
	return 1;
}
