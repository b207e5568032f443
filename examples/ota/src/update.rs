use embedded_storage::nor_flash::NorFlash;
use nal_http::wire::Sha256;

use crate::{UpdateError, Writer};

/// A SHA-256.
pub type Digest = [u8; 32];

/// What tells the bootloader which image starts next.
///
/// It is called once all of the image is in flash and its digest is right, so an upload that breaks off, or power that fails
/// before this has returned, leave what there was. It should be of one write that is whole or not there: `mark_updated` of
/// embassy-boot's `BlockingFirmwareUpdater`, or a new entry in `otadata` of ESP-IDF's bootloader.
pub trait Boot {
    /// Why it could not be told.
    type Error;

    /// Has the image of so many bytes, from the start of `flash`, start at the next restart. Here is the place to check more of
    /// it than its digest, such as a signature at its end.
    ///
    /// # Errors
    /// It is not to be started, or that could not be written.
    fn start_next<F: NorFlash>(&mut self, flash: &mut F, length: u32) -> Result<(), Self::Error>;
}

/// An update of the firmware: one at a time, into the slot that does not run.
#[derive(Debug)]
pub struct Update<F, B> {
    writer: Writer<F>,
    boot: B,
    hash: Sha256,
    state: State,
    /// So many bytes are to come, as far as that is known.
    expected: Option<u64>,
}

/// How far an update is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Receiving,
    /// The new image starts next.
    Ready,
}

impl<F: NorFlash, B: Boot> Update<F, B> {
    /// Updates of the image in `flash`, which is that slot alone, and which the bootloader starts when it is told.
    #[must_use]
    pub fn new(flash: F, boot: B) -> Self {
        let (writer, hash) = (Writer::new(flash), Sha256::new());
        Self { writer, boot, hash, state: State::Idle, expected: None }
    }

    /// Begins one; with `expected` bytes, if that is known.
    ///
    /// # Errors
    /// Another is under way, or waits for the restart.
    pub fn begin(&mut self, expected: Option<u64>) -> Result<(), UpdateError> {
        match self.state {
            State::Idle => {}
            State::Receiving => return Err(UpdateError::Busy),
            // It would be erased, and the bootloader start what is left of it.
            State::Ready => return Err(UpdateError::Ready),
        }
        self.writer.restart();
        self.hash = Sha256::new();
        self.state = State::Receiving;
        self.expected = expected;
        Ok(())
    }

    /// Takes what comes next of the image.
    ///
    /// # Errors
    /// There is no room for it, or the flash fails.
    pub fn write(&mut self, bytes: &[u8]) -> Result<(), UpdateError> {
        self.writer.write(bytes)?;
        self.hash.update(bytes);
        Ok(())
    }

    /// All of the image was there: if it is the one that `digest` is of, it starts next.
    ///
    /// # Errors
    /// It is another, there is none, the flash fails, or the bootloader does not take it.
    pub fn finish(&mut self, digest: &Digest) -> Result<(), UpdateError> {
        let length = self.writer.finish()?;
        if length == 0 {
            return Err(UpdateError::Empty);
        }
        if core::mem::take(&mut self.hash).finish() != *digest {
            return Err(UpdateError::Digest);
        }
        let started = self.boot.start_next(self.writer.flash(), length);
        started.map_err(|_| UpdateError::Boot)?;
        self.state = State::Ready;
        Ok(())
    }

    /// Nothing more comes of the one that is under way.
    pub const fn abort(&mut self) {
        if matches!(self.state, State::Receiving) {
            self.state = State::Idle;
            self.expected = None;
            self.writer.restart();
        }
    }

    /// Whether a new image starts next: time to restart, once its sender has been answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.state == State::Ready
    }

    /// How many bytes of the image have come.
    #[must_use]
    pub const fn received(&self) -> u32 {
        self.writer.position()
    }

    /// How many bytes the body has in all, if that is known: those of a form count the heads of its parts, too.
    #[must_use]
    pub const fn expected(&self) -> Option<u64> {
        self.expected
    }

    /// How many bytes an image may have.
    #[must_use]
    pub fn capacity(&self) -> u32 {
        self.writer.capacity()
    }

    /// How far it is: `idle`, `receiving` or `ready`.
    #[must_use]
    pub const fn state(&self) -> &'static str {
        match self.state {
            State::Idle => "idle",
            State::Receiving => "receiving",
            State::Ready => "ready",
        }
    }

    /// The flash and the bootloader.
    pub const fn parts(&mut self) -> (&mut F, &mut B) {
        (self.writer.flash(), &mut self.boot)
    }
}
