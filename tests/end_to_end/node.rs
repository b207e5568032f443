//! Our client against Node's `http`, and what it does that other servers do not.

use std::process::{Command, Stdio};
use std::time::Duration;

use nal_http::client::{Client, ErrorOf, Multipart, Part, Pool, Upload};
use nal_std::Stack;

use crate::support::{Process, RealClock, first_line, has, wait};

/// Answers by path, and tells what it got.
const SERVER: &str = r#"
const http = require('http');
const server = http.createServer((request, response) => {
  const body = [];
  request.on('data', (data) => body.push(data));
  request.on('end', () => {
    const got = Buffer.concat(body);
    switch (request.url) {
      case '/hints':
        response.writeEarlyHints({ link: '</style.css>; rel=preload' });
        response.setHeader('X-Late', '1');
        return response.end('光线');
      case '/moved':
        response.writeHead(307, { Location: '../echo?a=%E5%85%89' });
        return response.end('moved');
      case '/trailers':
        response.writeHead(200, { Trailer: 'X-Sum' });
        response.write('abc');
        response.addTrailers({ 'X-Sum': '6' });
        return response.end();
      case '/pieces':
        for (let i = 0; i < 1000; i++) response.write(String(i % 10).repeat(i));
        return response.end();
      case '/cut':
        response.write('abc');
        return setTimeout(() => request.socket.destroy(), 20);
      case '/etag':
        if (request.headers['if-none-match'] === '"1"') {
          response.writeHead(304, { ETag: '"1"' });
          return response.end();
        }
        response.writeHead(200, { ETag: '"1"' });
        return response.end('new');
      default: {
        const told = { method: request.method, url: request.url, type: request.headers['content-type'],
          length: request.headers['content-length'], body: got.toString() };
        response.setHeader('Content-Type', 'application/json; charset=utf-8');
        return response.end(request.url.startsWith('/length') ? String(got.length) : JSON.stringify(told));
      }
    }
  });
});
server.keepAliveTimeout = 100;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
"#;

struct Node {
    _process: Process,
    url: String,
}

impl Node {
    fn start() -> Self {
        let mut child = Command::new("node")
            .args(["-e", SERVER])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let port = first_line(&mut child);
        Self { _process: Process(child), url: format!("http://127.0.0.1:{port}") }
    }

    fn url(&self, path: &str) -> String {
        format!("{}{path}", self.url)
    }
}

