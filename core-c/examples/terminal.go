// SPDX-License-Identifier: BSD-2-Clause

// Starts a container with a terminal in the background, and attaches to the terminal.
//
//	terminal ROOT
//
// ROOT becomes the root directory of the container. Ctrl-Space detaches: the container goes on, and
// "pflask --attach=PID" attaches again.
//
//	go build terminal.go
package main

/*
#cgo pkg-config: pflask
#include <pflask.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"os"
	"strconv"
	"unsafe"
)

const ctrlSpace = 0

var failure C.struct_pflask_error

const (
	errorSize = C.uint32_t(C.sizeof_struct_pflask_error)
	exitSize  = C.uint32_t(C.sizeof_struct_pflask_exit)
	infoSize  = C.uint32_t(C.sizeof_struct_pflask_info)
)

func must(result C.int) C.int {
	if result < 0 {
		fmt.Fprintln(os.Stderr, C.GoString(&failure.message[0]))
		os.Exit(1)
	}
	return result
}

func set(spec *C.pflask_spec, field, value string) {
	name, text := C.CString(field), C.CString(value)
	defer C.free(unsafe.Pointer(name))
	defer C.free(unsafe.Pointer(text))
	must(C.pflask_spec_set(spec, name, text, &failure, errorSize))
}

func makePlan(root string) *C.pflask_plan {
	spec := C.pflask_spec_new()
	defer C.pflask_spec_free(spec)
	set(spec, "chroot", root)
	set(spec, "detach", "yes")
	set(spec, "terminal", "yes")
	set(spec, "command", "/bin/sh")
	set(spec, "command", "-c")
	set(spec, "command", "read line; echo you typed $line; exit 4")
	var plan *C.pflask_plan
	must(C.pflask_plan_make(spec, &plan, &failure, errorSize))
	return plan
}

// start starts a container in the background. It returns the pid of the monitor, which is a name of
// the container.
func start(root string) string {
	plan := makePlan(root)
	defer C.pflask_plan_free(plan)
	var container *C.pflask_container
	must(C.pflask_start(plan, -1, -1, -1, 0, &container, &failure, errorSize))
	defer C.pflask_close(container) // the container goes on
	var info C.struct_pflask_info
	must(C.pflask_info(container, &info, infoSize))
	return strconv.Itoa(int(info.monitor_pid))
}

func main() {
	which := start(os.Args[1])
	name := C.CString(which)
	defer C.free(unsafe.Pointer(name))
	var container *C.pflask_container
	must(C.pflask_open(name, 0, &container, &failure, errorSize))
	defer C.pflask_close(container)
	var ended C.struct_pflask_exit
	if must(C.pflask_attach(container, 0, 1, ctrlSpace, &ended, exitSize, &failure,
		errorSize)) == 0 {
		fmt.Fprintln(os.Stderr, "exit code", ended.code)
	} else {
		fmt.Fprintln(os.Stderr, "detached from", which)
	}
}
