use core::fmt;

use nal_http::client::Request;
use nal_http::client::asynch::{Client, ErrorOf};
use nal_http::hal::Timer;
use nal_http::net::AsyncTransport;

use crate::timer;

/// The client on the board: gets `url` and posts Chinese text to it, over `(&tcp, &dns)` or the like. Status and text of
/// both answers are printed.
///
/// # Errors
/// What went wrong first.
pub async fn fetch<S: AsyncTransport>(
    stack: S,
    url: &str,
    print: fn(fmt::Arguments<'_>),
) -> Result<(), ErrorOf<S>> {
    let mut client = Client::new(stack, timer());
    let mut buffer = [0; 1024];
    show("GET", client.get(url), &mut buffer, print).await?;
    let post = client
        .post(url)
        .header("Content-Type", "text/plain; charset=utf-8")
        .data("光线传感器值是:301");
    show("POST", post, &mut buffer, print).await
}

async fn show<S: AsyncTransport, T: Timer>(
    method: &str,
    request: Request<'_, &mut Client<'_, S, T>>,
    buffer: &mut [u8],
    print: fn(fmt::Arguments<'_>),
) -> Result<(), ErrorOf<S>> {
    let mut response = request.send(buffer).await?;
    let status = response.status_code();
    print(format_args!("{method} {status} {}\n", response.text().await?));
    Ok(())
}
