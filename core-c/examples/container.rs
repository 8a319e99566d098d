// SPDX-License-Identifier: BSD-2-Clause
//! Runs a container beside other work: poll(2) waits for the container and for its output.
//!
//!     container ROOT DIRECTORY
//!
//! ROOT becomes the root directory of the container, and DIRECTORY its /data. The container has a
//! network of its own. The program needs no crate:
//!     rustc container.rs $(pkg-config --libs-only-L pflask)
use std::ffi::{CStr, CString};
use std::fs::File;
use std::io::{stdout, Read, Write};
use std::os::raw::{c_char, c_int, c_short, c_ulong};
use std::os::unix::io::{AsRawFd, FromRawFd, RawFd};
use std::ptr::null_mut;

#[repr(C)]
struct PflaskError {
    code: i32,
    number: i32,
    index: i32,
    operation: [c_char; 20],
    field: [c_char; 32],
    subject: [c_char; 256],
    message: [c_char; 512],
    hint: [c_char; 512],
}

/// The first members of struct pflask_exit: the library fills in as much as there is room.
#[repr(C)]
struct PflaskExit {
    reason: i32,
    code: i32,
    signal: i32,
    rest: [u8; 4096],
}

#[repr(C)]
struct PollFd {
    fd: c_int,
    events: c_short,
    revents: c_short,
}

enum Spec {}
enum Plan {}
enum Container {}

#[link(name = "pflask")]
extern "C" {
    fn pflask_spec_new() -> *mut Spec;
    fn pflask_spec_free(spec: *mut Spec) -> *mut Spec;
    fn pflask_spec_set(
        spec: *mut Spec,
        field: *const c_char,
        value: *const c_char,
        reterr: *mut PflaskError,
        error_size: u32,
    ) -> c_int;
    fn pflask_plan_make(
        spec: *const Spec,
        ret: *mut *mut Plan,
        reterr: *mut PflaskError,
        error_size: u32,
    ) -> c_int;
    fn pflask_plan_free(plan: *mut Plan) -> *mut Plan;
    fn pflask_start(
        plan: *const Plan,
        stdin_fd: c_int,
        stdout_fd: c_int,
        stderr_fd: c_int,
        flags: u32,
        ret: *mut *mut Container,
        reterr: *mut PflaskError,
        error_size: u32,
    ) -> c_int;
    fn pflask_fd(container: *mut Container) -> c_int;
    fn pflask_step(
        container: *mut Container,
        ret_timeout_ms: *mut c_int,
        reterr: *mut PflaskError,
        error_size: u32,
    ) -> c_int;
    fn pflask_wait(
        container: *mut Container,
        timeout_ms: c_int,
        ret: *mut PflaskExit,
        exit_size: u32,
    ) -> c_int;
    fn pflask_close(container: *mut Container) -> *mut Container;
    fn poll(fds: *mut PollFd, count: c_ulong, timeout_ms: c_int) -> c_int;
    fn pipe2(fds: *mut c_int, flags: c_int) -> c_int;
}

const NOWAIT: u32 = 2;
const STARTED: c_int = 1;
const ENDED: c_int = 2;
const POLLIN: c_short = 1;
const O_CLOEXEC: c_int = 0o2000000;
const ERROR_SIZE: u32 = std::mem::size_of::<PflaskError>() as u32;

/// Calls a function of the library with an error, and ends the program if the function fails.
fn must(call: impl FnOnce(*mut PflaskError) -> c_int) -> c_int {
    let mut error: PflaskError = unsafe { std::mem::zeroed() };
    let result = call(&mut error);
    if result < 0 {
        let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
        eprintln!("{}", message.to_string_lossy());
        std::process::exit(1);
    }
    result
}

fn make_plan(root: &str, directory: &str) -> *mut Plan {
    let mount = format!("bind-ro:{directory}:/data");
    let fields = [
        ("chroot", root),
        ("mount", &mount),
        ("netns", "yes"),
        ("command", "/bin/sh"),
        ("command", "-c"),
        (
            "command",
            "cat /data/greeting; ls /sys/class/net; cat; exit 3",
        ),
    ];
    let mut plan = null_mut();
    unsafe {
        let spec = pflask_spec_new();
        for (field, value) in fields {
            let (field, value) = (CString::new(field).unwrap(), CString::new(value).unwrap());
            must(|error| pflask_spec_set(spec, field.as_ptr(), value.as_ptr(), error, ERROR_SIZE));
        }
        must(|error| pflask_plan_make(spec, &mut plan, error, ERROR_SIZE));
        pflask_spec_free(spec);
    }
    plan
}

fn make_pipe() -> (File, File) {
    let mut fds: [RawFd; 2] = [0; 2];
    assert_eq!(unsafe { pipe2(fds.as_mut_ptr(), O_CLOEXEC) }, 0);
    unsafe { (File::from_raw_fd(fds[0]), File::from_raw_fd(fds[1])) }
}

/// Copies some bytes to standard output. Returns false at the end of the file.
fn copy(output: &mut File) -> bool {
    let mut bytes = [0; 4096];
    let count = output.read(&mut bytes).unwrap();
    stdout().write_all(&bytes[..count]).unwrap();
    count > 0
}

/// Takes the news of the container until the container has ended and all of its output is read.
fn run_loop(container: *mut Container, mut output: File) {
    let mut bell = unsafe { File::from_raw_fd(pflask_fd(container)) };
    let entry = |file: &File| PollFd {
        fd: file.as_raw_fd(),
        events: POLLIN,
        revents: 0,
    };
    let mut fds = [entry(&bell), entry(&output)];
    let mut timeout = -1;
    while fds[0].fd >= 0 || fds[1].fd >= 0 {
        // poll(2) ignores -1
        unsafe { poll(fds.as_mut_ptr(), 2, timeout) };
        if fds[1].revents != 0 && !copy(&mut output) {
            fds[1].fd = -1;
        }
        if fds[0].fd < 0 {
            continue;
        }
        if fds[0].revents != 0 {
            let _ = bell.read(&mut [0; 64]); // the bytes mean nothing
        }
        match must(|error| unsafe { pflask_step(container, &mut timeout, error, ERROR_SIZE) }) {
            STARTED => eprintln!("started"),
            ENDED => fds[0].fd = -1,
            _ => (),
        }
    }
}

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let plan = make_plan(&words[1], &words[2]);
    let (input, mut to_input) = make_pipe();
    let (from_output, output) = make_pipe();
    let mut container = null_mut();
    let (stdin, stdout) = (input.as_raw_fd(), output.as_raw_fd());
    must(|error| unsafe {
        pflask_start(
            plan,
            stdin,
            stdout,
            2,
            NOWAIT,
            &mut container,
            error,
            ERROR_SIZE,
        )
    });
    drop((input, output));
    writeln!(to_input, "from outside").unwrap();
    drop(to_input);
    run_loop(container, from_output);
    let mut ended: PflaskExit = unsafe { std::mem::zeroed() };
    let size = std::mem::size_of::<PflaskExit>() as u32;
    must(|_| unsafe { pflask_wait(container, 0, &mut ended, size) });
    eprintln!("exit code {}", ended.code);
    unsafe { pflask_close(container) };
    unsafe { pflask_plan_free(plan) };
}
