//! Digest authentication against a server in Python, which computes everything itself.

use std::process::{Command, Stdio};

use nal_http::client::Client;
use nal_std::Stack;

use crate::support::{Process, RealClock, first_line, has, wait};

/// `/ALGORITHM/QOP` asks for the user 光 with the password 密:码, and answers with the body it got.
const SERVER: &str = r#"
import hashlib, http.server, secrets, urllib.request

REALM, USER, PASSWORD = 'a "light", 光', '光 "a"', '密:码'
nonces = set()

def hashes(algorithm):
    name = {'MD5': 'md5', 'SHA-256': 'sha256'}[algorithm.replace('-sess', '')]
    return lambda *texts: hashlib.new(name, ':'.join(texts).encode()).hexdigest()

class Handler(http.server.BaseHTTPRequestHandler):
    def is_right(self, algorithm, qop):
        header = self.headers['Authorization'] or ''
        if not header.startswith('Digest '):
            return False
        header = header.encode('latin-1').decode()
        told = urllib.request.parse_keqv_list(urllib.request.parse_http_list(header[7:]))
        told = {name: value.replace('\\"', '"') for name, value in told.items()}
        h = hashes(algorithm)
        user = h(USER, REALM) if self.path.endswith('userhash') else USER
        if (told['username'], told['realm'], told['uri']) != (user, REALM, self.path):
            return False
        if told['nonce'] not in nonces or told.get('opaque') != 'o' or told.get('algorithm') != algorithm:
            return False
        nonces.remove(told['nonce'])
        secret = h(USER, REALM, PASSWORD)
        if algorithm.endswith('-sess'):
            secret = h(secret, told['nonce'], told['cnonce'])
        request = h(self.command, self.path)
        if qop == 'none':
            return told['response'] == h(secret, told['nonce'], request)
        middle = (told['nc'], told['cnonce'], told['qop'])
        return told['response'] == h(secret, told['nonce'], *middle, request)

    def do_GET(self):
        body = self.rfile.read(int(self.headers.get('Content-Length', 0)))
        _, algorithm, qop, *_ = self.path.split('/')
        if self.is_right(algorithm, qop):
            self.send_response(200)
        else:
            body = b'no'
            self.send_response(401)
            nonce = secrets.token_hex(16)
            nonces.add(nonce)
            realm = REALM.replace('"', '\\"').encode().decode('latin-1')
            header = f'Basic realm="x", Digest realm="{realm}", nonce="{nonce}", opaque="o", algorithm={algorithm}'
            if qop != 'none':
                header += f', qop="{qop}"'
            if self.path.endswith('userhash'):
                header += ', userhash=true'
            self.send_header('WWW-Authenticate', header)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_POST = do_GET

    def log_message(self, *_):
        pass

server = http.server.HTTPServer(('127.0.0.1', 0), Handler)
print(server.server_port, flush=True)
server.serve_forever()
"#;

#[test]
fn a_server_in_python_is_answered() {
    if !has("python3") {
        return;
    }
    let mut child = Command::new("python3")
        .args(["-c", SERVER])
        .env("PYTHONUTF8", "1")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let port = first_line(&mut child);
    let _process = Process(child);
    let mut stack = Stack::new();
    let mut client = Client::new(&mut stack, RealClock::new()).idle(wait);
    let mut buffer = [0; 1024];
    let (user, password) = ("光 \"a\"", "密:码");
    for path in [
        "MD5/auth",
        "MD5/none",
        "MD5-sess/auth",
        "SHA-256/auth",
        "SHA-256/auth-int,auth",
        "SHA-256-sess/auth",
        "SHA-256/auth/userhash",
        "SHA-256/auth/?a=%20b&c=d",
    ] {
        let url = format!("http://127.0.0.1:{port}/{path}");
        let mut response = client.get(&url).digest(user, password, 7).send(&mut buffer).unwrap();
        assert_eq!(response.status_code(), 200, "{path}: {:?}", response.text());
        drop(response);
        let request = client.post(&url).digest(user, password, u64::MAX).data("光线");
        let mut response = request.send(&mut buffer).unwrap();
        assert_eq!((response.status_code(), response.text().unwrap()), (200, "光线"), "{path}");
        drop(response);
        let response = client.get(&url).digest(user, "wrong", 7).send(&mut buffer).unwrap();
        assert_eq!(response.status_code(), 401, "{path}");
    }
}
