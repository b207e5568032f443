use core::cell::Cell;
use core::str::FromStr;

use ser_write_json::de::{CheckedSub, Deserializer as Parser, Error as Flaw, NumParseTool};

use super::{JsonError, JsonProblem};

/// Lists and objects may be nested so deep: a text of `[` alone would else fill the stack.
const MAX_DEPTH: u32 = 32;

pub(super) type Result<T> = core::result::Result<T, JsonError>;

/// Reads a text from the front, and knows where it is.
pub(super) struct Reader<'t> {
    parser: Parser<'t, ()>,
    /// Of the whole text, in bytes.
    length: usize,
    /// So many lists and objects are open.
    depth: u32,
    /// The text is not changed: strings are as they are written.
    is_raw: bool,
}

impl<'t> Reader<'t> {
    pub(super) fn new(text: &'t mut [u8]) -> Self {
        let length = text.len();
        // A byte order mark is let pass (RFC 8259 section 8.1).
        let has_mark = text.starts_with("\u{feff}".as_bytes());
        let mut parser = Parser::from_mut_slice(text);
        parser.eat_some(if has_mark { 3 } else { 0 });
        Self { parser, length, depth: 0, is_raw: false }
    }

    /// A reader that leaves escapes in their strings, and the text as it is.
    pub(super) fn raw(text: &'t mut [u8]) -> Self {
        Self { is_raw: true, ..Self::new(text) }
    }

    /// Where the next byte is, in the whole text.
    pub(super) fn position(&self) -> usize {
        self.length.saturating_sub(self.parser.remaining_len())
    }

    pub(super) fn error(&self, problem: JsonProblem) -> JsonError {
        JsonError::new(self.position(), problem)
    }

    /// The next byte that is no white space.
    pub(super) fn peek(&mut self) -> Result<u8> {
        self.parser.eat_whitespace().map_err(|flaw| self.flaw(&flaw))
    }

    pub(super) fn eat(&mut self, bytes: usize) {
        self.parser.eat_some(bytes);
    }

    /// There must be nothing more.
    pub(super) fn end(&mut self) -> Result<()> {
        if self.parser.eat_whitespace().is_ok() {
            return Err(self.error(JsonProblem::Syntax));
        }
        Ok(())
    }

    /// Takes this byte, if it comes next.
    pub(super) fn take(&mut self, byte: u8) -> Result<()> {
        let next = self.peek()?;
        if next != byte {
            return Err(self.error(JsonProblem::Syntax));
        }
        self.eat(1);
        Ok(())
    }

    /// There is another value than the one that was asked for.
    pub(super) fn mismatch(&mut self) -> JsonError {
        match self.peek() {
            Ok(b'"' | b'[' | b'{' | b't' | b'f' | b'n' | b'-' | b'0'..=b'9') => {
                self.error(JsonProblem::Type)
            }
            Ok(_) => self.error(JsonProblem::Syntax),
            Err(error) => error,
        }
    }

    pub(super) fn open(&mut self, bracket: u8) -> Result<()> {
        if self.peek()? != bracket {
            return Err(self.mismatch());
        }
        if self.depth == MAX_DEPTH {
            return Err(self.error(JsonProblem::Depth));
        }
        self.depth += 1;
        self.eat(1);
        Ok(())
    }

    /// Whether the list or object is over; if it is not, the next of it comes now.
    pub(super) fn is_over(&mut self, bracket: u8, is_first: &mut bool) -> Result<bool> {
        if self.peek()? == bracket {
            return Ok(true);
        }
        if !core::mem::take(is_first) {
            self.take(b',')?;
            if self.peek()? == bracket {
                return Err(self.error(JsonProblem::Syntax));
            }
        }
        Ok(false)
    }

    pub(super) fn close(&mut self, bracket: u8) -> Result<()> {
        match self.peek()? {
            next if next == bracket => {
                self.depth -= 1;
                self.eat(1);
                Ok(())
            }
            // The type wants fewer than there are.
            b',' => Err(self.error(JsonProblem::Type)),
            _ => Err(self.error(JsonProblem::Syntax)),
        }
    }

