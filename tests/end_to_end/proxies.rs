//! Through tinyproxy, as schools have it, to servers on this machine.

use std::fs;
use std::process::Command;

use light_app::LightApp;
use nal_http::client::{Client, Error, Pool, ProxyError};
use nal_http::tls::{CertificateError, TlsError, TlsStack, Trust};
use nal_http::wire::Method;
use nal_std::Stack;

use crate::foreign_servers::check;
use crate::https::pki::Leaf;
use crate::https::server::Server;
use crate::https::{LOCAL, idle, local_pki, page, with_session};
use crate::support::{
    Folder, Light, NoDisplay, RealClock, Running, example, has, localhost, run, wait,
};

/// tinyproxy, and its port; with a name and a password that it wants, if there are some.
pub fn tinyproxy(folder: &Folder, credentials: Option<&str>, more: &str) -> (Server, u16) {
    let place = folder.path().display();
    let auth = credentials.map_or(String::new(), |both| format!("BasicAuth {both}\n"));
    let server = Server::on_a_free_port(&folder.path().join("pid"), |address| {
        let configuration = format!(
            "Port {}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nLogLevel Critical\nLogFile \"{place}/log\"\nPidFile \"{place}/pid\"\n{auth}{more}\n",
            address.port(),
        );
        let file = folder.path().join("tinyproxy.conf");
        fs::write(&file, configuration).unwrap();
        let mut tinyproxy = Command::new("tinyproxy");
        tinyproxy.arg("-d").arg("-c").arg(file);
        tinyproxy
    });
    let port = server.address.port();
    (server, port)
}

fn light_server() -> Running {
    Running::start::<_, _, 4, 1024>(localhost(), LightApp::site, LightApp::new(Light, NoDisplay))
}

/// A client over plain TCP, whose connections are kept; the status and the body of each URL.
fn get(proxy: &str, urls: &[&str]) -> Vec<(u16, String)> {
    let mut stack = Stack::new();
    let mut pool = Pool::<_, 1>::new();
    let mut buffer = [0; 2048];
    let mut client =
        Client::new(&mut stack, RealClock::new()).idle(wait).keep_alive(&mut pool).proxy(proxy);
    let answers = urls.iter().map(|url| {
        let mut response = client.request(Method::GET, url).send(&mut buffer).unwrap();
        (response.status_code(), response.text().unwrap().to_owned())
    });
    let answers = answers.collect();
    pool.close(&mut stack);
    assert_eq!(stack.open_sockets(), 0);
    answers
}

#[test]
fn http_through_tinyproxy() {
    if !has("tinyproxy") {
        return;
    }
    let folder = Folder::new();
    let (_proxy, port) = tinyproxy(&folder, None, "");
    let server = light_server();
    let url = server.url("/light");
    let answers = get(&format!("http://127.0.0.1:{port}"), &[&url, &url, &server.url("/nothing")]);
    assert_eq!(answers.iter().map(|(code, _)| *code).collect::<Vec<_>>(), [200, 200, 404]);
    assert!(answers[0].1.contains("301"), "{answers:?}");
}

#[test]
fn tinyproxy_wants_a_password() {
    if !has("tinyproxy") {
        return;
    }
    let folder = Folder::new();
    let (_proxy, port) = tinyproxy(&folder, Some("board 301"), "");
    let server = light_server();
    let url = server.url("/light");
    for (credentials, code) in
        [("board:301@", 200), ("%62oard:30%31@", 200), ("", 407), ("board:wrong@", 407)]
    {
        let answers = get(&format!("http://{credentials}127.0.0.1:{port}"), &[&url]);
        // tinyproxy answers a wrong password with 401.
        let is_wrong = credentials.contains("wrong");
        assert_eq!(answers[0].0, if is_wrong { 401 } else { code }, "{credentials}");
    }
}

