//! Server: the length of a file in a form, in place of the value.

#![no_std]
#![no_main]

use core::mem::MaybeUninit;

use nal_http::server::{Answer, Flow, Reply, Request, Route, Server, Site};
use nal_http::wire::{FormEvent, MultipartReader};
use nal_http_size::server::{self, App};
use nal_http_size::stub::{Register, Stub};

#[derive(Default)]
struct Upload {
    form: MultipartReader,
    is_file: bool,
    length: u32,
}

const ROUTES: &[Route<App, Upload>] = &{
    let [page, light, echo] = server::with(upload);
    [page, light.in_pieces(), echo]
};

const SITE: Site<App, Upload> = Site::new(ROUTES).want(MultipartReader::HEADERS);

fn upload(_: &mut App, request: &mut Request<'_, Upload>, reply: &mut Reply<'_>) -> Answer {
    while let Some(event) = request.multipart(|state| &mut state.form)? {
        match event {
            FormEvent::Part(part) => request.state.is_file = part.name() == "file",
            FormEvent::Data(bytes) if request.state.is_file => {
                request.state.length += bytes.len() as u32;
            }
            FormEvent::Data(_) | FormEvent::PartEnd => {}
            FormEvent::End => {
                let length = request.state.length.into();
                return reply.write("text/plain", |body| body.number(length));
            }
        }
    }
    Ok(Flow::More)
}

#[unsafe(no_mangle)]
extern "C" fn main() {
    static mut PLACE: MaybeUninit<Server<Stub, App, 4, 512, Upload>> = MaybeUninit::uninit();
    let place = &raw mut PLACE;
    let mut stack = Stub::default();
    // SAFETY: there is one thread, and it comes here once.
    let server = unsafe { &mut *place }.write(Server::new(SITE));
    if server.listen(&mut stack, 80).is_err() {
        Register::Result.set(1);
    }
    loop {
        server::poll(server, &mut stack);
    }
}
