//! Calls of what the application has, and what they answer.

use super::requesting::Refusal;
use super::{Connection, Context, Phase};
use crate::hal::Deadline;
#[cfg(feature = "websocket")]
use crate::server::body::Tail;
use crate::server::reply::Terms;
use crate::server::request::Body;
use crate::server::target::path;
use crate::server::{Answer, CloseReason, Event, Failure, Flow, Mistake, Reply, Request};
#[cfg(feature = "websocket")]
use crate::wire::websocket::CloseCode;
use crate::wire::{RequestHead, Status, Window};

/// Who makes the answer.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By<'f> {
    Handler,
    /// The handler as well, but there is nobody left to read it.
    Aborted,
    /// What the site has for errors, or else the server.
    Site(&'f Failure),
    /// The server alone, and without a text.
    Server(&'f Failure),
}

impl<A, T: Default> Connection<A, T> {
    pub(super) fn call_handler(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) {
        let (begun, arrived) = (self.out.has_begun(), self.piece.len());
        let mut written = 0;
        let answer = self.run(By::Handler, rx, tx, context, &mut written);
        let flow = match &answer {
            Ok(flow) => *flow,
            Err(failure) => return self.fail(failure, rx, tx, context),
        };
        if self.out.has_begun() {
            if !self.out.is_whole() {
                self.out.frame_piece(tx, written, flow == Flow::Done);
            }
            self.out.owes_continue = false;
            if !begun {
                context.notify(&Event::Answered(self.out.status));
            }
        }
        let has_written = written > 0 || begun != self.out.has_begun();
        let has_taken = self.piece.len() < arrived && !self.piece.is_empty();
        self.go_on(flow, has_written || has_taken, rx, tx, context);
    }

    /// Does what the handler has returned. If it gets on, and wants more, it is called again at once.
    fn go_on(
        &mut self,
        flow: Flow,
        gets_on: bool,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) {
        let mut pause = None;
        if self.out.is_whole() {
            // It may want to go on where the body is left out.
            self.abort(rx, tx, context);
            self.piece = Window::at(self.head.kept());
            self.phase = Phase::Sending;
        } else if let Flow::Wait(ms) = flow {
            pause = Some(ms);
        } else if gets_on {
            self.phase = Phase::Call;
        } else if !self.body.is_done() {
            self.phase = Phase::Body;
        } else if self.out.has_begun() {
            pause = Some(MORE_PAUSE_MS);
        } else {
            return self.fail(&Mistake::NothingMore.into(), rx, tx, context);
        }
        if let Some(ms) = pause {
            self.phase = Phase::Paused;
            // Called again at once, it would hold up all others.
            self.wake = Deadline::after(context.now_ms, ms.max(1));
        }
    }

    /// There is no other answer than why there is none; or, if some of one was sent, no more of it.
    pub(super) fn fail(
        &mut self,
        failure: &Failure,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) {
        self.abort(rx, tx, context);
        self.answer(failure, rx, tx, context);
    }

    /// The rest of the request is late.
    pub(super) fn time_is_up(
        &mut self,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) {
        #[cfg(feature = "websocket")]
        if self.out.has_begun() {
            return self.close_websocket(rx, tx, context);
        }
        self.stop_reading();
        self.refuse(Refusal::Status(Status::REQUEST_TIMEOUT), rx, tx, context);
    }

    /// The handler is told, and then the client, if its WebSocket is open.
    #[cfg(feature = "websocket")]
    fn close_websocket(&mut self, rx: &mut [u8], tx: &mut [u8], context: &mut Context<'_, A, T>) {
        const SILENT: &[u8] = &CloseCode::POLICY.frame();
        const CROWDED: &[u8] = &CloseCode::TRY_AGAIN.frame();
        self.abort(rx, tx, context);
        self.phase = Phase::Over(CloseReason::BodyFailed);
        if self.body.is_done() {
            let frame = if self.out.left.keeps_alive() { SILENT } else { CROWDED };
            (self.out.tail, self.phase) = (Tail::Static(frame), Phase::Sending);
        }
    }

    /// Answers with a status and a short text, or with what the site has.
    pub(super) fn answer(
        &mut self,
        failure: &Failure,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
    ) {
        if failure.is_told() {
            context.notify(&Event::Failed(failure));
        }
        self.piece = Window::at(if self.piece.start() > 0 { self.head.kept() } else { 0 });
        if self.out.has_begun() {
            self.phase = Phase::Over(CloseReason::BodyFailed);
            return;
        }
        self.phase = Phase::Sending;
        for by in [By::Site(failure), By::Server(failure)] {
            let error = match self.run(by, rx, tx, context, &mut 0) {
                Ok(_) if self.out.is_whole() => {
                    return context.notify(&Event::Answered(self.out.status));
                }
                Ok(_) => Mistake::NoBody.into(),
                Err(error) => error,
            };
            self.out.forget();
            context.notify(&Event::Failed(&error));
        }
        self.phase = Phase::Over(CloseReason::BodyFailed);
    }

    /// Tells a handler that is to be called again that there will be no more.
    pub(super) fn abort(&mut self, rx: &mut [u8], tx: &mut [u8], context: &mut Context<'_, A, T>) {
        if self.is_unfinished {
            self.piece = Window::at(self.head.kept());
            if let Err(failure) = self.run(By::Aborted, rx, tx, context, &mut 0) {
                context.notify(&Event::Failed(&failure));
            }
        }
    }

    /// Has a reply made. Returns how its handler goes on, and says how much of a body in pieces it has
    /// `written`. A reply that failed has left nothing behind, unless its body had begun before.
    // A failure stays where the handler put it: its answer is the one that is returned.
    fn run(
        &mut self,
        by: By<'_>,
        rx: &mut [u8],
        tx: &mut [u8],
        context: &mut Context<'_, A, T>,
        written: &mut usize,
    ) -> Answer {
        let begun = self.out.has_begun();
        let (is_aborted, offset) = (by == By::Aborted, self.offset);
        let terms = Terms {
            version: self.head.version(),
            to_head: self.head.kept() > 0 && rx.starts_with(b"HEAD "),
            readable: self.body.is_done() || (self.has_little_left(rx) && !self.out.owes_continue),
        };
        #[cfg(feature = "websocket")]
        let room = rx.len().wrapping_sub(self.head.kept());
        let (head, piece) = rx.split_at_mut_checked(self.piece.start()).unwrap_or_default();
        let piece = piece.get_mut(..self.piece.len()).unwrap_or_default();
        let in_pieces = self.takes_pieces();
        let is_gone = self.is_unfinished && piece.is_empty() && !in_pieces;
        let mut request = Request {
            state: &mut self.state,
            head: RequestHead::new(head.get(..self.head.kept()).unwrap_or_default()),
            reader: &self.head,
            pattern: self.route.map_or("", |route| route.path),
            depth: 0,
            body: if is_gone { Body::gone() } else { Body::new(piece) },
            taken: None,
            offset,
            is_first: !self.is_unfinished,
            is_aborted,
            framing: &mut self.body,
            #[cfg(feature = "websocket")]
            room,
            #[cfg(feature = "websocket")]
            in_pieces,
            is_shut_down: self.is_shut_down,
            client: context.client,
            now_ms: context.now_ms,
            begun_ms: self.begun_ms,
        };
        self.out.keep &= self.out.left.keeps_alive();
        if self.out.window.is_empty() {
            self.out.window = Window::at(0);
        }
        let (site, app) = (context.site, &mut *context.app);
        let mut reply = Reply::new(&mut self.out, tx, terms, is_aborted);
        if let Some(prepare) = site.ways.prepare {
            prepare(site, app, &mut request, &mut reply, matches!(by, By::Handler | By::Site(_)));
        }
        let mut answer = match by {
            By::Handler | By::Aborted => {
                match self.route.map(|route| route.handler).or(site.fallback) {
                    Some(handler) => handler(app, &mut request, &mut reply),
                    None => Ok(Flow::Done),
                }
            }
            By::Site(failure) | By::Server(failure) => {
                reply.status(failure.status);
                if let Some(header) = &failure.header {
                    (header.set)(header, &mut reply);
                }
                let code = failure.status.code();
                // What OPTIONS asks for, and what a method that is not there has to be told.
                if matches!(code, 204 | 405) {
                    let writer = reply.header_writer();
                    writer.str("Allow: ");
                    (site.ways.write_methods)(site.routes, path(request.head.parts().1), writer);
                    writer.str("\r\n");
                }
                let is_error = code >= 400;
                match (by, site.handle_error) {
                    (By::Site(_), Some(handle)) if is_error => {
                        handle(app, &request, failure, &mut reply)
                    }
                    (By::Server(_), _) => reply.body("", &[]),
                    _ => reply.page(failure),
                }
            }
        };
        let goes_on = matches!(answer, Ok(Flow::More | Flow::Wait(_)));
        let taken = request.taken.unwrap_or(usize::MAX).min(self.piece.len());
        if let (Ok(flow), false) = (&mut answer, is_aborted) {
            match reply.finish(*flow) {
                Ok(finished) => (*flow, *written) = finished,
                Err(mistake) => answer = Err(mistake.into()),
            }
        }
        match by {
            By::Handler => {
                self.piece.take(taken);
                self.offset = self.offset.wrapping_add(taken);
                self.is_unfinished = goes_on && !matches!(answer, Ok(Flow::Done));
            }
            _ => self.is_unfinished = false,
        }
        if !self.is_unfinished {
            self.state = T::default();
        }
        // Only a failure is moved as a whole.
        match answer {
            Ok(flow) => Ok(flow),
            Err(failure) => {
                if !begun {
                    self.out.forget();
                }
                Err(failure)
            }
        }
    }
}

/// A handler that has more, but wrote nothing, is asked again so soon.
const MORE_PAUSE_MS: u32 = 10;
