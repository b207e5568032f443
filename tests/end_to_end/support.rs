//! Servers in threads, programs in processes, folders that go away again.

use std::convert::Infallible;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, Sender};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use light_app::LightApp;
use nal_http::hal::{Clock, Display, LightSensor, display, sensor};
use nal_http::server::{Server, Site};
use nal_std::Stack;

/// The time of this machine.
pub struct RealClock(Instant);

impl RealClock {
    pub fn new() -> Self {
        Self(Instant::now())
    }
}

impl Clock for RealClock {
    fn now_ms(&mut self) -> u32 {
        u32::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// What a client does while there is nothing to do.
pub fn wait(stack: &mut Stack, ms: u32) {
    stack.wait(Duration::from_millis(ms.into()));
}

pub struct Light;

impl sensor::ErrorType for Light {
    type Error = Infallible;
}

impl LightSensor for Light {
    fn read(&mut self) -> Result<u16, Infallible> {
        Ok(301)
    }
}

pub struct NoDisplay;

impl display::ErrorType for NoDisplay {
    type Error = Infallible;
}

impl Display for NoDisplay {
    fn show(&mut self, _: &[&str]) -> Result<(), Infallible> {
        Ok(())
    }
}

/// A server in a thread of its own, until it is dropped.
pub struct Running {
    pub address: SocketAddr,
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Running {
    /// Serves a site with `N` slots of `B` bytes.
    pub fn start<A: Send + 'static, T: Default + 'static, const N: usize, const B: usize>(
        ip: IpAddr,
        site: impl FnOnce() -> Site<A, T> + Send + 'static,
        app: A,
    ) -> Self {
        Self::lend::<A, T, N, B>(ip, site, app).0
    }

    /// The same with an application that comes back when the server is dropped.
    pub fn lend<A: Send + 'static, T: Default + 'static, const N: usize, const B: usize>(
        ip: IpAddr,
        site: impl FnOnce() -> Site<A, T> + Send + 'static,
        mut app: A,
    ) -> (Self, Receiver<A>) {
        let (lender, back) = std::sync::mpsc::channel();
        let server = Self::spawn(move |sender, stopped| {
            let mut stack = Stack::bound_to(ip);
            let mut server: Server<Stack, A, N, B, T> = Server::new(site());
            server.listen(&mut stack, 0).unwrap();
            sender.send(stack.local_addr(server.listener().unwrap()).unwrap()).unwrap();
            let mut clock = RealClock::new();
            while !stopped.load(Ordering::Relaxed) {
                let now = clock.now_ms();
                if server.poll(&mut stack, &mut app, now).is_err() {
                    let ms = server.idle_ms(now).min(20);
                    wait(&mut stack, ms);
                }
            }
            server.close(&mut stack, &mut app);
            assert_eq!(stack.open_sockets(), 0, "each socket is closed once");
            // Nobody may want it.
            let _ = lender.send(app);
        });
        (server, back)
    }

    /// A server that says where it listens, and runs until it is stopped.
    pub fn spawn(serve: impl FnOnce(Sender<SocketAddr>, &AtomicBool) + Send + 'static) -> Self {
        let (sender, receiver) = std::sync::mpsc::channel();
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let thread = thread::spawn(move || serve(sender, &stopped));
        Self { address: receiver.recv().unwrap(), stop, thread: Some(thread) }
    }

    /// The light application, in slots of `B` bytes.
    pub fn light<const B: usize>(ip: IpAddr) -> Self {
        Self::start::<_, _, 4, B>(ip, LightApp::site, LightApp::new(Light, NoDisplay))
    }

    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        let result = self.thread.take().unwrap().join();
        assert!(result.is_ok() || thread::panicking(), "the server panicked");
    }
}

pub fn localhost() -> IpAddr {
    Ipv4Addr::LOCALHOST.into()
}

/// Whether a program is installed. If not, says which test is skipped for it.
pub fn has(program: &str) -> bool {
    let found = std::env::var_os("PATH").is_some_and(|path| {
        let places = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
        places.into_iter().any(|folder| folder.join(program).is_file())
    });
    if !found {
        let current = thread::current();
        let test = current.name().unwrap_or("a test");
        assert!(std::env::var_os("NAL_HTTP_NO_SKIP").is_none(), "{test} needs {program}");
        // Past the capture of the test runner, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED {test}: {program} is not installed");
    }
    found
}

/// A folder that is deleted with this value.
pub struct Folder(PathBuf);

impl Folder {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("nal-http-test-{}-{number}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A program that is ended with this value.
pub struct Process(pub Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// The first line that a program prints, such as its port.
pub fn first_line(child: &mut Child) -> String {
    let mut line = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

/// Runs a program to its end.
pub fn run(program: impl AsRef<std::ffi::OsStr>, arguments: &[&str]) -> Output {
    Command::new(program).args(arguments).stdin(Stdio::null()).output().unwrap()
}

/// Runs curl against a server of ours and returns what it printed.
pub fn curl(arguments: &[&str]) -> String {
    let common = ["--silent", "--show-error", "--max-time", "60", "--noproxy", "*"];
    let output = run("curl", &[&common, arguments].concat());
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A port at which nobody listens: it was free a moment ago.
pub fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

/// An example of this crate, which `cargo test` has built beside the tests.
pub fn example(name: &str) -> PathBuf {
    let tests = std::env::current_exe().unwrap();
    let path = tests.ancestors().nth(2).unwrap().join("examples").join(name);
    assert!(path.is_file(), "{} is not built", path.display());
    path
}

/// A server that answers one client with these bytes, waits for it to close, and ends.
pub fn answer_once(answer: &'static [u8]) -> (u16, JoinHandle<Vec<u8>>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let thread = thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        let mut request = vec![0; 4096];
        let n = stream.read(&mut request).unwrap();
        request.truncate(n);
        stream.write_all(answer).unwrap();
        stream.shutdown(std::net::Shutdown::Write).unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
        request
    });
    (port, thread)
}
