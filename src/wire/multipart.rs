//! Forms with files, as they arrive (multipart/form-data, RFC 7578, and RFC 2046 section 5.1).

mod boundary;
mod error;
mod parameters;
mod part;

pub use boundary::Boundary;
pub use error::MultipartError;
pub use part::{FormText, PartHead};

/// Takes a form with files apart, however it is split, without keeping anything of it.
///
/// What it remembers are a few bytes, so it lives in what a handler [remembers](crate::server::Request::state). It
/// is given what has arrived and not yet been taken, says how much of that it has taken, and what that was. Of what
/// it does not take at once, there are no more than the 74 bytes of a boundary, or the head of a part.
///
/// A server's handler calls it through [`Request::multipart`](crate::server::Request::multipart).
///
/// ```
/// use nal_http::wire::{Boundary, FormEvent, MultipartReader};
///
/// let boundary = Boundary::of(b"multipart/form-data; boundary=x").unwrap();
/// let body = b"--x\r\nContent-Disposition: form-data; name=\"city\"\r\n\r\nBeijing\r\n--x--\r\n";
///
/// let (mut reader, mut at) = (MultipartReader::new(), 0);
/// while let (taken, Some(event)) = reader.next(boundary, &body[at..], true).unwrap() {
///     at += taken;
///     match event {
///         FormEvent::Part(part) => assert!(part.name() == "city"),
///         FormEvent::Data(bytes) => assert_eq!(bytes, b"Beijing"),
///         FormEvent::PartEnd => {}
///         FormEvent::End => break,
///     }
/// }
/// assert!(reader.is_finished());
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MultipartReader {
    state: State,
    /// So many parts have begun.
    parts: u16,
    most_parts: u16,
    most_head: u16,
}

/// What comes out of a form.
#[derive(Debug, Clone)]
pub enum FormEvent<'b> {
    /// A part begins: a field, or a file.
    Part(PartHead<'b>),
    /// Bytes of the part. One with nothing in it has none of these, unless it is
    /// [asked for as a whole](MultipartReader::whole).
    Data(&'b [u8]),
    /// The part is over.
    PartEnd,
    /// The form is over: its last boundary was there. What is behind it is nobody's.
    End,
}

/// What comes next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    /// The first boundary, or what is in front of it.
    Preamble,
    /// The same, behind some of that.
    InPreamble,
    /// What tells whether a boundary was the last one.
    Boundary,
    /// White space behind a boundary, and the end of the line.
    Padding,
    Head,
    /// Data, at the start of a line: there may be none.
    DataStart,
    Data,
    /// Data that is handed out as a whole.
    Whole,
    /// That was it: here is its end.
    WholeEnd,
    Done,
    Failed(MultipartError),
}

/// How a reader goes on.
enum Step<'b> {
    Event(usize, FormEvent<'b>),
    Skip(usize),
    /// More has to come behind so many bytes that are taken.
    NeedMore(usize),
}

