//! Puts a folder of files into firmware, for the server of `nal-http`: from a build script, so that nothing of this
//! is in the image but the bytes that are sent.
//!
//! In `build.rs`:
//!
//! ```no_run
//! fn main() -> Result<(), nal_http_embed::Error> {
//!     nal_http_embed::Folder::new("site").write("site.rs")
//! }
//! ```
//!
//! In the firmware, where a route has the table as its handler:
//!
//! ```text
//! const FILES: Files = include!(concat!(env!("OUT_DIR"), "/site.rs"));
//!
//! const SITE: Site<App> = Site::new(&[Route::get("/{*path}", |_, request, reply| FILES.reply(request, reply))])
//!     .want(Files::HEADERS);
//! ```
//!
//! Each file is there as it is, and in the codings that make it shorter by a tenth at least. Its entity tags are the first 64
//! bits of SHA-256 of what is sent, so a client that has a file from before an update asks for it again exactly if it has changed.
//! The same folder gives the same image.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::{env, fmt, fs};

use flate2::Compression;
use flate2::write::GzEncoder;
use sha2::{Digest, Sha256};

/// A folder whose files are to be sent, those of its folders included. What has a dot in front of its name is left
/// out.
#[derive(Debug, Clone)]
pub struct Folder {
    path: PathBuf,
    gzip: bool,
    brotli: bool,
    last_modified: Option<String>,
}

/// What went wrong, with the file.
#[derive(Debug)]
#[non_exhaustive]
pub enum Error {
    /// A file or folder could not be read or written.
    Io(PathBuf, io::Error),
    /// A name is not UTF-8, so no URL stands for it.
    Name(PathBuf),
    /// There is no `OUT_DIR`: this is no build script.
    NoBuildScript,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Name(path) => write!(f, "the name of {} is not UTF-8", path.display()),
            Self::NoBuildScript => f.write_str("OUT_DIR is not set: call this in a build script"),
        }
    }
}

impl std::error::Error for Error {}

impl Folder {
    /// A folder, relative to the package's `Cargo.toml`. Files are compressed by gzip, not by brotli.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into(), gzip: true, brotli: false, last_modified: None }
    }

    /// Whether a variant compressed by gzip is added.
    #[must_use]
    pub fn gzip(mut self, gzip: bool) -> Self {
        self.gzip = gzip;
        self
    }

    /// Whether a variant compressed by brotli is added. It is a sixth shorter than gzip's, but browsers take it over https
    /// only (curl and others over http, too): for a server behind a proxy with TLS.
    #[must_use]
    pub fn brotli(mut self, brotli: bool) -> Self {
        self.brotli = brotli;
        self
    }

    /// Has each file say that it has changed last at this time, such as `Sun, 06 Nov 1994 08:49:37 GMT`: for clients that know no
    /// entity tags. Best the time of the release.
    #[must_use]
    pub fn last_modified(mut self, date: &str) -> Self {
        self.last_modified = Some(date.into());
        self
    }

    /// Writes `OUT_DIR/<name>`, an expression of the type `nal_http::server::Files`, and tells cargo when it is to be written
    /// again.
    ///
    /// # Errors
    /// See [`Error`].
    pub fn write(&self, name: &str) -> Result<(), Error> {
        let out = env::var_os("OUT_DIR").map(PathBuf::from).ok_or(Error::NoBuildScript)?;
        println!("cargo:rerun-if-changed={}", self.path.display());
        self.write_to(&out, name)
    }

    fn write_to(&self, out: &Path, name: &str) -> Result<(), Error> {
        let folder =
            self.path.canonicalize().map_err(|error| Error::Io(self.path.clone(), error))?;
        let mut files = Vec::new();
        collect(&folder, "", &mut files)?;
        files.sort();
        let variants = out.join(format!("{name}.files"));
        let mut table = String::from("::nal_http::server::Files::new(&[\n");
        for (index, (path, file)) in files.iter().enumerate() {
            let bytes = fs::read(file).map_err(|error| Error::Io(file.clone(), error))?;
            let mut shortest = bytes.len() - bytes.len() / 10;
            let mut coded = Vec::new();
            for (is_on, coding, compress) in
                [(self.gzip, "Gzip", gzip as Compress), (self.brotli, "Brotli", brotli)]
            {
                if !is_on {
                    continue;
                }
                let short = compress(&bytes).map_err(|error| Error::Io(file.clone(), error))?;
                if short.len() < shortest {
                    shortest = short.len();
                    // The shortest comes first: it is the one that is sent to whom all are the same.
                    coded.insert(0, (coding, short));
                }
            }
            // Writing into a text cannot fail.
            let _ = write!(
                table,
                "    ::nal_http::server::File::new({path:?}, {:?}, include_bytes!({:?}))",
                etag(&bytes),
                text(file)?
            );
            if !coded.is_empty() {
                table.push_str(".coded(&[");
                fs::create_dir_all(&variants)
                    .map_err(|error| Error::Io(variants.clone(), error))?;
            }
            let is_coded = !coded.is_empty();
            for (coding, bytes) in coded {
                let variant = variants.join(format!("{index}.{coding}"));
                fs::write(&variant, &bytes).map_err(|error| Error::Io(variant.clone(), error))?;
                let _ = write!(
                    table,
                    "::nal_http::server::Variant::new(::nal_http::wire::Coding::{coding}, {:?}, include_bytes!({:?})), ",
                    etag(&bytes),
                    text(&variant)?
                );
            }
            if is_coded {
                table.push_str("])");
            }
            if let Some(date) = &self.last_modified {
                let _ = write!(table, ".last_modified({date:?})");
            }
            table.push_str(",\n");
        }
        table.push_str("])\n");
        let path = out.join(name);
        fs::write(&path, table).map_err(|error| Error::Io(path, error))
    }
}

