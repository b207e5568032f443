//! Forms as browsers send them.

use nal_http::testing::TestClient;

use crate::{App, SITE, post};

// A form with fields, a file of an awkward name, and one that nobody has chosen, as servers got it; the page made its file as
// `new File([..], 'ü中 "a"\r\n\\b%41;.bin')`.

/// As Chromium 156.0.8078.108 sends it.
pub const CHROMIUM: (&str, &str) = (
    "multipart/form-data; boundary=----WebKitFormBoundarygxcADaWMVIXRZMtz",
    "------WebKitFormBoundarygxcADaWMVIXRZMtz\r\nContent-Disposition: form-data; name=\"city %22x%22\"\r\n\r\n北京\r\n\
     ------WebKitFormBoundarygxcADaWMVIXRZMtz\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na\r\nb\r\n\
     ------WebKitFormBoundarygxcADaWMVIXRZMtz\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ü中 %22a%22%0D%0A\\b%41;.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--x\r\n\0end\r\n\
     ------WebKitFormBoundarygxcADaWMVIXRZMtz\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n\
     ------WebKitFormBoundarygxcADaWMVIXRZMtz--\r\n",
);

/// As Firefox 153.8.0esr sends it.
const FIREFOX: (&str, &str) = (
    "multipart/form-data; boundary=----geckoformboundarya145b1df5286b53b29c20d6a0084490e",
    "------geckoformboundarya145b1df5286b53b29c20d6a0084490e\r\nContent-Disposition: form-data; name=\"city %22x%22\"\r\n\r\n北京\r\n\
     ------geckoformboundarya145b1df5286b53b29c20d6a0084490e\r\nContent-Disposition: form-data; name=\"note\"\r\n\r\na\r\nb\r\n\
     ------geckoformboundarya145b1df5286b53b29c20d6a0084490e\r\nContent-Disposition: form-data; name=\"file\"; filename=\"ü中 %22a%22%0D%0A\\b%41;.bin\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n--x\r\n\0end\r\n\
     ------geckoformboundarya145b1df5286b53b29c20d6a0084490e\r\nContent-Disposition: form-data; name=\"none\"; filename=\"\"\r\nContent-Type: application/octet-stream\r\n\r\n\r\n\
     ------geckoformboundarya145b1df5286b53b29c20d6a0084490e--\r\n",
);

pub fn expected_notes() -> String {
    let city = "北京".as_bytes().escape_ascii();
    format!(
        "city \"x\"={city};note=a\\r\\nb;file(ü中 \"a\"\r\n\\b%41;.bin, application/octet-stream)=\\r\\n--x\\r\\n\\x00end;\
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
