//! The async server: the same three routes, by four tasks.

#![no_std]
#![no_main]

use core::cell::RefCell;
use core::pin::pin;
use core::task::{Context, Waker};

use nal_http::server::asynch::Tasks;
use nal_http_size::asynch::web;
use nal_http_size::server::App;

#[unsafe(no_mangle)]
extern "C" fn main() {
    let (tasks, app) = (Tasks::new(), RefCell::new(App));
    let mut first = pin!(web(&tasks, &app));
    let mut second = pin!(web(&tasks, &app));
    let mut third = pin!(web(&tasks, &app));
    let mut fourth = pin!(web(&tasks, &app));
    let mut context = Context::from_waker(Waker::noop());
    loop {
        for task in [&mut first, &mut second, &mut third, &mut fourth] {
            let _ = task.as_mut().poll(&mut context);
        }
    }
}
