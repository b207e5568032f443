//! The tunnel through a proxy: asked for, and TLS begun in it, before anything of the request is sent.

use super::{Call, Step, open};
use crate::client::{Error, ErrorOf, ProxyError, ResponseError};
use crate::net::{Received, Transport};
use crate::wire::{HeadRules, Writer, check_status_line};

/// How far the request for a tunnel has come.
///
/// It has no buffer: the request is written once more for each piece of it, and its answer read byte by byte,
/// since what follows is for TLS.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Tunnel {
    /// So many bytes of the request are sent.
    sent: usize,
    /// So many bytes of the answer have come.
    total: usize,
    /// The front of the current line, as much as a status line needs that can be told from another.
    line: [u8; LINE],
    /// So many bytes of it have come.
    length: usize,
    /// The code of the answer, 0 before it came.
    code: u16,
}

/// As long as `HTTP/1.1 200 `.
const LINE: usize = 13;
/// Of the request, so much is written at a time.
const PIECE: usize = 64;

impl Tunnel {
    /// Takes a byte of the answer. Whether the tunnel is there.
    fn take(&mut self, byte: u8) -> Result<bool, ProxyError> {
        self.total += 1;
        if self.total > HeadRules::DEFAULT_LIMIT {
            return Err(ProxyError::Malformed);
        }
        if byte != b'\n' {
            if let Some(place) = self.line.get_mut(self.length) {
                *place = byte;
            }
            self.length += 1;
            return Ok(false);
        }
        let line = self.line.get(..self.length).unwrap_or(&self.line);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        self.length = 0;
        if self.code == 0 {
            let (_, code) = check_status_line(line).map_err(|_| ProxyError::Malformed)?;
            self.code = code;
        } else if line.is_empty() {
            match self.code {
                // Whatever its headers say about a body, there is none (RFC 9110 section 9.3.6).
                200..=299 => return Ok(true),
                // An interim response.
                100..=199 => self.code = 0,
                code => return Err(ProxyError::Status(code)),
            }
        }
        Ok(false)
    }
}

impl<K> Call<'_, '_, K> {
    /// Asks the proxy for a tunnel, until it is there.
    pub(super) fn open_tunnel<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let (Some(url), Some(proxy)) = (self.place.url(), self.proxy()) else {
            return Err(nb::Error::Other(ResponseError::Over.into()));
        };
        let Step::Tunnel(tunnel) = &mut self.step else { return Ok(()) };
        let socket = open(&mut self.socket)?;
        loop {
            let mut piece = [0; PIECE];
            let mut writer = Writer::window(&mut piece, tunnel.sent);
            proxy.write_connect(url, &mut writer);
            let rest = writer.written();
            if rest.is_empty() {
                break;
            }
            let sent = stack.send(socket, rest);
            match sent.map_err(|error| Error::of(error, Error::Connect))? {
                Some(0) => return Err(nb::Error::WouldBlock),
                Some(n) => tunnel.sent += n,
                // A proxy that does not want the rest has answered, more often than not.
                None => tunnel.sent = usize::MAX,
            }
        }
        loop {
            let mut byte = [0];
            let received = stack.receive(socket, &mut byte);
            match received.map_err(|error| Error::of(error, Error::Connect))? {
                Received::Data(_) => {}
                Received::Idle => return Err(nb::Error::WouldBlock),
                Received::End => return Err(nb::Error::Other(ProxyError::Closed.into())),
            }
            let [byte] = byte;
            if tunnel.take(byte).map_err(Error::from)? {
                self.step = Step::Secure;
                return Ok(());
            }
        }
    }

    /// Begins with TLS in the tunnel.
    pub(super) fn secure<S>(&mut self, stack: &mut S) -> nb::Result<(), ErrorOf<S>>
    where
        S: Transport<Socket = K>,
    {
        let url = self.place.url().ok_or(ResponseError::Over).map_err(Error::from)?;
        let secured = stack.secure(open(&mut self.socket)?, url.host());
        secured.map_err(|error| error.map(|error| Error::of(error, Error::Connect)))?;
        self.begin_to_talk();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    /// What becomes of an answer, and how many bytes of it were taken.
    fn answered(answer: &[u8]) -> (Result<bool, ProxyError>, usize) {
        let mut tunnel = Tunnel::default();
        for (index, &byte) in answer.iter().enumerate() {
            match tunnel.take(byte) {
                Ok(false) => {}
                over => return (over, index + 1),
            }
        }
        (Ok(false), answer.len())
    }

    #[test]
    fn answers_end_with_their_empty_line() {
        let long = format!("HTTP/1.1 200 OK\r\nX: {}\r\n\r\n", "x".repeat(10_000));
        let heads = [
            "HTTP/1.1 200 Connection established\r\n\r\n",
            "HTTP/1.0 200\r\n\r\n",
            "HTTP/1.1 200 \n\n",
            "HTTP/1.1 299 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVia: 1.1 p\r\n\r\n",
            &long,
        ];
        for head in heads {
            let answer = format!("{head}\u{16}\u{3}\u{3}");
            assert_eq!(answered(answer.as_bytes()), (Ok(true), head.len()), "{head}");
            for end in 0..head.len() {
                assert_eq!(answered(&head.as_bytes()[..end]).0, Ok(false));
            }
        }
    }

    #[test]
    fn other_answers_are_errors() {
        let endless = format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(5_000));
        let malformed = [
            "HTTP/1.1 2000 x\r\n",
            "HTTP/1.1 20\r\n",
            "HTTP/2.0 200 x\r\n",
            "HTTP/1.1  200 x\r\n",
            "SSH-2.0-OpenSSH\r\n",
            "\r\n",
            "\u{15}\u{3}\u{1}\n",
            &endless,
        ];
        for answer in malformed {
            assert_eq!(answered(answer.as_bytes()).0, Err(ProxyError::Malformed), "{answer:?}");
        }
        for code in [101, 300, 302, 403, 407, 502, 999] {
            let answer = format!("HTTP/1.1 {code} No\r\nContent-Length: 3\r\n\r\nbad");
            // 101 is no tunnel: nobody has asked for another protocol.
            let expected = if code == 101 { Ok(false) } else { Err(ProxyError::Status(code)) };
            assert_eq!(answered(answer.as_bytes()).0, expected);
        }
    }
}
