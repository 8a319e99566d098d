// SPDX-License-Identifier: BSD-2-Clause
//! Starts a container with a terminal in the background, and attaches to the terminal.
//!
//!     terminal ROOT
//!
//! ROOT becomes the root directory of the container. Ctrl-Space detaches: the container goes on, and
//! "pflask --attach=PID" attaches again. The program needs no crate:
//!     rustc terminal.rs $(pkg-config --libs-only-L pflask)
use std::ffi::{CStr, CString};
use std::mem::{size_of, zeroed};
use std::os::raw::{c_char, c_int};
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

/// The first members of struct pflask_info: the library fills in as much as there is room.
#[repr(C)]
struct PflaskInfo {
    monitor_pid: i32,
    rest: [u8; 64],
}

/// The first members of struct pflask_exit.
#[repr(C)]
struct PflaskExit {
    reason: i32,
    code: i32,
    signal: i32,
    rest: [u8; 4096],
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
    fn pflask_info(container: *const Container, ret: *mut PflaskInfo, info_size: u32) -> c_int;
    fn pflask_open(
        which: *const c_char,
        flags: u32,
        ret: *mut *mut Container,
        reterr: *mut PflaskError,
        error_size: u32,
    ) -> c_int;
    fn pflask_attach(
        container: *mut Container,
        in_fd: c_int,
        out_fd: c_int,
        detach_key: c_int,
        ret: *mut PflaskExit,
        exit_size: u32,
        reterr: *mut PflaskError,
        error_size: u32,
    ) -> c_int;
    fn pflask_close(container: *mut Container) -> *mut Container;
}

const CTRL_SPACE: c_int = 0;
const ERROR_SIZE: u32 = size_of::<PflaskError>() as u32;

/// Calls a function of the library with an error, and ends the program if the function fails.
fn must(call: impl FnOnce(*mut PflaskError) -> c_int) -> c_int {
    let mut error: PflaskError = unsafe { zeroed() };
    let result = call(&mut error);
    if result < 0 {
        let message = unsafe { CStr::from_ptr(error.message.as_ptr()) };
        eprintln!("{}", message.to_string_lossy());
        std::process::exit(1);
    }
    result
}

fn make_plan(root: &str) -> *mut Plan {
    let fields = [
        ("chroot", root),
        ("detach", "yes"),
        ("terminal", "yes"),
        ("command", "/bin/sh"),
        ("command", "-c"),
        ("command", "read line; echo you typed $line; exit 4"),
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

/// Starts a container in the background. Returns the pid of the monitor, which is a name of the
/// container.
fn start(root: &str) -> String {
    let plan = make_plan(root);
    let mut container = null_mut();
    unsafe {
        must(|error| pflask_start(plan, -1, -1, -1, 0, &mut container, error, ERROR_SIZE));
        let mut info: PflaskInfo = zeroed();
        must(|_| pflask_info(container, &mut info, size_of::<PflaskInfo>() as u32));
        pflask_close(container); // the container goes on
        pflask_plan_free(plan);
        info.monitor_pid.to_string()
    }
}

fn main() {
    let which = start(&std::env::args().nth(1).expect("usage: terminal ROOT"));
    let name = CString::new(which.as_str()).unwrap();
    let mut container = null_mut();
    unsafe {
        must(|error| pflask_open(name.as_ptr(), 0, &mut container, error, ERROR_SIZE));
        let mut ended: PflaskExit = zeroed();
        let size = size_of::<PflaskExit>() as u32;
        let result = must(|error| {
            pflask_attach(
                container, 0, 1, CTRL_SPACE, &mut ended, size, error, ERROR_SIZE,
            )
        });
        match result {
            0 => eprintln!("exit code {}", ended.code),
            _ => eprintln!("detached from {which}"),
        }
        pflask_close(container);
    }
}
