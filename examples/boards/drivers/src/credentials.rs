use core::fmt;

use embedded_storage::{ReadStorage, Storage};
use heapless::String;

/// The longest name that a Wi-Fi network has, in bytes (IEEE 802.11, section 9.4.2.2).
const MAX_NAME: usize = 32;
/// The longest passphrase of WPA2, in bytes.
const MAX_PASSWORD: usize = 63;
const MAGIC: [u8; 4] = *b"nalW";
/// Magic, two lengths, name, password, checksum.
const RECORD: usize = 4 + 2 + MAX_NAME + MAX_PASSWORD + 1 + 4;
const CRC: crc::Crc<u32, crc::NoTable> = crc::Crc::<u32, crc::NoTable>::new(&crc::CRC_32_ISO_HDLC);

/// Name and password of a Wi-Fi network, as they are kept in flash: a record with a checksum at the
/// beginning of a partition.
#[derive(Clone, PartialEq, Eq)]
pub struct Credentials {
    name: String<MAX_NAME>,
    password: String<MAX_PASSWORD>,
}

impl Credentials {
    /// A network, and its password; none if that is empty.
    ///
    /// # Errors
    /// A name or a password that Wi-Fi does not have.
    pub fn new(name: &str, password: &str) -> Result<Self, CredentialsError> {
        if name.is_empty() || name.len() > MAX_NAME {
            return Err(CredentialsError::Name);
        }
        if !password.is_empty() && !(8..=MAX_PASSWORD).contains(&password.len()) {
            return Err(CredentialsError::Password);
        }
        Ok(Self {
            name: String::try_from(name).map_err(|_| CredentialsError::Name)?,
            password: String::try_from(password).map_err(|_| CredentialsError::Password)?,
        })
    }

    /// The network's name (SSID), of 1 to 32 bytes.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The password, of 8 to 63 bytes, or empty for an open network.
    #[must_use]
    pub fn password(&self) -> &str {
        &self.password
    }

    /// What is kept at the beginning of `storage`; `None` if nothing whole is there.
    ///
    /// # Errors
    /// The storage's.
    pub fn load<S: ReadStorage>(storage: &mut S) -> Result<Option<Self>, S::Error> {
        let mut record = [0; RECORD];
        storage.read(0, &mut record)?;
        Ok(Self::parse(&record))
    }

    /// Keeps it at the beginning of `storage`.
    ///
    /// # Errors
    /// The storage's; what it holds is then not known.
    pub fn save<S: Storage>(&self, storage: &mut S) -> Result<(), S::Error> {
        storage.write(0, &self.record())
    }

    /// Forgets what is kept at the beginning of `storage`.
    ///
    /// # Errors
    /// The storage's.
    pub fn forget<S: Storage>(storage: &mut S) -> Result<(), S::Error> {
        storage.write(0, &[0xff; RECORD])
    }

    fn record(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        let lengths = [self.name.len(), self.password.len()];
        let lengths = lengths.map(|length| u8::try_from(length).unwrap_or_default());
        let parts = MAGIC.into_iter().chain(lengths).chain(self.name.bytes());
        for (place, byte) in record.iter_mut().zip(parts.chain(self.password.bytes())) {
            *place = byte;
        }
        if let Some((data, checksum)) = record.split_last_chunk_mut::<4>() {
            *checksum = CRC.checksum(data).to_le_bytes();
        }
        record
    }

    fn parse(record: &[u8; RECORD]) -> Option<Self> {
        let (data, checksum) = record.split_last_chunk::<4>()?;
        if CRC.checksum(data).to_le_bytes() != *checksum {
            return None;
        }
        let (magic, data) = data.split_first_chunk::<4>()?;
        let ([name, password], data) = data.split_first_chunk::<2>()?;
        let (name, data) = data.split_at_checked((*name).into())?;
        let password = data.get(..(*password).into())?;
        let text = |bytes| core::str::from_utf8(bytes).ok();
        (*magic == MAGIC).then(|| Self::new(text(name)?, text(password)?).ok())?
    }
}

/// The password stays out of logs.
impl fmt::Debug for Credentials {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("name", &self.name).finish_non_exhaustive()
    }
}

/// What is wrong with a name or a password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CredentialsError {
    /// The name is empty or too long.
    Name,
    /// The password is too short or too long.
    Password,
}

impl fmt::Display for CredentialsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Name => "the name of a Wi-Fi network has 1 to 32 bytes",
            Self::Password => {
                "a Wi-Fi password has 8 to 63 bytes; leave it empty for an open network"
            }
        })
    }
}

impl core::error::Error for CredentialsError {}
