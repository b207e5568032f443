use core::fmt;

use embedded_nal::TcpFullStack;

/// How a stack tells which of its sockets are ready, so that a server asks only those.
///
/// No stack has to: without it, each [`poll`](crate::server::Server::poll) asks every connection for
/// what it has received. With it, an idle connection costs nothing until something arrives. That pays where
/// most connections are idle: with a handful of slots, asking all of them takes less than asking the stack
/// who is ready. The stack needs to know nothing of this crate, only to have two functions of this shape. It
/// is what [`Server::serve_with`](crate::server::Server::serve_with) and
/// [`poll_with`](crate::server::Server::poll_with) are given:
///
/// ```
/// use nal_http::net::Readiness;
/// use nal_std::Stack;
///
/// let readiness = Readiness { watch: Stack::watch, next: Stack::next_ready };
/// ```
///
/// # For authors of stacks
/// A socket is ready unless its last `receive`, `accept` or `send` would have had to wait (it answered
/// `WouldBlock`, or for `send` `Ok(0)`) and would still have to. So it is ready when it begins to be
/// watched, as long as more may be there to be received, and when it has broken. To tell too many costs
/// a call that does nothing; one that is not told is not served before its deadline.
///
/// What wakes whoever waits for the stack (the server's `idle`) is to wake for these sockets, too.
pub struct Readiness<S: TcpFullStack> {
    /// From now on, the socket is told of by this number, which no other open socket has. It is forgotten when the
    /// socket is closed.
    pub watch: fn(&mut S, &S::TcpSocket, usize),
    /// The smallest number of a socket that is ready, of this number and those above it.
    pub next: fn(&S, usize) -> Option<usize>,
}

impl<S: TcpFullStack> Clone for Readiness<S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: TcpFullStack> Copy for Readiness<S> {}

impl<S: TcpFullStack> fmt::Debug for Readiness<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Readiness").finish_non_exhaustive()
    }
}
