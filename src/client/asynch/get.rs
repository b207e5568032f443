use super::{Client, ErrorOf};
use crate::client::get::{HEAD, PIECE};
use crate::hal::Timer;
use crate::net::AsyncTransport;

/// Gets a URL and hands out its body in pieces of at most 100 bytes, whatever the status (feature `async`).
///
/// Returns the status code when the body is complete. Each phase may take 30 s; 2,660 bytes of the future are its
/// buffers.
///
/// ```
/// use nal_http::client::asynch::{ErrorOf, http_get};
/// # use nal_http::{hal::Timer, net::AsyncTransport};
///
/// async fn length<S: AsyncTransport>(stack: S, timer: impl Timer) -> Result<usize, ErrorOf<S>> {
///     let mut length = 0;
///     let url = "http://micropython.org/ks/test.html";
///     http_get(stack, timer, url, |piece| length += piece.len()).await?;
///     Ok(length)
/// }
/// ```
///
/// # Errors
/// What went wrong; a body shorter than announced is an error after its last piece.
pub async fn http_get<S: AsyncTransport>(
    stack: S,
    timer: impl Timer,
    url: &str,
    on_piece: impl FnMut(&[u8]),
) -> Result<u16, ErrorOf<S>> {
    let mut client = Client::new(stack, timer);
    http_get_with(&mut client, url, &mut [0; HEAD], &mut [0; PIECE], on_piece).await
}

/// [`http_get`] with a client that has its own time-outs, a buffer of any size for the heads (512 bytes serve nearly
/// every server that does not send on to a long URL), and one for the pieces.
///
/// # Errors
/// As [`http_get`].
pub async fn http_get_with<S: AsyncTransport, T: Timer>(
    client: &mut Client<'_, S, T>,
    url: &str,
    head: &mut [u8],
    piece: &mut [u8],
    mut on_piece: impl FnMut(&[u8]),
) -> Result<u16, ErrorOf<S>> {
    let mut response = client.get(url).send(head).await?;
    loop {
        let n = response.read(piece).await?;
        if n == 0 {
            return Ok(response.status_code());
        }
        on_piece(piece.get(..n).unwrap_or_default());
    }
}
