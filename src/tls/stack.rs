use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;
use nal_tls::Session;

use super::TlsSocket;
use crate::net::{Received, Transport, TransportError};

/// A stack whose connections can be TLS: what a [`Client`](crate::client::Client) needs for https.
///
/// It is two pointers, so it can be put together for each poll, where other parts of the firmware use
/// the stack too:
///
/// ```
/// # use nal_http::{nb, client::{Call, ErrorOf}, net::Transport, tls::{Session, TlsSocket, TlsStack}};
/// # fn demo<S: Transport>(stack: &mut S, session: &mut Session, call: &mut Call<'_, '_, TlsSocket<S::Socket>>, now_ms: u32)
/// # -> nb::Result<(), ErrorOf<S>> {
/// call.poll(&mut TlsStack::new(stack, session), now_ms)
/// # }
/// ```
///
/// http goes through it as it is. A session has one connection at a time: when another https connection begins,
/// the one before is over, which is [`TlsError::Taken`](super::TlsError::Taken) for a call at work, and no loss for a connection
/// that was kept. For two calls at a time there must be two sessions.
pub struct TlsStack<'s, 'e, S, const N: usize = 256> {
    pub(super) stack: &'s mut S,
    pub(super) session: &'s mut Session<'e, N>,
}

impl<'s, 'e, S, const N: usize> TlsStack<'s, 'e, S, N> {
    /// Puts TLS over a stack.
    pub fn new(stack: &'s mut S, session: &'s mut Session<'e, N>) -> Self {
        Self { stack, session }
    }

    /// The stack below, for an idle hook.
    pub fn stack(&mut self) -> &mut S {
        self.stack
    }
}

impl<S: Transport, const N: usize> Transport for TlsStack<'_, '_, S, N> {
    const TLS: bool = true;
    const TUNNELS: bool = true;
    type Socket = TlsSocket<S::Socket>;
    type TcpError = S::TcpError;
    type DnsError = S::DnsError;

    fn resolve(&mut self, host: &str, kind: AddrType) -> nb::Result<IpAddr, Self::DnsError> {
        self.stack.resolve(host, kind)
    }

    fn socket(&mut self) -> Result<Self::Socket, Self::TcpError> {
        Ok(TlsSocket::new(self.stack.socket()?))
    }

    fn connect(
        &mut self,
        socket: &mut Self::Socket,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> nb::Result<(), TransportError<Self::TcpError>> {
        if !socket.has_begun() {
            self.stack.connect(socket.plain(), remote, None)?;
        }
        match tls {
            Some(host) => self.secure(socket, host),
            None => Ok(()),
        }
    }

    fn secure(
        &mut self,
        socket: &mut Self::Socket,
        host: &str,
    ) -> nb::Result<(), TransportError<Self::TcpError>> {
        self.shake_hands(socket, host)
    }

    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>> {
        self.encrypt(socket, bytes)
    }

    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>> {
        self.decrypt(socket, buffer)
    }

    /// Says goodbye to the server, as far as the stack has room for it now.
    fn close(&mut self, socket: Self::Socket) {
        self.say_goodbye(socket);
    }
}
