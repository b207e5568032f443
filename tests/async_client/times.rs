//! Each phase ends when its time is over, and not later.

use nal_http::client::asynch::Client;
use nal_http::client::{Error, Phase};
use nal_http::hal::Timer;
use nal_http::net::Timeouts;
use nal_http::testing::asynch::{AsyncStack, SimTime};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step};

const TIMEOUTS: Timeouts =
    Timeouts { connect_ms: 100, send_ms: 200, head_ms: 300, read_ms: 400, body_ms: 1_000 };

#[test]
fn phases_take_their_time() {
    let none = Timeouts::NONE;
    let head = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc";
    let table = [
        (Some(Call::Resolve), "", TIMEOUTS, Phase::Connect, 100),
        (Some(Call::Connect), "", TIMEOUTS, Phase::Connect, 100),
        (Some(Call::Send), "", TIMEOUTS, Phase::Send, 200),
        (None, "", TIMEOUTS, Phase::Head, 300),
        (None, "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1", TIMEOUTS, Phase::Head, 300),
        (None, head, TIMEOUTS, Phase::Read, 400),
        (None, head, Timeouts { read_ms: none, ..TIMEOUTS }, Phase::Body, 1_000),
    ];
    for start in [0, u32::MAX - 150] {
        for (call, answer, timeouts, phase, ms) in table {
            let time = SimTime::new(start);
            let mut script = ScriptStack::new();
            script.answers([answer.into(), Step::Idle]);
            let stack = FaultStack::new(script);
            let stack = match call {
                Some(call) => stack.from(call, 0, Fault::WouldBlock),
                None => stack,
            };
            let stack = AsyncStack::new(stack, &time);
            let result = time.block_on(async {
                let mut client = Client::new(&stack, &time).timeouts(timeouts);
                let mut buffer = [0; 256];
                let mut response = client.get("http://mpython.cn/").send(&mut buffer).await?;
                response.content().await.map(drop)
            });
            assert!(matches!(result, Err(Error::TimedOut(told)) if told == phase), "{result:?}");
            assert_eq!(time.now_ms().wrapping_sub(start), ms, "{phase:?}");
            assert_eq!(stack.borrow().open_sockets(), 0);
        }
    }
}