    pub(super) fn string(&mut self) -> Result<&'t str> {
        if self.peek()? != b'"' {
            return Err(self.mismatch());
        }
        self.eat(1);
        let text: &mut [u8] = self.parser.input_mut().map_or(&mut [], |text| text);
        let (length, taken) = undo_escapes(text, self.is_raw).map_err(|problem| match problem {
            JsonProblem::End => JsonError::new(self.length, problem),
            problem => self.error(problem),
        })?;
        let at = self.position();
        let text = self.parser.split_input(length, taken.saturating_sub(length));
        core::str::from_utf8(text).map_err(|_| JsonError::new(at, JsonProblem::Text))
    }

    /// The name of a member, and its colon.
    pub(super) fn key(&mut self) -> Result<&'t str> {
        if self.peek()? != b'"' {
            return Err(self.error(JsonProblem::Syntax));
        }
        let name = self.string()?;
        self.take(b':')?;
        Ok(name)
    }

    pub(super) fn literal(&mut self, word: &[u8]) -> Result<()> {
        self.parser.parse_token_content(word).map_err(|flaw| self.flaw(&flaw))
    }

    pub(super) fn bool(&mut self) -> Result<bool> {
        match self.peek()? {
            b't' => self.literal(b"true").map(|()| true),
            b'f' => self.literal(b"false").map(|()| false),
            _ => Err(self.mismatch()),
        }
    }

    pub(super) fn unsigned<N: NumParseTool>(&mut self) -> Result<N> {
        self.whole(Parser::parse_unsigned)
    }

    pub(super) fn signed<N>(&mut self) -> Result<N>
    where
        N: NumParseTool + CheckedSub + core::ops::Neg<Output = N>,
    {
        self.whole(Parser::parse_signed)
    }

    fn whole<N>(
        &mut self,
        parse: fn(&mut Parser<'t, ()>) -> core::result::Result<N, Flaw>,
    ) -> Result<N> {
        if !matches!(self.peek()?, b'-' | b'0'..=b'9') {
            return Err(self.mismatch());
        }
        let at = self.position();
        let number = parse(&mut self.parser).map_err(|flaw| match flaw {
            Flaw::InvalidNumber => JsonError::new(at, JsonProblem::Range),
            flaw => self.flaw(&flaw),
        })?;
        match self.parser.peek() {
            Ok(b'.' | b'e' | b'E') => Err(JsonError::new(at, JsonProblem::Type)),
            _ => Ok(number),
        }
    }

    /// A number that may have a fraction and an exponent.
    pub(super) fn float<F: FromStr + Copy>(&mut self, is_finite: fn(F) -> bool) -> Result<F> {
        let length = self.number()?;
        let text = self.parser.input_mut().ok().and_then(|text| text.get(..length));
        let text = text.and_then(|text| core::str::from_utf8(text).ok());
        let number = text.and_then(|text| text.parse().ok()).filter(|&number| is_finite(number));
        let number = number.ok_or_else(|| self.error(JsonProblem::Range))?;
        self.eat(length);
        Ok(number)
    }

    /// How long the number is that comes next.
    fn number(&mut self) -> Result<usize> {
        if !matches!(self.peek()?, b'-' | b'0'..=b'9') {
            return Err(self.mismatch());
        }
        let text: &[u8] = self.parser.input_mut().map_or(&[], |text| text);
        let belongs = |byte: &u8| matches!(byte, b'0'..=b'9' | b'+' | b'-' | b'.' | b'e' | b'E');
        let length = text.iter().position(|byte| !belongs(byte)).unwrap_or(text.len());
        let is_number = text.get(..length).is_some_and(is_number);
        if is_number { Ok(length) } else { Err(self.error(JsonProblem::Syntax)) }
    }

    /// Whether the number that comes next is a whole one.
    pub(super) fn is_whole(&mut self) -> Result<bool> {
        let length = self.number()?;
        let text: &[u8] = self.parser.input_mut().map_or(&[], |text| text);
        let digits = text.get(..length).unwrap_or_default();
        Ok(digits.iter().all(|byte| matches!(byte, b'-' | b'0'..=b'9')))
    }

    /// Passes over a value, however deep it is, without a call for each level.
    pub(super) fn skip(&mut self) -> Result<()> {
        let floor = self.depth;
        // Of what is open: whether it is an object, the innermost in the lowest bit.
        let mut objects = 0_u32;
        loop {
            match self.peek()? {
                bracket @ (b'[' | b'{') => {
                    self.open(bracket)?;
                    let is_object = bracket == b'{';
                    objects = objects << 1 | u32::from(is_object);
                    match self.peek()? {
                        b']' | b'}' => {}
                        _ if is_object => {
                            self.key()?;
                            continue;
                        }
                        _ => continue,
                    }
                }
                b'"' => self.string().map(drop)?,
                b'n' => self.literal(b"null")?,
                b't' | b'f' => self.bool().map(drop)?,
                _ => {
                    let length = self.number()?;
                    self.eat(length);
                }
            }
            loop {
                if self.depth == floor {
                    return Ok(());
                }
                let is_object = objects & 1 == 1;
                if self.peek()? == b',' {
                    self.eat(1);
                    if is_object {
                        self.key()?;
                    }
                    break;
                }
                self.close(if is_object { b'}' } else { b']' })?;
                objects >>= 1;
            }
        }
    }

    fn flaw(&self, flaw: &Flaw) -> JsonError {
        match flaw {
            Flaw::UnexpectedEof => JsonError::new(self.length, JsonProblem::End),
            _ => self.error(JsonProblem::Syntax),
        }
    }
}

