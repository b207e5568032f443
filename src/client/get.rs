use super::{Client, ErrorOf};
use crate::hal::Clock;
use crate::net::Transport;

/// Bytes that [`http_get`] needs on the stack for the head: a redirect to a URL of 1100 bytes fits, as GitHub has
/// them.
pub(super) const HEAD: usize = 2560;
/// Bytes of a piece, as the tutorial's program reads them.
pub(super) const PIECE: usize = 100;

/// Gets a URL and hands out its body in pieces of at most 100 bytes, whatever the status.
///
/// The tutorial's first program. Returns the status code when the body is complete. Blocks for at
/// most 30 s for each phase; takes 2,660 bytes of the call stack for its buffers.
///
/// ```no_run
/// # fn demo<S: embedded_nal::TcpClientStack + embedded_nal::Dns>(stack: &mut S, clock: impl nal_http::hal::Clock) {
/// use nal_http::client::http_get;
///
/// let mut length = 0;
/// let result = http_get(stack, clock, "http://micropython.org/ks/test.html", |piece| {
///     length += piece.len();
/// });
/// # }
/// ```
///
/// # Errors
/// What went wrong; a body shorter than announced is an error after its last piece.
pub fn http_get<S: Transport>(
    stack: &mut S,
    clock: impl Clock,
    url: &str,
    on_piece: impl FnMut(&[u8]),
) -> Result<u16, ErrorOf<S>> {
    let mut client = Client::new(stack, clock);
    http_get_with(&mut client, url, &mut [0; HEAD], &mut [0; PIECE], on_piece)
}

/// [`http_get`] with a client that has its own idle hook and time-outs, a buffer of any size for the
/// heads (512 bytes serve nearly every server that does not send on to a long URL), and one for the pieces.
///
/// # Errors
/// As [`http_get`].
pub fn http_get_with<S: Transport, C: Clock>(
    client: &mut Client<'_, S, C>,
    url: &str,
    head: &mut [u8],
    piece: &mut [u8],
    mut on_piece: impl FnMut(&[u8]),
) -> Result<u16, ErrorOf<S>> {
    let mut response = client.get(url).send(head)?;
    loop {
        let n = response.read(piece)?;
        if n == 0 {
            return Ok(response.status_code());
        }
        on_piece(piece.get(..n).unwrap_or_default());
    }
}
