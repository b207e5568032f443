//! The server with a page of metrics, two gauges of the application's beside.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use nal_http::hal::Clock;
use nal_http::server::{Answer, Metric, Metrics, Reply, Request, Route, Server, Site};
use nal_http_size::stub::{DeviceClock, Register, Stub};

struct App {
    metrics: Metrics<4>,
}

const SITE: Site<App, u32> = Site::new(&[
    Route::get("/", |_, _, reply| reply.fixed("text/plain", b"Hello from a microcontroller")),
    Route::get("/light", light),
    Route::post("/echo", |_, request, reply| reply.stream("text/plain").copy(request)).in_pieces(),
    Route::get("/metrics", metrics),
])
.map_response(|app, _, _| app.metrics.handler_begins(DeviceClock.now_ms()))
.on_event(|app, _, event| app.metrics.note(event, DeviceClock.now_ms()));

fn light(_: &mut App, _: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
    reply.write("application/json", |json| {
        json.str("{\"light\":");
        json.number(Register::Light.get() as u64);
        json.str("}");
    })
}

fn metrics(app: &mut App, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
    let others = [
        Metric::gauge("light", "Level of the sensor.").value(Register::Light.get() as i64),
        Metric::gauge("wifi_signal", "Strength.").unit("dbm").value(-61),
    ];
    app.metrics.reply(request.state, reply, &others)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    static mut PLACE: MaybeUninit<(Server<Stub, App, 4, 512, u32>, App)> = MaybeUninit::uninit();
    let place = &raw mut PLACE;
    // SAFETY: there is one thread, and it comes here once.
    let (server, app) =
        unsafe { &mut *place }.write((Server::new(SITE), App { metrics: Metrics::new() }));
    let mut stack = Stub::default();
    if server.listen(&mut stack, 80).is_err() {
        Register::Result.set(1);
    }
    loop {
        if server.poll(&mut stack, app, DeviceClock.now_ms()).is_err() {
            Register::Result.set(1);
        }
    }
}
