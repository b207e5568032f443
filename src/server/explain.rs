use core::fmt::Write;

use super::{Answer, Failure, Reply, Request};

/// Tells the client of a 4xx all that is known of it, such as the line of the head that could not be
/// read: for [`Site::handle_error`](super::Site::handle_error). It needs `core::fmt`, which an image
/// without it does not have.
///
/// ```
/// use nal_http::server::{Site, explain};
///
/// const SITE: Site<()> = Site::new(&[]).handle_error(explain);
/// # let _ = SITE;
/// ```
///
/// # Errors
/// None; it is a result to be returned as it is.
pub fn explain<A, T>(
    _: &mut A,
    _: &Request<'_, T>,
    failure: &Failure,
    reply: &mut Reply<'_>,
) -> Answer {
    reply.write("text/plain; charset=utf-8", |page| {
        if failure.status.is_server_error() {
            page.str(failure.status.reason());
        } else {
            // It only counts what does not fit.
            let _ = write!(page, "{failure}");
        }
    })
}
