// SPDX-License-Identifier: BSD-2-Clause
// Runs a container beside other work: poll(2) waits for the container and for its output.
//
//	container ROOT DIRECTORY
//
// ROOT becomes the root directory of the container, and DIRECTORY its /data. The container has a
// network of its own.
//	c++ container.cpp $(pkg-config --cflags --libs pflask)
#include <fcntl.h>
#include <pflask.h>
#include <poll.h>
#include <unistd.h>

#include <iostream>
#include <memory>
#include <stdexcept>
#include <string>
#include <vector>

using Spec = std::unique_ptr<pflask_spec, decltype(&pflask_spec_free)>;
using Plan = std::unique_ptr<pflask_plan, decltype(&pflask_plan_free)>;
using Container = std::unique_ptr<pflask_container, decltype(&pflask_close)>;

static pflask_error error;

static int must(int result)
{
	if (result < 0)
		throw std::runtime_error(error.message);
	return result;
}

static Plan make_plan(const std::string &root, const std::string &directory)
{
	const std::vector<std::pair<const char *, std::string>> fields = {
		{"chroot", root},
		{"mount", "bind-ro:" + directory + ":/data"},
		{"netns", "yes"},
		{"command", "/bin/sh"},
		{"command", "-c"},
		{"command", "cat /data/greeting; ls /sys/class/net; cat; exit 3"},
	};
	Spec spec(pflask_spec_new(), pflask_spec_free);
	pflask_plan *plan;

	for (const auto &[field, value] : fields)
		must(pflask_spec_set(spec.get(), field, value.c_str(), &error, sizeof(error)));
	must(pflask_plan_make(spec.get(), &plan, &error, sizeof(error)));
	return Plan(plan, pflask_plan_free);
}

// Reads some bytes. Returns an empty string at the end of the file.
static std::string read_some(int fd)
{
	char bytes[4096];
	ssize_t count = read(fd, bytes, sizeof(bytes));

	return std::string(bytes, count > 0 ? count : 0);
}

// Takes the news of the container until the container has ended and all of its output is read.
static void run_loop(pflask_container *container, int output)
{
	int bell = pflask_fd(container), timeout_ms = -1;
	pollfd fds[] = {{bell, POLLIN, 0}, {output, POLLIN, 0}};

	while (fds[0].fd >= 0 || fds[1].fd >= 0) { // poll(2) ignores -1
		poll(fds, 2, timeout_ms);
		if (fds[1].revents) {
			std::string text = read_some(output);
			std::cout << text << std::flush;
			if (text.empty())
				fds[1].fd = -1;
		}
		if (fds[0].fd < 0)
			continue;
		if (fds[0].revents)
			read_some(bell); // the bytes mean nothing
		int news = must(pflask_step(container, &timeout_ms, &error, sizeof(error)));
		if (news == PFLASK_STEP_STARTED)
			std::cerr << "started\n";
		if (news == PFLASK_STEP_ENDED)
			fds[0].fd = -1;
	}
	close(bell);
}

int main(int count, char **words)
try {
	int input[2], output[2];
	pflask_container *started;
	pflask_exit ended;

	if (count != 3 || pipe2(input, O_CLOEXEC) < 0 || pipe2(output, O_CLOEXEC) < 0)
		return 2;
	Plan plan = make_plan(words[1], words[2]);
	must(pflask_start(plan.get(), input[0], output[1], 2, PFLASK_NOWAIT, &started, &error,
			  sizeof(error)));
	Container container(started, pflask_close);
	close(input[0]);
	close(output[1]);
	dprintf(input[1], "from outside\n");
	close(input[1]);
	run_loop(started, output[0]);
	must(pflask_wait(started, 0, &ended, sizeof(ended)));
	std::cerr << "exit code " << ended.code << "\n";
	return 0;
} catch (const std::runtime_error &failure) {
	std::cerr << failure.what() << "\n";
	return 1;
}
