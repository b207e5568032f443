//! The same requests by a Python program and by ours, as a server records them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::thread;

use nal_http::client::{Client, Multipart, Part};
use nal_http::wire::Method;
use nal_std::Stack;
use serde::Serialize;

use crate::support::{RealClock, has, run};

/// What matters of a request.
#[derive(Debug, PartialEq)]
struct Record {
    line: String,
    headers: Vec<(String, String)>,
    body: String,
}

/// Headers of which it does not matter whether and how they are there.
const OTHERS: [&str; 5] =
    ["user-agent", "connection", "accept-encoding", "accept", "content-length"];

fn record(mut stream: TcpStream) -> Record {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        match line.trim_end() {
            "" => break,
            line => lines.push(line.to_owned()),
        }
    }
    let mut headers: Vec<_> = lines[1..]
        .iter()
        .map(|line| line.split_once(": ").unwrap())
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length = headers.iter().find(|(name, _)| name == "content-length");
    let mut body = vec![0; length.map_or(0, |(_, length)| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    stream.write_all(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap();
    let mut body = body.escape_ascii().to_string();
    for (name, value) in &mut headers {
        if let Some((_, boundary)) =
            value.split_once("boundary=").filter(|_| name == "content-type")
        {
            body = body.replace(boundary, "BOUNDARY");
            *value = "multipart/form-data".into();
        }
    }
    headers.retain(|(name, _)| !OTHERS.contains(&name.as_str()));
    headers.sort();
    Record { line: lines[0].clone(), headers, body }
}

/// Records so many requests, each over a connection of its own.
fn recorder(count: usize) -> (u16, thread::JoinHandle<Vec<Record>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    (
        port,
        thread::spawn(move || (0..count).map(|_| record(listener.accept().unwrap().0)).collect()),
    )
}

const COUNT: usize = 20;

#[derive(Serialize)]
struct Weather<'a> {
    light: u16,
    city: &'a str,
}

#[derive(Serialize)]
struct Light {
    light: u16,
}

/// The requests of `urequests.py`, in the same order.
fn ours(port: u16) {
    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, RealClock::new());
    let mut buffer = [0; 2048];
    let url = |path: &str| format!("http://127.0.0.1:{port}{path}");
    let all: Vec<u8> = (0..=255).collect();
    let weather = Weather { light: 301, city: "深圳" };
    let mut photo = &b"\x89PNG\r\n"[..];
    let parts = [Part::file("photo", "光.png", "image/png", &mut photo, 6)];
    let files = Multipart::new(&parts, [7; 16]);
    let purge = Method::new("PURGE").unwrap();
    let text = "text/plain; charset=utf-8";
    macro_rules! send {
        ($method:ident $path:literal $(, $name:ident($($argument:expr),*))*) => {
            client.$method(&url($path))$(.$name($($argument),*))*.send(&mut buffer).unwrap().close()
        };
    }
    send!(get "/");
    send!(get "/光线?城=深圳");
    send!(get "/weather", params(&[("city", "深圳"), ("unit", "C")]));
    send!(get "/weather?key=1", params(&[("city", "a b&c")]));
    send!(get "/weather", header("X-Board", "mPython"), header("Accept", "application/json"));
    send!(get "/secret", auth("name", "密码"));
    send!(head "/");
    send!(delete "/led/1");
    send!(options "/led");
    client.request(purge, &url("/cache")).send(&mut buffer).unwrap().close();
    send!(post "/light", data("301"));
    send!(post "/light", data("光线:301"), header("Content-Type", text));
    send!(post "/light", data(&all), header("Content-Type", "application/octet-stream"));
    send!(post "/form", form(&[("led", "on"), ("名", "a b&=")]));
    send!(post "/form?x=1", form(&[("led", "off")]), params(&[("y", "2")]));
    send!(post "/json", json(&weather));
    send!(post "/json", json(&[1, 2, 3]), header("X-Token", "t"));
    send!(put "/light", json(&Light { light: 1 }));
    send!(patch "/light", data("x=1"));
    send!(post "/upload", files(&files));
}

#[test]
fn twenty_requests_are_those_of_the_python_module() {
    if !has("python3") {
        return;
    }
    let (port, theirs) = recorder(COUNT);
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/end_to_end/urequests.py");
    let output = run("python3", &[&script.display().to_string(), &port.to_string()]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let their_host = format!("127.0.0.1:{port}");
    let theirs = theirs.join().unwrap();
    let (port, recorded) = recorder(COUNT);
    ours(port);
    let our_host = format!("127.0.0.1:{port}");
    for (mut our, their) in recorded.join().unwrap().into_iter().zip(theirs) {
        for (name, value) in &mut our.headers {
            if name == "host" {
                *value = value.replace(&our_host, &their_host);
            }
        }
        assert_eq!(our, their);
    }
}