/// Runs `tour` with a client that keeps no connection.
fn with_client<T>(tour: impl FnOnce(&mut Client<'_, Stack, RealClock>) -> T) -> T {
    let mut stack = Stack::new();
    let result = tour(&mut Client::new(&mut stack, RealClock::new()).idle(wait));
    assert_eq!(stack.open_sockets(), 0);
    result
}

#[test]
fn requests_arrive_as_they_were_meant() {
    if !has("node") {
        return;
    }
    let node = Node::start();
    let (echo, length) = (node.url("/echo"), node.url("/length"));
    with_client(|client| {
        let mut buffer = [0; 1024];
        let mut response = client.get(&echo).params(&[("城市", "深圳")]).send(&mut buffer).unwrap();
        assert_eq!(response.encoding(), Some("utf-8"));
        assert_eq!(
            response.text().unwrap(),
            r#"{"method":"GET","url":"/echo?%E5%9F%8E%E5%B8%82=%E6%B7%B1%E5%9C%B3","body":""}"#
        );
        drop(response);
        let mut response = client.post(&echo).json(&["深圳"]).send(&mut buffer).unwrap();
        assert_eq!(
            response.text().unwrap(),
            r#"{"method":"POST","url":"/echo","type":"application/json","length":"10","body":"[\"深圳\"]"}"#
        );
        drop(response);
        let long = "光".repeat(100_000);
        let mut reader = long.as_bytes();
        let body = Upload::chunked(&mut reader);
        let mut response = client.put(&length).upload(&body).send(&mut buffer).unwrap();
        assert_eq!(response.text(), Ok("300000"));
        drop(response);
        let mut file = long.as_bytes();
        let parts = [Part::file("文件", "光.txt", "text/plain", &mut file, 300_000)];
        let form = Multipart::new(&parts, [7; 16]);
        let mut response = client.post(&length).files(&form).send(&mut buffer).unwrap();
        let got: usize = response.text().unwrap().parse().unwrap();
        assert!((300_100..300_300).contains(&got), "{got}");
        drop(response);
        let response = client.head(&echo).send(&mut buffer).unwrap();
        assert_eq!((response.status_code(), response.reason()), (200, "OK"));
    });
}

#[test]
fn responses_are_what_node_meant() {
    if !has("node") {
        return;
    }
    let node = Node::start();
    let get = |path: &str| -> Result<(u16, String), ErrorOf<Stack>> {
        with_client(|client| {
            let (mut buffer, url) = ([0; 512], node.url(path));
            let mut response = client.get(&url).send(&mut buffer)?;
            let (mut body, mut piece) = (Vec::new(), [0; 700]);
            loop {
                match response.read(&mut piece)? {
                    0 => break,
                    n => body.extend_from_slice(&piece[..n]),
                }
            }
            Ok((response.status_code(), String::from_utf8(body).unwrap()))
        })
    };
    assert_eq!(get("/hints"), Ok((200, "光线".into())), "103 is not the answer");
    assert_eq!(get("/trailers"), Ok((200, "abc".into())));
    let pieces: String = (0..1000).map(|i: usize| (i % 10).to_string().repeat(i)).collect();
    assert!(get("/pieces") == Ok((200, pieces)));
    let (code, told) = get("/moved").unwrap();
    assert_eq!(code, 200);
    assert!(told.contains(r#""url":"/echo?a=%E5%85%89""#), "{told}");
    let error = get("/cut").unwrap_err().to_string();
    assert!(error.contains("connection"), "{error}");
}

#[test]
fn what_node_knows_only_at_the_end() {
    if !has("node") {
        return;
    }
    let node = Node::start();
    with_client(|client| {
        let (mut buffer, url) = ([0; 512], node.url("/trailers"));
        let mut response = client.get(&url).trailers().send(&mut buffer).unwrap();
        assert_eq!(response.text(), Ok("abc"));
        assert_eq!(response.trailers().get("X-Sum"), Some("6"));
    });
}

#[test]
fn what_has_not_changed_is_not_sent_again() {
    if !has("node") {
        return;
    }
    let node = Node::start();
    with_client(|client| {
        let (mut buffer, url) = ([0; 512], node.url("/etag"));
        let mut response = client.get(&url).want(&["ETag"]).send(&mut buffer).unwrap();
        assert_eq!(response.text(), Ok("new"));
        let etag = response.header("ETag").unwrap().to_owned();
        drop(response);
        let request = client.get(&url).header("If-None-Match", &etag);
        let mut response = request.send(&mut buffer).unwrap();
        assert_eq!((response.status_code(), response.reason()), (304, "Not Modified"));
        assert_eq!(response.header("ETag"), Some("\"1\""));
        assert_eq!(response.content().unwrap(), b"");
    });
}

#[test]
fn a_connection_that_node_has_given_up_is_replaced() {
    if !has("node") {
        return;
    }
    let node = Node::start();
    let url = node.url("/echo");
    let (mut stack, mut pool) = (Stack::new(), Pool::<_, 1>::new());
    let mut buffer = [0; 512];
    for pause_ms in [0, 0, 300, 0, 101, 99] {
        std::thread::sleep(Duration::from_millis(pause_ms));
        let client = Client::new(&mut stack, RealClock::new()).idle(wait);
        let mut client = client.keep_alive(&mut pool);
        let mut response = client.get(&url).send(&mut buffer).unwrap();
        assert!(response.text().unwrap().starts_with(r#"{"method":"GET""#));
    }
    pool.close(&mut stack);
    assert_eq!(stack.open_sockets(), 0);
}
