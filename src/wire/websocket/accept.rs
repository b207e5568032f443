use super::sha1::sha1;
use crate::wire::{Base64Writer, Writer};

/// Bytes of a key in base64, and of what proves that it was understood.
pub(crate) const KEY: usize = 24;
pub(crate) const ACCEPT: usize = 28;

const ID: &[u8] = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

/// Writes what proves that the key was understood (RFC 6455 section 4.2.2).
pub(crate) fn write_accept(writer: &mut Writer<'_>, key: &[u8]) {
    let mut digits = Base64Writer::default();
    for byte in sha1(&[key, ID]).into_iter().flat_map(u32::to_be_bytes) {
        digits.byte(writer, byte);
    }
    let padding = digits.finish(writer);
    writer.str(padding);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_of_the_rfc_is_accepted_as_there() {
        let mut buffer = [0; ACCEPT];
        let mut writer = Writer::new(&mut buffer);
        write_accept(&mut writer, b"dGhlIHNhbXBsZSBub25jZQ==");
        assert_eq!(writer.written(), b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
    }
}
