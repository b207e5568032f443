//! What arrives where it is measured: the same bytes for every client and every server, also for `cargo bench`.

/// 3 headers.
pub const CURL: &str =
    "GET / HTTP/1.1\r\nHost: 192.168.0.9:8080\r\nUser-Agent: curl/7.88.1\r\nAccept: */*\r\n\r\n";
/// 9 headers: what Chrome sends to a board by its address, with a cookie.
pub const CHROME: &str = "GET / HTTP/1.1\r\nHost: 192.168.0.9\r\nConnection: keep-alive\r\nCache-Control: max-age=0\r\n\
    Upgrade-Insecure-Requests: 1\r\n\
    User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36\r\n\
    Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8\r\n\
    Accept-Encoding: gzip, deflate\r\nAccept-Language: zh-CN,zh;q=0.9\r\nCookie: theme=dark; seen=1\r\n\r\n";
pub const ECHO: &str =
    "POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n";
/// 8 headers: nginx, with a file.
pub const NGINX: &str = "HTTP/1.1 200 OK\r\nServer: nginx/1.22.1\r\nDate: Fri, 27 Nov 2026 08:00:00 GMT\r\n\
    Content-Type: text/plain\r\nContent-Length: 12\r\nLast-Modified: Mon, 23 Nov 2026 10:20:30 GMT\r\nConnection: close\r\n\
    ETag: \"6922e1a8-c\"\r\nAccept-Ranges: bytes\r\n\r\nHello, world";
/// 3 headers.
pub const LENGTH: &str = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 12\r\nConnection: close\r\n\r\nHello, world";
pub const CHUNKED: &str =
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n6\r\nHello,\r\n6\r\n world\r\n0\r\n\r\n";
