//! The life of a server, as curl sees it: it ends behind a download, and has several ports and both families
//! of addresses.

use std::net::{IpAddr, TcpStream};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::Duration;

use nal_http::server::{Answer, Flow, Reply, Request, Route, Server, Site};
use nal_http::wire::Status;
use nal_std::Stack;

use crate::on_tokio;
use crate::support::{Folder, RealClock, Running, curl, has, localhost, wait};
use nal_http::hal::Clock;

const SITE: Site<()> = Site::new(&[
    Route::get("/download", |(), _, reply| reply.fixed("text/plain", &BODY)),
    Route::get("/ticks", ticks),
]);

static BODY: [u8; 1 << 20] = [b'b'; 1 << 20];

/// An event each 100 ms, and a last one.
fn ticks((): &mut (), request: &mut Request<'_>, reply: &mut Reply<'_>) -> Answer {
    let is_last = request.is_shutting_down();
    reply.stream("text/event-stream").write(if is_last { b"bye" } else { b"tick " });
    Ok(if is_last { Flow::Done } else { Flow::Wait(100) })
}

const WITHIN_MS: u32 = 30_000;

/// A server that is polled; stopped, it is shut down.
fn polled(ip: IpAddr) -> Running {
    Running::spawn(move |sender, stopped| {
        let (mut stack, mut clock) = (Stack::bound_to(ip), RealClock::new());
        let mut server: Server<Stack, (), 4, 512> = Server::new(SITE);
        server.listen(&mut stack, 0).unwrap();
        sender.send(stack.local_addr(server.listener().unwrap()).unwrap()).unwrap();
        while !stopped.load(Ordering::Relaxed) {
            if server.poll(&mut stack, &mut (), clock.now_ms()).is_err() {
                wait(&mut stack, 20);
            }
        }
        server.shutdown(&mut stack, &mut (), &mut clock, WITHIN_MS, wait);
        assert_eq!(stack.open_sockets(), 0);
    })
}

fn of_tasks(ip: IpAddr) -> Running {
    on_tokio::serve::<_, _, 512>(ip, || SITE, || (), WITHIN_MS)
}

#[test]
fn curl_has_all_of_a_download_from_a_server_that_is_shut_down() {
    if !has("curl") {
        return;
    }
    for start in [polled, of_tasks] {
        let (server, folder) = (start(localhost()), Folder::new());
        let (address, file) = (server.address, folder.path().join("body"));
        let clients = ["/download", "/ticks"].map(|path| {
            let (url, name) = (server.url(path), folder.path().join(&path[1..]));
            thread::spawn(move || {
                let name = name.to_str().unwrap();
                curl(&["--no-buffer", "--limit-rate", "1M", "--output", name, &url])
            })
        });
        let length =
            |name: &str| std::fs::metadata(file.with_file_name(name)).map_or(0, |it| it.len());
        while length("download") == 0 || length("ticks") == 0 {
            thread::sleep(Duration::from_millis(10));
        }
        // One that has no request under way is no reason to wait.
        let idle = TcpStream::connect(address).unwrap();
        drop(server);
        for client in clients {
            client.join().unwrap();
        }
        assert_eq!(std::fs::read(file.with_file_name("download")).unwrap(), BODY);
        assert!(std::fs::read(file.with_file_name("ticks")).unwrap().ends_with(b"tick bye"));
        assert!(TcpStream::connect(address).is_err(), "nobody listens any longer");
        drop(idle);
    }
}

/// An application, and where its second port leads to.
struct App {
    hits: u32,
    port: u16,
}

const PAGES: Site<App> = Site::new(&[Route::get("/hits", |app, request, reply| {
    app.hits += 1;
    reply.text(&format!("{} {}", app.hits, request.peer().ip()))
})]);

const ELSEWHERE: Site<App> = Site::new(&[]).fallback(|app, request, reply| {
    let host = request.host().unwrap_or_default();
    let host = host.rsplit_once(':').map_or(host, |(host, _)| host);
    let location = format!("http://{host}:{}{}", app.port, request.target());
    app.hits += 100;
    reply.redirect(Status::PERMANENT_REDIRECT, &location)
});

/// Two servers with one application, over one stack that has all addresses of this machine.
#[test]
fn one_application_has_two_ports_and_both_families() {
    if !has("curl") {
        return;
    }
    let server = Running::spawn(|sender, stopped| {
        let (mut stack, mut clock) = (Stack::new(), RealClock::new());
        let mut pages: Server<Stack, App, 4, 512> = Server::new(PAGES);
        let mut elsewhere: Server<Stack, App, 2, 256> = Server::new(ELSEWHERE);
        pages.listen(&mut stack, 0).unwrap();
        elsewhere.listen(&mut stack, 0).unwrap();
        let [port, other] = [pages.listener(), elsewhere.listener()]
            .map(|it| stack.local_addr(it.unwrap()).unwrap().port());
        let mut app = App { hits: 0, port };
        sender.send((localhost(), other).into()).unwrap();
        while !stopped.load(Ordering::Relaxed) {
            let now = clock.now_ms();
            let is_busy = pages.poll(&mut stack, &mut app, now).is_ok();
            if elsewhere.poll(&mut stack, &mut app, now).is_err() && !is_busy {
                let ms = pages.idle_ms(now).min(elsewhere.idle_ms(now)).min(20);
                wait(&mut stack, ms);
            }
        }
        pages.close(&mut stack, &mut app);
        elsewhere.close(&mut stack, &mut app);
        assert_eq!(stack.open_sockets(), 0);
    });
    let port = server.address.port();
    for (host, hits) in [("127.0.0.1", "101 127.0.0.1"), ("[::1]", "202 ::1")] {
        let url = format!("http://{host}:{port}/hits");
        assert_eq!(curl(&["--location", "--globoff", &url]), hits, "{host}");
    }
}
