//! Forms with files, as browsers and programs send them, through small slots.

use std::fmt::Write;
use std::sync::atomic::Ordering;

use embedded_storage::nor_flash::{
    ErrorType, NorFlash, NorFlashError, NorFlashErrorKind, ReadNorFlash,
};
use nal_http::client;
use nal_http::hal::Clock;
use nal_http::server::{Answer, Event, Flow, Reply, Request, Route, Server, Site};
use nal_http::testing::{ScriptStack, Step, TestClient};
use nal_http::wire::{FormEvent, FormText, Method, MultipartReader};
use nal_std::Stack;

mod drivers;
#[expect(dead_code, reason = "the helper of another test, of which this one uses a part")]
#[path = "end_to_end/support.rs"]
mod support;

use drivers::{BOTH, Serving};
use support::{Folder, RealClock, Running, curl, has, localhost, run, wait};

/// A flash in memory that insists on being erased before it is written.
struct Flash(Vec<u8>);

#[derive(Debug, Clone, Copy)]
enum Mistake {
    OutOfBounds,
    NotErased,
}

impl NorFlashError for Mistake {
    fn kind(&self) -> NorFlashErrorKind {
        match self {
            Self::OutOfBounds => NorFlashErrorKind::OutOfBounds,
            Self::NotErased => NorFlashErrorKind::Other,
        }
    }
}

impl ErrorType for Flash {
    type Error = Mistake;
}

impl ReadNorFlash for Flash {
    const READ_SIZE: usize = 1;

    fn read(&mut self, offset: u32, bytes: &mut [u8]) -> Result<(), Mistake> {
        let from = self.0.get(offset as usize..).and_then(|from| from.get(..bytes.len()));
        bytes.copy_from_slice(from.ok_or(Mistake::OutOfBounds)?);
        Ok(())
    }

    fn capacity(&self) -> usize {
        self.0.len()
    }
}

impl NorFlash for Flash {
    const WRITE_SIZE: usize = 1;
    const ERASE_SIZE: usize = 4096;

