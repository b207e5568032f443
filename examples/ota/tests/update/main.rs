//! Updates of a board whose flash has rules, whose clients leave, and whose power fails.

mod mock;
mod signed;

use embedded_storage::nor_flash::NorFlash;
use mock::{App, Bootloader, Flash, SECTOR, SLOT, started};
use nal_http::client::{Multipart, Part, Request};
use nal_http::server::{Route, Site};
use nal_http::testing::TestClient;
use nal_http::wire::{Method, MultipartReader};
use ota::{Boot, Upload, Writer};
use sha2::{Digest, Sha256};

const SITE: Site<App, Upload> = Site::new(&[
    Route::put("/update", ota::put).in_pieces().want(ota::DIGESTS),
    Route::post("/update", ota::post).in_pieces().want(MultipartReader::HEADERS),
    Route::get("/update", ota::progress),
]);

fn image(length: usize) -> Vec<u8> {
    (0..length).map(|n| ((n * n) >> 5).to_le_bytes()[0]).collect()
}

fn hex(image: &[u8]) -> String {
    Sha256::digest(image).iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A board that runs an image out of slot 0.
fn board() -> (Flash, Vec<u8>) {
    let (chip, old) = (Flash::new(), image(7777));
    let mut writer = Writer::new(chip.part(0, SLOT));
    writer.write(&old).unwrap();
    writer.finish().unwrap();
    Bootloader::new(&chip, 0).start_next(&mut chip.part(0, SLOT), 7777).unwrap();
    assert_eq!(started(&chip), old);
    (chip, old)
}

fn raw(image: &[u8], digest: &str) -> Vec<u8> {
    let head = format!(
        "PUT /update?sha256={digest} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n\r\n",
        image.len()
    );
    [head.as_bytes(), image].concat()
}

/// With the digest as RFC 9530 has it.
fn with_header(image: &[u8], query: &str, headers: &str) -> Vec<u8> {
    let head = format!(
        "PUT /update{query} HTTP/1.1\r\nHost: a\r\nContent-Length: {}\r\n{headers}\r\n",
        image.len()
    );
    [head.as_bytes(), image].concat()
}

fn form(image: &[u8], before: &[(&str, &str)], behind: &[(&str, &str)]) -> Vec<u8> {
    let field = |(name, value): &(&str, &str)| {
        format!("--x\r\nContent-Disposition: form-data; name={name}\r\n\r\n{value}\r\n")
            .into_bytes()
    };
    let file = b"--x\r\nContent-Disposition: form-data; name=f; filename=\"a.bin\"\r\n\r\n";
    let mut body: Vec<u8> = before.iter().flat_map(field).collect();
    body.extend([&file[..], image, b"\r\n"].concat());
    body.extend(behind.iter().flat_map(field));
    body.extend(b"--x--\r\n");
    let head = format!(
        "POST /update HTTP/1.1\r\nHost: a\r\nContent-Type: multipart/form-data; boundary=x\r\nContent-Length: {}\r\n\r\n",
        body.len()
    );
    [head.as_bytes(), &body].concat()
}

fn send(app: &mut App, request: &[u8]) -> String {
    let pieces = request.chunks(333);
    String::from_utf8(TestClient::new(SITE).send_pieces(app, pieces)).unwrap()
}

#[test]
fn an_image_is_started_once_it_is_whole() {
    // Lengths around what is written and erased at once, up to all of the slot.
    for length in [1, 4, 31, 32, 33, SECTOR - 1, SECTOR, SECTOR + 1, 20_000, SLOT - 1, SLOT] {
        let new = image(length);
        let digest = hex(&new);
        for request in [
            raw(&new, &digest),
            form(&new, &[("sha256", &digest), ("note", "hello")], &[]),
            form(&new, &[], &[("note", ""), ("sha256", &digest.to_uppercase())]),
        ] {
            let (chip, old) = board();
            let mut app = App::new(&chip);
            let answer = send(&mut app, &request);
            assert!(answer.starts_with("HTTP/1.1 200 "), "{length}: {answer}");
            assert!(app.update.is_ready());
            assert!(started(&chip) == new && chip.bytes()[..old.len()] == old);
        }
    }
}

#[test]
fn what_is_not_right_leaves_the_old_image() {
    let new = image(9000);
    let digest = hex(&new);
    let wrong = hex(&new[1..]);
    let long = image(SLOT + 1);
    let two = form(&new, &[], &[("g; filename=b", "")]);
    for (request, status, sentence) in [
        (raw(&new, &wrong), 422, "the image is another than its SHA-256 says"),
        (raw(&new, ""), 400, "a SHA-256 is 64 hexadecimal digits"),
        (raw(&new, &digest[1..]), 400, "a SHA-256 is 64 hexadecimal digits"),
        (raw(&new, &format!("{digest}0")), 400, "a SHA-256 is 64 hexadecimal digits"),
        (raw(&new, &digest.replace(&digest[..1], "g")), 400, "a SHA-256 is 64 hexadecimal digits"),
        (raw(b"", &hex(b"")), 422, "there is no image"),
        (raw(&long, &hex(&long)), 413, "the image is longer than its place in flash"),
        (form(&new, &[], &[]), 400, "the SHA-256 of the image is missing"),
        (form(&new, &[("sha256", "x")], &[]), 400, "a SHA-256 is 64 hexadecimal digits"),
        (form(&new, &[], &[("sha256", &wrong)]), 422, "the image is another than its SHA-256 says"),
        (form(b"", &[("sha256", &digest)], &[]), 422, "there is no image"),
        (two, 400, "the form has more than one file"),
        (
            b"POST /update HTTP/1.1\r\nHost: a\r\nContent-Length: 0\r\n\r\n".to_vec(),
            415,
            "multipart/form-data",
        ),
    ] {
        let (chip, old) = board();
        let mut app = App::new(&chip);
        let answer = send(&mut app, &request);
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{sentence}: {answer}");
        assert!(answer.contains(sentence), "{answer}");
        assert!(started(&chip) == old && !app.update.is_ready());
        // The next one gets through.
        assert!(send(&mut app, &raw(&new, &digest)).starts_with("HTTP/1.1 200 "));
        assert!(started(&chip) == new);
    }
}

#[test]
fn a_digest_in_a_header() {
    // `seq 1000 > a; openssl dgst -sha256 -binary a | base64`
    const DIGEST: &str = "Z9T/cdQ5IdVznzh9oJdG9AXkJbB9cn5MadApRh0fBR8=";
    const OTHER: &str = "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    let new: Vec<u8> = (1..=1000).flat_map(|n| format!("{n}\n").into_bytes()).collect();
    let query = format!("?sha256={}", hex(&new));
    let is = |name: &str, digest: &str| format!("{name}: sha-256=:{digest}:\r\n");
    let (repr, content) = (is("Repr-Digest", DIGEST), is("content-digest", DIGEST));
    let sha_512 = "Repr-Digest: sha-512=:AA==:\r\n".to_owned();
    for (query, headers, status, sentence) in [
        ("", repr.clone(), 200, "starts at the next restart"),
        ("", content.clone(), 200, "starts at the next restart"),
        ("", format!("{content}{repr}"), 200, "starts at the next restart"),
        (&query, repr.clone(), 200, "starts at the next restart"),
        (&query, sha_512.clone(), 200, "starts at the next restart"),
        ("", is("Repr-Digest", OTHER), 422, "the image is another than its SHA-256 says"),
        ("", is("Content-Digest", OTHER) + &repr, 422, "another than its SHA-256 says"),
        (&query, is("Repr-Digest", OTHER), 200, "starts at the next restart"),
        ("", sha_512, 400, "the SHA-256 of the image is missing or malformed"),
        ("", is("Repr-Digest", &DIGEST[4..]), 400, "the SHA-256 of the image is missing"),
        ("", String::new(), 400, "\r\nWant-Repr-Digest: sha-256=10\r\n"),
    ] {
        let (chip, old) = board();
        let mut app = App::new(&chip);
        let answer = send(&mut app, &with_header(&new, query, &headers));
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{headers}: {answer}");
        assert!(answer.contains(sentence), "{headers}: {answer}");
        assert!(started(&chip) == if status == 200 { &new[..] } else { &old[..] });
    }
}

#[test]
fn an_upload_that_breaks_off_leaves_the_old_image() {
    let new = image(2 * SECTOR + 5);
    let digest = hex(&new);
    let (chip, old) = board();
    let mut app = App::new(&chip);
    for request in [raw(&new, &digest), form(&new, &[], &[("sha256", &digest)])] {
        // The end of a form's last line is nobody's.
        let whole = request.len() - if request.starts_with(b"POST") { 2 } else { 0 };
        for end in (0..whole).step_by(97).chain(whole - 90..whole) {
            send(&mut app, &request[..end]);
            assert!(started(&chip) == old && !app.update.is_ready(), "{end}");
            assert_eq!(app.update.state(), "idle", "{end}");
        }
    }
    assert!(send(&mut app, &raw(&new, &digest)).starts_with("HTTP/1.1 200 "));
    assert!(started(&chip) == new);
}

#[test]
fn power_that_fails_at_any_write_leaves_one_of_both() {
    let new = image(SECTOR + 100);
    let digest = hex(&new);
    for request in [raw(&new, &digest), form(&new, &[], &[("sha256", &digest)])] {
        let (mut operations, mut was_new) = (0, false);
        loop {
            let (chip, old) = board();
            chip.fail_after(Some(operations));
            let answer = send(&mut App::new(&chip), &request);
            let is_told = answer.starts_with("HTTP/1.1 200 ");
            let got = started(&chip);
            assert!(got == if is_told { &new[..] } else { &old[..] }, "{operations}: {answer}");
            // It starts again, and the update is sent once more.
            chip.fail_after(None);
            assert!(send(&mut App::new(&chip), &request).starts_with("HTTP/1.1 200 "));
            assert!(started(&chip) == new, "{operations}");
            if was_new {
                break;
            }
            was_new = is_told;
            operations += 1;
        }
        // 2 sectors and 132 blocks, and the record of the bootloader.
        assert_eq!(operations, 2 + 132 + 2 + 2);
    }
}

#[test]
fn a_flash_that_keeps_nothing_is_told() {
    let (chip, old) = board();
    let mut app = App::new(&chip);
    app.update.parts().0.worn = Some(SLOT + 5000);
    let new = image(9000);
    let answer = send(&mut app, &raw(&new, &hex(&new)));
    assert!(answer.starts_with("HTTP/1.1 500 "), "{answer}");
    assert!(started(&chip) == old);
}

#[test]
fn progress_can_be_read_meanwhile_and_others_have_to_wait() {
    use nal_http::server::{ConnectInfo, Connection, Context};
    let (chip, _) = board();
    let mut app = App::new(&chip);
    let new = image(9000);
    let request = raw(&new, &hex(&new));
    let progress = |app: &mut App| TestClient::new(SITE).get(app, "/update").text().to_owned();
    assert_eq!(progress(&mut app), "{\"state\":\"idle\",\"received\":0}");

    let (mut rx, mut tx, mut connection) = ([0; 512], [0; 512], Connection::new());
    let client = &ConnectInfo { peer: ([127, 0, 0, 1], 1).into(), connection: 0 };
    let mut step = |app: &mut App, connection: &mut Connection<App, Upload>, bytes: &[u8]| {
        let mut rest = bytes;
        while !rest.is_empty() {
            let room = connection.room(&mut rx);
            let n = room.len().min(rest.len());
            room[..n].copy_from_slice(&rest[..n]);
            connection.received(n);
            rest = &rest[n..];
            let mut context = Context { app, site: &SITE, client, now_ms: 0 };
            connection.advance(&mut rx, &mut tx, &mut context);
        }
        connection.output(&tx).to_vec()
    };
    let (front, back) = request.split_at(request.len() - 4000);
    assert!(step(&mut app, &mut connection, front).is_empty());
    assert_eq!(progress(&mut app), "{\"state\":\"receiving\",\"received\":5000,\"length\":9000}");
    for other in [raw(&new, &hex(&new)), form(&new, &[], &[])] {
        let answer = send(&mut app, &other);
        assert!(
            answer.starts_with("HTTP/1.1 409 ") && answer.contains("another update"),
            "{answer}"
        );
    }
    assert_eq!(progress(&mut app), "{\"state\":\"receiving\",\"received\":5000,\"length\":9000}");
    assert!(step(&mut app, &mut connection, back).starts_with(b"HTTP/1.1 200 "));
    assert_eq!(progress(&mut app), "{\"state\":\"ready\",\"received\":9000,\"length\":9000}");

    // Until the board has restarted, another would be written over what starts next.
    let other = image(500);
    for request in [raw(&other, &hex(&other)), form(&other, &[("sha256", &hex(&other))], &[])] {
        let answer = send(&mut app, &request);
        assert!(answer.starts_with("HTTP/1.1 409 ") && answer.contains("restart"), "{answer}");
        assert!(app.update.is_ready() && started(&chip) == new);
    }
    assert!(send(&mut App::new(&chip), &raw(&other, &hex(&other))).starts_with("HTTP/1.1 200 "));
    assert!(started(&chip) == other);
}

#[test]
fn our_client_updates_a_board() {
    let (chip, _) = board();
    let new = image(12_345);
    let digest = hex(&new);
    let parts = [
        Part::field("sha256", &digest),
        Part::bytes("file", "光.bin", "application/octet-stream", &new),
    ];
    let form = Multipart::new(&parts, [3; 16]);
    let request = Request::new(Method::POST, "http://test/update").files(&form);
    assert_eq!(TestClient::new(SITE).send(&mut App::new(&chip), &request).status_code, 200);
    assert!(started(&chip) == new);
    let mut writer = Writer::new(chip.part(0, 2 * SECTOR));
    assert_eq!(writer.flash().erase(1, 5).map_err(|_| ()), Err(()));
}