impl MultipartReader {
    /// The headers of a request that it needs, for [`Route::want`](crate::server::Route::want).
    pub const HEADERS: &'static [&'static str] = &["Content-Type"];

    /// A reader for a form with up to 64 parts, each of which has a head of up to 1,024 bytes.
    #[must_use]
    pub const fn new() -> Self {
        Self { state: State::Preamble, parts: 0, most_parts: 64, most_head: 1024 }
    }

    /// Takes no form with more parts than so many.
    #[must_use]
    pub const fn most_parts(mut self, parts: u16) -> Self {
        self.most_parts = parts;
        self
    }

    /// Takes no form with a part whose head has more bytes than so many, its empty line included. A server has at most
    /// what the head of the request has left of the first half of a slot.
    #[must_use]
    pub const fn most_head(mut self, bytes: u16) -> Self {
        self.most_head = bytes;
        self
    }

    /// Hands out all that is in the part as one [`FormEvent::Data`], though it be empty: for the value of a field, which
    /// is of no use in pieces. It is to be said when the [part](FormEvent::Part) begins; later it changes nothing. The
    /// value has to fit where it is gathered: on a server into what the head of the request has left of the first half
    /// of a slot, or the answer is a 413.
    pub const fn whole(&mut self) {
        if matches!(self.state, State::DataStart) {
            self.state = State::Whole;
        }
    }

    /// Whether the [end](FormEvent::End) of the form was there.
    #[must_use]
    pub const fn is_finished(&self) -> bool {
        matches!(self.state, State::Done)
    }

    /// Takes what comes next out of `input`: all that has arrived and was not yet taken. Returns how many bytes are
    /// taken now, and what was there; if that is nothing, more has to come. `is_complete` says that no more does.
    ///
    /// Behind the end there is nothing, and all is taken.
    ///
    /// # Errors
    /// It is not such a form, or has more than it may have. So is the result of each call behind that.
    pub fn next<'b>(
        &mut self,
        boundary: Boundary<'_>,
        input: &'b [u8],
        is_complete: bool,
    ) -> Result<(usize, Option<FormEvent<'b>>), MultipartError> {
        let mut taken = 0;
        loop {
            let error = match self.step(boundary, input.get(taken..).unwrap_or_default()) {
                Ok(Step::Event(n, event)) => return Ok((taken + n, Some(event))),
                Ok(Step::Skip(n)) => {
                    taken += n;
                    continue;
                }
                Ok(Step::NeedMore(n)) if !is_complete || self.is_finished() => {
                    return Ok((taken + n, None));
                }
                Ok(Step::NeedMore(_)) => MultipartError::UnexpectedEnd,
                Err(error) => error,
            };
            self.state = State::Failed(error);
            return Err(error);
        }
    }

    fn step<'b>(
        &mut self,
        boundary: Boundary<'_>,
        input: &'b [u8],
    ) -> Result<Step<'b>, MultipartError> {
        let is_line_start = !matches!(self.state, State::InPreamble | State::Data);
        match self.state {
            State::Preamble | State::InPreamble => {
                let (at, delimiter) = boundary.find(input, is_line_start);
                if at > 0 {
                    self.state = State::InPreamble;
                }
                let Some(length) = delimiter else { return Ok(Step::NeedMore(at)) };
                self.state = State::Boundary;
                Ok(Step::Skip(at + length))
            }
            State::Boundary => Ok(match input {
                [] | [b'-'] => Step::NeedMore(0),
                [b'-', b'-', ..] => {
                    self.state = State::Done;
                    Step::Event(2, FormEvent::End)
                }
                _ => {
                    self.state = State::Padding;
                    Step::Skip(0)
                }
            }),
            State::Padding => {
                let spaces = input.iter().take_while(|byte| matches!(byte, b' ' | b'\t')).count();
                match input.get(spaces..).unwrap_or_default() {
                    [] | [b'\r'] => Ok(Step::NeedMore(spaces)),
                    [b'\r', b'\n', ..] => {
                        if self.parts >= self.most_parts {
                            return Err(MultipartError::TooManyParts);
                        }
                        self.parts += 1;
                        self.state = State::Head;
                        Ok(Step::Skip(spaces + 2))
                    }
                    _ => Err(MultipartError::Boundary),
                }
            }
            State::Head => {
                let Some((length, head)) = PartHead::read(input, self.most_head.into())? else {
                    return Ok(Step::NeedMore(0));
                };
                self.state = State::DataStart;
                Ok(Step::Event(length, FormEvent::Part(head)))
            }
            State::DataStart | State::Data | State::Whole | State::WholeEnd => {
                let is_whole = self.state == State::Whole;
                let (at, delimiter) = boundary.find(input, is_line_start);
                if (is_whole && delimiter.is_some()) || (!is_whole && at > 0) {
                    self.state = if is_whole { State::WholeEnd } else { State::Data };
                    return Ok(Step::Event(
                        at,
                        FormEvent::Data(input.get(..at).unwrap_or_default()),
                    ));
                }
                let Some(length) = delimiter else { return Ok(Step::NeedMore(0)) };
                self.state = State::Boundary;
                Ok(Step::Event(length, FormEvent::PartEnd))
            }
            State::Done => Ok(Step::NeedMore(input.len())),
            State::Failed(error) => Err(error),
        }
    }
}

impl Default for MultipartReader {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests;
