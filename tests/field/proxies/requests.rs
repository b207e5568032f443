//! One request through a proxy: as it is, or in a tunnel.

use std::net::{IpAddr, SocketAddr};

use embedded_nal::AddrType;
use nal_http::client::{Client, Error, Phase, ProxyError, Request, RequestError};
use nal_http::net::{Received, Timeouts, Transport, TransportError};
use nal_http::testing::{Call, Fault, FaultStack, ScriptStack, Step, Ticks};
use nal_http::wire::{Method, UrlError};

use super::{CREDENTIALS, HELLO, MADE, OK, PROXY, Paper, get, hi, scripted, sent, tunnel};

/// Squid refuses an origin-form target with 400: it does not know where to go (RFC 9112 section 3.2.2).
#[test]
fn http_requests_name_the_whole_url() {
    // URL, request line, Host
    let table = [
        ("http://mpython.cn", "GET http://mpython.cn/ HTTP/1.1", "mpython.cn"),
        (
            "http://mpython.cn:8080/光?a=b#c",
            "GET http://mpython.cn:8080/%E5%85%89?a=b HTTP/1.1",
            "mpython.cn:8080",
        ),
        ("http://[2001:db8::1]:81/x", "GET http://[2001:db8::1]:81/x HTTP/1.1", "[2001:db8::1]:81"),
        ("http://192.168.0.9/light", "GET http://192.168.0.9/light HTTP/1.1", "192.168.0.9"),
    ];
    for (url, line, host) in table {
        let mut stack = scripted(&[OK]);
        stack.resolves("proxy.school", [10, 0, 0, 1].into());
        assert_eq!(get(&mut stack, url), Ok(hi()), "{url}");
        let sent = sent(&stack, 0);
        assert!(sent.starts_with(&format!("{line}\r\nHost: {host}\r\n")), "{sent}");
        assert!(sent.contains(CREDENTIALS), "{sent}");
        // Only the proxy's name was looked up: there is no other.
        assert_eq!(stack.remote(0), Some("10.0.0.1:3128".parse().unwrap()), "{url}");
        assert_eq!(stack.open_sockets(), 0);
    }
}

/// Squid with `proxy_auth`: the page that asks for the password is the response.
#[test]
fn a_407_is_the_response_to_an_http_request() {
    let answer = "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"school\"\r\nContent-Length: 5\r\n\r\nlogin";
    let mut stack = scripted(&[answer]);
    assert_eq!(get(&mut stack, "http://mpython.cn/"), Ok((407, "login".to_owned())));
}

/// What curl sends to any proxy for https: CONNECT, TLS with the server, then the request as if there were none.
#[test]
fn https_requests_go_through_a_tunnel() {
    // URL, target of CONNECT, request line, whom TLS has to verify
    let table = [
        ("https://mpython.cn/x?y", "mpython.cn:443", "GET /x?y HTTP/1.1", "mpython.cn"),
        ("https://mpython.cn:8443", "mpython.cn:8443", "GET / HTTP/1.1", "mpython.cn"),
        ("https://[::1]/", "[::1]:443", "GET / HTTP/1.1", "::1"),
    ];
    for (url, target, line, host) in table {
        let mut stack = Paper::over(scripted(&[&tunnel(OK)]));
        stack.stack.resolves("proxy.school", [10, 0, 0, 1].into());
        assert_eq!(get(&mut stack, url), Ok(hi()), "{url}");
        let sent = sent(&stack.stack, 0);
        let asked = format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{CREDENTIALS}\r\n");
        let request = sent.strip_prefix(&asked).expect(&sent);
        assert!(request.starts_with(&format!("{line}\r\n")), "{sent}");
        assert!(!request.contains("Proxy-"), "the server sees no credentials of the proxy: {sent}");
        assert_eq!(stack.hosts, [(host.to_owned(), true)]);
        assert_eq!(stack.stack.remote(0), Some("10.0.0.1:3128".parse().unwrap()));
        assert_eq!(stack.stack.open_sockets(), 0);
    }
}

