//! The async client on tokio's sockets, in one thread, against servers that we did not write.

use std::fs;
use std::time::Duration;

use nal_http::client::asynch::{Client, ErrorOf, Pool};
use nal_http::client::{Error, Phase, Upload};
use nal_http::hal::Timer;
use nal_http::net::{AsyncTransport, Timeouts};
use nal_http::tls::{AsyncTlsStack, CertificateError, TlsError, Trust};

use crate::foreign_servers::{nginx, noise, python};
use crate::https::pki::{INTERMEDIATE, Leaf, Pki};
use crate::https::server::Server;
use crate::https::{LOCAL, local_pki, with_session};
use crate::support::{Folder, Running, free_port, has, localhost};
use crate::tokio_stack::{Tokio, block_on, timer};

/// Gets a page in pieces.
async fn page<S: AsyncTransport, T: Timer>(
    client: &mut Client<'_, S, T>,
    url: &str,
) -> Result<(u16, Vec<u8>), ErrorOf<S>> {
    let mut head = [0; 512];
    let mut response = client.get(url).send(&mut head).await?;
    let (mut body, mut piece) = (Vec::new(), [0; 1000]);
    loop {
        match response.read(&mut piece).await? {
            0 => return Ok((response.status_code(), body)),
            n => body.extend_from_slice(&piece[..n]),
        }
    }
}

#[test]
fn files_of_nginx_over_one_connection() {
    if !has("nginx") {
        return;
    }
    let folder = Folder::new();
    let www = folder.path().join("www");
    fs::create_dir_all(&www).unwrap();
    let bytes = noise(4 << 20);
    fs::write(www.join("big"), &bytes).unwrap();
    let (_nginx, port) = nginx(folder.path());
    let stack = Tokio::default();
    block_on(async {
        let mut pool = Pool::<_, 1>::new();
        let base = format!("http://127.0.0.1:{port}/");
        let mut client = Client::new(&stack, timer()).base_url(&base).keep_alive(&mut pool);
        assert!(page(&mut client, "big").await.unwrap() == (200, bytes.clone()));
        assert_eq!(page(&mut client, "missing").await.unwrap().0, 404);
        let mut buffer = [0; 512];
        let response = client.get("big").want(&["ETag"]).send(&mut buffer).await.unwrap();
        let tag = response.header("ETag").unwrap().to_owned();
        drop(response);
        let same = client.get("big").header("If-None-Match", &tag).send(&mut buffer).await;
        assert_eq!(same.unwrap().status_code(), 304);
        assert_eq!(stack.open_sockets(), 1, "kept");

        let (mut flash, mut buffer) = (Vec::new(), [0; 4096]);
        let url = format!("{base}big");
        let length = client.download(&url, &mut buffer, |piece| {
            flash.extend_from_slice(piece.bytes);
            Ok::<_, ()>(())
        });
        assert_eq!(length.await.unwrap(), 4 << 20);
        assert!(flash == bytes);
    });
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn python_and_eight_clients_at_once() {
    if !has("python3") {
        return;
    }
    let folder = Folder::new();
    let body = noise(100_000);
    fs::write(folder.path().join("光.bin"), &body).unwrap();
    let (_python, port) = python(folder.path());
    let stack: &Tokio = Box::leak(Box::default());
    let local = tokio::task::LocalSet::new();
    block_on(local.run_until(async {
        let tasks: Vec<_> = (0..8)
            .map(|n| {
                let host = if n % 2 == 0 { "127.0.0.1" } else { "localhost" };
                let url = format!("http://{host}:{port}/光.bin");
                tokio::task::spawn_local(async move {
                    let mut client = Client::new(stack, timer());
                    page(&mut client, &url).await.unwrap()
                })
            })
            .collect();
        for task in tasks {
            assert!(task.await.unwrap() == (200, body.clone()));
        }
    }));
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn an_upload_that_comes_back() {
    let server = Running::light::<1024>(localhost());
    let data = noise(300_000);
    let stack = Tokio::default();
    block_on(async {
        let mut reader = &data[..];
        let upload = Upload::chunked(&mut reader);
        let mut client = Client::new(&stack, timer());
        let url = server.url("/echo");
        let mut buffer = [0; 600];
        let mut response = client.post(&url).upload(&upload).send(&mut buffer).await.unwrap();
        assert_eq!(response.status_code(), 200);
        let (mut back, mut piece) = (Vec::new(), [0; 700]);
        loop {
            match response.read(&mut piece).await.unwrap() {
                0 => break,
                n => back.extend_from_slice(&piece[..n]),
            }
        }
        assert!(back == data);
    });
    assert_eq!(stack.open_sockets(), 0);
}

/// A server that refuses 20 MB at once and reads no more is heard.
#[test]
fn an_early_answer_is_heard_while_the_body_is_sent() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (hold, end) = std::sync::mpsc::channel::<()>();
    let server = std::thread::spawn(move || {
        use std::io::{Read, Write};
        let (mut stream, _) = listener.accept().unwrap();
        stream.read_exact(&mut [0; 100]).unwrap();
        stream.write_all(b"HTTP/1.1 413 Too Large\r\nContent-Length: 3\r\n\r\nbig").unwrap();
        let _ = end.recv();
    });
    let data = vec![b'x'; 20_000_000];
    let stack = Tokio::default();
    block_on(async {
        let mut client = Client::new(&stack, timer());
        let url = format!("http://{address}/firmware");
        let mut buffer = [0; 512];
        let request = client.post(&url).data(&data).timeout(20_000);
        let mut response = request.send(&mut buffer).await.unwrap();
        assert_eq!((response.status_code(), response.text().await.unwrap()), (413, "big"));
    });
    drop(hold);
    server.join().unwrap();
    assert_eq!(stack.open_sockets(), 0);
}

#[test]
fn silence_and_impatience() {
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}/", silent.local_addr().unwrap());
    let server = Running::light::<512>(localhost());
    let stack = Tokio::default();
    block_on(async {
        let mut client = Client::new(&stack, timer()).timeouts(Timeouts::each(50));
        let late = page(&mut client, &url).await;
        assert!(matches!(late, Err(Error::TimedOut(Phase::Head))), "{late:?}");
        assert_eq!(stack.open_sockets(), 0);

        // A future that is dropped closes its connection, and the client goes on.
        let mut client = Client::new(&stack, timer());
        let dropped = tokio::time::timeout(Duration::from_millis(50), page(&mut client, &url));
        assert!(dropped.await.is_err());
        assert_eq!(stack.open_sockets(), 0);
        assert_eq!(page(&mut client, &server.url("/")).await.unwrap().0, 200);

        let refused = format!("http://127.0.0.1:{}/", free_port());
        let refused = page(&mut client, &refused).await;
        assert!(matches!(refused, Err(Error::Connect(_))), "{refused:?}");
    });
}

