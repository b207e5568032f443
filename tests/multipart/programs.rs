//! What programs send, over sockets, into a flash.

use std::sync::mpsc::Receiver;

use nal_http::client;
use nal_http::testing::TestClient;
use nal_http::wire::Method;

use crate::support::{Folder, Running, curl, has, localhost, run};
use crate::{App, SITE};

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

/// A server with slots of 1 KiB, and the application with its flash, once the server is stopped.
fn serve(capacity: usize) -> (Running, Receiver<App>) {
    Running::lend::<_, _, 4, 1024>(localhost(), || SITE, App::new(capacity))
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
