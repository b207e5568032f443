use super::{Answer, Reply, Request};

/// A function that answers a request: the one kind of handler that there is.
///
/// ```
/// use nal_http::server::{Answer, Flow, Reply, Request};
///
/// struct App {
///     level: u16,
/// }
///
/// fn light(app: &mut App, _: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
///     reply.write("text/plain", |body| body.number(app.level.into()))
/// }
///
/// /// 10,000 lines through a buffer of any size.
/// fn log(_: &mut App, request: &mut Request<'_, u32>, reply: &mut Reply<'_>) -> Answer {
///     let body = reply.stream("text/csv");
///     while *request.state < 10_000 {
///         if body.room() < 20 {
///             return Ok(Flow::More);
///         }
///         body.writer().number((*request.state).into());
///         body.writer().str(",301\r\n");
///         *request.state += 1;
///     }
///     Ok(Flow::Done)
/// }
/// ```
///
/// # When it is called
/// When the body of the request has arrived as a whole; with a route
/// [in pieces](super::Route::in_pieces) as soon as the head has. It runs in the server's `poll` and
/// should not block.
///
/// Each time it may set status and headers, and begin a body or go on with one. What it returns says
/// what is next:
///
/// | returned | then |
/// |---|---|
/// | [`Flow::Done`](super::Flow::Done) | what it has replied is the response |
/// | [`Flow::More`](super::Flow::More) | it is called again when more of the request has come, or, with a body in pieces, when there is room for the next piece |
/// | [`Flow::Wait`](super::Flow::Wait) | it is called again in so many ms, when more of the request has come, or when the application says so: [`Server::wake`](super::Server::wake) |
/// | a [`Failure`](super::Failure) | that is the response, or, if some of another was sent, the end of the connection |
///
/// - Until a body has begun, nothing is sent and nothing is settled: status and headers are set anew in
///   each call. So a handler may measure for 750 ms, and answer 200 or 503 then.
/// - A body in pieces ([`Reply::stream`]) begins with the first call that asks for it. Later calls write
///   on: what they set of the head in front of `stream` is passed over, so it is the same function from
///   its first line.
/// - What it remembers between the calls is [`Request::state`], of the type `T`: new for each
///   request, and dropped behind its last call.
/// - [`Request::body`] is what has arrived since the last call, and is used up when the handler returns,
///   unless it says that it [took](Request::take) only so much.
/// - Behind `More` or `Wait` there always is another call. If the client leaves, takes too long or sends
///   chunks that are malformed, or if the server is closed, that is a last one with
///   [`Request::is_aborted`], whose reply goes nowhere: to release what the handler holds.
/// - To a client that waits for `100 Continue`, the first `More` or `Wait`, or a body in pieces, says
///   that its body is wanted (RFC 9110 section 10.1.1). Any other answer is sent instead of it: so a
///   route in pieces can refuse a body by its head.
///
/// Mistakes are a 500, whose sentence the [`Hook`](super::Hook) and
/// `testing::TestClient` are told: a status, header or second body behind a body;
/// `Done` without a body ([`Reply::no_content`] is one); more written than there was room for; a
/// length that was announced and not kept; `More` where nothing more can come.
pub type Handler<A, T = ()> = fn(&mut A, &mut Request<'_, T>, &mut Reply<'_>) -> Answer;
