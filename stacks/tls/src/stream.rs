//! A session over a connection that blocks.

use core::fmt;

use embedded_io::{ErrorKind, ErrorType};

use super::{Read, Session, TlsError};

/// TLS over any connection that blocks, as another connection that blocks.
pub struct Stream<'s, 'e, T, const N: usize = 256> {
    session: &'s mut Session<'e, N>,
    connection: T,
}

/// Why a [`Stream`] broke: `E` is the error of the connection below.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StreamError<E> {
    /// TLS refused or lost the connection.
    Tls(TlsError),
    /// The connection below broke.
    Connection(E),
}

impl<'s, 'e, T: embedded_io::Read + embedded_io::Write, const N: usize> Stream<'s, 'e, T, N> {
    /// Makes the handshake with `host` over a connection to it.
    ///
    /// # Errors
    /// Why the server is refused, or why the connection broke.
    pub fn open(
        session: &'s mut Session<'e, N>,
        connection: T,
        host: &str,
    ) -> Result<Self, StreamError<T::Error>> {
        session.begin(host)?;
        let mut stream = Self { session, connection };
        while !stream.is_open()? {
            stream.fetch()?;
        }
        Ok(stream)
    }

    /// Sends `close_notify` and gives the connection back.
    ///
    /// # Errors
    /// The alert could not be sent.
    pub fn close(mut self) -> Result<T, StreamError<T::Error>> {
        self.session.close();
        self.send()?;
        self.session.abandon();
        Ok(self.connection)
    }

    fn is_open(&mut self) -> Result<bool, StreamError<T::Error>> {
        let result = self.session.is_open();
        // There may be something to send before the end.
        self.send()?;
        Ok(result?)
    }

    /// Waits for bytes of the server.
    fn fetch(&mut self) -> Result<(), StreamError<T::Error>> {
        self.send()?;
        let Self { session, connection } = self;
        if session.wire_room() == 0 {
            session.turn();
            return Ok(());
        }
        let result = session.wire_receive(|room| connection.read(room));
        if result.map_err(StreamError::Connection)? == 0 {
            session.wire_ended();
        }
        Ok(())
    }

    fn send(&mut self) -> Result<(), StreamError<T::Error>> {
        let Self { session, connection } = self;
        while session
            .wire_to_send(|bytes| connection.write(bytes))
            .map_err(StreamError::Connection)?
            > 0
        {}
        connection.flush().map_err(StreamError::Connection)
    }
}

impl<T: ErrorType, const N: usize> ErrorType for Stream<'_, '_, T, N> {
    type Error = StreamError<T::Error>;
}

impl<T: embedded_io::Read + embedded_io::Write, const N: usize> embedded_io::Read
    for Stream<'_, '_, T, N>
{
    /// 0 is the end that the server has declared; a connection that is cut off is an error.
    fn read(&mut self, out: &mut [u8]) -> Result<usize, Self::Error> {
        loop {
            match self.session.read(out) {
                Ok(Read::Data(n)) => return Ok(n),
                Ok(Read::End) => return Ok(0),
                Ok(Read::Idle) => self.fetch()?,
                Err(error) => {
                    // The server gets the alert, if it still listens.
                    let _ = self.send();
                    return Err(error.into());
                }
            }
        }
    }
}

impl<T: embedded_io::Read + embedded_io::Write, const N: usize> embedded_io::Write
    for Stream<'_, '_, T, N>
{
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        loop {
            let n = self.session.write(bytes)?;
            if n > 0 || bytes.is_empty() {
                return Ok(n);
            }
            self.send()?;
        }
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.session.flush();
        self.send()
    }
}

impl<E> From<TlsError> for StreamError<E> {
    fn from(error: TlsError) -> Self {
        Self::Tls(error)
    }
}

impl<E: fmt::Debug> fmt::Display for StreamError<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tls(error) => error.fmt(f),
            Self::Connection(error) => write!(f, "connection broke: {error:?}"),
        }
    }
}

impl<E: fmt::Debug> core::error::Error for StreamError<E> {}

impl<E: embedded_io::Error> embedded_io::Error for StreamError<E> {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::Tls(error) => error.kind(),
            Self::Connection(error) => error.kind(),
        }
    }
}
