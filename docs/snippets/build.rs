//! Embeds a folder, for the document that includes the table.

fn main() -> Result<(), nal_http_embed::Error> {
    nal_http_embed::Folder::new("../../examples/static-site/site").write("site.rs")
}