    fn erase(&mut self, from: u32, to: u32) -> Result<(), Mistake> {
        assert_eq!((from % 4096, to % 4096), (0, 0));
        self.0.get_mut(from as usize..to as usize).ok_or(Mistake::OutOfBounds)?.fill(0xff);
        Ok(())
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<(), Mistake> {
        let to = self.0.get_mut(offset as usize..).and_then(|to| to.get_mut(..bytes.len()));
        let to = to.ok_or(Mistake::OutOfBounds)?;
        if to.iter().any(|&byte| byte != 0xff) {
            return Err(Mistake::NotErased);
        }
        to.copy_from_slice(bytes);
        Ok(())
    }
}

struct App {
    flash: Flash,
    /// What of a form is noted, and why there was no more of it.
    notes: String,
}

impl App {
    fn new(capacity: usize) -> Self {
        // Full of what was there before.
        Self { flash: Flash(vec![0; capacity]), notes: String::new() }
    }
}

#[derive(Default)]
struct Upload {
    form: MultipartReader,
    is_file: bool,
    length: u32,
}

const SITE: Site<App, Upload> = Site::new(&[
    Route::post("/notes", notes).in_pieces().want(MultipartReader::HEADERS),
    Route::post("/flash", flash).in_pieces().want(MultipartReader::HEADERS),
    Route::post("/any", notes).in_pieces(),
    Route::get("/notes", |app, _, reply| reply.text(&app.notes)),
])
.on_event(|app, _, event| {
    if let Event::Failed(failure) = event {
        write!(app.notes, "[{}]", failure.message).unwrap();
    }
});

fn decoded(text: FormText<'_>) -> String {
    text.decode(&mut [0; 256]).unwrap().into()
}

/// Writes down all that it is told; fields come whole.
fn notes(app: &mut App, request: &mut Request<'_, Upload>, reply: &mut Reply<'_>) -> Answer {
    if request.is_aborted() {
        app.notes += "[aborted]";
    }
    while let Some(event) = request.multipart(|state| &mut state.form)? {
        let notes = &mut app.notes;
        match event {
            FormEvent::Part(part) => {
                *notes += &decoded(part.name());
                if let Some(filename) = part.filename() {
                    let content_type = part.content_type().unwrap_or("?");
                    write!(notes, "({}, {content_type})", decoded(filename)).unwrap();
                } else {
                    request.state.form.whole();
                }
                *notes += "=";
            }
            FormEvent::Data(bytes) => *notes += &bytes.escape_ascii().to_string(),
            FormEvent::PartEnd => *notes += ";",
            FormEvent::End => return reply.text("done"),
        }
    }
    Ok(Flow::More)
}

/// Puts the file into the flash, and notes how much has come before.
fn flash(app: &mut App, request: &mut Request<'_, Upload>, reply: &mut Reply<'_>) -> Answer {
    while let Some(event) = request.multipart(|state| &mut state.form)? {
        let state = &mut *request.state;
        match event {
            FormEvent::Part(part) => {
                state.is_file = part.name() == "file";
                app.notes += &decoded(part.name());
                app.notes += "=";
            }
            FormEvent::Data(bytes) if state.is_file => {
                let end = state.length + u32::try_from(bytes.len()).unwrap();
                let sectors = (state.length.next_multiple_of(4096), end.next_multiple_of(4096));
                app.flash.erase(sectors.0, sectors.1).unwrap();
                app.flash.write(state.length, bytes).unwrap();
                state.length = end;
            }
            FormEvent::Data(bytes) => app.notes += &bytes.escape_ascii().to_string(),
            FormEvent::PartEnd => app.notes += ";",
            FormEvent::End => {
                return reply.write("text/plain", |body| body.number(state.length.into()));
            }
        }
    }
    Ok(Flow::More)
}

/// As Chromium 150 sends it: fields, a file, and one that nobody has chosen.
const CHROMIUM: (&str, &str) = (
    "multipart/form-data; boundary=----WebKitFormBoundarymOoONhSU59BlifBF",
    "------WebKitFormBoundarymOoONhSU59BlifBF\r\nContent-Disposition: form-data; name=\"city %22x%22\"\r\n\r\n北京\r\n\
     ------WebKitFormBoundarymOoONhSU59BlifBF\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na\r\nb\r\n\
     ------WebKitFormBoundarymOoONhSU59BlifBF\r\nContent-Disposition: form-data; name=\"file\"; filename=\"光 %22a%22\\b%41.bin\"\r\n\
     Content-Type: application/octet-stream\r\n\r\n\r\n--x\r\n\0end\r\n\
     ------WebKitFormBoundarymOoONhSU59BlifBF\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\
     Content-Type: application/octet-stream\r\n\r\n\r\n------WebKitFormBoundarymOoONhSU59BlifBF--\r\n",
);

/// The same in the form that Firefox has.
const FIREFOX: (&str, &str) = (
    "multipart/form-data; boundary=----geckoformboundary8f1f3d2b7c6a59e4d0c1b2a394857667",
    "------geckoformboundary8f1f3d2b7c6a59e4d0c1b2a394857667\r\nContent-Disposition: form-data; name=\"city %22x%22\"\r\n\r\n北京\r\n\
     ------geckoformboundary8f1f3d2b7c6a59e4d0c1b2a394857667\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na\r\nb\r\n\
     ------geckoformboundary8f1f3d2b7c6a59e4d0c1b2a394857667\r\nContent-Disposition: form-data; name=\"file\"; filename=\"光 %22a%22\\b%41.bin\"\r\n\
     Content-Type: application/octet-stream\r\n\r\n\r\n--x\r\n\0end\r\n\
     ------geckoformboundary8f1f3d2b7c6a59e4d0c1b2a394857667\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\n\
     Content-Type: application/octet-stream\r\n\r\n\r\n------geckoformboundary8f1f3d2b7c6a59e4d0c1b2a394857667--\r\n",
);

fn expected_notes() -> String {
    let city = "北京".as_bytes().escape_ascii();
    format!(
        "city \"x\"={city};note=a\\r\\nb;file(光 \"a\"\\b%41.bin, application/octet-stream)=\\r\\n--x\\r\\n\\x00end;\
         none(, application/octet-stream)=;"
    )
}

fn post(target: &str, content_type: &str, body: &str, length: usize) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

#[test]
fn browsers_are_understood_however_their_bytes_arrive() {
    for (content_type, body) in [CHROMIUM, FIREFOX] {
        let request = post("/notes", content_type, body, body.len());
        for at in 1..request.len() {
            let mut app = App::new(0);
            let (front, back) = request.as_bytes().split_at(at);
            let answer = TestClient::new(SITE).send_pieces(&mut app, [front, back]);
            assert!(answer.ends_with(b"\r\n\r\ndone"), "{at}: {}", answer.escape_ascii());
            assert_eq!(app.notes, expected_notes(), "{at}");
        }
        for size in 1..9 {
            let mut app = App::new(0);
            let answer = TestClient::new(SITE)
                .slot(768)
                .send_pieces(&mut app, request.as_bytes().chunks(size));
            assert!(answer.ends_with(b"\r\n\r\ndone"), "{size}: {}", answer.escape_ascii());
            assert_eq!(app.notes, expected_notes(), "{size}");
        }
    }
}

/// What a site answers to a request, and what was noted of it.
fn answer(request: &str) -> (String, String) {
    let mut app = App::new(0);
    let answer = TestClient::new(SITE).send_bytes(&mut app, request.as_bytes());
    (String::from_utf8(answer).unwrap(), app.notes)
}

#[test]
fn what_is_no_such_form_is_refused() {
    const TYPE: &str = "multipart/form-data; boundary=x";
    const HEAD: &str = "--x\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n";
    let long = format!("{HEAD}{}\r\n--x--\r\n", "a".repeat(600));
    let parts = HEAD.repeat(65);
    for (content_type, body, status, sentence) in [
        ("text/plain", "", 415, "a body has to be multipart/form-data here"),
        ("multipart/form-data", "--", 400, "Content-Type has no boundary"),
        (TYPE, "", 400, "the body ends before the last boundary"),
        (TYPE, HEAD, 400, "the body ends before the last boundary"),
        (TYPE, "--x\r\nContent-Type: a/b\r\n\r\n", 400, "a part needs one Content-Disposition"),
        (TYPE, "--xy", 400, "a line of the body goes on behind the boundary"),
        // The value of a field is wanted whole, and there is no room.
        (TYPE, &long, 413, "body does not fit into the room"),
        (TYPE, &parts, 413, "the form has more parts than are allowed here"),
    ] {
        let (answer, notes) = answer(&post("/notes", content_type, body, body.len()));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{answer}");
        assert!(answer.contains(sentence) && notes.contains(sentence), "{answer}");
    }
    // It is told before it sends the body.
    let request = post("/notes", "text/plain", "", 9000);
    let request = request.replace("Host: a", "Host: a\r\nExpect: 100-continue");
    let (answer, _) = answer(&request);
    assert!(
        answer.starts_with("HTTP/1.1 415 ") && answer.contains("Accept: multipart/form-data\r\n")
    );
}

#[test]
fn a_type_that_had_no_room_is_told() {
    let content_type = format!("{}; x=\"{}\"", CHROMIUM.0, "x".repeat(60));
    for target in ["/any", "/notes"] {
        let request = post(target, &content_type, CHROMIUM.1, CHROMIUM.1.len());
        let (slot, mut app) = (256, App::new(0));
        let answer = TestClient::new(SITE).slot(slot).send_bytes(&mut app, request.as_bytes());
        let answer = String::from_utf8(answer).unwrap();
        assert!(answer.starts_with("HTTP/1.1 431 "), "{target}: {answer}");
    }
}

#[test]
fn an_upload_that_breaks_off_is_told_with_both_drivers() {
    for driver in BOTH {
        let (stack, app) = (ScriptStack::new(), App::new(0));
        let mut server: Serving<_, _, 1, 1024, _> = Serving::new(driver, SITE, stack, app, 0);
        let request = post("/notes", CHROMIUM.0, CHROMIUM.1, CHROMIUM.1.len());
        let at = request.find("end\r\n").unwrap();
        server.stack().connects([request[..at].into(), Step::Close]);
        server.run(0);
        let whole = request.as_bytes().chunks(7).map(Step::from);
        server.stack().connects(whole);
        server.run(0);
        let (expected, notes) = (expected_notes(), server.app().notes.clone());
        let (broken, _) = expected.split_once("end").unwrap();
        let behind = notes.strip_prefix(broken).and_then(|rest| rest.strip_prefix("[aborted]"));
        assert_eq!(behind, Some(expected.as_str()), "{driver:?}: {notes}");
        let sent = server.stack().sent(2).to_vec();
        assert!(sent.ends_with(b"\r\n\r\ndone"), "{driver:?}: {}", sent.escape_ascii());
    }
}

#[test]
fn our_own_client_is_understood() {
    let mut file = &[7; 3000][..];
    let parts = [
        client::Part::field("名 \"字\"", "掌控板"),
        client::Part::file("file", "a\r\nb.bin", "application/octet-stream", &mut file, 3000),
    ];
    let form = client::Multipart::new(&parts, [1; 16]);
    let request = client::Request::new(Method::POST, "http://test/flash").files(&form);
    let mut app = App::new(4096);
    assert_eq!(TestClient::new(SITE).send(&mut app, &request).text(), "3000");
    let name = "掌控板".as_bytes().escape_ascii();
    assert_eq!(app.notes, format!("名 \"字\"={name};file=;"));
    assert_eq!((&app.flash.0[..3000], &app.flash.0[3000..]), (&[7; 3000][..], &[0xff; 1096][..]));
}

/// A server with slots of 1 KiB, which hands out its flash when it is stopped.
fn serve(capacity: usize) -> (Running, std::sync::mpsc::Receiver<App>) {
    let (app_sender, apps) = std::sync::mpsc::channel();
    let running = Running::spawn(move |sender, stopped| {
        let (mut stack, mut app) = (Stack::bound_to(localhost()), App::new(capacity));
        let mut server: Server<Stack, App, 4, 1024, Upload> = Server::new(SITE);
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
        app_sender.send(app).unwrap();
    });
    (running, apps)
}

/// A file in which boundaries nearly occur.
fn image(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut bytes: Vec<u8> = (0..length)
        .map(|_| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state.to_be_bytes()[0]
        })
        .collect();
    for place in bytes.chunks_mut(1000) {
        let text = b"\r\n--------------------------";
        let n = place.len().min(text.len());
        place[..n].copy_from_slice(&text[..n]);
    }
    bytes
}

