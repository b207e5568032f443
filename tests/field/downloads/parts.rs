//! Answers to a request for the rest of a file, one by one.

use nal_http::client::{Client, DownloadError, ResumeError};
use nal_http::testing::Ticks;

use super::{
    Answer, FileServer, Flash, HALF, HONEST, Kind, Validator, behind_half, download, versions,
};

/// A build server puts a new image in place, and a proxy that takes no notice of `If-Range` serves both.
#[test]
fn parts_of_two_versions_are_never_joined() {
    for validator in [Validator::Tag, Validator::Date, Validator::FreshDate, Validator::WeakTag] {
        let second = Answer { kind: Kind::AnyVersion, changes: true, ..HONEST };
        let mut server = FileServer::new(versions(), validator, vec![HALF, second]);
        let (result, flash, _) = download(&mut server);
        assert_eq!(result, Ok(4000), "{validator:?}");
        assert!(flash.bytes == versions()[1] || flash.bytes == versions()[0], "{validator:?}");
    }
    let mut server = behind_half(Kind::AnyVersion, true);
    let (_, flash, waited) = download(&mut server);
    assert!(flash.bytes == versions()[1]);
    assert_eq!((flash.starts, server.requests.len(), waited), (2, 3, 0));
    assert!(!server.requests[2].contains("Range"), "{}", server.requests[2]);
}

/// A cache that drops the validator, or makes it weak, says nothing about what it has put together.
#[test]
fn a_part_that_has_lost_its_validator_is_not_joined() {
    for kind in [Kind::NoValidator, Kind::Weak] {
        let mut server = behind_half(kind, false);
        let (result, flash, _) = download(&mut server);
        assert_eq!((result, flash.starts, server.requests.len()), (Ok(4000), 2, 3), "{kind:?}");
    }
}

/// Caches that have the whole file send it as a part; small servers count from where they like.
#[test]
fn what_comes_from_further_ahead_is_skipped_up_to_where_it_helps() {
    for kind in [Kind::AllAsPart, Kind::Earlier(200), Kind::Earlier(1)] {
        let mut server = behind_half(kind, false);
        let (result, flash, _) = download(&mut server);
        assert_eq!((result, flash.starts, server.requests.len()), (Ok(4000), 1, 2), "{kind:?}");
        assert!(flash.bytes == versions()[0]);
    }
}

/// RFC 9110 section 14.1: names of units have no case; section 15.3.7.1: a part may be shorter than was asked for.
#[test]
fn parts_in_other_words_are_used() {
    for (kind, requests) in [
        (Kind::Unit("Bytes "), 2),
        (Kind::Unit("BYTES "), 2),
        (Kind::NoTotal, 2),
        (Kind::Shorter(200), 3),
    ] {
        let mut server = behind_half(kind, false);
        let (result, flash, waited) = download(&mut server);
        assert_eq!(
            (result, flash.starts, server.requests.len()),
            (Ok(4000), 1, requests),
            "{kind:?}"
        );
        assert!(flash.bytes == versions()[0] && waited == 0, "{kind:?}");
    }
}

/// C3: a 206 that says nothing that can be used is asked for once, and all of the file after that, at once.
#[test]
fn a_part_that_cannot_be_used_is_not_asked_for_again() {
    for kind in [
        Kind::NoRange,
        Kind::Unit("bytes="),
        Kind::Unit("pages "),
        Kind::Later(7),
        Kind::OtherTotal,
        Kind::OtherLength,
        Kind::Multipart,
        Kind::Status(416),
    ] {
        let mut server = behind_half(kind, false);
        let (result, flash, waited) = download(&mut server);
        assert_eq!((result, flash.starts, server.requests.len()), (Ok(4000), 2, 3), "{kind:?}");
        assert!(!server.requests[2].contains("Range"), "{kind:?}");
        assert_eq!(waited, 0, "{kind:?}");
    }
}

/// A server that sends parts whatever it is asked for: the second answer of the kind ends it.
#[test]
fn a_server_that_sends_only_parts_is_given_up_at_once() {
    for kind in [Kind::NoRange, Kind::Multipart, Kind::Later(7)] {
        let mut server = FileServer::new(versions(), Validator::Tag, vec![HALF]);
        server.then.kind = kind;
        let (result, _, waited) = download(&mut server);
        assert_eq!(result, Err(DownloadError::Resume(ResumeError::Range)), "{kind:?}");
        assert_eq!((server.requests.len(), waited), (3, 0), "{kind:?}");
    }
}

/// GitHub's tags are hashes of 64 digits in quotes.
#[test]
fn a_tag_that_is_a_hash_is_kept() {
    let hash = "0123456789abcdef".repeat(4);
    let mut stack = nal_http::testing::ScriptStack::new();
    let head = format!("HTTP/1.1 200 OK\r\nETag: \"{hash}\"\r\nContent-Length: 9\r\n\r\nfirm");
    stack.answers([head.as_str().into(), nal_http::testing::Step::Reset]);
    let head = format!(
        "HTTP/1.1 206 X\r\nETag: \"{hash}\"\r\nContent-Length: 5\r\nContent-Range: bytes 4-8/9\r\n\r\nware!"
    );
    stack.answers([head.as_str().into()]);
    let (mut flash, mut buffer) = (Flash::default(), [0; 900]);
    let mut client = Client::new(&mut stack, Ticks::every(1));
    assert_eq!(client.download("http://h/", &mut buffer, |piece| flash.write(piece)), Ok(9));
    assert_eq!((flash.bytes.as_slice(), flash.starts), (&b"firmware!"[..], 1));
}

/// A server that compresses whatever it is asked for (C12): its bytes are not the file.
#[test]
fn a_file_that_is_compressed_is_not_written() {
    for coding in ["gzip", "br", "x-own"] {
        let mut stack = nal_http::testing::ScriptStack::new();
        let answer = format!(
            "HTTP/1.1 200 OK\r\nContent-Encoding: {coding}\r\nContent-Length: 2\r\n\r\n\x1f\x0b"
        );
        stack.answers([answer.as_str().into()]);
        let (mut flash, mut buffer) = (Flash::default(), [0; 900]);
        let mut client = Client::new(&mut stack, Ticks::every(1));
        let result = client.download("http://h/", &mut buffer, |piece| flash.write(piece));
        let error = result.unwrap_err();
        assert!(matches!(error, DownloadError::Resume(ResumeError::Encoded(_))));
        assert!(error.to_string().contains(coding), "{error}");
        assert_eq!(flash.starts, 0);
    }
}

/// A head that does not fit, a file without an end: the same request has the same answer.
#[test]
fn what_will_be_the_same_is_asked_for_once() {
    let too_long =
        format!("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nETag: \"{}\"\r\n\r\nx", "x".repeat(900));
    for answer in [
        "HTTP/1.1 200 OK\r\n\r\nhow long?",
        "HTTP/1.1 501 No\r\nContent-Length: 0\r\n\r\n",
        &too_long,
    ] {
        let mut stack = nal_http::testing::ScriptStack::new();
        stack.answers([answer.into(), nal_http::testing::Step::Close]);
        stack.answers([answer.into(), nal_http::testing::Step::Close]);
        let mut buffer = [0; 900];
        let mut client = Client::new(&mut stack, Ticks::every(1));
        assert!(
            client.download("http://h/", &mut buffer, |_| Ok::<_, ()>(())).is_err(),
            "{answer}"
        );
        assert!(stack.sent(1).is_empty(), "{answer}");
    }
}
