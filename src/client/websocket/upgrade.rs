use core::cell::Cell;

use super::WebSocketError;
use crate::client::extra::{Extra, IncomingHead, Next, OutgoingHead};
use crate::client::{Request, RequestError, ResponseError};
use crate::wire::websocket::{ACCEPT, KEY, elements, write_accept};
use crate::wire::{Base64Writer, InvalidHeader, Needed, Writer};

/// On what terms a client speaks WebSocket. It is that of one WebSocket at a time, and may be used for the next one.
///
/// ```
/// use nal_http::client::websocket::Upgrade;
///
/// let upgrade = Upgrade::new().protocols(&["light.v2", "light.v1"]).message_limit(1024);
/// ```
#[derive(Debug, Clone)]
pub struct Upgrade<'p> {
    protocols: &'p [&'p str],
    pub(super) message_limit: u64,
    pub(super) ping_ms: u32,
    nonce: Cell<[u8; 16]>,
    /// Which of the subprotocols the server has chosen.
    chosen: Cell<Option<usize>>,
}

impl<'p> Upgrade<'p> {
    /// No subprotocol, messages of any length, a ping after 20 s of silence.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            protocols: &[],
            message_limit: u64::MAX,
            ping_ms: 20_000,
            nonce: Cell::new([0; 16]),
            chosen: Cell::new(None),
        }
    }

    /// Offers subprotocols, the best first. The server chooses one or none: [`protocol`](Self::protocol).
    #[must_use]
    pub const fn protocols(mut self, names: &'p [&'p str]) -> Self {
        self.protocols = names;
        self
    }

    /// Longer messages, in bytes, close it with 1009.
    #[must_use]
    pub const fn message_limit(mut self, bytes: u64) -> Self {
        self.message_limit = bytes;
        self
    }

    /// After so many ms of silence the server is pinged; after as many more, it is given up (1008).
    #[must_use]
    pub const fn ping_ms(mut self, ms: u32) -> Self {
        self.ping_ms = ms;
        self
    }

    /// The subprotocol that the server has chosen, if any.
    #[must_use]
    pub fn protocol(&self) -> Option<&'p str> {
        self.protocols.get(self.chosen.get()?).copied()
    }

    /// Takes the nonce of the next handshake (RFC 6455 section 4.1).
    pub(super) fn draw(&self, random: &mut impl FnMut() -> u32) {
        let mut nonce = [0; 16];
        for four in nonce.chunks_mut(4) {
            four.iter_mut().zip(random().to_le_bytes()).for_each(|(to, byte)| *to = byte);
        }
        self.nonce.set(nonce);
        self.chosen.set(None);
    }

    fn key(&self) -> [u8; KEY] {
        let mut key = [0; KEY];
        let (mut writer, mut digits) = (Writer::new(&mut key), Base64Writer::default());
        for byte in self.nonce.get() {
            digits.byte(&mut writer, byte);
        }
        let padding = digits.finish(&mut writer);
        writer.str(padding);
        key
    }

    /// Looks at an answer with 101 (RFC 6455 section 4.1).
    fn check(&self, head: &IncomingHead<'_>) -> Result<(), WebSocketError> {
        let headers = head.headers();
        let has = |name, value: &str| {
            elements(&headers, name).any(|element| element.eq_ignore_ascii_case(value))
        };
        if !has("Upgrade", "websocket") || !has("Connection", "upgrade") {
            return Err(WebSocketError::Upgrade);
        }
        let mut accept = [0; ACCEPT];
        write_accept(&mut Writer::new(&mut accept), &self.key());
        if headers.get_bytes("Sec-WebSocket-Accept") != Some(&accept) {
            return Err(WebSocketError::Accept);
        }
        if headers.get_bytes("Sec-WebSocket-Extensions").is_some() {
            return Err(WebSocketError::Extension);
        }
        if let Some(chosen) = headers.get_bytes("Sec-WebSocket-Protocol") {
            let found = self.protocols.iter().position(|name| name.as_bytes() == chosen);
            self.chosen.set(Some(found.ok_or(WebSocketError::Protocol)?));
        }
        Ok(())
    }
}

const NEEDED: &[Needed] = &[
    Needed { name: "Upgrade", codes: &[101] },
    Needed { name: "Connection", codes: &[101] },
    Needed { name: "Sec-WebSocket-Accept", codes: &[101] },
    Needed { name: "Sec-WebSocket-Extensions", codes: &[101] },
    Needed { name: "Sec-WebSocket-Protocol", codes: &[101] },
];

impl Extra for Upgrade<'_> {
    fn request(&self, head: &mut OutgoingHead<'_>) -> Result<(), RequestError> {
        let key = self.key();
        let key = core::str::from_utf8(&key).unwrap_or_default();
        head.header("Upgrade", "websocket")?;
        head.header("Sec-WebSocket-Version", "13")?;
        head.header("Sec-WebSocket-Key", key)?;
        let mut front = "Sec-WebSocket-Protocol: ";
        for name in self.protocols {
            let is_token =
                |byte: u8| byte.is_ascii_graphic() && !matches!(byte, b',' | b';' | b'"');
            if name.is_empty() || !name.bytes().all(is_token) {
                return Err(InvalidHeader::Value.into());
            }
            head.writer().str(front);
            head.writer().str(name);
            front = ", ";
        }
        if !self.protocols.is_empty() {
            head.writer().str("\r\n");
        }
        Ok(())
    }

    fn needs(&self) -> &'static [Needed] {
        NEEDED
    }

    fn response(&self, head: &mut IncomingHead<'_>) -> Result<Next, ResponseError> {
        if head.status_code() == 101 {
            self.check(head).map_err(ResponseError::WebSocket)?;
        }
        Ok(Next::Proceed)
    }

    /// It has no secrets.
    fn is_for_other_origins(&self) -> bool {
        true
    }
}

impl Default for Upgrade<'_> {
    fn default() -> Self {
        Self::new()
    }
}

/// A request that opens a WebSocket: see [`Request::websocket`].
#[must_use = "a WebSocket is not open until the request is sent"]
#[derive(Debug)]
pub struct Opening<'r, L = ()> {
    pub(in crate::client) request: Request<'r, L>,
    pub(in crate::client) upgrade: &'r Upgrade<'r>,
}

impl<'r, L> Request<'r, L> {
    /// Asks the server to go over to WebSocket (feature `websocket`): [`Opening::open`] does so with a client, and
    /// [`Opening::start`] makes a [`Call`](super::Call) of it. It takes the place of a header and of an extra.
    pub fn websocket(self, upgrade: &'r Upgrade<'r>) -> Opening<'r, L> {
        let mut request = self.header("Connection", "Upgrade").with(upgrade);
        request.parts.is_upgrade = true;
        Opening { request, upgrade }
    }
}
