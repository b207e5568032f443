//! Forms with files, as browsers and programs send them, through small slots.

use std::fmt::Write;

use embedded_storage::nor_flash::NorFlash;
use nal_http::server::{Answer, Event, Flow, Reply, Request, Route, Site};
use nal_http::testing::{ScriptStack, Step};
use nal_http::wire::{FormEvent, FormText, MultipartReader};

mod browsers;
#[path = "../drivers/mod.rs"]
mod drivers;
mod flash;
mod programs;
mod refused;
#[expect(dead_code, reason = "the helper of another test, of which this one uses a part")]
#[path = "../end_to_end/support.rs"]
mod support;

use browsers::{CHROMIUM, expected_notes};
use drivers::{BOTH, Serving};
use flash::Flash;

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

fn post(target: &str, content_type: &str, body: &str, length: usize) -> String {
    format!(
        "POST {target} HTTP/1.1\r\nHost: a\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n{body}"
    )
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