/// Answers in pieces as Wi-Fi modules hand them out, with the first bytes of the tunnel behind them.
#[test]
fn answers_of_proxies_split_at_every_byte() {
    let long = format!(
        "HTTP/1.0 200 OK\r\nVia: 1.1 proxy\r\nX-Long: {}\r\nContent-Length: 9\r\n\r\n{HELLO}{OK}",
        "x".repeat(5_000)
    );
    let lenient = format!("HTTP/1.1 100 Continue\n\nHTTP/1.1 200\n\n{HELLO}{OK}");
    for answer in [tunnel(OK), lenient] {
        for at in 0..=answer.len() {
            let mut stack = ScriptStack::new();
            stack.answers([answer[..at].into(), Step::Idle, answer[at..].into()]);
            assert_eq!(get(&mut Paper::over(stack), "https://h/"), Ok(hi()), "{at}");
        }
    }
    let mut stack = ScriptStack::new();
    stack.answers(long.as_bytes().chunks(7).flat_map(|piece| [piece.into(), Step::Idle]));
    assert_eq!(get(&mut Paper::over(stack), "https://h/"), Ok(hi()));
}

/// A W5500 with a full send buffer, an ESP-AT module that is busy.
#[test]
fn a_hesitating_stack_changes_nothing() {
    let mut undisturbed = Paper::over(scripted(&[&tunnel(OK)]));
    assert_eq!(get(&mut undisturbed, "https://h/"), Ok(hi()));
    for limit in [1, 2, 63, 64, 65, 1000] {
        for call in [Call::Resolve, Call::Connect, Call::Send, Call::Receive] {
            let stack = FaultStack::new(scripted(&[&tunnel(OK)]));
            let mut stack = Paper::over(stack.at_most(limit).every_other(call, Fault::WouldBlock));
            assert_eq!(get(&mut stack, "https://h/"), Ok(hi()), "{call:?} {limit}");
            assert_eq!(sent(stack.stack.inner(), 0), sent(&undisturbed.stack, 0));
            assert_eq!(stack.stack.open_sockets(), 0);
        }
    }
}

/// Somebody pulls the plug.
#[test]
fn a_connection_that_breaks_at_any_call_is_an_error_and_leaves_no_socket() {
    for call in [Call::Resolve, Call::Socket, Call::Connect, Call::Send, Call::Receive] {
        let mut errors = 0;
        for n in 0.. {
            let stack = FaultStack::new(scripted(&[&tunnel(OK)])).at_most(3);
            let mut stack = Paper::over(match call {
                // Another address may be tried.
                Call::Connect => stack.from(call, n, Fault::Reset),
                _ => stack.once(call, n, Fault::Reset),
            });
            let result = get(&mut stack, "https://h/");
            assert_eq!(stack.stack.open_sockets(), 0, "{call:?} {n}");
            let Err(error) = result else { break };
            errors += 1;
            let is_early = n < 10;
            match call {
                Call::Resolve => assert!(matches!(error, Error::Dns(_))),
                Call::Socket => assert!(matches!(error, Error::Socket(_))),
                // Until TLS is there, it is connecting.
                _ if is_early => assert!(matches!(error, Error::Connect(_)), "{error}"),
                _ => {}
            }
        }
        assert!(errors > 0, "{call:?}");
    }
}

