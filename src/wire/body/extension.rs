//! What may stand behind the size of a chunk (RFC 9112 section 7.1.1).

use super::State;
use crate::wire::method::TOKEN;

/// What comes behind a byte of a chunk extension, or of the white space before it.
pub(super) type Extension = fn(State, u8) -> Option<State>;

/// White space behind the size, and anything behind a semicolon.
pub(super) fn lenient(state: State, byte: u8) -> Option<State> {
    match (state, byte) {
        (State::Size | State::SizeEnd, b' ' | b'\t') => Some(State::SizeEnd),
        (State::Size | State::SizeEnd, b';') => Some(State::Extension),
        (State::Extension, b'\t' | b' '..=b'~' | 0x80..) => Some(State::Extension),
        (State::SizeEnd | State::Extension, b'\r') => Some(State::SizeLf),
        _ => None,
    }
}

/// Names, each perhaps with a token or a quoted string as its value.
pub(super) fn strict(state: State, byte: u8) -> Option<State> {
    match (state, byte) {
        (State::Size | State::Name | State::Value | State::SizeEnd, b';') => Some(State::NameStart),
        (State::Name | State::Value | State::SizeEnd, b'\r') => Some(State::SizeLf),
        (State::Name, b'=') => Some(State::ValueStart),
        (State::NameStart | State::Name, _) if TOKEN.has(byte) => Some(State::Name),
        (State::ValueStart | State::Value, _) if TOKEN.has(byte) => Some(State::Value),
        (State::ValueStart, b'"') => Some(State::Quoted),
        (State::Quoted, b'"') => Some(State::SizeEnd),
        (State::Quoted, b'\\') => Some(State::Escaped),
        (State::Quoted | State::Escaped, b'\t' | b' '..=b'~' | 0x80..) => Some(State::Quoted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use crate::wire::{BodyReader, Framing};

    #[test]
    fn chunk_lines_of_requests_are_held_to_the_letter() {
        // line, of a request, of a response
        let table: &[(&[u8], bool, bool)] = &[
            (b"1", true, true),
            (b"01", true, true),
            (b"1;a", true, true),
            (b"1;a=b", true, true),
            (b"1;a;b=c;d", true, true),
            (b"1;a=\"\"", true, true),
            (b"1;a=\" ;\\\" \xe4\";b", true, true),
            (b"1;", false, true),
            (b"1 ", false, true),
            (b"1\t", false, true),
            (b"1 ;a", false, true),
            (b"1; a", false, true),
            (b"1;a ", false, true),
            (b"1;a =b", false, true),
            (b"1;a;", false, true),
            (b"1;a=", false, true),
            (b"1;a=;b", false, true),
            (b"1;=b", false, true),
            (b"1;a=\"", false, true),
            (b"1;a=\"b", false, true),
            (b"1;a=\"b\"c", false, true),
            (b"1;a=\"b\\", false, true),
            (b"1;a=b\"", false, true),
            (b"1;bad[name", false, true),
            (b"1;a\0", false, false),
            (b"1;a=\"\x7f\"", false, false),
            (b"1a;\n", false, false),
        ];
        for (line, of_request, of_response) in table {
            let stream = [line, &b"\r\nx\r\n0\r\n\r\n"[..]].concat();
            for (mut reader, expected) in [
                (BodyReader::strict(Framing::Chunked), *of_request),
                (BodyReader::new(Framing::Chunked), *of_response),
            ] {
                let result = reader.skip_framing(&stream);
                assert_eq!(result == Ok(line.len() + 2), expected, "{}", line.escape_ascii());
            }
        }
    }
}
