//! Files in flash, sent from there without a copy.

use super::{Answer, Failure, Reply, Request, Validators};
use crate::wire::{ByteRange, Coding, Comparison, Encoded, Headers, Status, lists_tag};

mod media_type;
mod open_file;

pub use media_type::media_type;
pub use open_file::OpenFile;

/// A table of files in flash: a web site, for one route.
///
/// Answers with the variant that the client likes best (`Accept-Encoding`, weights and all), with 304 if it has
/// that, with 206 if it asks for a part. A path that ends with a slash is that of its `index.html`. The table is
/// best written by the package `nal-http-embed` from a folder, or by hand:
///
/// ```
/// use nal_http::server::{File, Files, Route, Site};
///
/// const FILES: Files = Files::new(&[
///     File::new("index.html", "\"1\"", b"<!DOCTYPE html><title>Board</title>"),
///     File::new("css/style.css", "\"2\"", b"body { margin: 1em }"),
/// ]);
///
/// const SITE: Site<()> = Site::new(&[
///     Route::get("/light", |_, _, reply| reply.text("301")),
///     Route::get("/{*path}", |_, request, reply| FILES.reply(request, reply)),
/// ])
/// .want(Files::HEADERS);
/// # let site = nal_http::testing::TestClient::new(SITE).get(&mut (), "/");
/// # assert_eq!(site.header("Content-Type"), Some("text/html; charset=utf-8"));
/// ```
#[derive(Debug, Clone, Copy)]
pub struct Files {
    files: &'static [File],
    cache_control: &'static str,
}

/// A file in flash: one body or several variants of it.
#[derive(Debug, Clone, Copy)]
pub struct File {
    path: &'static str,
    content_type: &'static str,
    last_modified: Option<&'static str>,
    plain: Variant,
    coded: &'static [Variant],
    validators: fn(&Self, &Variant) -> Validators<'static>,
}

/// The bytes of a [`File`] in one coding, and the tag that no other bytes have.
#[derive(Debug, Clone, Copy)]
pub struct Variant {
    coding: Coding,
    etag: &'static str,
    bytes: &'static [u8],
}

impl Variant {
    /// The bytes as they are sent, and a strong entity tag with its quotes: another for each variant.
    #[must_use]
    pub const fn new(coding: Coding, etag: &'static str, bytes: &'static [u8]) -> Self {
        Self { coding, etag, bytes }
    }
}

impl File {
    /// A file by its path in the table, without a slash in front; its type is that of the name's ending. `etag`
    /// is a strong entity tag with its quotes, which changes with the bytes.
    #[must_use]
    pub const fn new(path: &'static str, etag: &'static str, bytes: &'static [u8]) -> Self {
        Self {
            path,
            content_type: media_type(path),
            last_modified: None,
            plain: Variant::new(Coding::Identity, etag, bytes),
            coded: &[],
            validators: |_, variant| Validators::etag(variant.etag),
        }
    }

    /// Adds coded variants; of those that a client likes as well, the first is sent.
    #[must_use]
    pub const fn coded(mut self, variants: &'static [Variant]) -> Self {
        self.coded = variants;
        self
    }

    /// Another type than that of the name's ending.
    #[must_use]
    pub const fn content_type(mut self, content_type: &'static str) -> Self {
        self.content_type = content_type;
        self
    }

    /// When it has changed last, such as `Sun, 06 Nov 1994 08:49:37 GMT`: for clients that know no tags. About 0.7 KB
    /// of flash.
    #[must_use]
    pub const fn last_modified(mut self, date: &'static str) -> Self {
        self.last_modified = Some(date);
        self.validators = |file, variant| {
            let validators = Validators::etag(variant.etag);
            file.last_modified.map_or(validators, |date| validators.last_modified(date))
        };
        self
    }

