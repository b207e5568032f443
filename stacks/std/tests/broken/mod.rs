//! Stacks that are broken, each in one way.

use std::net::SocketAddr;
use std::thread::sleep;
use std::time::Duration;

use embedded_nal::{TcpClientStack, TcpFullStack, nb};
use nal_http::testing::Rig;
use nal_std::{Error, Stack, TcpSocket};

/// A stack with one fault.
pub struct Broken {
    pub stack: Stack,
    pub fault: Fault,
}

#[derive(Clone, Copy, PartialEq)]
pub enum Fault {
    /// `Ok(0)` where nothing has arrived, and an error at the end: as in smoltcp-nal 0.7.
    ZeroWhenIdle,
    /// The end is an error of kind `PipeClosed`: unlike others, and good enough.
    EndIsPipeClosed,
    /// What is not received before the peer closes is lost: as in w5500 0.6.
    LosesTheTail,
    /// The end is never told: as in esp-at-nal 0.5.
    NoEnd,
    /// One byte is another.
    Garbles,
    /// What does not fit into the buffer is lost.
    CutsOff,
    /// No room to send is an error.
    FullIsAnError,
    /// That a connection was refused is never told.
    RefusedIsIdle,
    /// Only so many sockets, as none is given back.
    Leaks(usize),
}

/// What was received ahead goes with the socket.
pub struct BrokenSocket {
    socket: TcpSocket,
    ahead: Vec<u8>,
}

impl TcpClientStack for Broken {
    type TcpSocket = BrokenSocket;
    type Error = Error;

    fn socket(&mut self) -> Result<BrokenSocket, Error> {
        if let Fault::Leaks(left) = &mut self.fault {
            *left = left.checked_sub(1).ok_or(Error::TooManyOpen)?;
        }
        Ok(BrokenSocket { socket: self.stack.socket()?, ahead: Vec::new() })
    }

    fn connect(&mut self, socket: &mut BrokenSocket, remote: SocketAddr) -> nb::Result<(), Error> {
        match self.stack.connect(&mut socket.socket, remote) {
            Err(nb::Error::Other(Error::Refused)) if self.fault == Fault::RefusedIsIdle => {
                Err(nb::Error::WouldBlock)
            }
            other => other,
        }
    }

    fn send(&mut self, socket: &mut BrokenSocket, bytes: &[u8]) -> nb::Result<usize, Error> {
        let mut bytes = bytes.to_vec();
        if let (Fault::Garbles, Some(byte)) = (self.fault, bytes.get_mut(6)) {
            *byte ^= 1;
        }
        match self.stack.send(&mut socket.socket, &bytes) {
            Err(nb::Error::WouldBlock) if self.fault == Fault::FullIsAnError => {
                Err(nb::Error::Other(Error::PipeClosed))
            }
            other => other,
        }
    }

    fn receive(&mut self, from: &mut BrokenSocket, buffer: &mut [u8]) -> nb::Result<usize, Error> {
        let closed = Err(nb::Error::Other(Error::PipeClosed));
        if self.fault == Fault::LosesTheTail {
            let mut more = [0; 4096];
            while let Ok(n) = self.stack.receive(&mut from.socket, &mut more) {
                if n == 0 {
                    return closed;
                }
                from.ahead.extend_from_slice(&more[..n]);
            }
            let n = buffer.len().min(from.ahead.len());
            buffer[..n].copy_from_slice(&from.ahead[..n]);
            from.ahead.drain(..n);
            return if n == 0 { Err(nb::Error::WouldBlock) } else { Ok(n) };
        }
        let answer = self.stack.receive(&mut from.socket, buffer);
        match (self.fault, &answer) {
            (Fault::ZeroWhenIdle, Err(nb::Error::WouldBlock)) => Ok(0),
            (Fault::ZeroWhenIdle | Fault::EndIsPipeClosed, Ok(0)) => closed,
            (Fault::NoEnd, Ok(0)) => Err(nb::Error::WouldBlock),
            (Fault::CutsOff, Ok(_)) => {
                let _ = self.stack.receive(&mut from.socket, &mut vec![0; 1 << 16]);
                answer
            }
            _ => answer,
        }
    }

    fn close(&mut self, socket: BrokenSocket) -> Result<(), Error> {
        self.stack.close(socket.socket)
    }
}

impl TcpFullStack for Broken {
    fn bind(&mut self, socket: &mut BrokenSocket, port: u16) -> Result<(), Error> {
        self.stack.bind(&mut socket.socket, port)
    }

    fn listen(&mut self, socket: &mut BrokenSocket) -> Result<(), Error> {
        self.stack.listen(&mut socket.socket)
    }

    fn accept(&mut self, from: &mut BrokenSocket) -> nb::Result<(BrokenSocket, SocketAddr), Error> {
        let (socket, peer) = self.stack.accept(&mut from.socket)?;
        Ok((BrokenSocket { socket, ahead: Vec::new() }, peer))
    }
}

/// A broken server, and a client stack of ours.
pub struct BrokenServer {
    pub server: Broken,
    pub client: Stack,
}

impl Rig for BrokenServer {
    type Server = Broken;
    type Client = Stack;

    fn server(&mut self) -> &mut Broken {
        &mut self.server
    }

    fn client(&mut self) -> &mut Stack {
        &mut self.client
    }

    fn port(&self) -> u16 {
        0
    }

    fn address(&mut self, listener: &BrokenSocket) -> SocketAddr {
        self.server.stack.local_addr(&listener.socket).unwrap()
    }

    fn idle(&mut self) {
        self.client.wait(Duration::from_micros(200));
        sleep(Duration::from_micros(100));
    }
}
