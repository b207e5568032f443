//! Connections to a proxy that are kept, and what takes more than a GET.

use nal_http::client::{Client, Pool, Request, Upload};
use nal_http::net::Transport;
use nal_http::testing::{ScriptStack, Step, Ticks};
use nal_http::wire::Method;

use super::{CREDENTIALS, OK, PROXY, Paper, get, hi, scripted, sent, tunnel};

/// One request over a client of its own, whose connection is kept.
fn keep<const N: usize>(
    stack: &mut Paper<ScriptStack>,
    pool: &mut Pool<<ScriptStack as Transport>::Socket, N>,
    proxy: Option<&str>,
    url: &str,
) {
    let mut buffer = [0; 300];
    let client = Client::new(stack, Ticks::every(1)).keep_alive(pool);
    let mut client = match proxy {
        Some(proxy) => client.proxy(proxy),
        None => client,
    };
    assert_eq!(client.get(url).send(&mut buffer).unwrap().text(), Ok("hi"));
}

/// A board that talks to three servers through the school's proxy, and to its own gateway without.
#[test]
fn http_requests_share_a_connection_to_the_proxy() {
    let mut stack = Paper::over(scripted(&[OK]));
    let mut pool = Pool::<_, 1>::new();
    for (n, url) in ["http://a/", "http://b:81/", "http://a/c"].into_iter().enumerate() {
        if n > 0 {
            stack.stack.continues(0, [Step::Idle, OK.into()]);
        }
        keep(&mut stack, &mut pool, Some(PROXY), url);
    }
    assert_eq!(sent(&stack.stack, 0).matches("GET http://").count(), 3);
    pool.close(&mut stack);
    assert_eq!(stack.stack.open_sockets(), 0);
}

#[test]
fn kept_connections_never_mix_ways() {
    let (other, user) = ("http://me:301@proxy.school:3129", "http://me:302@proxy.school:3128");
    let ways = [
        (None, "http://h/"),
        (None, "https://h/"),
        (Some(PROXY), "http://h/"),
        (Some(PROXY), "https://h/"),
        (Some(PROXY), "https://h:8443/"),
        (Some(PROXY), "https://g/"),
        (Some(other), "https://h/"),
        (Some(user), "https://h/"),
        (Some(other), "http://h/"),
        (None, "https://proxy.school:3128/"),
        (None, "http://proxy.school:3128/"),
    ];
    let mut stack = Paper::over(ScriptStack::new());
    let mut pool = Pool::<_, 11>::new();
    for round in 0..2 {
        for (socket, (proxy, url)) in ways.into_iter().enumerate() {
            if round == 0 {
                let is_tunnel = proxy.is_some() && url.starts_with("https");
                let answer = if is_tunnel { tunnel(OK) } else { OK.to_owned() };
                stack.stack.answers([answer.as_str().into()]);
            } else {
                stack.stack.continues(socket, [Step::Idle, OK.into()]);
            }
            keep(&mut stack, &mut pool, proxy, url);
            let sent = sent(&stack.stack, socket);
            assert_eq!(sent.matches("GET ").count(), round + 1, "{proxy:?} {url}");
        }
    }
    assert_eq!(stack.stack.open_sockets(), ways.len());
}

/// Proxies close idle tunnels after a minute.
#[test]
fn a_tunnel_that_was_closed_meanwhile_is_made_again() {
    for end in [Step::Close, Step::Reset] {
        for is_seen in [true, false] {
            let mut stack = Paper::over(ScriptStack::new());
            let mut pool = Pool::<_, 1>::new();
            let seen = if is_seen { Vec::new() } else { vec![Step::Idle] };
            let first = [tunnel(OK).as_str().into()].into_iter().chain(seen);
            stack.stack.answers(first.chain([end.clone()]));
            stack.stack.answers([tunnel(OK).as_str().into()]);
            for _ in 0..2 {
                keep(&mut stack, &mut pool, Some(PROXY), "https://mpython.cn/");
            }
            let again = sent(&stack.stack, 1);
            assert!(again.starts_with("CONNECT mpython.cn:443 ") && again.contains("GET / "));
            assert_eq!((stack.hosts.len(), stack.stack.open_sockets()), (2, 1));
        }
    }
}

