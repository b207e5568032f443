//! ureq in the place of the counted client. Arguments: port, requests, path, `keep` or `close`.

use std::io::Read as _;

use nal_http_instructions::{PIECE, number, word};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = word(3)?;
    let url = format!("http://127.0.0.1:{}{path}", number(1)?);
    let kept = usize::from(word(4)? == "keep");
    let agent: ureq::Agent =
        ureq::Agent::config_builder().proxy(None).max_idle_connections(kept).build().into();
    let mut piece = [0; PIECE];
    for _ in 0..number(2)? {
        let mut response = agent.get(&url).call()?;
        if path == "/small" {
            response.body_mut().read_to_vec()?;
        } else {
            let mut body = response.into_body().into_reader();
            while body.read(&mut piece)? > 0 {}
        }
    }
    Ok(())
}
