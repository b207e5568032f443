use std::string::String;
use std::vec::Vec;
use std::{format, vec};

use embedded_nal::{TcpClientStack, TcpFullStack};

use super::bench::{BOTH, Bench, GONE, Outcome, Received, Side, TRIES, said};
use super::report::{Report, Verdict};
use super::rig::Rig;

/// Checks that a stack does what this crate needs of it; see the table in [`net`](crate::net).
///
/// For the authors of stacks: implement [`Rig`] for a test of yours and print the report. A stack
/// with clients only is checked against another one that is known to be good, such as `nal-std`. It
/// needs room for 4 sockets on either side; how many bytes each has room for does not matter.
///
/// A stack that fails "an idle connection is not at its end" answers `Ok(0)` where nothing has
/// arrived; it works in a [`ZeroIsIdle`](crate::net::ZeroIsIdle). Nothing depends on the clock: a
/// check that waits gives up after 2000 calls of [`Rig::idle`] that changed nothing. But a stack
/// whose calls block for ever blocks the check as well.
///
/// ```
/// use std::net::SocketAddr;
/// use std::time::Duration;
/// use nal_http::testing::{Rig, check_stack};
/// use nal_std::{Stack, TcpSocket};
///
/// struct Loopback(Stack);
///
/// impl Rig for Loopback {
///     type Server = Stack;
///     type Client = Stack;
///
///     fn server(&mut self) -> &mut Stack {
///         &mut self.0
///     }
///     fn client(&mut self) -> &mut Stack {
///         &mut self.0
///     }
///     fn port(&self) -> u16 {
///         0
///     }
///     fn address(&mut self, listener: &TcpSocket) -> SocketAddr {
///         self.0.local_addr(listener).unwrap()
///     }
///     fn idle(&mut self) {
///         self.0.wait(Duration::from_millis(1));
///     }
/// }
///
/// let report = check_stack(&mut Loopback(Stack::bound_to([127, 0, 0, 1].into())));
/// assert!(report.is_ok(), "{report}");
/// ```
pub fn check_stack<R: Rig>(rig: &mut R) -> Report {
    let verdicts = checks().map(|(name, advice, check)| {
        let mut bench = Bench::new(rig);
        let mut result = check(&mut bench);
        // Whatever came of it, the next check finds all sockets closed.
        result = result.and(bench.close_all());
        let verdict = match (result, bench.note) {
            (Err(what), _) => Verdict::Failed(format!("{what}; {advice}")),
            (Ok(()), Some(note)) => Verdict::Noted(note.into()),
            (Ok(()), None) => Verdict::Passed,
        };
        (name, verdict)
    });
    Report { verdicts: verdicts.into() }
}

type Check<R> = fn(&mut Bench<'_, R>) -> Outcome;

/// What is expected, what helps where it is not so, and how it is found out.
fn checks<R: Rig>() -> [(&'static str, &'static str, Check<R>); 12] {
    [
        (
            "nobody connects: accept would block",
            "answer WouldBlock, or a server never gets to its other connections",
            nobody_connects,
        ),
        (
            "a client connects and is accepted",
            "answer WouldBlock from connect and accept until the handshake is done",
            |bench| bench.join(),
        ),
        (
            "an idle connection is not at its end",
            "answer WouldBlock; a stack whose Ok(0) means \"nothing yet\" works wrapped in \
             nal_http::net::ZeroIsIdle",
            idle_is_not_the_end,
        ),
        (
            "bytes arrive whole and in order",
            "answer from send how many bytes were taken, and send just those",
            bytes_arrive,
        ),
        (
            "a small buffer leaves the rest for later",
            "keep what did not fit for the next receive",
            small_buffers,
        ),
        (
            "a peer that does not read stops the sender",
            "answer WouldBlock or Ok(0) from send until there is room",
            full_is_not_an_error,
        ),
        (
            "what was sent before a close arrives, then the end, again and again",
            "answer with all that has arrived first, then always with Ok(0) or an error of kind \
             PipeClosed; else only bodies of known length can be received whole",
            end_comes_last,
        ),
        (
            "several clients can connect before one is accepted",
            "keep a few sockets listening: a browser opens several connections at once",
            several_connect,
        ),
        (
            "connections do not mix",
            "keep the bytes of each socket by themselves",
            connections_do_not_mix,
        ),
        (
            "where nobody listens, connect is an error",
            "answer with an error once the peer has refused; else each such request takes all of \
             the connect time-out",
            nobody_listens,
        ),
        (
            "a port can be listened on again",
            "give the port back when the listener is closed, and let it be used at once",
            ports_come_back,
        ),
        (
            "sockets can be used again, 64 times",
            "give back all that a socket had when it is closed",
            sockets_come_back,
        ),
    ]
}

/// Bytes that repeat late, so that a piece in the wrong place is seen.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|index| (index * 7 + index / 251).to_le_bytes()[0]).collect()
}

fn nobody_connects<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.listen()?;
    for _ in 0..3 {
        let listener = bench.listener.as_mut().ok_or(GONE)?;
        match bench.rig.server().accept(listener) {
            Err(nb::Error::WouldBlock) => bench.rig.idle(),
            Err(nb::Error::Other(error)) => return Err(said("accept", error)),
            Ok((socket, _)) => {
                bench.servers.push(Some(socket));
                return Err("accept gave a connection that nobody asked for".into());
            }
        }
    }
    Ok(())
}

