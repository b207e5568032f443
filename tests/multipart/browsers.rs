//! Forms as browsers send them.

use nal_http::testing::TestClient;

use crate::{App, SITE, post};

/// As Chromium 150 sends it: fields, a file, and one that nobody has chosen.
pub const CHROMIUM: (&str, &str) = (
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

pub fn expected_notes() -> String {
    let city = "北京".as_bytes().escape_ascii();
    format!(
        "city \"x\"={city};note=a\\r\\nb;file(光 \"a\"\\b%41.bin, application/octet-stream)=\\r\\n--x\\r\\n\\x00end;\
         none(, application/octet-stream)=;"
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
