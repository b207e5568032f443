use super::handshake::check;
use super::{Socket, State};
use crate::server::guards::is_from;
use crate::server::{Failure, Reply, Request};
use crate::wire::websocket::{elements, write_accept};
use crate::wire::{BodyReader, Framing, Status};

/// On what terms a server speaks WebSocket.
///
/// ```
/// use nal_http::server::websocket::{State, Upgrade};
/// use nal_http::server::{Answer, Reply, Request};
///
/// const UPGRADE: Upgrade = Upgrade::new().protocols(&["light.v2", "light.v1"]).message_limit(1024);
///
/// fn light(_: &mut (), request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
///     let mut socket = UPGRADE.accept(request, reply)?;
///     while let Some(_) = socket.receive() {}
///     socket.wait(1_000)
/// }
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Upgrade {
    protocols: &'static [&'static str],
    origins: Option<&'static [&'static str]>,
    message_limit: u64,
    pub(super) ping_ms: u32,
}

impl Upgrade {
    /// No subprotocol, pages of this server only, messages of any length, a ping after 20 s of silence.
    #[must_use]
    pub const fn new() -> Self {
        Self { protocols: &[], origins: None, message_limit: u64::MAX, ping_ms: 20_000 }
    }

    /// The subprotocols that are spoken: of those that the client names, the first one of these is chosen
    /// ([`Socket::protocol`]). If none is, none is named in the answer, and most clients close.
    #[must_use]
    pub const fn protocols(mut self, names: &'static [&'static str]) -> Self {
        self.protocols = names;
        self
    }

    /// Also pages of these origins may connect, such as `https://example.com`; `"*"` is any.
    ///
    /// Browsers let any page open a WebSocket to anywhere, and say whose page it is in `Origin`: so
    /// without this, one whose host is not that of the request is refused with 403 (RFC 6455 section
    /// 10.2). Clients that are no browsers send no `Origin`, and are let in.
    #[must_use]
    pub const fn origins(mut self, origins: &'static [&'static str]) -> Self {
        self.origins = Some(origins);
        self
    }

    /// Longer messages, in bytes, close it with 1009.
    #[must_use]
    pub const fn message_limit(mut self, bytes: u64) -> Self {
        self.message_limit = bytes;
        self
    }

    /// After so many ms of silence the client is pinged; after as many more, it is given up (1008).
    #[must_use]
    pub const fn ping_ms(mut self, ms: u32) -> Self {
        self.ping_ms = ms;
        self
    }

    /// Answers the request with 101, the first time; later, goes on with what has arrived.
    ///
    /// # Errors
    /// A failure with status 426 if the request asks for no WebSocket, or for another version than 13;
    /// 400 if it is malformed; 403 if its origin is another; 500 if the route is not one
    /// [for it](crate::server::Route::websocket), or the handler has looked at the body.
    pub fn accept<'s, 'r, T: AsMut<State>>(
        &self,
        request: &'s mut Request<'_, T>,
        reply: &'s mut Reply<'r>,
    ) -> Result<Socket<'s, 'r, T>, Failure> {
        if request.state.as_mut().side.is_new() && !request.is_aborted() {
            let key = check(request)?;
            self.check_origin(request)?;
            let headers = request.headers();
            let offered = || elements(&headers, "Sec-WebSocket-Protocol");
            let protocol =
                self.protocols.iter().find(|name| offered().any(|other| other == **name));
            let protocol = protocol.copied();
            if !request.in_pieces {
                return Err(Failure::internal(
                    "a WebSocket needs a route made with `Route::websocket`",
                ));
            }
            reply.begin_upgrade(|head| {
                head.str("Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ");
                write_accept(head, key.as_bytes());
                head.str("\r\n");
                if let Some(name) = protocol {
                    head.line("Sec-WebSocket-Protocol: ", name);
                }
            });
            *request.framing = BodyReader::strict(Framing::UntilClose);
            let state = request.state.as_mut();
            state.protocol = protocol;
            state.side.open(request.now_ms);
        }
        Socket::new(self, request, reply, self.message_limit)
    }

    fn check_origin<T>(&self, request: &Request<'_, T>) -> Result<(), Failure> {
        if is_from(request, self.origins.unwrap_or_default()) {
            return Ok(());
        }
        Err(Failure::new(Status::FORBIDDEN, "pages of this origin may not open a WebSocket here"))
    }
}

impl Default for Upgrade {
    fn default() -> Self {
        Self::new()
    }
}
