/// How long a client waits for each phase of a request, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Timeouts {
    /// To find the address of the host and to connect; with https, the handshake is a part of it, and
    /// a proxy's tunnel.
    pub connect_ms: u32,
    /// To send: from one byte that the stack takes to the next.
    pub send_ms: u32,
    /// From the request being sent to the response head being complete, interim responses (1xx)
    /// included, however slowly its bytes drip.
    pub head_ms: u32,
    /// For each read of the body.
    pub read_ms: u32,
    /// For the whole body, from the head of the response to the last byte; [`NONE`](Self::NONE) for as long as
    /// each read takes no longer than it may.
    pub body_ms: u32,
}

impl Timeouts {
    /// No limit.
    pub const NONE: u32 = u32::MAX;

    /// The same time for each phase, and none for the whole body.
    #[must_use]
    pub const fn each(ms: u32) -> Self {
        Self { connect_ms: ms, send_ms: ms, head_ms: ms, read_ms: ms, body_ms: Self::NONE }
    }
}

impl Default for Timeouts {
    /// 30 seconds for each phase, and any time for the whole body.
    fn default() -> Self {
        Self::each(30_000)
    }
}
