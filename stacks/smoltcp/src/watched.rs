use heapless::Vec;

use crate::syn::MAX_PORTS;

/// Whether a socket is watched.
#[derive(Debug, Default)]
pub(crate) struct Watched {
    pub(crate) number: Option<u16>,
    pub(crate) waits_for: Option<Waits>,
}

/// What its last call has to be made again for.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Waits {
    Receive,
    Send,
}

/// The listeners that are watched: their ports and numbers.
pub(crate) type Listeners = Vec<(u16, u16), MAX_PORTS>;
