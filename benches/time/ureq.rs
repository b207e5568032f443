//! `ureq-proto`: what ureq is built upon, without its sockets. The bytes of a body are the same, in the same pieces.

use ureq_proto::client::{Call, RecvBodyResult, RecvResponseResult, SendRequestResult};
use ureq_proto::http::{Request, Response};
use ureq_proto::server::{RecvRequestResult, Reply, SendResponseResult};

use super::{PAGE, URL};

pub fn get(arriving: &[u8]) -> usize {
    let request =
        Request::get(URL).header("Accept-Encoding", "identity").body(()).expect("a request");
    let mut call = Call::new(request).expect("a request").proceed();
    let mut buffer = [0; 512];
    divan::black_box(call.write(&mut buffer).expect("room"));
    let Ok(Some(SendRequestResult::RecvResponse(mut call))) = call.proceed() else {
        panic!("a body to send")
    };
    let (mut at, response) = call.try_response(arriving, false).expect("a response");
    assert!(response.is_some_and(|response| response.status() == 200));
    let Some(RecvResponseResult::RecvBody(mut call)) = call.proceed() else { panic!("no body") };
    let (mut piece, mut length) = ([0; 2048], 0);
    while !call.can_proceed() {
        let (used, n) = call.read(&arriving[at..], &mut piece).expect("a body");
        (at, length) = (at + used, length + n);
    }
    assert!(matches!(call.proceed(), Some(RecvBodyResult::Cleanup(_))));
    length
}

pub fn answer(arriving: &[u8]) -> usize {
    let mut reply = Reply::new().expect("a reply");
    let (_, request) = reply.try_request(arriving).expect("a request");
    assert!(request.is_some_and(|request| request.uri().path() == "/"));
    let Some(RecvRequestResult::ProvideResponse(reply)) = reply.proceed() else { panic!("a body") };
    let response = Response::builder()
        .header("Content-Type", "text/plain")
        .header("Content-Length", PAGE.len());
    let mut reply = reply.provide(response.body(()).expect("a response")).expect("a response");
    let mut buffer = [0; 512];
    let head = reply.write(&mut buffer).expect("room");
    let SendResponseResult::SendBody(mut reply) = reply.proceed() else { panic!("no body") };
    let (_, length) = reply.write(PAGE, &mut buffer[head..]).expect("room");
    divan::black_box(&buffer);
    assert!(reply.is_finished());
    length
}
