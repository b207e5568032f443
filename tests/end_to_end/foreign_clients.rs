//! Our server, and clients that we did not write.

use std::io::{Read, Write};
use std::net::{Ipv6Addr, TcpStream};

use crate::on_tokio::{BOTH, BOTH_SMALL};
use crate::support::{Folder, curl, has, localhost};

const SENTENCE: &str = "欢迎使用掌控板mPython！你的光线传感器值是:301";

#[test]
fn curl_gets_posts_and_asks_for_heads() {
    if !has("curl") {
        return;
    }
    for (ip, light) in [localhost(), Ipv6Addr::LOCALHOST.into()]
        .into_iter()
        .flat_map(|ip| BOTH.map(|light| (ip, light)))
    {
        let server = light(ip);
        assert!(curl(&[&server.url("/")]).contains(SENTENCE));
        assert_eq!(curl(&[&server.url("/light")]), "{\"light\":301}");
        let head = curl(&["--head", &server.url("/light")]);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n") && head.contains("Content-Length: 13\r\n"));
        let echo = curl(&[
            "--data",
            "光",
            "--header",
            "Content-Type: text/x",
            "--include",
            &server.url("/echo"),
        ]);
        assert!(
            echo.contains("Content-Type: text/x\r\n") && echo.ends_with("\r\n\r\n光"),
            "{echo}"
        );
        let old = curl(&["--http1.0", "--include", &server.url("/light")]);
        assert!(old.contains("Connection: close\r\n"), "{old}");
        let code = ["--output", "/dev/null", "--write-out", "%{http_code}"];
        assert_eq!(curl(&[&code[..], &[&server.url("/nowhere")]].concat()), "404");
        assert_eq!(
            curl(&[&code[..], &["--request", "PUT", &server.url("/light")]].concat()),
            "405"
        );
    }
}

#[test]
fn curl_keeps_a_connection_alive() {
    if !has("curl") {
        return;
    }
    for light in BOTH {
        let server = light(localhost());
        let light = server.url("/light");
        let connects = ["--write-out", " %{num_connects} ", &light, &light, &light];
        assert_eq!(curl(&connects), "{\"light\":301} 1 {\"light\":301} 0 {\"light\":301} 0 ");
    }
}

#[test]
fn curl_uploads_a_mebibyte_with_a_length_in_chunks_and_when_told_to_go_on() {
    if !has("curl") {
        return;
    }
    for light in BOTH {
        let server = light(localhost());
        let folder = Folder::new();
        let (sent, got) = (folder.path().join("sent"), folder.path().join("got"));
        let body: Vec<u8> = (0..1_u64 << 20).map(|n| ((n * n) >> 7).to_le_bytes()[0]).collect();
        std::fs::write(&sent, &body).unwrap();
        let data = format!("@{}", sent.display());
        let echo = server.url("/echo");
        for header in ["X-Plain: yes", "Transfer-Encoding: chunked", "Expect: 100-continue"] {
            curl(&[
                "--data-binary",
                &data,
                "--header",
                header,
                "--output",
                &got.display().to_string(),
                &echo,
            ]);
            assert_eq!(std::fs::read(&got).unwrap(), body, "{header}");
        }
    }
}

#[test]
fn four_kilobytes_of_cookies_pass_through_a_slot_of_512_bytes() {
    for light in BOTH_SMALL {
        let server = light(localhost());
        let mut stream = TcpStream::connect(server.address).unwrap();
        let cookies = "session=0123456789abcdef0123456789abcdef; ".repeat(110);
        // What Chromium sends.
        let request = format!(
            "GET / HTTP/1.1\r\nHost: {}\r\nConnection: keep-alive\r\nsec-ch-ua: \"Chromium\";v=\"156\", \"Not A Brand\";v=\"24\"\r\n\
             sec-ch-ua-mobile: ?0\r\nsec-ch-ua-platform: \"Linux\"\r\nUpgrade-Insecure-Requests: 1\r\nUser-Agent: Mozilla/5.0 \
             (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36\r\nAccept: text/html,\
             application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\nSec-Fetch-Site: none\r\n\
             Sec-Fetch-Mode: navigate\r\nSec-Fetch-User: ?1\r\nSec-Fetch-Dest: document\r\nAccept-Encoding: gzip, deflate, br\r\n\
             Accept-Language: zh-CN,zh;q=0.9\r\nCookie: {cookies}\r\n\r\n",
            server.address
        );
        assert!(request.len() > 4800);
        for _ in 0..2 {
            stream.write_all(request.as_bytes()).unwrap();
            // The page comes in pieces.
            let (mut answer, mut piece) = (Vec::new(), [0; 1024]);
            while !answer.ends_with(b"</main>\n") {
                let n = stream.read(&mut piece).unwrap();
                assert!(n > 0, "{}", answer.escape_ascii());
                answer.extend_from_slice(&piece[..n]);
            }
            let answer = String::from_utf8_lossy(&answer).into_owned();
            assert!(
                answer.starts_with("HTTP/1.1 200 OK\r\n") && answer.contains(SENTENCE),
                "{answer}"
            );
        }
    }
}

#[test]
fn idle_connections_lock_nobody_out() {
    for light in BOTH {
        let server = light(localhost());
        let idle: Vec<_> = (0..8).map(|_| TcpStream::connect(server.address).unwrap()).collect();
        for _ in 0..20 {
            let mut clients: Vec<_> =
                (0..3).map(|_| TcpStream::connect(server.address).unwrap()).collect();
            for client in &mut clients {
                client
                    .write_all(b"GET /light HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
                    .unwrap();
            }
            for client in &mut clients {
                let mut answer = String::new();
                client.read_to_string(&mut answer).unwrap();
                assert!(answer.ends_with("{\"light\":301}"), "{answer}");
            }
        }
        if has("curl") {
            assert_eq!(curl(&[&server.url("/light")]), "{\"light\":301}");
        }
        drop(idle);
    }
}

#[test]
fn a_slow_client_does_not_slow_a_fast_one() {
    for light in BOTH {
        let server = light(localhost());
        let mut slow = TcpStream::connect(server.address).unwrap();
        for byte in b"GET /light HTTP/1.1\r\nHost: a\r\n\r\n" {
            slow.write_all(&[*byte]).unwrap();
            let mut fast = TcpStream::connect(server.address).unwrap();
            fast.write_all(b"GET /light HTTP/1.0\r\n\r\n").unwrap();
            let mut answer = String::new();
            fast.read_to_string(&mut answer).unwrap();
            assert!(answer.ends_with("{\"light\":301}"));
        }
        let mut answer = [0; 256];
        let n = slow.read(&mut answer).unwrap();
        assert!(answer[..n].ends_with(b"{\"light\":301}"));
    }
}

#[test]
fn a_refused_body_does_not_swallow_the_answer() {
    for light in BOTH_SMALL {
        let server = light(localhost());
        let mut stream = TcpStream::connect(server.address).unwrap();
        let body = vec![b'x'; 20_000];
        stream
            .write_all(b"POST /nowhere HTTP/1.1\r\nHost: a\r\nContent-Length: 20000\r\n\r\n")
            .unwrap();
        stream.write_all(&body).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 404 Not Found\r\nConnection: close\r\n"), "{answer}");
    }
}