#[test]
fn https_through_tinyproxy() {
    if !has("tinyproxy") || !has("openssl") || !has("nginx") {
        return;
    }
    let folder = Folder::new();
    let (pki, ca) = local_pki();
    let nginx = Server::nginx(&pki, "leaf", &[], 70_000);
    let allowed = nginx.address.port();
    let (_proxy, port) = tinyproxy(&folder, Some("board 301"), &format!("ConnectPort {allowed}\n"));
    let url = |host: &str| format!("https://{host}:{allowed}/");
    let proxy = format!("http://board:301@127.0.0.1:{port}");
    let trusted = [&ca[..]];
    with_session(Trust::authorities(&trusted), |session| {
        let mut tcp = Stack::new();
        let mut stack = TlsStack::new(&mut tcp, session);
        let mut pool = Pool::<_, 2>::new();
        let mut client = Client::new(&mut stack, RealClock::new())
            .idle(idle)
            .keep_alive(&mut pool)
            .proxy(&proxy);
        for _ in 0..3 {
            let (code, body) = page(&mut client, &url("localhost")).unwrap();
            assert_eq!((code, body == vec![b'n'; 70_000]), (200, true));
        }
        // Not a port that the proxy lets anybody connect to.
        let refused = page(&mut client, "https://localhost:1/");
        assert_eq!(refused, Err(Error::Proxy(ProxyError::Status(403))));
        pool.close(&mut stack);
        assert_eq!(tcp.open_sockets(), 0);
        assert_eq!(session.connection(), 1, "one tunnel for all of them");
    });
    with_session(Trust::authorities(&trusted), |session| {
        let mut tcp = Stack::new();
        let mut stack = TlsStack::new(&mut tcp, session);
        let anybody = format!("http://127.0.0.1:{port}");
        let mut client = Client::new(&mut stack, RealClock::new()).idle(idle).proxy(&anybody);
        let refused = page(&mut client, &url("localhost"));
        assert_eq!(refused, Err(Error::Proxy(ProxyError::Status(407))));
        assert_eq!(tcp.open_sockets(), 0);
    });
    // It is the server that proves who it is, not the proxy.
    pki.issue(&Leaf { names: "DNS:mpython.cn", ..LOCAL });
    let elsewhere = Server::nginx(&pki, "leaf", &[], 10);
    let (_open, open) = tinyproxy(&Folder::new(), None, "");
    with_session(Trust::authorities(&trusted), |session| {
        let mut tcp = Stack::new();
        let mut stack = TlsStack::new(&mut tcp, session);
        let proxy = format!("http://127.0.0.1:{open}");
        let mut client = Client::new(&mut stack, RealClock::new()).idle(idle).proxy(&proxy);
        let result = page(&mut client, &format!("https://localhost:{}/", elsewhere.address.port()));
        let wrong = TlsError::Certificate(CertificateError::WrongHost);
        assert_eq!(result, Err(Error::Tls(wrong)));
        assert_eq!(tcp.open_sockets(), 0);
    });
}

#[test]
fn http_get_goes_through_tinyproxy() {
    if !has("tinyproxy") || !has("openssl") || !has("nginx") {
        return;
    }
    let folder = Folder::new();
    let (_proxy, port) = tinyproxy(&folder, Some("board 301"), "");
    let (pki, _) = local_pki();
    let nginx = Server::nginx(&pki, "leaf", &[], 50);
    let url = format!("https://localhost:{}/", nginx.address.port());
    let ca = pki.path("ca.pem").display().to_string();
    let server = light_server();
    let proxy = format!("http://board:301@127.0.0.1:{port}");
    let page = run(example("http_get"), &[&server.url("/light"), "--proxy", &proxy]);
    assert!(String::from_utf8_lossy(&page.stdout).contains("301"), "{page:?}");
    check(&[&url, "--proxy", &proxy, "--ca", &ca], &"n".repeat(50), "");
    let anybody = format!("http://127.0.0.1:{port}");
    check(&[&url, "--proxy", &anybody, "--ca", &ca], "", "it wants a user name and a password");
    check(&[&url, "--proxy", "socks5://127.0.0.1", "--ca", &ca], "", "over http only");
}
