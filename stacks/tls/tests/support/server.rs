//! `openssl s_server`, and nginx.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};

use super::pki::Pki;

/// A running server; it ends when it is dropped.
pub struct Server {
    child: Child,
    pub address: SocketAddr,
}

impl Server {
    /// A server that answers each GET with a page, and ends it with a `close_notify`. With `-HTTP` the path
    /// is a file of `pki` that holds the whole response.
    pub fn openssl(pki: &Pki, name: &str, chain: Option<&str>, more: &[&str]) -> Self {
        let file = |ending: &str| pki.path(&format!("{name}.{ending}"));
        let mut command = Command::new("openssl");
        command.args(["s_server", "-accept", "127.0.0.1:0", "-www"]);
        command.arg("-cert").arg(file("pem")).arg("-key").arg(file("key"));
        if let Some(chain) = chain {
            command.arg("-cert_chain").arg(pki.path(&format!("{chain}.pem")));
        }
        let mut child = command
            .args(more)
            .current_dir(pki.path(""))
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let address = lines
            .find_map(|line| line.unwrap().strip_prefix("ACCEPT ")?.parse().ok())
            .expect("openssl s_server does not listen");
        // It would stop when nobody reads what it says.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// nginx with one page, `/`, of `length` bytes.
    pub fn nginx(pki: &Pki, name: &str, chain: &[&str], length: usize) -> Self {
        let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let address = free.local_addr().unwrap();
        drop(free);
        let dir = pki.path("nginx");
        std::fs::create_dir_all(dir.join("html")).unwrap();
        std::fs::write(dir.join("html/index.html"), "n".repeat(length)).unwrap();
        let certificates = pki.bundle("nginx.pem", &[&[name], chain].concat());
        let config = format!(
            "daemon off; master_process off; user root; pid {dir}/pid; error_log {dir}/error.log;\n\
             events {{}}\n\
             http {{ access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p;\n\
             fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;\n\
             server {{ listen {address} ssl; server_name device.example; ssl_protocols TLSv1.3;\n\
             ssl_certificate {pem}; ssl_certificate_key {key}; root {dir}/html; }} }}\n",
            dir = dir.display(),
            pem = certificates.display(),
            key = pki.path(&format!("{name}.key")).display(),
        );
        std::fs::write(dir.join("conf"), config).unwrap();
        // Where Debian has it, which is not on everybody's path.
        let sbin = "/usr/sbin/nginx";
        let nginx = if std::path::Path::new(sbin).is_file() { sbin } else { "nginx" };
        let child = Command::new(nginx)
            .arg("-e")
            .arg(dir.join("error.log"))
            .arg("-c")
            .arg(dir.join("conf"))
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let server = Self { child, address };
        for _ in 0..100 {
            if std::net::TcpStream::connect(address).is_ok() {
                return server;
            }
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
        panic!("nginx does not listen");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
