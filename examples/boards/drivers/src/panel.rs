use crate::Frame;

/// What a finished picture is sent to: a panel on a bus, or memory.
pub trait Panel {
    /// Why the panel could not be written to.
    type Error: nal_http::hal::display::Error;

    /// Shows the whole frame.
    ///
    /// # Errors
    /// The panel's; what it shows is then not known, and the next call may succeed.
    fn show(&mut self, frame: &Frame) -> Result<(), Self::Error>;
}
