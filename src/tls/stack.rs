use core::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;
use nal_tls::{Read, Session, TlsError};

use crate::net::{Received, Transport, TransportError};

/// So often bytes are carried in one call, at most: a server that sends much and says nothing must not
/// hold up the firmware.
const ROUNDS: usize = 256;

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
/// the one before is over, which is [`TlsError::Taken`] for a call at work, and no loss for a connection
/// that was kept. For two calls at a time there must be two sessions.
pub struct TlsStack<'s, 'e, S, const N: usize = 256> {
    stack: &'s mut S,
    session: &'s mut Session<'e, N>,
}

/// A connection of a [`TlsStack`].
#[derive(Debug)]
pub struct TlsSocket<K> {
    socket: K,
    /// Which connection of the session it is; none if it is not TLS, or not yet.
    connection: Option<u32>,
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

impl<S: Transport, const N: usize> TlsStack<'_, '_, S, N> {
    /// Whether the socket is TLS.
    fn is_tls(&self, socket: &TlsSocket<S::Socket>) -> Result<bool, TlsError> {
        match socket.connection {
            None => Ok(false),
            Some(connection) if connection == self.session.connection() => Ok(true),
            Some(_) => Err(TlsError::Taken),
        }
    }

    /// Carries encrypted bytes to and fro, and says whether there were any.
    fn carry(&mut self, socket: &mut S::Socket) -> Result<bool, TransportError<S::TcpError>> {
        let Self { stack, session } = self;
        let sent = session.wire_to_send(|bytes| {
            // What the peer does not take any more is dropped: it may still have something to say.
            stack.send(socket, bytes).map(|sent| sent.unwrap_or(bytes.len()))
        })?;
        let mut has_ended = false;
        let received = session.wire_receive(|room| {
            let received = stack.receive(socket, room)?;
            has_ended = received == Received::End;
            Ok::<_, TransportError<S::TcpError>>(match received {
                Received::Data(n) => n,
                Received::Idle | Received::End => 0,
            })
        })?;
        if has_ended {
            session.wire_ended();
        }
        Ok(sent > 0 || received > 0 || has_ended)
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
        Ok(TlsSocket { socket: self.stack.socket()?, connection: None })
    }

    fn connect(
        &mut self,
        socket: &mut Self::Socket,
        remote: SocketAddr,
        tls: Option<&str>,
    ) -> nb::Result<(), TransportError<Self::TcpError>> {
        if socket.connection.is_none() {
            self.stack.connect(&mut socket.socket, remote, None)?;
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
        if !self.is_tls(socket).map_err(TransportError::Tls)? {
            self.session.begin(host).map_err(TransportError::Tls)?;
            socket.connection = Some(self.session.connection());
        }
        for _ in 0..ROUNDS {
            if self.session.is_open().map_err(TransportError::Tls)? {
                return Ok(());
            }
            if !self.carry(&mut socket.socket)? {
                break;
            }
        }
        Err(nb::Error::WouldBlock)
    }

    fn send(
        &mut self,
        socket: &mut Self::Socket,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<Self::TcpError>> {
        if !self.is_tls(socket)? {
            return self.stack.send(&mut socket.socket, bytes);
        }
        self.carry(&mut socket.socket)?;
        match self.session.write(bytes) {
            Ok(n) => {
                self.carry(&mut socket.socket)?;
                Ok(Some(n))
            }
            // The server has said goodbye.
            Err(_) if self.session.is_open() == Ok(true) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    fn receive(
        &mut self,
        socket: &mut Self::Socket,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<Self::TcpError>> {
        if !self.is_tls(socket)? {
            return self.stack.receive(&mut socket.socket, buffer);
        }
        for _ in 0..ROUNDS {
            match self.session.read(buffer)? {
                Read::Data(n) => return Ok(Received::Data(n)),
                Read::End => return Ok(Received::End),
                Read::Idle if self.carry(&mut socket.socket)? => {}
                Read::Idle => break,
            }
        }
        Ok(Received::Idle)
    }

    /// Says goodbye to the server, as far as the stack has room for it now.
    fn close(&mut self, mut socket: Self::Socket) {
        if self.is_tls(&socket) == Ok(true) {
            self.session.close();
            let Self { stack, session } = self;
            // The connection is given up: nothing can be done about an error.
            let _ = session.wire_to_send(|bytes| {
                stack.send(&mut socket.socket, bytes).map(Option::unwrap_or_default)
            });
            session.abandon();
        }
        self.stack.close(socket.socket);
    }
}

impl<E> From<TlsError> for TransportError<E> {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}
