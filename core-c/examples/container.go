// SPDX-License-Identifier: BSD-2-Clause

// Runs a container beside other work: a goroutine reads the output of the container, and another
// takes the news of the container.
//
//	container ROOT DIRECTORY
//
// ROOT becomes the root directory of the container, and DIRECTORY its /data. The container has a
// network of its own.
//
//	go build container.go
package main

/*
#cgo pkg-config: pflask
#include <pflask.h>
#include <stdlib.h>
*/
import "C"

import (
	"fmt"
	"io"
	"os"
	"time"
	"unsafe"
)

var failure C.struct_pflask_error

const (
	errorSize = C.uint32_t(C.sizeof_struct_pflask_error)
	exitSize  = C.uint32_t(C.sizeof_struct_pflask_exit)
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

func makePlan(root, directory string) *C.pflask_plan {
	spec := C.pflask_spec_new()
	defer C.pflask_spec_free(spec)
	set(spec, "chroot", root)
	set(spec, "mount", "bind-ro:"+directory+":/data")
	set(spec, "netns", "yes")
	set(spec, "command", "/bin/sh")
	set(spec, "command", "-c")
	set(spec, "command", "cat /data/greeting; ls /sys/class/net; cat; exit 3")
	var plan *C.pflask_plan
	must(C.pflask_plan_make(spec, &plan, &failure, errorSize))
	return plan
}

// ring reads a bell, whose bytes mean nothing, until the end of the file.
func ring(bell *os.File, rung chan<- bool) {
	for bytes := make([]byte, 64); ; {
		_, err := bell.Read(bytes)
		rung <- true
		if err != nil {
			return
		}
	}
}

// waitFor takes the news of a container until the container has ended.
func waitFor(container *C.pflask_container) {
	bell := os.NewFile(uintptr(C.pflask_fd(container)), "bell")
	rung := make(chan bool, 1)
	go ring(bell, rung)
	for {
		var timeout C.int
		switch must(C.pflask_step(container, &timeout, &failure, errorSize)) {
		case C.PFLASK_STEP_STARTED:
			fmt.Fprintln(os.Stderr, "started")
		case C.PFLASK_STEP_ENDED:
			return
		}
		var later <-chan time.Time
		if timeout >= 0 {
			later = time.After(time.Duration(timeout) * time.Millisecond)
		}
		select {
		case <-rung:
		case <-later:
		}
	}
}

func pipe() (*os.File, *os.File) {
	from, to, err := os.Pipe()
	if err != nil {
		panic(err)
	}
	return from, to
}

func main() {
	plan := makePlan(os.Args[1], os.Args[2])
	input, toInput := pipe()
	fromOutput, output := pipe()
	var container *C.pflask_container
	must(C.pflask_start(plan, C.int(input.Fd()), C.int(output.Fd()), 2, C.PFLASK_NOWAIT,
		&container, &failure, errorSize))
	input.Close()
	output.Close()
	fmt.Fprintln(toInput, "from outside")
	toInput.Close()
	printed := make(chan bool)
	go func() {
		io.Copy(os.Stdout, fromOutput)
		close(printed)
	}()
	waitFor(container)
	<-printed
	var ended C.struct_pflask_exit
	must(C.pflask_wait(container, 0, &ended, exitSize))
	fmt.Fprintln(os.Stderr, "exit code", ended.code)
	C.pflask_close(container)
	C.pflask_plan_free(plan)
}