fn idle_is_not_the_end<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.join()?;
    for _ in 0..3 {
        bench.rig.idle();
        for side in [Side::Client, Side::Server] {
            match bench.receive(side, 0, &mut [0; 16])? {
                Received::Idle => {}
                Received::Zero => return Err(format!("{side:?} received Ok(0) while idle")),
                other => return Err(format!("{side:?} received {other:?} while idle")),
            }
        }
    }
    Ok(())
}

fn bytes_arrive<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.join()?;
    let bytes = pattern(100_000);
    BOTH.into_iter().try_for_each(|way| bench.transfer(way, 0, &bytes, 1024))
}

fn small_buffers<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.join()?;
    let bytes = pattern(500);
    BOTH.into_iter().try_for_each(|way| bench.transfer(way, 0, &bytes, 3))
}

fn full_is_not_an_error<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    const MOST: usize = 64 << 20;
    bench.join()?;
    let (bytes, mut buffer) = (pattern(16 * 1024), vec![0; 64 * 1024]);
    for (from, to) in BOTH {
        let mut sent = 0;
        loop {
            let taken = bench.fill(from, 0, &bytes)?;
            sent += taken;
            if taken < bytes.len() {
                break;
            }
            if sent > MOST {
                return Err(format!("send took {sent} bytes that nobody received"));
            }
        }
        let (mut arrived, mut tries) = (0, 0);
        while arrived < sent {
            match bench.receive(to, 0, &mut buffer)? {
                Received::Data(n) => arrived += n,
                _ if tries == TRIES => {
                    return Err(format!("{arrived} of {sent} bytes arrived"));
                }
                _ => {
                    tries += 1;
                    bench.rig.idle();
                }
            }
        }
        bench
            .transfer((from, to), 0, &bytes, 1024)
            .map_err(|what| format!("after the peer has read, {what}"))?;
    }
    Ok(())
}

fn end_comes_last<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    let bytes = pattern(2_000);
    for (n, (from, to)) in BOTH.into_iter().enumerate() {
        bench.join()?;
        // As much as the sockets have room for, while nobody reads.
        let sent = match bench.fill(from, n, &bytes)? {
            0 => return Err("send took nothing, though nothing was waiting to be read".into()),
            sent => &bytes[..sent],
        };
        bench.close(from, n)?;
        let (mut arrived, mut ends, mut tries, mut buffer) = (0, 0, 0, [0; 100]);
        while ends < 3 {
            match bench.receive(to, n, &mut buffer)? {
                Received::Data(_) if ends > 0 => return Err("bytes came after the end".into()),
                Received::Data(count) => {
                    if !sent[arrived..].starts_with(&buffer[..count]) {
                        return Err(format!("{to:?} received other bytes than were sent"));
                    }
                    arrived += count;
                }
                Received::Idle if tries == TRIES => {
                    return Err(format!("{to:?} received {arrived} bytes and never the end"));
                }
                Received::Idle => {
                    tries += 1;
                    bench.rig.idle();
                }
                _ if arrived < sent.len() => {
                    let whole = sent.len();
                    return Err(format!("the end came to {to:?} after {arrived} of {whole} bytes"));
                }
                Received::Zero => ends += 1,
                Received::PipeClosed => {
                    ends += 1;
                    bench.note = Some("the end is an error of kind PipeClosed, which will do");
                }
            }
        }
        bench.close(to, n)?;
    }
    Ok(())
}

fn several_connect<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.listen()?;
    (0..3).try_for_each(|_| bench.connect())?;
    (0..3).try_for_each(|_| bench.accept())
}

fn connections_do_not_mix<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    (0..3).try_for_each(|_| bench.join())?;
    for round in 0..3 {
        for n in 0..3 {
            let bytes = &pattern(900)[round * 100 + n * 200..][..200];
            BOTH.into_iter().try_for_each(|way| bench.transfer(way, n, bytes, 64))?;
        }
    }
    // The end of one is not the end of another.
    bench.close(Side::Client, 0)?;
    bench.transfer(BOTH[0], 1, b"still here", 64)
}

fn nobody_listens<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.listen()?;
    bench.close_all()?;
    let address = bench.address.ok_or(GONE)?;
    let mut client = bench.rig.client().socket().map_err(|error| said("socket", error))?;
    let answer = bench.wait("connect", |rig| match rig.client().connect(&mut client, address) {
        Err(nb::Error::Other(_)) => Ok("refused"),
        Err(nb::Error::WouldBlock) => Err(nb::Error::WouldBlock),
        Ok(()) => Err(nb::Error::Other("it succeeded")),
    });
    bench.clients.push(Some(client));
    answer.map(|_| ())
}

fn ports_come_back<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    bench.join()?;
    // The server closes first: it is the end with the memory of the connection.
    bench.close(Side::Server, 0)?;
    bench.close_all()?;
    let port = bench.address.map_or(0, |address| address.port());
    bench.listen_on(if bench.rig.port() == 0 { port } else { bench.rig.port() })?;
    bench.join()
}

fn sockets_come_back<R: Rig>(bench: &mut Bench<'_, R>) -> Outcome {
    for n in 0..64 {
        let round = |what: String| format!("round {n}: {what}");
        bench.join().map_err(round)?;
        let (first, second) = BOTH[n % 2];
        bench.close(first, n).map_err(round)?;
        bench.close(second, n).map_err(round)?;
    }
    Ok(())
}
