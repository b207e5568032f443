//! Runs the peers on QEMU and prints what requests cost: the device's share included.

#![no_std]
#![no_main]

use core::future::Future;
use core::pin::{Pin, pin};

use nal_http_peers::{edge, once, pico, reqwless};
use nal_http_size::client::BUFFERS;
use nal_http_size::messages::{CHROME, CURL, NGINX};
use nal_http_size::probe;
use nal_http_size::row::show;
use nal_http_size::stub::{Register, arrives, was_answered};

#[unsafe(no_mangle)]
extern "C" fn main() {
    probe::print("on riscv32imc     instructions    stack     own\n");
    Register::Address.set(0x7f00_0001);
    let served = serve(["picoserve curl", "picoserve Chrome"], pin!(pico::serve()))
        & serve(["edge-http curl", "edge-http Chrome"], pin!(edge::serve()));
    let got = get("reqwless GET", &mut || {
        once(pin!(reqwless::get()));
    }) & get("edge-http GET", &mut || {
        once(pin!(edge::get()));
    });
    probe::exit(served & got);
}

/// Two requests over one connection that was used before.
fn serve(names: [&str; 2], mut connection: Pin<&mut impl Future>) -> bool {
    arrives(CURL);
    {
        once(connection.as_mut());
    };
    let mut answered = was_answered();
    for (name, request) in names.into_iter().zip([CURL, CHROME]) {
        arrives(request);
        let cost = probe::cost(&mut || {
            once(connection.as_mut());
        });
        show(name, cost, 0, &[]);
        answered &= was_answered();
    }
    answered
}

fn get(name: &str, work: &mut dyn FnMut()) -> bool {
    arrives(NGINX);
    show(name, probe::cost(work), BUFFERS, &[]);
    Register::Result.get() == 200
}
