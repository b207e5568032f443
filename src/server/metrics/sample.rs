use crate::server::MatchedPath;
use crate::wire::Writer;

/// A number of a family.
pub(super) struct Sample<'s> {
    /// What stands behind the family's name.
    pub end: &'s str,
    /// Its first label, if it is of a route.
    pub route: Option<MatchedPath>,
    /// Names and texts of others; one without a name is none.
    pub labels: [(&'s str, &'s str); 2],
    pub is_negative: bool,
    pub value: u64,
    /// So many of its digits are behind the point.
    pub decimals: u8,
}

impl Sample<'_> {
    pub(super) const NONE: Self = Sample {
        end: "",
        route: None,
        labels: [("", ""); 2],
        is_negative: false,
        value: 0,
        decimals: 0,
    };

    /// Its line.
    pub(super) fn write(&self, line: &mut Writer<'_>, name: &str, unit: &str) {
        full_name(line, name, unit);
        line.str(self.end);
        let mut front = "{";
        if let Some(route) = self.route {
            line.str("{route=\"");
            for part in route.parts() {
                escaped(line, part);
            }
            line.str("\"");
            front = ",";
        }
        for (label, text) in self.labels {
            if label.is_empty() {
                continue;
            }
            line.str(front);
            valid_name(line, label);
            line.str("=\"");
            escaped(line, text);
            line.str("\"");
            front = ",";
        }
        line.str(if front == "," { "} " } else { " " });
        line.str(if self.is_negative { "-" } else { "" });
        self.write_value(line);
        line.str("\n");
    }

    fn write_value(&self, line: &mut Writer<'_>) {
        let mut buffer = [0; 20];
        let mut digits = Writer::new(&mut buffer);
        digits.number(self.value);
        let (digits, behind) = (digits.written(), self.decimals.into());
        let (front, rest) =
            digits.split_at_checked(digits.len().saturating_sub(behind)).unwrap_or_default();
        line.bytes(if front.is_empty() { b"0" } else { front });
        if behind > 0 {
            line.str(".");
            for _ in rest.len()..behind {
                line.str("0");
            }
            line.bytes(rest);
        }
    }
}

/// A name and its unit.
pub(super) fn full_name(line: &mut Writer<'_>, name: &str, unit: &str) {
    valid_name(line, name);
    if !unit.is_empty() {
        line.str("_");
        valid_name(line, unit);
    }
}

/// A name: what it cannot have becomes `_`.
fn valid_name(line: &mut Writer<'_>, name: &str) {
    if name.is_empty() || name.starts_with(|first: char| first.is_ascii_digit()) {
        line.str("_");
    }
    for byte in name.bytes() {
        line.bytes(&[if byte.is_ascii_alphanumeric() { byte } else { b'_' }]);
    }
}

/// Text of a label or a help.
pub(super) fn escaped(line: &mut Writer<'_>, text: &str) {
    for byte in text.bytes() {
        match byte {
            b'\\' => line.str("\\\\"),
            b'"' => line.str("\\\""),
            b'\n' => line.str("\\n"),
            _ => line.bytes(&[byte]),
        }
    }
}
