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

/// [`fetch`] for https URLs, of servers for which this authority vouches: one certificate in DER. Its future takes 25 KB.
///
/// # Errors
/// What went wrong first.
#[cfg(feature = "https")]
pub async fn fetch_over_tls<S: AsyncTransport>(
    stack: S,
    url: &str,
    authority: &[u8],
    platform: impl nal_http::tls::Platform,
    print: fn(fmt::Arguments<'_>),
) -> Result<(), ErrorOf<S>> {
    use core::pin::pin;

    use nal_http::tls::{AsyncTlsStack, Link, MIN_SEND, Memory, Session, Trust, engine};

    let (mut receive, mut send) = ([0; 4352], [0; MIN_SEND]);
    let memory = Memory { receive: &mut receive, send: &mut send };
    let link = Link::<256>::new();
    let authorities = [authority];
    let mut engine = pin!(engine(&link, Trust::authorities(&authorities), memory, platform));
    let mut session = Session::new(&link, engine.as_mut());
    fetch(AsyncTlsStack::new(stack, &mut session), url, print).await
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