/// Whether it is a number as RFC 8259 section 6 has it: neither `+1` nor `01`, `.5` or `1.`.
fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> Option<&[u8]> {
        let end = text.iter().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
        if end == 0 { None } else { text.get(end..) }
    }
    let rest = match text.strip_prefix(b"-").unwrap_or(text) {
        [b'0', rest @ ..] => Some(rest),
        rest => digits(rest),
    };
    let rest = match rest {
        Some([b'.', rest @ ..]) => digits(rest),
        rest => rest,
    };
    let rest = match rest {
        Some([b'e' | b'E', b'+' | b'-', rest @ ..] | [b'e' | b'E', rest @ ..]) => digits(rest),
        rest => rest,
    };
    rest.is_some_and(<[u8]>::is_empty)
}

/// Undoes the escapes of the string at the front, where they are: what they stand for is never longer. Or only checks
/// them. Returns how long the string is then, and how many bytes it took with its closing quote.
fn undo_escapes(
    text: &mut [u8],
    is_raw: bool,
) -> core::result::Result<(usize, usize), JsonProblem> {
    let text = Cell::from_mut(text).as_slice_of_cells();
    let (mut bytes, mut length) = (text.iter().map(Cell::get), 0);
    let mut put = |byte| {
        text.get(length).filter(|_| !is_raw).inspect(|place| place.set(byte));
        length += 1;
    };
    loop {
        let byte = bytes.next().ok_or(JsonProblem::End)?;
        match byte {
            b'"' => {
                let taken = text.len() - bytes.len();
                return Ok((if is_raw { taken - 1 } else { length }, taken));
            }
            b'\\' => {}
            ..b' ' => return Err(JsonProblem::Text),
            _ => {
                put(byte);
                continue;
            }
        }
        put(match bytes.next().ok_or(JsonProblem::End)? {
            escaped @ (b'"' | b'\\' | b'/') => escaped,
            b'b' => 8,
            b'f' => 12,
            b'n' => b'\n',
            b'r' => b'\r',
            b't' => b'\t',
            b'u' => {
                let character = character(&mut bytes).ok_or(JsonProblem::Text)?;
                let mut utf8 = [0; 4];
                character.encode_utf8(&mut utf8).bytes().for_each(&mut put);
                continue;
            }
            _ => return Err(JsonProblem::Text),
        });
    }
}

/// The character behind `\u`, which may be two escapes: `d83d\ude00`.
fn character(bytes: &mut impl Iterator<Item = u8>) -> Option<char> {
    let unit = hex(bytes)?;
    if unit & 0xfc00 != 0xd800 {
        return char::from_u32(unit);
    }
    let is_pair = bytes.next() == Some(b'\\') && bytes.next() == Some(b'u');
    let low = hex(bytes).filter(|low| is_pair && low & 0xfc00 == 0xdc00)?;
    char::from_u32(0x1_0000 + ((unit & 0x3ff) << 10 | low & 0x3ff))
}

fn hex(bytes: &mut impl Iterator<Item = u8>) -> Option<u32> {
    (0..4).try_fold(0, |unit, _| Some(unit << 4 | char::from(bytes.next()?).to_digit(16)?))
}
