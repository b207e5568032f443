//! The tunnel through a proxy: asked for, and TLS begun in it, before anything of the request is sent.

use super::Proxy;
use crate::client::ProxyError;
use crate::client::step::Step;
use crate::net::Received;
use crate::wire::{HeadRules, Url, Writer, check_status_line};

/// How far the request for a tunnel has come.
///
/// The buffer has the request to the server in it already: so this one is written once more for each piece of it, and
/// its answer is read byte by byte, since what follows is for TLS.
pub(in crate::client) struct Tunnel {
    /// So many bytes of the request are sent; `ALL`: all, or the proxy takes no more.
    sent: usize,
    /// So many bytes of the answer have come.
    total: usize,
    /// A piece of the request; then the front of the current line, as much as is needed to tell it from another.
    piece: [u8; PIECE],
    /// So many bytes of the line have come.
    length: usize,
    /// The code of the answer, 0 before it came.
    code: u16,
    /// The byte that is received.
    byte: [u8; 1],
}

/// Of the request, so much is written at a time.
const PIECE: usize = 64;
/// As long as `HTTP/1.1 200 `.
const LINE: usize = 13;
const ALL: usize = usize::MAX;

/// What makes a tunnel. The driver points to it if its transport can begin with TLS there, and a proxy does for a
/// WebSocket, so that an image without either does not hold the code.
pub(in crate::client) struct Tunnelling {
    pub(in crate::client) begin: fn(&mut Tunnel),
    next: for<'t> fn(&'t mut Tunnel, Option<Proxy<'_>>, &str) -> Step<'t>,
    received: fn(&mut Tunnel, Received) -> Result<bool, ProxyError>,
}

impl Tunnelling {
    pub(in crate::client) const NEW: &Self = &Self {
        begin: |tunnel| *tunnel = Tunnel::NEW,
        next: Tunnel::request,
        received: Tunnel::response,
    };
}

impl Tunnel {
    pub(in crate::client) const NEW: Self =
        Self { sent: 0, total: 0, piece: [0; PIECE], length: 0, code: 0, byte: [0] };

    /// What to do next.
    pub(in crate::client) fn next(
        &mut self,
        tunnelling: Option<&Tunnelling>,
        proxy: Option<Proxy<'_>>,
        url: &str,
    ) -> Step<'_> {
        match tunnelling {
            Some(tunnelling) => (tunnelling.next)(self, proxy, url),
            None => Step::Wait,
        }
    }

    /// A proxy that takes no more has answered, more often than not.
    pub(in crate::client) const fn sent(&mut self, sent: Option<usize>) {
        self.sent = match sent {
            Some(n) => self.sent.saturating_add(n),
            None => ALL,
        };
    }

    /// Whether the tunnel is there.
    pub(in crate::client) fn received(
        &mut self,
        tunnelling: Option<&Tunnelling>,
        received: Received,
    ) -> Result<bool, ProxyError> {
        tunnelling.map_or(Ok(false), |tunnelling| (tunnelling.received)(self, received))
    }

    fn request(&mut self, proxy: Option<Proxy<'_>>, url: &str) -> Step<'_> {
        if let (Some(proxy), Ok(url)) = (proxy.filter(|_| self.sent != ALL), Url::parse(url)) {
            let mut writer = Writer::window(&mut self.piece, self.sent);
            proxy.write_connect(&url, &mut writer);
            let length = writer.written().len();
            if length > 0 {
                return Step::Send(self.piece.get(..length).unwrap_or_default());
            }
            self.sent = ALL;
        }
        Step::Receive(&mut self.byte)
    }

    fn response(&mut self, received: Received) -> Result<bool, ProxyError> {
        let [byte] = self.byte;
        match received {
            Received::Data(_) => self.take(byte),
            Received::End => Err(ProxyError::Closed),
            Received::Idle => Ok(false),
        }
    }
}

impl Tunnel {
    /// Takes a byte of the answer. Whether the tunnel is there.
    fn take(&mut self, byte: u8) -> Result<bool, ProxyError> {
        self.total += 1;
        if self.total > HeadRules::DEFAULT_LIMIT {
            return Err(ProxyError::Malformed);
        }
        if byte != b'\n' {
            if let Some(place) = self.piece.get_mut(self.length).filter(|_| self.length < LINE) {
                *place = byte;
            }
            self.length += 1;
            return Ok(false);
        }
        let line = self.piece.get(..self.length.min(LINE)).unwrap_or_default();
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

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;

    /// What becomes of an answer, and how many bytes of it were taken.
    fn answered(answer: &[u8]) -> (Result<bool, ProxyError>, usize) {
        let mut tunnel = Tunnel::NEW;
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
