/// A socket of a [`Stack`](crate::Stack).
#[derive(Debug, PartialEq, Eq)]
pub struct TcpSocket(pub(crate) Kind);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Nothing yet: it takes a socket of smoltcp when it is known what it will be.
    New,
    Bound(u16),
    Listening(u16),
    Connected(usize),
}
