//! `openssl s_server`, and nginx.

use std::io::{BufRead, BufReader};
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
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
        let dir = pki.path("nginx");
        std::fs::create_dir_all(dir.join("html")).unwrap();
        std::fs::write(dir.join("html/index.html"), "n".repeat(length)).unwrap();
        let certificates = pki.bundle("nginx.pem", &[&[name], chain].concat());
        Self::nginx_in(&dir, |address| {
            format!(
                "listen {address} ssl; server_name device.example; ssl_protocols TLSv1.3;\n\
                 ssl_certificate {pem}; ssl_certificate_key {key}; root {dir}/html;",
                dir = dir.display(),
                pem = certificates.display(),
                key = pki.path(&format!("{name}.key")).display(),
            )
        })
    }

    /// nginx with what `server` says for an address, and nothing of the machine's own configuration. Its files are
    /// in `dir`.
    pub fn nginx_in(dir: &Path, server: impl Fn(SocketAddr) -> String) -> Self {
        // Where Debian has it, which is not on everybody's path.
        let sbin = "/usr/sbin/nginx";
        let program = if Path::new(sbin).is_file() { sbin } else { "nginx" };
        Self::on_a_free_port(&dir.join("pid"), |address| {
            let config = format!(
                "daemon off; master_process off; user root; pid {dir}/pid; error_log {dir}/errors;\n\
                 events {{}}\n\
                 http {{ access_log off; client_body_temp_path {dir}/b; proxy_temp_path {dir}/p;\n\
                 fastcgi_temp_path {dir}/f; uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;\n\
                 server {{ {server} }} }}\n",
                dir = dir.display(),
                server = server(address),
            );
            std::fs::write(dir.join("conf"), config).unwrap();
            let mut nginx = Command::new(program);
            nginx.arg("-e").arg(dir.join("errors")).arg("-c").arg(dir.join("conf"));
            nginx
        })
    }

    /// A program that writes its pid once it listens, and cannot tell which port it took: it is given one that was free
    /// a moment ago, and another where somebody else was faster.
    pub fn on_a_free_port(pid: &Path, command: impl Fn(SocketAddr) -> Command) -> Self {
        let _ = std::fs::remove_file(pid);
        for _ in 0..5 {
            let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
            let mut command = command(address);
            let silent = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let mut server = Self { child: silent.spawn().unwrap(), address };
            while server.child.try_wait().unwrap().is_none() {
                if pid.is_file() {
                    return server;
                }
                std::thread::sleep(std::time::Duration::from_millis(5));
            }
        }
        panic!("it does not listen");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
