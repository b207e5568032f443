//! Files of a file system, read while they are sent.

use embedded_io::{Read, Seek, SeekFrom};

use super::{content_range, wanted_range};
use crate::server::{Answer, Body, Failure, Flow, Reply, Request, Validators};
use crate::wire::{ByteRange, Status};

/// A file that is open, of anything with [`Read`] and [`Seek`]: on an SD card; in littlefs2, by a wrapper. It answers like one
/// [in flash](super::File), and is read straight into the connection's buffer, a piece in each call of the handler.
///
/// The handler opens it in each call, or keeps it open in the application; between two calls it may be closed, but must
/// not change, since its range is looked for again. What it holds while the file is sent, it releases in the call
/// with [`is_aborted`](Request::is_aborted).
///
/// ```
/// use nal_http::embedded_io::{Read, Seek};
/// use nal_http::server::{Answer, Files, OpenFile, Reply, Request, Route, Site, Validators};
///
/// struct App<F> {
///     log: F,
/// }
///
/// fn log<F: Read + Seek>(app: &mut App<F>, request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     if request.is_aborted() {
///         return reply.no_content();
///     }
///     OpenFile::new(&mut app.log, "text/csv").validators(Validators::etag("\"7\"")).reply(request, reply)
/// }
///
/// fn site<F: Read + Seek + 'static>() -> Site<App<F>> {
///     Site::new(const { &[Route::get("/log.csv", log)] }).want(Files::HEADERS)
/// }
/// ```
#[derive(Debug)]
pub struct OpenFile<'f, F> {
    file: &'f mut F,
    content_type: &'f str,
    validators: Validators<'f>,
}

impl<'f, F: Read + Seek> OpenFile<'f, F> {
    /// An open file of this type; [`media_type`](crate::server::media_type) knows it by the ending of a name.
    pub const fn new(file: &'f mut F, content_type: &'f str) -> Self {
        Self { file, content_type, validators: Validators::NONE }
    }

    /// What tells one state of the file from another, such as a tag of its length and its date.
    #[must_use]
    pub const fn validators(mut self, validators: Validators<'f>) -> Self {
        self.validators = validators;
        self
    }

    /// Answers a GET or HEAD with the file, or with the part that its `Range` asks for; and goes on with that in later
    /// calls. What else the response has to say, such as `Cache-Control`, is set before.
    ///
    /// # Errors
    /// A failure with status 412 if it is not to be sent ([`Reply::is_fresh`]); 500 if it cannot be read, or is shorter
    /// than it was: in the middle of the file that ends the connection, so the client sees that it is not whole.
    pub fn reply<T>(self, request: &Request<'_, T>, reply: &mut Reply<'_>) -> Answer {
        if reply.is_fresh(request, &self.validators)? {
            return reply.no_content();
        }
        let end = self.file.seek(SeekFrom::End(0)).map_err(|_| unreadable())?;
        let all = usize::try_from(end).map_err(|_| unreadable())?;
        let method = request.head.parts().0;
        let range = wanted_range(&request.headers(), method, self.validators.tag());
        let range = range.map_or(ByteRange::Whole, |range| ByteRange::of(range, all));
        let Some((start, length)) = begin(range, all, reply) else { return reply.body("", &[]) };
        let body = reply.stream_sized(self.content_type, length as u64);
        if method == b"HEAD" {
            return Ok(Flow::Done);
        }
        let left = length.saturating_sub(body.position());
        let at = start.saturating_add(body.position());
        self.file.seek(SeekFrom::Start(at as u64)).map_err(|_| unreadable())?;
        body.read(self.file, left)
    }
}

/// Sets what the head says of a range. Returns where it begins and how long it is, unless there is none of it.
fn begin(range: ByteRange, all: usize, reply: &mut Reply<'_>) -> Option<(usize, usize)> {
    let is_open = reply.has_open_head();
    match range {
        ByteRange::Whole => {
            reply.header("Accept-Ranges", "bytes");
            Some((0, all))
        }
        ByteRange::Part { start, length } => {
            if is_open {
                reply.status(Status::PARTIAL_CONTENT);
                content_range(reply, Some((start, start + length - 1)), all);
            }
            Some((start, length))
        }
        ByteRange::Unsatisfiable => {
            if is_open {
                reply.status(Status::RANGE_NOT_SATISFIABLE);
                content_range(reply, None, all);
            }
            None
        }
    }
}

impl Body<'_> {
    /// Reads as much of the last `left` bytes of a file as there is room for.
    fn read<F: Read>(&mut self, file: &mut F, mut left: usize) -> Answer {
        while left > 0 {
            let room = self.writer.rest();
            let most = room.len().min(left);
            let Some(room) = room.get_mut(..most).filter(|room| !room.is_empty()) else {
                return Ok(Flow::More);
            };
            match file.read(room).map_err(|_| unreadable())?.min(most) {
                0 => return Err(Failure::internal("a file is shorter than it was")),
                n => {
                    self.writer.wrote(n);
                    left -= n;
                }
            }
        }
        Ok(Flow::Done)
    }
}

fn unreadable() -> Failure {
    Failure::internal("a file cannot be read")
}
