//! What https needs of a PC: random numbers, the date, and the authorities that it trusts.

use std::error::Error;
use std::path::Path;
use std::time::SystemTime;

use nal_http::tls::Platform;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;

/// The random numbers of the operating system, and the date.
pub struct Pc;

impl Platform for Pc {
    fn random(&mut self, bytes: &mut [u8]) {
        // Without random numbers there is no safe key, and nothing that could be done instead.
        getrandom::fill(bytes).expect("the operating system has no random numbers");
    }

    fn unix_time(&mut self) -> Option<u64> {
        SystemTime::UNIX_EPOCH.elapsed().ok().map(|since| since.as_secs())
    }
}

/// Where operating systems keep the authorities that browsers trust.
const SYSTEM: &[&str] = &[
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/cert.pem",
];

/// The certificates in a file, PEM or DER; those of the operating system without one.
pub fn authorities(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Box<dyn Error>> {
    let system = SYSTEM.iter().map(Path::new).find(|path| path.exists());
    let Some(path) = file.or(system) else { return Ok(Vec::new()) };
    let content = std::fs::read(path).map_err(|error| format!("{}: {error}", path.display()))?;
    if !content.starts_with(b"\x30") {
        let all = CertificateDer::pem_slice_iter(&content).collect::<Result<Vec<_>, _>>();
        let all = all.map_err(|error| format!("{}: {error}", path.display()))?;
        if all.is_empty() {
            return Err(format!("{} holds no certificate", path.display()).into());
        }
        return Ok(all);
    }
    Ok(vec![content.into()])
}