/// Gets a page by https, and sees that no socket is left.
fn get(trust: Trust<'_>, url: &str) -> Result<(u16, Vec<u8>), ErrorOf<&'static Tokio>> {
    with_session(trust, |session| {
        let tcp: &Tokio = Box::leak(Box::default());
        let tls = AsyncTlsStack::new(tcp, session);
        let result = block_on(page(&mut Client::new(tls, timer()), url));
        assert_eq!(tcp.open_sockets(), 0, "{result:?}");
        result
    })
}

#[test]
fn https_of_openssl_and_nginx() {
    if !has("openssl") || !has("nginx") {
        return;
    }
    let pki = Pki::new("p256");
    pki.issue(&INTERMEDIATE);
    pki.issue(&Leaf { issuer: "intermediate", ..LOCAL });
    let server = Server::openssl(&pki, "leaf", Some("intermediate"), &["-tls1_3"]);
    let ca = pki.der("ca");
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("https://{host}:{}/", server.address.port());
        let (code, body) = get(Trust::authorities(&[&ca]), &url).unwrap();
        assert_eq!(code, 200);
        assert!(String::from_utf8_lossy(&body).contains("TLS_AES_128_GCM_SHA256"), "{host}");
    }
    let (other, other_ca) = local_pki();
    let url = format!("https://localhost:{}/", server.address.port());
    match get(Trust::authorities(&[&other_ca]), &url) {
        Err(Error::Tls(TlsError::Certificate(CertificateError::WrongSignature))) => {}
        result => panic!("{result:?}"),
    }

    let nginx = Server::nginx(&other, "leaf", &[], 100_000);
    let url = format!("https://localhost:{}/", nginx.address.port());
    let (code, body) = get(Trust::authorities(&[&other_ca]), &url).unwrap();
    assert_eq!((code, body.len()), (200, 100_000));

    // Several over one connection, then one that is dropped in the handshake, then another.
    with_session(Trust::authorities(&[&other_ca]), |session| {
        let (tcp, mut pool) = (Tokio::default(), Pool::<_, 1>::new());
        block_on(async {
            let mut tls = AsyncTlsStack::new(&tcp, session);
            let mut client = Client::new(&mut tls, timer()).keep_alive(&mut pool);
            for _ in 0..3 {
                assert_eq!(page(&mut client, &url).await.unwrap().1.len(), 100_000);
            }
            assert_eq!(tcp.open_sockets(), 1, "kept");
            let mut client = Client::new(&mut tls, timer());
            let mut polls = 0;
            {
                let mut dropped = std::pin::pin!(page(&mut client, &url));
                std::future::poll_fn(|context| {
                    polls += 1;
                    let is_over = dropped.as_mut().poll(context).is_ready();
                    if is_over || polls == 3 {
                        std::task::Poll::Ready(())
                    } else {
                        std::task::Poll::Pending
                    }
                })
                .await;
            }
            assert_eq!(tcp.open_sockets(), 1, "the one that is kept");
            assert_eq!(page(&mut client, &url).await.unwrap().1.len(), 100_000);
        });
        drop(pool);
        assert_eq!(tcp.open_sockets(), 0);
    });
}
