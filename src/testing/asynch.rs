//! Async code in simulated time: any `embedded-nal` stack as an async one, a timer, an executor (feature
//! `async`).
//!
//! What a scripted stack does with a client or a server that is polled, it so does with futures, and no test
//! waits: time goes on when nothing else can.
//!
//! ```
//! use nal_http::embedded_io_async::{Read, Write};
//! use nal_http::embedded_nal_async::TcpConnect;
//! use nal_http::hal::Timer;
//! use nal_http::testing::asynch::{AsyncStack, SimTime};
//! use nal_http::testing::{ScriptStack, Step};
//!
//! let mut script = ScriptStack::new();
//! script.answers([Step::Idle, "hi".into()]);
//! let time = SimTime::new(0);
//! let stack = AsyncStack::new(script, &time);
//! time.block_on(async {
//!     let mut socket = stack.connect(([192, 168, 0, 1], 80).into()).await.unwrap();
//!     socket.write_all(b"hello").await.unwrap();
//!     let mut buffer = [0; 10];
//!     assert_eq!(socket.read(&mut buffer).await, Ok(2));
//!     time.wait_ms(60_000).await;
//! });
//! assert_eq!(stack.borrow().sent(0), b"hello");
//! assert_eq!(time.now_ms(), 60_000);
//! ```

mod executor;
mod stack;

pub use executor::{Executor, SimTime};
pub use stack::{AsyncListener, AsyncSocket, AsyncStack, StackError};

#[cfg(test)]
mod tests {
    use core::cell::RefCell;
    use std::string::String;
    use std::vec::Vec;

    use embedded_io_async::{ErrorKind, Read, Write};
    use embedded_nal_async::{AddrType, Dns, TcpConnect};

    use super::*;
    use crate::hal::Timer;
    use crate::testing::{Call, Fault, FaultStack, ScriptStack, Step};

    /// The clock wraps around on the way.
    const START: u32 = u32::MAX - 100;

    #[test]
    fn who_sleeps_is_polled_once_when_it_is_time() {
        let time = SimTime::new(START);
        let woken = RefCell::new(Vec::new());
        let mut executor = Executor::new(&time);
        for ms in [300, 50, 200] {
            let (woken, time) = (&woken, time.clone());
            executor.spawn(async move {
                time.wait_ms(ms).await;
                woken.borrow_mut().push((ms, time.now_ms().wrapping_sub(START)));
            });
        }
        executor.cancel(2);
        executor.run_for(250);
        assert_eq!(*woken.borrow(), [(50, 50)]);
        executor.run_for(50);
        assert_eq!(*woken.borrow(), [(50, 50), (300, 300)]);
        assert!((0..3).all(|task| executor.is_over(task)));
        assert_eq!([executor.polls(0), executor.polls(1), executor.polls(2)], [2, 2, 0]);
        assert_eq!(time.polls(), 4);
    }

    #[test]
    fn a_script_that_hesitates_is_asked_again_and_sockets_are_closed() {
        let time = SimTime::new(START);
        let mut script = ScriptStack::new();
        script.answers([Step::Idle, "ab".into(), Step::Idle, Step::Idle, "c".into(), Step::Close]);
        script.resolves("mpython.cn", [10, 0, 0, 1].into());
        let stack = AsyncStack::new(
            FaultStack::new(script).every_other(Call::Send, Fault::Zero).at_most(2),
            &time,
        );
        let text = time.block_on(async {
            let address = stack.get_host_by_name("mpython.cn", AddrType::IPv4).await.unwrap();
            let mut socket = stack.connect((address, 80).into()).await.unwrap();
            socket.write_all(b"hello").await.unwrap();
            let (mut text, mut byte) = (String::new(), [0]);
            while socket.read(&mut byte).await.unwrap() > 0 {
                text.push(byte[0].into());
            }
            text
        });
        assert_eq!((text.as_str(), time.now_ms()), ("abc", START));
        assert_eq!(stack.borrow().inner().sent(0), b"hello");
        assert_eq!(stack.borrow().open_sockets(), 0);
    }

    #[test]
    fn what_a_script_goes_on_with_is_received() {
        let time = SimTime::new(START);
        let stack = AsyncStack::new(ScriptStack::new(), &time);
        let received = RefCell::new(Vec::new());
        let mut executor = Executor::new(&time);
        executor.spawn(async {
            let listener = stack.listen(80).unwrap();
            let (mut socket, _) = listener.accept().await.unwrap();
            let mut buffer = [0; 10];
            loop {
                match socket.read(&mut buffer).await {
                    Ok(n) => received.borrow_mut().push((time.now_ms(), n)),
                    Err(error) => {
                        assert_eq!(
                            embedded_io_async::Error::kind(&error),
                            ErrorKind::ConnectionReset
                        );
                        return;
                    }
                }
            }
        });
        executor.run_for(10);
        stack.borrow().connects(["abc".into()]);
        executor.run_for(10);
        stack.borrow().continues(1, ["d".into()]);
        executor.run_for(10);
        stack.borrow().continues(1, [Step::Reset]);
        executor.run();
        assert!(executor.is_over(0));
        let at = |ms| START.wrapping_add(ms);
        assert_eq!(*received.borrow(), [(at(10), 3), (at(20), 1)]);
    }

    #[test]
    #[should_panic(expected = "nothing wakes the future any longer")]
    fn a_future_that_nothing_wakes_is_a_defect() {
        SimTime::new(0).block_on(core::future::pending::<()>());
    }
}
