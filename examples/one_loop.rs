//! A server and two clients in one loop, on one thread and one stack: nothing blocks, and nothing is shared.
//!
//! Both clients ask the server that runs beside them, five times each, over connections that are kept.

use std::convert::Infallible;
use std::error::Error;
use std::time::Duration;

use light_app::{LightApp, LightServer};
use nal_http::client::{Call, Pool, Request};
use nal_http::hal::{Clock, Display, display};
use nal_http::wire::Method;
use nal_std::{Stack, TcpSocket};

mod pc;

const TURNS: u32 = 5;

/// No display.
struct Blank;

impl display::ErrorType for Blank {
    type Error = Infallible;
}

impl Display for Blank {
    fn show(&mut self, _: &[&str]) -> Result<(), Infallible> {
        Ok(())
    }
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut stack = Stack::bound_to(std::net::Ipv4Addr::LOCALHOST.into());
    let mut clock = pc::PcClock::new();
    let mut app = LightApp::new(pc::PcLight::random(), Blank);
    let mut server = LightServer::<Stack, _, _>::new(LightApp::site());
    server.listen(&mut stack, 0)?;
    let address = stack.local_addr(server.listener().ok_or("it listens")?)?;

    let light = format!("http://{address}/light");
    let echo = format!("http://{address}/echo");
    let requests =
        [Request::new(Method::GET, &light), Request::new(Method::POST, &echo).data("你好")];
    let mut pool = Pool::<TcpSocket, 2>::new();
    for turn in 1..=TURNS {
        let [get, post] = &requests;
        let (mut get_buffer, mut post_buffer) = ([0; 512], [0; 512]);
        let mut calls = [
            Some(pool.start(&mut stack, get, &mut get_buffer)?),
            Some(pool.start(&mut stack, post, &mut post_buffer)?),
        ];
        while calls.iter().any(Option::is_some) {
            let now = clock.now_ms();
            if app.tick(now) {
                server.wake();
            }
            let mut is_idle = server.poll(&mut stack, &mut app, now).is_err();
            for (number, place) in (1..).zip(&mut calls) {
                match place.as_mut().map(|call| call.collect(&mut stack, now)) {
                    None | Some(Err(nb::Error::WouldBlock)) => {}
                    Some(Err(nb::Error::Other(error))) => return Err(error.to_string().into()),
                    Some(Ok(())) => {
                        is_idle = false;
                        if let Some(call) = place.take() {
                            show(turn, number, &call);
                            pool.finish(&mut stack, call);
                        }
                    }
                }
            }
            if is_idle {
                stack.wait(Duration::from_millis(10));
            }
        }
    }
    pool.close(&mut stack);
    server.close(&mut stack, &mut app);
    println!("{} sockets are left open", stack.open_sockets());
    Ok(())
}

fn show(turn: u32, client: u32, call: &Call<'_, '_, TcpSocket>) {
    let text = String::from_utf8_lossy(call.content()).into_owned();
    println!("turn {turn}, client {client}: {} {text}", call.status_code());
}
