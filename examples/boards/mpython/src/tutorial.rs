//! The tutorial's first two steps, on the board: button B, held for 3 s, starts them.

use board_drivers::Page;
use esp_println::{Printer, println};
use light_board::client;
use nal_http::client::{ErrorOf, http_get_with};
use serde::Deserialize;

use crate::board::Mpython;
use crate::wifi::Net;

/// A page of text, and a JSON API that says where the board's address is; the build can choose others.
const TEXT_URL: &str = match option_env!("TEXT_URL") {
    Some(url) => url,
    None => "http://micropython.org/ks/test.html",
};
const JSON_URL: &str = match option_env!("JSON_URL") {
    Some(url) => url,
    None => "http://ip-api.com/json/",
};

#[derive(Deserialize)]
struct Place<'a> {
    country: &'a str,
    city: &'a str,
    #[serde(alias = "query")]
    ip: &'a str,
}

/// Prints a page, then asks a JSON API. Returns what the OLED is to show. Nothing else happens meanwhile, for at
/// most 30 s in each phase of a request.
pub fn run(stack: &mut Net) -> Page {
    match get(stack).and_then(|()| ask(stack)) {
        Ok(page) => page,
        Err(error) => {
            println!("{error}");
            Page::new("请求失败", error, "")
        }
    }
}

/// Step 1: GET over a socket.
fn get(stack: &mut Net) -> Result<(), ErrorOf<Net>> {
    println!("GET {TEXT_URL}");
    let mut client = client::<Mpython, _>(stack);
    let (head, piece) = (&mut [0; 512], &mut [0; 100]);
    let status = http_get_with(&mut client, TEXT_URL, head, piece, Printer::write_bytes)?;
    println!("\n{status}");
    Ok(())
}

/// Step 2: the requests module, and JSON.
fn ask(stack: &mut Net) -> Result<Page, ErrorOf<Net>> {
    println!("GET {JSON_URL}");
    let mut client = client::<Mpython, _>(stack);
    let mut buffer = [0; 1024];
    let mut response = client.get(JSON_URL).send(&mut buffer)?;
    let Place { country, city, ip } = response.json()?;
    println!("country: {country}\ncity: {city}\nIP: {ip}");
    Ok(Page::new(country, city, ip))
}