/// mpython.cn redirects http to https, and a download to a CDN.
#[test]
fn redirects_go_through_the_proxy() {
    let go = |to: &str| format!("HTTP/1.1 302 Go\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n");
    let mut stack = Paper::over(scripted(&[
        &go("https://mpython.cn/"),
        &tunnel(&go("https://cdn.mpython.cn/x")),
        &tunnel(OK),
    ]));
    stack.stack.resolves("proxy.school", [10, 0, 0, 1].into());
    assert_eq!(get(&mut stack, "http://mpython.cn/"), Ok(hi()));
    for (socket, lines) in [
        (0, &["GET http://mpython.cn/ HTTP/1.1\r\n"][..]),
        (1, &["CONNECT mpython.cn:443 HTTP/1.1\r\n", "\r\n\r\nGET / HTTP/1.1\r\n"]),
        (2, &["CONNECT cdn.mpython.cn:443 HTTP/1.1\r\n", "\r\n\r\nGET /x HTTP/1.1\r\n"]),
    ] {
        let sent = sent(&stack.stack, socket);
        assert_eq!(sent.matches(CREDENTIALS).count(), 1, "{sent}");
        for line in lines {
            assert!(sent.contains(line), "{sent}");
        }
    }
    let hosts = ["mpython.cn", "cdn.mpython.cn"].map(|host| (host.to_owned(), true));
    assert_eq!(stack.hosts, hosts);
}

/// A camera's snapshot from outside, through the company's proxy: what is hashed is the target that the camera sees.
#[test]
fn digest_authentication_goes_through_the_proxy() {
    let challenge = "HTTP/1.1 401 No\r\nWWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\nContent-Length: 0\r\n\r\n";
    for (url, answers) in [
        ("http://camera/x", [challenge.to_owned(), OK.to_owned()]),
        ("https://camera/x", [tunnel(challenge), tunnel(OK)]),
    ] {
        let mut stack = Paper::over(scripted(&[&answers[0], &answers[1]]));
        let mut buffer = [0; 700];
        let mut client = Client::new(&mut stack, Ticks::every(1)).proxy(PROXY);
        let response = client.get(url).digest("admin", "12345", 1).send(&mut buffer).unwrap();
        assert_eq!(response.status_code(), 200);
        drop(response);
        let sent = sent(&stack.stack, 1);
        assert!(sent.contains("uri=\"/x\""), "{sent}");
        assert_eq!(sent.matches(CREDENTIALS).count(), 1, "{sent}");
    }
}

/// A log of many KB that is read from flash while it is sent: it cannot be read twice.
#[test]
fn an_upload_goes_through_a_tunnel() {
    let log = "光".repeat(1_000);
    let mut reader = log.as_bytes();
    let body = Upload::sized(&mut reader, log.len() as u64);
    let mut stack = Paper::over(scripted(&[&tunnel(OK)]));
    let mut buffer = [0; 300];
    let mut client = Client::new(&mut stack, Ticks::every(1)).proxy(PROXY);
    let mut response =
        client.put("https://mpython.cn/log").upload(&body).send(&mut buffer).unwrap();
    assert_eq!(response.text(), Ok("hi"));
    drop(response);
    assert!(sent(&stack.stack, 0).ends_with(&log));
}

/// A firmware with one loop.
#[test]
fn a_call_that_is_polled_goes_through_the_proxy() {
    let mut stack = Paper::over(scripted(&[&tunnel(OK)]));
    let mut buffer = [0; 300];
    let request = Request::new(Method::GET, "https://mpython.cn/").proxy(PROXY);
    let mut call = request.start(&mut buffer).unwrap();
    for now in 0..100 {
        if let Ok(()) = call.collect(&mut stack, now) {
            assert_eq!((call.status_code(), call.text()), (200, Ok("hi")));
            assert_eq!(stack.hosts.len(), 1);
            return;
        }
    }
    panic!("no answer");
}
