//! What is written of an event is what a client reads.

use std::fmt::Write;

use nal_http::client::EventSource;
use nal_http::server::EventWriter;
use proptest::prelude::*;

proptest! {
    /// Whatever is in an event, it is one event at the client, with the same lines.
    #[test]
    fn what_is_written_is_what_is_read(
        name in "[a-z\r\n]{0,6}",
        pieces in prop::collection::vec("[a-z: \r\n光]{0,8}", 0..4),
    ) {
        let mut buffer = [0; 1024];
        let mut writer = nal_http::wire::Writer::new(&mut buffer);
        EventWriter::new(&mut writer).comment("a\nb").id("1\n2").name(&name).write(|data| {
            for piece in &pieces {
                _ = data.write_str(piece);
            }
        });
        let (mut sent, mut room) = (writer.written(), [0; 1024]);
        let mut source = EventSource::new(&mut room);
        let mut read = |out: &mut [u8]| std::io::Read::read(&mut sent, out);
        let event = source.next(&mut read).unwrap().unwrap();
        let first = name.split(['\r', '\n']).next().unwrap();
        prop_assert_eq!(event.name, if first.is_empty() { "message" } else { first });
        prop_assert_eq!(event.id, "1");
        let lines = pieces.concat().replace("\r\n", "\n").replace('\r', "\n");
        prop_assert_eq!(event.data, lines);
        prop_assert!(source.next(&mut read).unwrap().is_none());
    }
}
