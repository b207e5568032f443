//! Somebody on the way between client and server, who does something to the records.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::thread;

/// What is done to the records of the server. `count` counts from 0; the answer goes to the client,
/// and `None` ends the connection.
pub type Meddle = fn(count: usize, record: Vec<u8>) -> Option<Vec<u8>>;

/// Goes between one client and the server; returns where it listens.
pub fn meddle(server: SocketAddr, meddle: Meddle) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let server = TcpStream::connect(server).unwrap();
        let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
        thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            let _ = to.shutdown(Shutdown::Write);
        });
        let _ = back(server, client, meddle);
    });
    address
}

fn back(mut server: TcpStream, mut client: TcpStream, meddle: Meddle) -> std::io::Result<()> {
    for count in 0.. {
        let mut header = [0; 5];
        if server.read_exact(&mut header).is_err() {
            break;
        }
        let mut record = header.to_vec();
        record.resize(5 + usize::from(u16::from_be_bytes([header[3], header[4]])), 0);
        server.read_exact(&mut record[5..])?;
        match meddle(count, record) {
            Some(bytes) => client.write_all(&bytes)?,
            None => break,
        }
    }
    client.shutdown(Shutdown::Write)
}