#[test]
fn ten_mebibytes_of_curl_go_through_a_slot_of_1_kib() {
    if !has("curl") {
        return;
    }
    let bytes = image(10 << 20);
    let (server, apps) = serve(bytes.len());
    let folder = Folder::new();
    let path = folder.path().join("firmware \"1\".bin");
    std::fs::write(&path, &bytes).unwrap();
    let file = format!("file=@\"{}\"", path.display().to_string().replace('"', "\\\""));
    let flash = server.url("/flash");
    let got = curl(&["--form", "before=光", "--form", &file, "--form", "after=2", &flash]);
    assert_eq!(got, bytes.len().to_string());
    drop(server);
    let app = apps.recv().unwrap();
    assert_eq!(app.notes, "before=\\xe5\\x85\\x89;file=;after=2;");
    assert!(app.flash.0 == bytes);
}

const PYTHON: &str = r#"
import http.client, sys, uuid
connection = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]))
# As `requests` puts it together.
boundary = uuid.uuid4().hex
parts = [('name="note"', b"hello"), ('name="file"; filename="a.bin"\r\nContent-Type: application/octet-stream', bytes(range(256)) * 400)]
body = b"".join(f"--{boundary}\r\nContent-Disposition: form-data; {head}\r\n\r\n".encode() + data + b"\r\n" for head, data in parts)
body += f"--{boundary}--\r\n".encode()
for body in body, [body[at : at + 777] for at in range(0, len(body), 777)]:
    connection.request("POST", "/flash", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    print(connection.getresponse().read().decode(), end=" ")
"#;

const NODE: &str = r#"
const form = new FormData();
form.append("note", "hello");
form.append("file", new Blob([Buffer.alloc(102400, Buffer.from([...Array(256).keys()]))]), "a.bin");
const send = async () => (await fetch(`http://127.0.0.1:${process.argv[1]}/flash`, { method: "POST", body: form })).text();
send().then((text) => process.stdout.write(text + " "));
"#;

#[test]
fn python_and_node_are_understood() {
    for (program, flag, script, lengths) in
        [("python3", "-c", PYTHON, "102400 102400 "), ("node", "-e", NODE, "102400 ")]
    {
        if !has(program) {
            continue;
        }
        let (server, apps) = serve(102_400);
        let output = run(program, &[flag, script, &server.address.port().to_string()]);
        assert_eq!(String::from_utf8_lossy(&output.stdout), lengths, "{program}: {output:?}");
        drop(server);
        let app = apps.recv().unwrap();
        assert!(app.notes.starts_with("note=hello;file=;"), "{program}: {}", app.notes);
        let expected: Vec<u8> = (0..102_400_u32).map(|n| n.to_le_bytes()[0]).collect();
        assert!(app.flash.0 == expected, "{program}");
    }
}
