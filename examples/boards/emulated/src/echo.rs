use nal_http::server::websocket::{self, Received};
use nal_http::server::{Answer, Reply, Request};
use ota::Upload;

/// What the handlers of a board that takes updates remember: of an upload, or of a WebSocket.
#[derive(Debug, Default)]
pub struct State {
    upload: Upload,
    socket: websocket::State,
}

impl AsMut<Upload> for State {
    fn as_mut(&mut self) -> &mut Upload {
        &mut self.upload
    }
}

impl AsMut<websocket::State> for State {
    fn as_mut(&mut self) -> &mut websocket::State {
        &mut self.socket
    }
}

/// Sends each message of a WebSocket back, in parts as it comes.
pub fn echo<A>(_: &mut A, request: &mut Request<'_, State>, reply: &mut Reply<'_>) -> Answer {
    let mut socket = reply.websocket(request)?;
    loop {
        let room = socket.room();
        match socket.receive_up_to(room) {
            Some(Received::Part(part)) => {
                socket.send_part(part.kind, part.is_last, |to| to.bytes(part.bytes));
            }
            Some(Received::Closed(_)) => {}
            None => return socket.wait(60_000),
        }
    }
}
