use nal_tls::Platform;
use semihosting::experimental::time::SystemTime;
use semihosting::fs::File;
use semihosting::io::Read;

/// The longest certificate, in bytes.
const LONGEST: usize = 2048;

/// Random numbers and the time, of the PC.
#[derive(Debug)]
pub struct Pc;

impl Platform for Pc {
    fn random(&mut self, bytes: &mut [u8]) {
        semihosting::experimental::random::fill_bytes(bytes)
            .unwrap_or_else(|error| panic!("the PC has no random numbers: {error}"));
    }

    fn unix_time(&mut self) -> Option<u64> {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
        since.ok().map(|since| since.as_secs())
    }
}

/// The authority that is trusted: its certificate, in DER.
#[derive(Debug)]
pub struct Authority {
    certificate: [u8; LONGEST],
    length: usize,
}

impl Authority {
    /// That in the file `ca.der` of the folder where the emulator runs.
    ///
    /// # Panics
    /// If there is no such file.
    #[must_use]
    pub fn read() -> Self {
        let mut certificate = [0; LONGEST];
        let length = File::open(c"ca.der").and_then(|mut file| file.read(&mut certificate));
        let length = length.unwrap_or_else(|error| panic!("ca.der cannot be read: {error}"));
        Self { certificate, length }
    }

    /// Its certificate.
    #[must_use]
    pub fn certificate(&self) -> &[u8] {
        &self.certificate[..self.length]
    }
}
