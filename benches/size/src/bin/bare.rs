//! The baseline: sends and receives once over the same stub, without HTTP.

#![no_std]
#![no_main]

use embedded_nal::{TcpClientStack, TcpFullStack};
use nal_http_size::stub::{Broken, Register, Stub};

#[unsafe(no_mangle)]
extern "C" fn main() {
    if talk(&mut Stub::default()).is_err() {
        Register::Result.set(1);
    }
}

fn talk(stack: &mut Stub) -> embedded_nal::nb::Result<(), Broken> {
    let mut buffer = [0; 100];
    let mut listener = stack.socket()?;
    stack.bind(&mut listener, 80)?;
    stack.listen(&mut listener)?;
    let (mut socket, _) = stack.accept(&mut listener)?;
    let n = stack.receive(&mut socket, &mut buffer)?;
    stack.send(&mut socket, buffer.get(..n).unwrap_or_default())?;
    stack.close(socket)?;
    Ok(())
}
