use std::vec::Vec;

/// A frame of a WebSocket (RFC 6455 section 5.2) as a peer of what is tested sends it (feature `websocket`): of a client
/// with a mask, of a server without.
///
/// `first` is its first byte: 0x81 for a whole text, 0x82 for other bytes, 0x88 to close, 0x89 for a ping.
///
/// ```
/// use nal_http::server::websocket::{Received, State};
/// use nal_http::server::{Answer, Reply, Request, Route, Site};
/// use nal_http::testing::{TestClient, websocket_frame};
///
/// fn echo(_: &mut (), request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
///     let mut socket = reply.websocket(request)?;
///     while let Some(Received::Part(part)) = socket.receive() {
///         socket.send_text(part.text().unwrap_or("no text"));
///     }
///     socket.wait(1_000)
/// }
///
/// const SITE: Site<(), State> = Site::new(&[Route::websocket("/ws", echo)]);
///
/// let head = b"GET /ws HTTP/1.1\r\nHost: board\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
///     Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
/// let frame = websocket_frame(0x81, Some([1, 2, 3, 4]), "on");
/// let answer = TestClient::new(SITE).send_pieces(&mut (), [&head[..], &frame]);
/// assert!(answer.ends_with(&websocket_frame(0x81, None, "on")));
/// ```
#[must_use]
pub fn websocket_frame(first: u8, mask: Option<[u8; 4]>, payload: impl AsRef<[u8]>) -> Vec<u8> {
    let payload = payload.as_ref();
    let masked = if mask.is_some() { 0x80 } else { 0 };
    let [.., seventh, eighth] = (payload.len() as u64).to_be_bytes();
    let mut bytes = Vec::from([first]);
    match payload.len() {
        ..126 => bytes.push(masked | eighth),
        126..0x1_0000 => bytes.extend([masked | 0x7e, seventh, eighth]),
        length => {
            bytes.push(masked | 0x7f);
            bytes.extend((length as u64).to_be_bytes());
        }
    }
    bytes.extend(mask.iter().flatten());
    let mask = mask.unwrap_or_default();
    bytes.extend(payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask));
    bytes
}
