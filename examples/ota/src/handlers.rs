use embedded_storage::nor_flash::NorFlash;
use nal_http::server::{Answer, Failure, Flow, Reply, Request};
use nal_http::wire::{FormEvent, MultipartReader, digest_sha256};

use crate::update::Digest;
use crate::{Boot, Update, UpdateError};

/// An application that can be updated.
pub trait Updates {
    /// Where its next image goes.
    type Flash: NorFlash;
    /// What starts it.
    type Boot: Boot;

    /// Its update.
    fn update(&mut self) -> &mut Update<Self::Flash, Self::Boot>;
}

/// What the handlers remember of an upload. An application whose handlers remember more has it in its own type, which
/// implements `AsMut<Upload>`.
#[derive(Debug, Default)]
pub struct Upload {
    form: MultipartReader,
    digest: Option<Digest>,
    /// The update that is under way is this one's.
    is_mine: bool,
    part: Part,
}

/// Which part of a form comes.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum Part {
    #[default]
    Other,
    Image,
    Digest,
}

impl AsMut<Upload> for Upload {
    fn as_mut(&mut self) -> &mut Upload {
        self
    }
}

/// The headers in which [`put`] looks for a digest.
pub const DIGESTS: &[&str] = &["Content-Digest", "Repr-Digest"];

/// Takes an image that is the body of a PUT. Its digest is in the query, `?sha256=` and 64 hexadecimal digits, or in a header of
/// RFC 9530, `Content-Digest: sha-256=:..:` or `Repr-Digest`, in Base64; of several the first in this order counts. For a route in
/// pieces that wants [`DIGESTS`].
///
/// # Errors
/// Of [`UpdateError`], as a failure; 400 if there is no digest.
pub fn put<A: Updates, T: AsMut<Upload>>(
    app: &mut A,
    request: &mut Request<'_, T>,
    reply: &mut Reply<'_>,
) -> Answer {
    release_if_over(app, request, |app, request| {
        if request.is_first() {
            let digest = digest_of_query(request)?.or_else(|| digest_of_headers(request));
            request.state.as_mut().digest = Some(digest.ok_or_else(no_digest)?);
            begin(app, request)?;
        }
        app.update().write(request.body())?;
        if request.is_complete() { end(app, request, reply) } else { Ok(Flow::More) }
    })
}

/// Takes an image that is the file of a form; its digest is a field `sha256` of it, or in the query. For a route in pieces
/// that wants [`MultipartReader::HEADERS`].
///
/// # Errors
/// Of [`UpdateError`], as a failure; 400 if there is no digest, or a second file; those of [`Request::multipart`].
pub fn post<A: Updates, T: AsMut<Upload>>(
    app: &mut A,
    request: &mut Request<'_, T>,
    reply: &mut Reply<'_>,
) -> Answer {
    release_if_over(app, request, |app, request| {
        if request.is_first() {
            request.state.as_mut().digest = digest_of_query(request)?;
        }
        while let Some(event) = request.multipart(|state| &mut state.as_mut().form)? {
            let upload = request.state.as_mut();
            match event {
                FormEvent::Part(part) if part.filename().is_some() => {
                    if upload.is_mine {
                        return Err(Failure::bad_request("the form has more than one file"));
                    }
                    upload.part = Part::Image;
                    begin(app, request)?;
                }
                FormEvent::Part(part) if part.name() == "sha256" => {
                    upload.part = Part::Digest;
                    upload.form.whole();
                }
                FormEvent::Part(_) => upload.part = Part::Other,
                FormEvent::Data(bytes) => match upload.part {
                    Part::Image => app.update().write(bytes)?,
                    Part::Digest => upload.digest = Some(parse(bytes)?),
                    Part::Other => {}
                },
                FormEvent::PartEnd => {}
                FormEvent::End => return end(app, request, reply),
            }
        }
        Ok(Flow::More)
    })
}

/// Says how far an update is, as JSON.
///
/// # Errors
/// None of its own.
pub fn progress<A: Updates, T>(
    app: &mut A,
    _: &mut Request<'_, T>,
    reply: &mut Reply<'_>,
) -> Answer {
    let update = app.update();
    reply.no_store().write("application/json", |json| {
        json.str("{\"state\":\"");
        json.str(update.state());
        json.str("\",\"received\":");
        json.number(update.received().into());
        if let Some(length) = update.expected() {
            json.str(",\"length\":");
            json.number(length);
        }
        json.str("}");
    })
}

/// Takes in what comes. If it is over otherwise than well, the update is free for others.
fn release_if_over<A: Updates, T: AsMut<Upload>>(
    app: &mut A,
    request: &mut Request<'_, T>,
    take: impl FnOnce(&mut A, &mut Request<'_, T>) -> Answer,
) -> Answer {
    let answer = if request.is_aborted() {
        Err(Failure::bad_request("the upload broke off"))
    } else {
        take(app, request)
    };
    if answer.is_err() && request.state.as_mut().is_mine {
        app.update().abort();
    }
    answer
}

fn begin<A: Updates, T: AsMut<Upload>>(
    app: &mut A,
    request: &mut Request<'_, T>,
) -> Result<(), Failure> {
    let length = request.content_length();
    app.update().begin(length)?;
    request.state.as_mut().is_mine = true;
    Ok(())
}

fn end<A: Updates, T: AsMut<Upload>>(
    app: &mut A,
    request: &mut Request<'_, T>,
    reply: &mut Reply<'_>,
) -> Answer {
    let upload = request.state.as_mut();
    if !upload.is_mine {
        return Err(UpdateError::Empty.into());
    }
    let digest = upload.digest.ok_or_else(no_digest)?;
    app.update().finish(&digest)?;
    reply.text("The new image starts at the next restart.\n")
}

fn digest_of_headers<T>(request: &Request<'_, T>) -> Option<Digest> {
    DIGESTS.iter().find_map(|name| digest_sha256(request.header(name)?.as_bytes()))
}

fn digest_of_query<T>(request: &Request<'_, T>) -> Result<Option<Digest>, Failure> {
    let Some(value) = request.query().get("sha256") else { return Ok(None) };
    parse(value.decode(&mut [0; 64]).unwrap_or_default().as_bytes()).map(Some)
}

fn no_digest() -> Failure {
    Failure::bad_request("the SHA-256 of the image is missing or malformed")
        .field("sha256")
        .header("Want-Repr-Digest", "sha-256=10")
}

/// 64 hexadecimal digits.
#[inline(never)]
fn parse(digits: &[u8]) -> Result<Digest, Failure> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (mut digest, mut pairs) = ([0; 32], digits.chunks(2));
    let is_whole = digest.iter_mut().all(|place| {
        let Some(&[high, low]) = pairs.next() else { return false };
        let (Some(high), Some(low)) = (digit(high), digit(low)) else { return false };
        *place = high << 4 | low;
        true
    });
    if is_whole && pairs.next().is_none() {
        return Ok(digest);
    }
    Err(Failure::bad_request("a SHA-256 is 64 hexadecimal digits").field("sha256"))
}
