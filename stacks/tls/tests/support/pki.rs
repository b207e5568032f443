//! Certificates, made by the `openssl` program in a folder of their own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};

/// A folder with keys and certificates; it goes when it is dropped.
pub struct Pki {
    dir: PathBuf,
}

/// What to make a certificate of.
#[derive(Clone, Copy)]
pub struct Leaf<'a> {
    pub name: &'a str,
    pub key: &'a str,
    pub issuer: &'a str,
    pub names: &'a str,
    pub extensions: &'a str,
    pub days: (&'a str, &'a str),
}

pub const VALID: (&str, &str) = ("20200101000000Z", "20491231235959Z");

pub const LEAF: Leaf<'_> = Leaf {
    name: "leaf",
    key: "p256",
    issuer: "ca",
    names: "DNS:device.example",
    extensions: "extendedKeyUsage=serverAuth\nkeyUsage=critical,digitalSignature",
    days: VALID,
};

/// A CA below another.
pub const INTERMEDIATE: Leaf<'_> = Leaf {
    name: "intermediate",
    names: "DNS:intermediate.example",
    extensions: "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign",
    ..LEAF
};

impl Pki {
    /// An empty folder with the CA `ca`, whose key is of the kind `key`.
    pub fn new(key: &str) -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let unique = COUNT.fetch_add(1, Ordering::Relaxed);
        let dir = std::env::temp_dir().join(format!("tls-{}-{unique}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let pki = Self { dir };
        pki.authority("ca", key);
        pki
    }

    /// A CA of its own.
    pub fn authority(&self, name: &str, key: &str) {
        self.issue(&Leaf { name, key, issuer: name, ..INTERMEDIATE });
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.dir.join(file)
    }

    pub fn der(&self, name: &str) -> Vec<u8> {
        fs::read(self.path(&format!("{name}.der"))).unwrap()
    }

    /// The public key in DER.
    pub fn public_key(&self, name: &str) -> Vec<u8> {
        let key = format!("{name}.key");
        self.openssl(&["pkey", "-in", &key, "-pubout", "-outform", "DER"])
    }

    /// The private key, in PKCS #8.
    pub fn private_key(&self, name: &str) -> Vec<u8> {
        let key = format!("{name}.key");
        self.openssl(&["pkcs8", "-topk8", "-nocrypt", "-in", &key, "-outform", "DER"])
    }

    /// Makes `name.key`, `name.pem` and `name.der`.
    pub fn issue(&self, leaf: &Leaf<'_>) {
        let Leaf { name, key, issuer, names, extensions, days } = *leaf;
        let key_file = format!("{name}.key");
        let algorithm: &[&str] = match key {
            "p256" => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-256"],
            "p384" => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-384"],
            "p521" => &["-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:P-521"],
            "ed25519" => &["-algorithm", "ED25519"],
            "rsa2048" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:2048"],
            "rsa3072" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:3072"],
            "rsa4096" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:4096"],
            "rsa1024" => &["-algorithm", "RSA", "-pkeyopt", "rsa_keygen_bits:1024"],
            other => panic!("no key of the kind {other}"),
        };
        self.openssl(&[&["genpkey", "-out", &key_file], algorithm].concat());
        let names =
            if names.is_empty() { String::new() } else { format!("subjectAltName={names}") };
        let config = format!(
            "[req]\ndistinguished_name=dn\nprompt=no\n[dn]\nCN={name}\n\
             [ca]\ndefault_ca=own\n[own]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n\
             default_md={}\npolicy=any\nunique_subject=no\nx509_extensions=ext\n[any]\nCN=supplied\n\
             [ext]\nsubjectKeyIdentifier=hash\n{names}\n{extensions}\n",
            if self.key_is_ed25519(issuer) { "default" } else { "sha256" },
        );
        let config_file = format!("{name}.cnf");
        fs::write(self.path(&config_file), config).unwrap();
        fs::write(self.path("index.txt"), "").unwrap();
        let (request, pem) = (format!("{name}.csr"), format!("{name}.pem"));
        self.openssl(&[
            "req",
            "-new",
            "-config",
            &config_file,
            "-key",
            &key_file,
            "-out",
            &request,
        ]);
        let (issuer_key, issuer_pem) = (format!("{issuer}.key"), format!("{issuer}.pem"));
        let mut sign = vec![
            "ca",
            "-batch",
            "-notext",
            "-config",
            &config_file,
            "-in",
            &request,
            "-out",
            &pem,
            "-startdate",
            days.0,
            "-enddate",
            days.1,
            "-keyfile",
            &issuer_key,
        ];
        if issuer == name {
            sign.push("-selfsign");
        } else {
            sign.extend(["-cert", &issuer_pem]);
        }
        self.openssl(&sign);
        self.openssl(&["x509", "-in", &pem, "-outform", "DER", "-out", &format!("{name}.der")]);
    }

    fn key_is_ed25519(&self, name: &str) -> bool {
        fs::read_to_string(self.path(&format!("{name}.key"))).is_ok_and(|pem| pem.len() < 140)
    }

    /// Several certificates in one file.
    pub fn bundle(&self, file: &str, names: &[&str]) -> PathBuf {
        let all: String = names
            .iter()
            .map(|name| fs::read_to_string(self.path(&format!("{name}.pem"))).unwrap())
            .collect();
        let path = self.path(file);
        fs::write(&path, all).unwrap();
        path
    }

    fn openssl(&self, arguments: &[&str]) -> Vec<u8> {
        let output = Command::new("openssl")
            .args(arguments)
            .current_dir::<&Path>(&self.dir)
            .stdin(Stdio::null())
            .output()
            .unwrap();
        let text = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "openssl {arguments:?}: {text}");
        output.stdout
    }
}

impl Drop for Pki {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.dir);
    }
}
