//! Any answers in any order.

use proptest::prelude::*;

use super::{Answer, FileServer, HONEST, Kind, Validator, download};

fn kind() -> impl Strategy<Value = Kind> {
    prop_oneof![
        6 => Just(Kind::Honest),
        1 => Just(Kind::AnyVersion),
        1 => Just(Kind::All),
        1 => Just(Kind::AllAsPart),
        1 => any::<u8>().prop_map(Kind::Earlier),
        1 => any::<u8>().prop_map(Kind::Later),
        1 => any::<u8>().prop_map(Kind::Shorter),
        1 => prop::sample::select(vec!["Bytes ", "bytes=", "pages ", ""]).prop_map(Kind::Unit),
        1 => Just(Kind::NoRange),
        1 => Just(Kind::NoTotal),
        1 => Just(Kind::OtherTotal),
        1 => Just(Kind::OtherLength),
        1 => Just(Kind::NoValidator),
        1 => Just(Kind::Weak),
        1 => Just(Kind::Multipart),
        1 => prop::sample::select(vec![404, 416, 429, 500, 503]).prop_map(Kind::Status),
    ]
}

prop_compose! {
    fn answer()(
        changes in prop::bool::weighted(0.2), kind in kind(), is_chunked in any::<bool>(),
        cut in prop::option::weighted(0.7, (0_usize..400, any::<bool>())),
    ) -> Answer {
        Answer { changes, kind, is_chunked, cut }
    }
}

fn validator() -> impl Strategy<Value = Validator> {
    prop::sample::select(vec![
        Validator::Tag,
        Validator::Tag,
        Validator::Date,
        Validator::FreshDate,
        Validator::WeakTag,
        Validator::None,
    ])
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1_000))]

    /// One version, whole, or an error, in a bounded number of requests; whatever the server does.
    #[test]
    fn a_download_delivers_one_version_or_an_error(
        lengths in prop::collection::vec(0_usize..400, 1..4), validator in validator(),
        answers in prop::collection::vec(answer(), 0..20), then in prop::option::of(answer()),
    ) {
        // The bytes of each version are its own, each with its place.
        let file = |(version, length): (usize, usize)| -> Vec<u8> {
            (0..=82).cycle().take(length).map(|byte: u8| byte + [0, 83, 166][version]).collect()
        };
        let files: Vec<_> = lengths.iter().copied().enumerate().map(file).collect();
        let longest = lengths.iter().copied().max().unwrap_or(0);
        let mut server = FileServer::new(files.clone(), validator, answers);
        let ends_well = then.is_none();
        server.then = then.unwrap_or(HONEST);
        let scripted = server.answers.len();
        let (result, flash, _) = download(&mut server);
        if let Ok(length) = result {
            // Nothing is written of an empty file, which has no piece.
            prop_assert_eq!(length, if length == 0 { 0 } else { flash.bytes.len() as u64 });
            let written = if length == 0 { &[] } else { flash.bytes.as_slice() };
            prop_assert!(files.iter().any(|file| file == written), "of no version: {:?}", written);
        }
        let bound = if ends_well { scripted + 2 } else { scripted + 6 * 5 * (longest + 1) };
        prop_assert!(server.requests.len() <= bound, "{} requests", server.requests.len());
    }

    /// With a strong validator and a file that stays, each byte that has come counts.
    #[test]
    fn a_file_that_stays_comes_whole_whatever_breaks(
        length in 1_usize..2_000, validator in prop::sample::select(vec![Validator::Tag, Validator::Date]),
        cuts in prop::collection::vec((1_usize..400, any::<bool>(), any::<bool>()), 0..20),
    ) {
        let file: Vec<u8> = (0..=250).cycle().take(length).collect();
        let answers = cuts.iter().enumerate().map(|(n, &(cut, by_reset, is_chunked))| {
            // In chunks, nobody knows the length before the second answer.
            Answer { is_chunked: is_chunked && n > 0, cut: Some((cut + 9, by_reset)), ..HONEST }
        });
        let mut server = FileServer::new(vec![file.clone()], validator, answers.collect());
        let (result, flash, waited) = download(&mut server);
        prop_assert_eq!((result, flash.starts, waited), (Ok(length as u64), 1, 0));
        prop_assert!(flash.bytes == file);
    }
}