/// Squid's `http_access deny` (403), a wrong password (407), a server that is not there (502, 503, 504); a captive
/// portal that redirects; a proxy that closes; SSH or TLS on the port.
#[test]
fn a_tunnel_that_is_not_made_is_an_error_that_says_why() {
    let endless = format!("HTTP/1.1 200 OK\r\n{}", "X: y\r\n".repeat(4_000));
    let table = [
        (
            "HTTP/1.1 403 Forbidden\r\nContent-Length: 3\r\n\r\nbad",
            ProxyError::Status(403),
            "403 Forbidden",
        ),
        (
            "HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=x\r\n\r\n",
            ProxyError::Status(407),
            "a user name and a password",
        ),
        ("HTTP/1.0 502 Bad Gateway\r\n\r\n", ProxyError::Status(502), "502 Bad Gateway"),
        (
            "HTTP/1.1 302 Found\r\nLocation: http://portal/\r\n\r\n",
            ProxyError::Status(302),
            "302 Found",
        ),
        ("HTTP/1.1 299\r\n", ProxyError::Closed, "closed the connection"),
        ("", ProxyError::Closed, "closed the connection"),
        ("SSH-2.0-OpenSSH\r\n", ProxyError::Malformed, "no response head of HTTP"),
        (&endless, ProxyError::Malformed, "no response head of HTTP"),
    ];
    for (answer, expected, told) in table {
        let mut script = ScriptStack::new();
        script.answers([answer.into(), Step::Close]);
        let mut stack = Paper::over(script);
        let error = get(&mut stack, "https://mpython.cn/").unwrap_err();
        assert_eq!(error, Error::Proxy(expected));
        assert!(error.to_string().contains(told), "{error}");
        assert_eq!((stack.hosts.len(), stack.stack.open_sockets()), (0, 0));
        assert!(!sent(&stack.stack, 0).contains("GET"), "nothing of the request was sent");
    }
}

/// A firewall that swallows CONNECT, or answers it in drips; a proxy far away.
#[test]
fn the_tunnel_counts_as_connecting() {
    // How often connecting, the answer and TLS are waited for, and whether that is too long for all of them together.
    let table = [
        (0, 1000, 0, true),
        (0, 0, 1000, true),
        (60, 60, 0, true),
        (0, 60, 60, true),
        (40, 40, 40, true),
        (30, 30, 30, false),
    ];
    for (connecting, answering, securing, is_late) in table {
        let idle = |times: usize| std::iter::repeat_n(Step::Idle, times);
        let mut script = ScriptStack::new();
        let answer = idle(answering).chain([MADE.into()]);
        script.answers(answer.chain(idle(securing)).chain([HELLO.into(), OK.into()]));
        let waits = 0..connecting;
        let stack = waits.fold(FaultStack::new(script), |stack, n| {
            stack.once(Call::Connect, n, Fault::WouldBlock)
        });
        let mut stack = Paper::over(stack);
        let mut buffer = [0; 300];
        let timeouts = Timeouts { connect_ms: 100, ..Timeouts::each(10_000) };
        let mut client = Client::new(&mut stack, Ticks::every(1)).proxy(PROXY).timeouts(timeouts);
        let error = client.get("https://mpython.cn/").send(&mut buffer).err();
        let late = is_late.then_some(Error::TimedOut(Phase::Connect));
        assert_eq!(error, late, "{connecting} {answering} {securing}");
        assert_eq!(stack.stack.open_sockets(), 0);
    }
    let drips =
        MADE.bytes().flat_map(|byte| [Step::from(&[byte]), Step::Idle, Step::Idle, Step::Idle]);
    let mut script = ScriptStack::new();
    script.answers(drips);
    let mut stack = Paper::over(script);
    let mut buffer = [0; 300];
    let mut client = Client::new(&mut stack, Ticks::every(1)).proxy(PROXY);
    let request = client.get("https://mpython.cn/").timeout(100);
    assert_eq!(request.send(&mut buffer).err(), Some(Error::TimedOut(Phase::Connect)));
}

/// `proxy.school` has an IPv6 address that leads nowhere, as half-made school networks have.
#[test]
fn the_other_address_of_the_proxy_is_tried() {
    for url in ["http://mpython.cn/", "https://mpython.cn/"] {
        let answer = if url.starts_with("https") { tunnel(OK) } else { OK.to_owned() };
        let mut script = scripted(&[&answer]);
        script.resolves("proxy.school", "2001:db8::1".parse().unwrap());
        script.resolves("proxy.school", [10, 0, 0, 1].into());
        let faulty = FaultStack::new(script).once(Call::Connect, 0, Fault::Reset);
        let mut stack = Paper::over(faulty);
        assert_eq!(get(&mut stack, url), Ok(hi()));
        let remote = stack.stack.inner().remote(1);
        assert_eq!(remote, Some("10.0.0.1:3128".parse().unwrap()));
    }
}

