//! A flash in memory.

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};

/// It insists on being erased before it is written.
pub struct Flash(pub Vec<u8>);

#[derive(Debug, Clone, Copy)]
pub enum Mistake {
    OutOfBounds,
    NotErased,
}

impl NorFlashError for Mistake {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotErased => NorFlashErrorKind::Other,
        }
    }
}

impl ErrorType for Flash {
    type Error = Mistake;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Mistake> {
        let from = self.0.get(offset as usize..).and_then(|from| from.get(..bytes.len()));
        bytes.copy_from_slice(from.ok_or(Mistake::OutOfBounds)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Mistake> {
        assert_eq!((from % 4096, to % 4096), (0, 0));
        self.0.get_mut(from as usize..to as usize).ok_or(Mistake::OutOfBounds)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Mistake> {
        let to = self.0.get_mut(offset as usize..).and_then(|to| to.get_mut(..bytes.len()));
        let to = to.ok_or(Mistake::OutOfBounds)?;
        if to.iter().any(|&byte| byte != 0xff) {
            return Err(Mistake::NotErased);
        }
        to.copy_from_slice(bytes);
        Ok(())
    }
}
