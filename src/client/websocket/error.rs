use core::fmt;

/// What is wrong with a WebSocket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WebSocketError {
    /// The server has answered with this status, and not with 101: there is no WebSocket.
    Status(u16),
    /// Its answer does not say `Upgrade: websocket` and `Connection: Upgrade`, or the buffer had no room for that.
    Upgrade,
    /// It does not prove that it has understood the request (`Sec-WebSocket-Accept`).
    Accept,
    /// It wants an extension that was not asked for.
    Extension,
    /// It has chosen a subprotocol that was not offered.
    Protocol,
    /// The connection ended without a close frame.
    Lost,
    /// The message does not fit into the second half of the buffer.
    TooLong {
        /// Bytes that a message may have.
        have: usize,
    },
    /// It is closed, or not open yet.
    NotOpen,
}

impl core::error::Error for WebSocketError {}

impl fmt::Display for WebSocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Status(code) => {
                write!(f, "server opens no WebSocket here: it answered {code} and not 101")
            }
            Self::Upgrade => f.write_str(
                "server answered 101 without `Upgrade: websocket` and `Connection: Upgrade`",
            ),
            Self::Accept => f.write_str(
                "server does not prove that it speaks WebSocket: Sec-WebSocket-Accept is not that of the request",
            ),
            Self::Extension => {
                f.write_str("server wants an extension of WebSocket that was not asked for")
            }
            Self::Protocol => f.write_str("server has chosen a subprotocol that was not offered"),
            Self::Lost => f.write_str("WebSocket's connection ended without a close frame"),
            Self::TooLong { have } => write!(
                f,
                "message does not fit into the {have} bytes for it: send it in parts, or give a larger buffer"
            ),
            Self::NotOpen => f.write_str("WebSocket is not open"),
        }
    }
}
