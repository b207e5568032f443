//! Our client, and servers that we did not write.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use nal_http::client::{Client, Pool};
use nal_std::Stack;

use crate::https::server::Server;
use crate::support::{
    Folder, Process, RealClock, answer_once, example, first_line, free_port, has, run,
};

/// Bytes without a pattern that a copy could hide.
pub fn noise(length: usize) -> Vec<u8> {
    let mut state = 0x2545_f491_u32;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        state
    };
    (0..length / 4).flat_map(|_| next().to_le_bytes()).collect()
}

/// nginx in front of the folder `www` of a folder.
pub fn nginx(folder: &Path) -> (Server, u16) {
    let www = folder.join("www");
    let server =
        Server::nginx_in(folder, |address| format!("listen {address}; root {};", www.display()));
    let port = server.address.port();
    (server, port)
}

/// Python's server of files, with a folder.
pub fn python(folder: &Path) -> (Process, u16) {
    let mut child = Command::new("python3")
        .args(["-u", "-m", "http.server", "--bind", "127.0.0.1", "0"])
        .current_dir(folder)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    // "Serving HTTP on 127.0.0.1 port 36271 (http://127.0.0.1:36271/) ..."
    let line = first_line(&mut child);
    let port = line.split(' ').nth(5).and_then(|port| port.parse().ok());
    (Process(child), port.expect(&line))
}

#[test]
fn sixty_four_mebibytes_from_nginx_are_the_same_bytes() {
    if !has("nginx") || !has("sha256sum") {
        return;
    }
    let folder = Folder::new();
    let www = folder.path().join("www");
    fs::create_dir_all(&www).unwrap();
    let big = www.join("big");
    fs::write(&big, noise(64 << 20)).unwrap();
    let (_nginx, port) = nginx(folder.path());
    let got = folder.path().join("got");
    let status = Command::new(example("http_get"))
        .arg(format!("http://127.0.0.1:{port}/big"))
        .stdout(fs::File::create(&got).unwrap())
        .status()
        .unwrap();
    assert!(status.success());
    let digest = |path: &Path| {
        let output = run("sha256sum", &[&path.display().to_string()]);
        String::from_utf8(output.stdout).unwrap().split(' ').next().unwrap().to_owned()
    };
    assert_eq!(digest(&got), digest(&big));
    assert_eq!(fs::metadata(&got).unwrap().len(), 64 << 20);

    let missing = run(example("http_get"), &[&format!("http://127.0.0.1:{port}/missing")]);
    assert!(missing.status.success(), "a 404 is no error");
    assert!(String::from_utf8_lossy(&missing.stdout).contains("404 Not Found"));
}

#[test]
fn nginx_sends_what_has_changed_and_nothing_else() {
    if !has("nginx") {
        return;
    }
    let folder = Folder::new();
    let www = folder.path().join("www");
    fs::create_dir_all(&www).unwrap();
    fs::write(www.join("light"), "光").unwrap();
    let (_nginx, port) = nginx(folder.path());
    let url = format!("http://127.0.0.1:{port}/light");
    let (mut stack, mut pool, mut buffer) = (Stack::new(), Pool::<_, 1>::new(), [0; 512]);
    let mut client = Client::new(&mut stack, RealClock::new()).keep_alive(&mut pool);
    let mut response = client.get(&url).want(&["ETag", "Last-Modified"]).send(&mut buffer).unwrap();
    assert_eq!(response.text(), Ok("光"));
    let [etag, date] =
        ["ETag", "Last-Modified"].map(|name| response.header(name).unwrap().to_owned());
    drop(response);
    for (name, value, code, body) in [
        ("If-None-Match", etag.as_str(), 304, ""),
        ("If-None-Match", "\"another\"", 200, "光"),
        ("If-Modified-Since", &date, 304, ""),
        ("If-Modified-Since", "Thu, 01 Jan 1970 00:00:00 GMT", 200, "光"),
    ] {
        let mut response = client.get(&url).header(name, value).send(&mut buffer).unwrap();
        assert_eq!(
            (response.status_code(), response.text().unwrap()),
            (code, body),
            "{name} {value}"
        );
    }
    assert_eq!(stack.open_sockets(), 1, "all over one connection");
}

#[test]
fn python_serves_a_file_and_a_404() {
    if !has("python3") {
        return;
    }
    let folder = Folder::new();
    let body = noise(100_000);
    fs::write(folder.path().join("光.bin"), &body).unwrap();
    let (_python, port) = python(folder.path());
    let got = run(example("http_get"), &[&format!("http://127.0.0.1:{port}/光.bin")]);
    assert!(got.status.success(), "{}", String::from_utf8_lossy(&got.stderr));
    assert!(got.stdout == body);
    let missing = run(example("http_get"), &[&format!("http://localhost:{port}/missing")]);
    let told = String::from_utf8_lossy(&missing.stdout).into_owned();
    // Where `localhost` is [::1] first, nobody listens there: then it is 127.0.0.1.
    assert!(told.contains("404"), "{told} {}", String::from_utf8_lossy(&missing.stderr));
}

#[test]
fn http_get_prints_the_body_or_one_line_about_the_error() {
    let table: [(&'static [u8], &str, &str); 8] = [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", "abc", ""),
        (b"HTTP/1.1 500 No\r\n\r\nsorry", "sorry", ""),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n", "a", ""),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc",
            "abc",
            "connection closed before the body was complete",
        ),
        (
            b"HTTP/1.1 200 OK\r\nContent",
            "",
            "connection closed before the response head was complete",
        ),
        (b"SSH-2.0\r\n", "", "first line is not a request or status line of HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
            "",
            "Content-Length is not a decimal number",
        ),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
            "",
            "line before a chunk is not a hexadecimal size",
        ),
    ];
    for (answer, body, error) in table {
        let (port, server) = answer_once(answer);
        check(&[&format!("http://127.0.0.1:{port}/")], body, error);
        let request = String::from_utf8(server.join().unwrap()).unwrap();
        assert!(request.starts_with(&format!("GET / HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n")));
    }
    let refused = format!("http://127.0.0.1:{}/", free_port());
    check(&[&refused], "", "cannot connect: connection refused");
    check(&["mpython.cn"], "", "URL has no scheme");
    check(&[], "", "a URL is needed");
    check(&["http://127.0.0.1/", "--timeout", "soon"], "", "cannot parse");
    check(&["http://127.0.0.1/", "--faster"], "", "invalid option '--faster'");
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    check(&[&url, "--timeout", "0.05"], "", "timed out waiting for the response head");
}

/// Runs `http_get`, and looks at what it prints and says.
pub fn check(arguments: &[&str], body: &str, error: &str) {
    let output = run(example("http_get"), arguments);
    let told = String::from_utf8(output.stderr).unwrap();
    assert_eq!(String::from_utf8(output.stdout).unwrap(), body, "{told}");
    assert_eq!(output.status.code(), Some(i32::from(!error.is_empty())), "{told}");
    assert!(told.contains(error), "{told}");
    assert_eq!(told.lines().count(), usize::from(!error.is_empty()), "{told}");
}