    /// Its path in the table.
    #[must_use]
    pub const fn path(&self) -> &'static str {
        self.path
    }

    /// Whether this is what a path stands for: its own, or that of the folder whose index it is.
    fn is_at(&self, path: Encoded<'_>) -> bool {
        let folder = self.path.strip_suffix("index.html");
        let folder = folder.filter(|folder| folder.is_empty() || folder.ends_with('/'));
        path == *self.path || folder.is_some_and(|folder| path == *folder)
    }

    /// Answers a GET or HEAD with it. What else the response has to say, such as `Cache-Control`, is set before.
    ///
    /// A `Range` of one part is answered with it; one of several, and one behind an `If-Range` that is not the tag of
    /// what would be sent, with all (RFC 9110 section 14.2). A date never is: it does not tell variants apart.
    ///
    /// # Errors
    /// A failure with status 406 if the client takes none of its codings, 412 if it is not to be sent
    /// ([`Reply::is_fresh`]).
    pub fn reply<T>(&self, request: &Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
        let headers = request.headers();
        if !self.coded.is_empty() {
            reply.header("Vary", "Accept-Encoding");
        }
        let variant = self.choose(headers.get_bytes("Accept-Encoding"))?;
        if reply.is_fresh(request, &(self.validators)(self, variant))? {
            return reply.no_content();
        }
        let range = wanted_range(&headers, request.head.parts().0, Some(variant.etag));
        self.send(variant, range, reply)
    }

    fn choose(&self, accepted: Option<&[u8]>) -> Result<&Variant, Failure> {
        let variants = self.coded.iter().chain([&self.plain]);
        let coding = Coding::choose(accepted, variants.clone().map(|variant| variant.coding));
        let chosen = variants.clone().find(|variant| Some(variant.coding) == coding);
        chosen.ok_or(
            Failure::new(Status::NOT_ACCEPTABLE, "it is there in no coding that is accepted")
                .header("Vary", "Accept-Encoding"),
        )
    }

    #[inline(never)]
    fn send(&self, variant: &Variant, range: Option<&[u8]>, reply: &mut Reply<'_>) -> Answer {
        let all = variant.bytes;
        let range = range.map_or(ByteRange::Whole, |range| ByteRange::of(range, all.len()));
        let mut body = all;
        match range {
            ByteRange::Whole => _ = reply.header("Accept-Ranges", "bytes"),
            ByteRange::Part { start, length } => {
                body = all.get(start..).and_then(|rest| rest.get(..length)).unwrap_or_default();
                reply.status(Status::PARTIAL_CONTENT);
                content_range(reply, Some((start, start + length - 1)), all.len());
            }
            ByteRange::Unsatisfiable => {
                reply.status(Status::RANGE_NOT_SATISFIABLE);
                content_range(reply, None, all.len());
                return reply.body("", &[]);
            }
        }
        if variant.coding != Coding::Identity {
            reply.header("Content-Encoding", variant.coding.as_str());
        }
        reply.fixed(self.content_type, body)
    }
}

/// The range that is asked for of what has this tag. A date in `If-Range` is no tag.
fn wanted_range<'c>(headers: &Headers<'c>, method: &[u8], etag: Option<&str>) -> Option<&'c [u8]> {
    let range = headers.get_bytes("Range").filter(|_| method == b"GET")?;
    let is_same = |tag| etag.is_some_and(|etag| lists_tag(tag, etag, Comparison::Strong));
    headers.get_bytes("If-Range").is_none_or(is_same).then_some(range)
}

/// Says which bytes of how many a response has.
fn content_range(reply: &mut Reply<'_>, part: Option<(usize, usize)>, length: usize) {
    let writer = reply.header_writer();
    writer.str("Content-Range: bytes ");
    match part {
        Some((first, last)) => {
            writer.number(first as u64);
            writer.byte(b'-');
            writer.number(last as u64);
        }
        None => writer.byte(b'*'),
    }
    writer.byte(b'/');
    writer.number(length as u64);
    writer.str("\r\n");
}

impl Files {
    /// The headers that files look at, for [`Route::want`](super::Route::want) or [`Site::want`](super::Site::want).
    /// Without it, those that had no room are as if they were not sent: the answer is the whole file, not coded.
    pub const HEADERS: &'static [&'static str] = &[
        "Accept-Encoding",
        "If-Match",
        "If-None-Match",
        "If-Modified-Since",
        "If-Unmodified-Since",
        "Range",
        "If-Range",
    ];

    /// A table of files. Caches may keep them, and ask each time whether they have changed
    /// (`Cache-Control: no-cache`).
    #[must_use]
    pub const fn new(files: &'static [File]) -> Self {
        Self { files, cache_control: "no-cache" }
    }

    /// Another `Cache-Control` for all of them, such as `max-age=31536000, immutable` for a table of files whose names
    /// have a version in them. Empty: none.
    #[must_use]
    pub const fn cache_control(mut self, value: &'static str) -> Self {
        self.cache_control = value;
        self
    }

    /// The files in their order.
    #[must_use]
    pub const fn files(&self) -> &'static [File] {
        self.files
    }

    /// The file at a path without a slash in front, with its escapes; of an empty one, or behind a slash, the index.
    #[must_use]
    pub fn find(&self, path: Encoded<'_>) -> Option<&'static File> {
        self.files.iter().find(|file| file.is_at(path))
    }

    /// Answers with the file that the route's parameter `{*path}` names: a handler for GET.
    ///
    /// # Errors
    /// A failure with status 404 if there is no such file; those of [`File::reply`].
    pub fn reply<T>(&self, request: &Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
        let Some(path) = request.param("path") else {
            return Err(Failure::internal("the route of files has no {*path}"));
        };
        let Some(file) = self.find(path) else {
            return Err(Failure::new(Status::NOT_FOUND, "there is no such file"));
        };
        if !self.cache_control.is_empty() {
            reply.header("Cache-Control", self.cache_control);
        }
        file.reply(request, reply)
    }
}
