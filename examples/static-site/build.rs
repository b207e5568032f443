//! Embeds the folder `site`.

fn main() -> Result<(), nal_http_embed::Error> {
    nal_http_embed::Folder::new("site")
        .brotli(true)
        .last_modified("Fri, 27 Nov 2026 00:00:00 GMT")
        .write("site.rs")
}