type Compress = fn(&[u8]) -> io::Result<Vec<u8>>;

fn gzip(bytes: &[u8]) -> io::Result<Vec<u8>> {
    // Without a name and a time: the same bytes give the same.
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes)?;
    encoder.finish()
}

fn brotli(mut bytes: &[u8]) -> io::Result<Vec<u8>> {
    let mut compressed = Vec::new();
    let parameters = brotli::enc::BrotliEncoderParams { quality: 11, ..Default::default() };
    brotli::BrotliCompress(&mut bytes, &mut compressed, &parameters)?;
    Ok(compressed)
}

fn etag(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let digits: String = hash.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
    format!("\"{digits}\"")
}

/// All files of a folder, by their paths in the table.
fn collect(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> Result<(), Error> {
    let failed = |error| Error::Io(folder.to_path_buf(), error);
    for entry in fs::read_dir(folder).map_err(failed)? {
        let path = entry.map_err(failed)?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let name = name.ok_or_else(|| Error::Name(path.clone()))?;
        if name.starts_with('.') {
            continue;
        }
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else {
            files.push((format!("{prefix}{name}"), path));
        }
    }
    Ok(())
}

fn text(path: &Path) -> Result<&str, Error> {
    path.to_str().ok_or_else(|| Error::Name(path.to_path_buf()))
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    fn scratch(name: &str) -> PathBuf {
        let path = env::temp_dir().join(format!("nal-http-embed-{}-{name}", std::process::id()));
        let _ = fs::remove_dir_all(&path);
        fs::create_dir_all(path.join("site/sub")).unwrap();
        path
    }

    #[test]
    fn a_table_of_a_folder() {
        let scratch = scratch("table");
        let text = "light ".repeat(200);
        fs::write(scratch.join("site/sub/a \"b\".txt"), &text).unwrap();
        fs::write(scratch.join("site/index.html"), "x").unwrap();
        fs::write(scratch.join("site/.hidden"), "x").unwrap();
        let folder = Folder::new(scratch.join("site")).brotli(true);
        folder.write_to(&scratch, "site.rs").unwrap();
        let table = fs::read_to_string(scratch.join("site.rs")).unwrap();
        let lines: Vec<_> = table.lines().collect();
        assert_eq!(lines.len(), 4, "{table}");
        // What is short stays as it is.
        assert!(lines[1].contains("\"index.html\"") && !lines[1].contains("coded"), "{table}");
        assert!(lines[2].contains(r#""sub/a \"b\".txt""#) && !table.contains("hidden"), "{table}");
        let (gzip, brotli) = (lines[2].find("Gzip").unwrap(), lines[2].find("Brotli").unwrap());
        assert!(brotli < gzip, "{table}");
        let mut plain = String::new();
        let file = fs::File::open(scratch.join("site.rs.files/1.Gzip")).unwrap();
        flate2::read::GzDecoder::new(file).read_to_string(&mut plain).unwrap();
        assert_eq!(plain, text);
        let mut plain = Vec::new();
        let mut file = fs::File::open(scratch.join("site.rs.files/1.Brotli")).unwrap();
        brotli::BrotliDecompress(&mut file, &mut plain).unwrap();
        assert_eq!(plain, text.as_bytes());
        // The same again gives the same.
        folder.write_to(&scratch, "site.rs").unwrap();
        assert_eq!(fs::read_to_string(scratch.join("site.rs")).unwrap(), table);
        fs::remove_dir_all(scratch).unwrap();
    }

    #[test]
    fn tags_change_with_the_bytes() {
        assert_eq!(etag(b""), "\"e3b0c44298fc1c14\"");
        assert_ne!(etag(b"a"), etag(b"b"));
    }

    #[test]
    fn what_is_not_there_is_named() {
        let error = Folder::new("no/such").write_to(Path::new("."), "x").unwrap_err();
        assert!(error.to_string().starts_with("no/such: "), "{error}");
    }
}
