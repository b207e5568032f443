//! TLS over connections that are open, whether their stack is polled or async.

use nal_tls::{Read, TlsError};

use super::TlsStack;
use crate::net::{Received, Sockets, TransportError};

/// So often bytes are carried in one call, at most: a server that sends much and says nothing must not
/// hold up the firmware.
const ROUNDS: usize = 256;

/// A connection of a [`TlsStack`], or of an `AsyncTlsStack`.
#[derive(Debug)]
pub struct TlsSocket<K> {
    socket: K,
    /// Which connection of the session it is; none if it is not TLS, or not yet.
    connection: Option<u32>,
}

impl<K> TlsSocket<K> {
    pub(super) const fn new(socket: K) -> Self {
        Self { socket, connection: None }
    }

    /// Whether TLS has begun.
    pub(super) const fn has_begun(&self) -> bool {
        self.connection.is_some()
    }

    /// The connection below.
    pub(super) const fn plain(&mut self) -> &mut K {
        &mut self.socket
    }
}

impl<S: Sockets, const N: usize> TlsStack<'_, '_, S, N> {
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

    /// Begins with TLS, and goes on until the server has proved who it is.
    pub(super) fn shake_hands(
        &mut self,
        socket: &mut TlsSocket<S::Socket>,
        host: &str,
    ) -> nb::Result<(), TransportError<S::TcpError>> {
        if !self.is_tls(socket).map_err(TransportError::Tls)? {
            self.session.begin(host).map_err(TransportError::Tls)?;
            socket.connection = Some(self.session.connection());
        }
        for _ in 0..ROUNDS {
            if self.session.is_open().map_err(TransportError::Tls)? {
                return Ok(());
            }
            if !self.carry(&mut socket.socket)? {
                return Err(nb::Error::WouldBlock);
            }
        }
        self.stack.again();
        Err(nb::Error::WouldBlock)
    }

    pub(super) fn encrypt(
        &mut self,
        socket: &mut TlsSocket<S::Socket>,
        bytes: &[u8],
    ) -> Result<Option<usize>, TransportError<S::TcpError>> {
        if !self.is_tls(socket)? {
            return self.stack.send(&mut socket.socket, bytes);
        }
        self.carry(&mut socket.socket)?;
        match self.session.write(bytes) {
            Ok(n) => {
                if self.carry(&mut socket.socket)? && n == 0 {
                    self.stack.again();
                }
                Ok(Some(n))
            }
            // The server has said goodbye.
            Err(_) if self.session.is_open() == Ok(true) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    pub(super) fn decrypt(
        &mut self,
        socket: &mut TlsSocket<S::Socket>,
        buffer: &mut [u8],
    ) -> Result<Received, TransportError<S::TcpError>> {
        if !self.is_tls(socket)? {
            return self.stack.receive(&mut socket.socket, buffer);
        }
        for _ in 0..ROUNDS {
            match self.session.read(buffer)? {
                Read::Data(n) => return Ok(Received::Data(n)),
                Read::End => return Ok(Received::End),
                Read::Idle if self.carry(&mut socket.socket)? => {}
                Read::Idle => return Ok(Received::Idle),
            }
        }
        self.stack.again();
        Ok(Received::Idle)
    }

    pub(super) fn say_goodbye(&mut self, mut socket: TlsSocket<S::Socket>) {
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
