use super::Writer;

/// Writes bytes one by one in base64, with padding (RFC 4648 section 4).
#[derive(Debug, Default)]
pub(crate) struct Base64 {
    bits: u32,
    count: u32,
}

impl Base64 {
    pub(crate) fn byte(&mut self, writer: &mut Writer<'_>, byte: u8) {
        self.bits = self.bits << 8 | u32::from(byte);
        self.count += 8;
        while self.count >= 6 {
            self.count -= 6;
            digit(writer, self.bits >> self.count);
        }
    }

    pub(crate) fn finish(self, writer: &mut Writer<'_>) {
        if self.count > 0 {
            digit(writer, self.bits << (6 - self.count));
            writer.str(if self.count == 2 { "==" } else { "=" });
        }
    }
}

fn digit(writer: &mut Writer<'_>, bits: u32) {
    let index = usize::try_from(bits & 0x3f).unwrap_or_default();
    writer.byte(ALPHABET.get(index).copied().unwrap_or_default());
}

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_of_rfc_4648() {
        for (bytes, text) in [
            ("", ""),
            ("f", "Zg=="),
            ("fo", "Zm8="),
            ("foo", "Zm9v"),
            ("foob", "Zm9vYg=="),
            ("fooba", "Zm9vYmE="),
            ("foobar", "Zm9vYmFy"),
            ("\u{3ff}\u{3ff}", "z7/Pvw=="),
        ] {
            let mut buffer = [0; 16];
            let mut writer = Writer::new(&mut buffer);
            let mut base64 = Base64::default();
            bytes.bytes().for_each(|byte| base64.byte(&mut writer, byte));
            base64.finish(&mut writer);
            assert_eq!(writer.written(), text.as_bytes(), "{bytes}");
        }
    }
}