/// What people copy from the settings of their browser.
#[test]
fn urls_that_are_no_http_proxy_are_errors_that_say_so() {
    let table = [
        ("proxy.school:3128", UrlError::NoScheme, "begin it with http://"),
        ("https://proxy.school", UrlError::Scheme, "over http only"),
        ("socks5://proxy.school", UrlError::Scheme, "over http only"),
        ("http://proxy school", UrlError::Host, "proxy cannot be used: host"),
        ("http://proxy:65536", UrlError::Port, "port of the URL"),
    ];
    for (proxy, expected, told) in table {
        let mut buffer = [0; 300];
        let request = Request::new(Method::GET, "http://mpython.cn/").proxy(proxy);
        let error = request.start::<()>(&mut buffer).err();
        assert_eq!(error, Some(RequestError::Proxy(expected)), "{proxy}");
        assert!(error.unwrap().to_string().contains(told), "{proxy}");
        let mut stack = scripted(&[]);
        let mut client = Client::new(&mut stack, Ticks::every(1)).proxy(proxy);
        let error = client.get("http://mpython.cn/").send(&mut buffer).err();
        assert_eq!(error, Some(Error::Request(RequestError::Proxy(expected))));
    }
}

/// A header copied from a browser's developer tools: with a tunnel, the server would get it.
#[test]
fn credentials_of_the_proxy_are_not_a_header() {
    let mut buffer = [0; 300];
    let request = Request::new(Method::GET, "https://mpython.cn/").proxy("http://proxy");
    let request = request.header("proxy-authorization", "Basic bWU6MzAx");
    let error = request.start::<()>(&mut buffer).err();
    assert_eq!(error, Some(RequestError::ProxyAuthorization));
}

/// An ESP-AT module's own TLS begins with the connection: it cannot begin in a tunnel.
#[test]
fn transports_without_tunnels_say_so() {
    struct Module(ScriptStack);

    impl Transport for Module {
        const TLS: bool = true;
        type Socket = <ScriptStack as Transport>::Socket;
        type TcpError = <ScriptStack as Transport>::TcpError;
        type DnsError = <ScriptStack as Transport>::DnsError;

        fn resolve(&mut self, host: &str, kind: AddrType) -> nb::Result<IpAddr, Self::DnsError> {
            self.0.resolve(host, kind)
        }

        fn socket(&mut self) -> Result<Self::Socket, Self::TcpError> {
            Transport::socket(&mut self.0)
        }

        fn connect(
            &mut self,
            socket: &mut Self::Socket,
            remote: SocketAddr,
            tls: Option<&str>,
        ) -> nb::Result<(), TransportError<Self::TcpError>> {
            Transport::connect(&mut self.0, socket, remote, tls)
        }

        fn send(
            &mut self,
            socket: &mut Self::Socket,
            bytes: &[u8],
        ) -> Result<Option<usize>, TransportError<Self::TcpError>> {
            Transport::send(&mut self.0, socket, bytes)
        }

        fn receive(
            &mut self,
            socket: &mut Self::Socket,
            buffer: &mut [u8],
        ) -> Result<Received, TransportError<Self::TcpError>> {
            Transport::receive(&mut self.0, socket, buffer)
        }

        fn close(&mut self, socket: Self::Socket) {
            Transport::close(&mut self.0, socket);
        }
    }

    let mut module = Module(scripted(&[OK]));
    let error = get(&mut module, "https://mpython.cn/");
    assert_eq!(error, Err(Error::Request(RequestError::Tunnel)));
    assert_eq!(get(&mut module, "http://mpython.cn/"), Ok(hi()));
    // Without TLS it is that which is missing.
    let error = get(&mut scripted(&[]), "https://mpython.cn/");
    assert_eq!(error, Err(Error::Request(RequestError::Https)));
}
