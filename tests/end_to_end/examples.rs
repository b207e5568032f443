//! The examples, run as a newcomer runs them.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Command, Stdio};

use crate::support::{Folder, Process, answer_once, example, run};

#[test]
fn light_server_tells_where_it_is_draws_the_oled_and_serves() {
    let folder = Folder::new();
    let png = folder.path().join("oled.png");
    let child = Command::new(example("light_server"))
        .args(["--port", "0", "--light", "1234", "--screenshot"])
        .arg(&png)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut process = Process(child);
    let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let bound = lines.next().unwrap();
    let address = bound.strip_prefix("bind address info: ").unwrap().to_owned();
    assert_eq!(
        lines.next().unwrap(),
        format!("Listening, connect your browser to http://{address}/")
    );
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let mut page = String::new();
    stream.read_to_string(&mut page).unwrap();
    assert!(page.contains("欢迎使用掌控板mPython！你的光线传感器值是:1234"), "{page}");
    let local = stream.local_addr().unwrap();
    assert_eq!(lines.next().unwrap(), format!("Client address: {local}"));
    assert_eq!(lines.next().unwrap(), format!("Client request: {local} GET /"));

    let decoder = png::Decoder::new(BufReader::new(std::fs::File::open(&png).unwrap()));
    let mut reader = decoder.read_info().unwrap();
    let mut image = vec![0; reader.output_buffer_size().unwrap()];
    let info = reader.next_frame(&mut image).unwrap();
    assert_eq!((info.width, info.height), (512, 256));
    let lit = image.iter().filter(|pixel| **pixel > 0).count();
    assert!(lit > 16 * 100, "two lines of text light many pixels: {lit}");

    drop(stream);
    let mut stderr = process.0.stderr.take().unwrap();
    drop(process);
    let mut oled = String::new();
    stderr.read_to_string(&mut oled).unwrap();
    assert_eq!(oled.lines().count(), 34, "32 rows and two edges");
    assert!(oled.contains('█') || oled.contains('▀'));
}

/// Reads what `light_server` prints until it listens.
fn listening(arguments: &[&str]) -> (Process, Vec<String>) {
    let child = Command::new(example("light_server"))
        .args(["--port", "0"])
        .args(arguments)
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    let mut process = Process(child);
    let mut lines = BufReader::new(process.0.stdout.take().unwrap()).lines().map(Result::unwrap);
    let bound = lines.next().unwrap();
    let port = bound.rsplit(':').next().unwrap().to_owned();
    let mut told = vec![bound];
    // Whoever connects is told of behind the addresses.
    drop(TcpStream::connect(("127.0.0.1", port.parse().unwrap())));
    told.extend(lines.take_while(|line| !line.starts_with("Client address: ")));
    (process, told)
}

#[test]
fn light_server_tells_what_a_phone_can_open() {
    for (listen, bound) in
        [("0.0.0.0", "bind address info: 0.0.0.0:"), ("::", "bind address info: [::]:")]
    {
        let (_process, told) = listening(&["--listen", listen]);
        assert!(told[0].starts_with(bound), "{told:?}");
        for line in &told[1..] {
            let Some(url) = line.strip_prefix("Listening, connect your browser to http://") else {
                assert!(line.starts_with("Listening, but"), "{told:?}");
                continue;
            };
            let address: std::net::SocketAddr = url.trim_end_matches('/').parse().unwrap();
            assert!(!address.ip().is_loopback() && !address.ip().is_unspecified(), "{line}");
            assert!(TcpStream::connect(address).is_ok(), "{line}");
        }
        assert!(told.len() > 1, "{told:?}");
    }
    let (_process, told) = listening(&[]);
    assert!(
        told[1].starts_with("Listening, connect your browser to http://127.0.0.1:"),
        "{told:?}"
    );
}

#[test]
fn light_server_says_what_is_wrong() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (arguments, sentence) in [
        (&["--port", port.as_str()][..], "cannot listen on port"),
        (&["--port", "99999"], "cannot parse"),
        (&["--listen", "phone"], "cannot parse"),
        (&["--listen", "203.0.113.1"], "cannot listen on port 8080 of 203.0.113.1"),
        (&["--light", "4096"], "--light needs a level from 0 to 4095, or random"),
        (&["--colour"], "invalid option '--colour'"),
    ] {
        let output = run(example("light_server"), arguments);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(told.contains(sentence) && told.lines().count() == 1, "{told}");
    }
}

#[test]
fn requests_takes_the_whole_tour() {
    let output = run(example("requests"), &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{told}");
    for line in [
        "the server got: GET /tour?q=%E5%85%89%E7%BA%BF&unit=lux+%26+more",
        "X-Board: mPython",
        "你好",
        "name=%E6%8E%8C%E6%8E%A7%E6%9D%BF&led=on",
        "{\"place\":\"教室\",\"light\":301}",
        "the server got: PUT /tour",
        "the server got: PATCH /tour",
        "the server got: DELETE /tour",
        "Allow: GET, HEAD, POST, PUT, PATCH, DELETE",
    ] {
        assert!(told.contains(line), "{line} is not in {told}");
    }
}

#[test]
fn ip_json_shows_the_place() {
    let (port, _server) = answer_once(
        b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{\"status\":\"success\",\"country\":\"China\",\"city\":\"Shenzhen\",\"query\":\"1.2.3.4\"}",
    );
    let output = run(example("ip_json"), &[&format!("http://127.0.0.1:{port}/json")]);
    assert_eq!(
        String::from_utf8(output.stdout).unwrap(),
        "country: China\ncity: Shenzhen\nIP: 1.2.3.4\n"
    );
    assert_eq!(String::from_utf8(output.stderr).unwrap().lines().count(), 34, "the OLED");
    let (port, _server) = answer_once(b"HTTP/1.1 200 OK\r\n\r\n<html>");
    let output = run(example("ip_json"), &[&format!("http://127.0.0.1:{port}/json")]);
    let told = String::from_utf8(output.stderr).unwrap();
    let expected =
        "ip_json: response body is not the JSON that was asked for: at byte 0: this is not JSON\n";
    assert_eq!(told, expected);
    assert_eq!(output.status.code(), Some(1));
}

#[test]
fn an_update_survives_connections_that_are_cut() {
    let output = run(example("update"), &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(
        told.ends_with("4194304 bytes, 1024 sectors of flash erased\nthe image is intact\n"),
        "{told}"
    );
}

#[test]
fn a_server_and_two_clients_run_in_one_loop() {
    let output = run(example("one_loop"), &[]);
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert_eq!(told.matches("200 {\"light\":").count(), 5, "{told}");
    assert_eq!(told.matches("200 你好").count(), 5, "{told}");
    assert!(told.ends_with("0 sockets are left open\n"), "{told}");
}
