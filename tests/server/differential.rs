//! The two drivers beside each other: whatever clients and network do, they do the same.

use nal_http::server::CloseReason;
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};
use proptest::prelude::*;

use crate::app;
use crate::drivers::{Driver, Serving};

/// What a client does, and how the network is.
#[derive(Debug, Clone)]
struct Script {
    steps: Vec<Step>,
    at_most: usize,
    fault: Option<(usize, Fault)>,
    hesitates: Option<Call>,
    /// When the server is closed.
    ends_ms: u32,
}

fn scripts() -> impl Strategy<Value = Script> {
    let requests: Vec<Vec<u8>> = crate::messages::exchanges()
        .into_iter()
        .map(|(request, _)| request.as_bytes().to_vec())
        .chain(
            [&b"GET /say HTTP/1.1\r\nHost: a\r\n\r\n"[..], b"\r\n", b"nonsense\r\n"].map(Vec::from),
        )
        .collect();
    let step = prop_oneof![
        8 => (prop::sample::select(requests), any::<prop::sample::Index>()).prop_map(|(request, cut)| {
            // As often as not all of it.
            let length = (cut.index(2 * request.len()) + 1).min(request.len());
            Step::Send(request[..length].to_vec())
        }),
        4 => Just(Step::Idle),
        1 => Just(Step::Close),
        1 => Just(Step::Reset),
    ];
    let call = || prop::sample::select(&[Call::Receive, Call::Send]);
    // Of sends, which are as many with both drivers, unless they are tried again and again.
    let fault = prop::sample::select(&[Fault::Reset, Fault::PipeClosed, Fault::WouldBlock]);
    (
        prop::collection::vec(step, 1..8),
        prop::sample::select(&[1_usize, 7, 100, 4_000]),
        prop::option::of((0..40_usize, fault)),
        prop::option::of(call()),
        prop::sample::select(&[0_u32, 1, 999, 1_000, 10_000, 45_000]),
    )
        .prop_map(|(steps, at_most, fault, hesitates, ends_ms)| Script {
            steps,
            at_most,
            fault,
            hesitates,
            ends_ms,
        })
}

/// All that can be seen of a connection.
type Seen = (Vec<u8>, Vec<String>, Vec<CloseReason>, Vec<String>, Vec<u8>);

fn play(driver: Driver, script: &Script) -> Seen {
    let mut inner = ScriptStack::new();
    inner.connects(script.steps.clone());
    let mut stack = FaultStack::new(inner).at_most(script.at_most);
    if let Some(call) = script.hesitates {
        stack = stack.every_other(call, Fault::WouldBlock);
    }
    if let (Some((n, fault)), None | Some(Call::Receive)) = (script.fault, script.hesitates) {
        stack = stack.once(Call::Send, n, fault);
    }
    let mut server =
        Serving::<_, _, 1, 512>::new(driver, app::site(), stack, app::App::default(), 0);
    server.run(script.ends_ms);
    server.close();
    assert_eq!(server.stack().open_sockets(), 0);
    let sent = server.stack().inner().sent(1).to_vec();
    let app = server.app();
    let failures = app.failures.iter().map(ToString::to_string).collect();
    (sent, app.requests.clone(), app.closed.clone(), failures, app.upload.clone())
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    /// Both drivers do the same with whatever comes, on whatever network, until they are stopped.
    #[test]
    fn both_drivers_send_the_same_bytes(script in scripts()) {
        prop_assert_eq!(play(Driver::Polled, &script), play(Driver::Async, &script));
    }
}
