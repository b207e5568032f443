//! A real Prometheus watches the boards, and has what the dashboard asks for.
//!
//! Without the program `prometheus`, this says so and is skipped; with `NAL_HTTP_NO_SKIP` set, it fails instead.

use std::collections::BTreeSet;
use std::error::Error;
use std::io::{BufRead, BufReader, Write};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use nal_http::client::Client;
use nal_http::hal::Clock;
use nal_std::Stack;
use serde_json::Value;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

struct RealClock(Instant);

impl Clock for RealClock {
    fn now_ms(&mut self) -> u32 {
        u32::try_from(self.0.elapsed().as_millis()).unwrap()
    }
}

/// Gets a page with our client.
fn get(url: &str, query: &[(&str, &str)]) -> Result<String> {
    let (mut stack, mut buffer) = (Stack::new(), vec![0; 100_000]);
    let mut client = Client::new(&mut stack, RealClock(Instant::now()))
        .idle(|stack, ms| stack.wait(Duration::from_millis(ms.into())));
    let mut response = client
        .get(url)
        .params(query)
        .send(&mut buffer)
        .map_err(|error| format!("{url}: {error}"))?;
    response.raise_for_status().map_err(|error| format!("{url}: {error}"))?;
    Ok(response.text().map_err(|error| format!("{url}: {error}"))?.to_owned())
}

/// A program that is ended with this value.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder that is deleted with this value.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn here(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(name)
}

/// The boards, and where each of them is.
fn boards(count: usize) -> Result<(Process, Vec<String>)> {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fleet"));
    command.args(["--port", "0", "--boards", &count.to_string()]).stdout(Stdio::piped());
    let mut child = command.spawn()?;
    let lines = BufReader::new(child.stdout.take().ok_or("no output")?).lines();
    let process = Process(child);
    let mut addresses = Vec::new();
    for line in lines.take(count) {
        let line = line?;
        let (_, rest) = line.split_once("http://").ok_or("no address")?;
        addresses.push(rest.split('/').next().unwrap_or_default().to_owned());
    }
    Ok((process, addresses))
}

/// What the dashboard asks for, its variables replaced.
fn queries() -> Result<Vec<String>> {
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(here("dashboard.json"))?)?;
    let panels = dashboard["panels"].as_array().ok_or("no panels")?;
    let targets = panels.iter().flat_map(|panel| panel["targets"].as_array().into_iter().flatten());
    let queries: Vec<String> = targets
        .filter_map(|target| target["expr"].as_str())
        .map(|query| query.replace("$__rate_interval", "1m").replace("$instance", ".*"))
        .collect();
    assert!(queries.len() >= panels.len() && panels.len() > 10);
    assert!(queries.iter().all(|query| !query.contains('$')), "a variable is left");
    Ok(queries)
}

/// The names of metrics in a query: what stands in front of a `{`.
fn names(query: &str) -> impl Iterator<Item = &str> {
    let fronts = query.split('{').collect::<Vec<_>>();
    let count = fronts.len() - 1;
    fronts.into_iter().take(count).map(|front| {
        let is_of_name = |char: char| char.is_ascii_alphanumeric() || char == '_';
        &front[front.rfind(|char| !is_of_name(char)).map_or(0, |at| at + 1)..]
    })
}

#[test]
fn the_dashboard_asks_for_what_a_board_tells() -> Result<()> {
    let (_boards, addresses) = boards(1)?;
    let page = get(&format!("http://{}/metrics", addresses[0]), &[])?;
    assert!(page.ends_with("# EOF\n"), "{page}");
    // Some are there only once there is something to be told.
    let _ = get(&format!("http://{}/nowhere", addresses[0]), &[]);
    let page = get(&format!("http://{}/metrics", addresses[0]), &[])?;
    let told: BTreeSet<&str> =
        page.lines().filter_map(|line| line.split(['{', ' ']).next()).collect();
    for query in queries()? {
        for name in names(&query).filter(|name| *name != "up") {
            assert!(told.contains(name), "{name} of {query} is not in {page}");
        }
    }
    Ok(())
}

/// Waits until a query of Prometheus has this as its first value.
struct Prometheus {
    url: String,
    until: Instant,
    _process: Process,
}

impl Prometheus {
    fn query(&self, query: &str) -> Result<Vec<Value>> {
        let text = get(&self.url, &[("query", query)])?;
        let answer: Value = serde_json::from_str(&text)?;
        assert_eq!(answer["status"], "success", "{query}: {text}");
        Ok(answer["data"]["result"].as_array().cloned().unwrap_or_default())
    }

    fn wait(&self, query: &str, fits: impl Fn(&[Value]) -> bool) -> Result<()> {
        loop {
            // It may not listen yet.
            let result = self.query(query);
            if result.as_deref().is_ok_and(&fits) {
                return Ok(());
            }
            if Instant::now() > self.until {
                return Err(format!("{query}: {result:?}").into());
            }
            sleep(Duration::from_millis(50));
        }
    }
}

fn has(program: &str) -> bool {
    let found =
        Command::new(program).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status();
    let found = found.is_ok_and(|status| status.success());
    if !found {
        assert!(std::env::var_os("NAL_HTTP_NO_SKIP").is_none(), "this needs {program}");
        // Past the capture of the test runner, so that it is seen.
        let _ = writeln!(std::io::stderr(), "SKIPPED: {program} is not installed");
    }
    found
}

#[test]
fn prometheus_watches_three_boards() -> Result<()> {
    if !has("prometheus") || !has("promtool") {
        return Ok(());
    }
    let folder = std::env::temp_dir().join(format!("nal-http-fleet-{}", std::process::id()));
    std::fs::create_dir_all(&folder)?;
    let folder = Folder(folder);
    let (_boards, addresses) = boards(3)?;

    // The file that the README names, with these ports, and in a hurry.
    let mut config = std::fs::read_to_string(here("prometheus.yml"))?;
    for (port, address) in [8081, 8082, 8083].iter().zip(&addresses) {
        assert!(config.contains(&format!("127.0.0.1:{port}\n")));
        config = config.replace(&format!("127.0.0.1:{port}\n"), &format!("{address}\n"));
    }
    config =
        config.replace("scrape_interval: 5s", "scrape_interval: 250ms\n  scrape_timeout: 250ms");
    let file = folder.0.join("prometheus.yml");
    std::fs::write(&file, config)?;
    let check = Command::new("promtool").args(["check", "config"]).arg(&file).output()?;
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));

    let port = TcpListener::bind("127.0.0.1:0")?.local_addr()?.port();
    let process = Command::new("prometheus")
        .arg(format!("--config.file={}", file.display()))
        .arg(format!("--storage.tsdb.path={}", folder.0.join("data").display()))
        .arg(format!("--web.listen-address=127.0.0.1:{port}"))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let prometheus = Prometheus {
        url: format!("http://127.0.0.1:{port}/api/v1/query"),
        until: Instant::now() + Duration::from_secs(300),
        _process: Process(process),
    };
    let value = |result: &[Value]| result.first().map(|first| first["value"][1].clone());
    let is =
        |expected: &'static str| move |result: &[Value]| value(result) == Some(expected.into());
    prometheus.wait("sum(up{job=\"boards\"})", is("3"))?;

    for address in &addresses {
        for _ in 0..5 {
            assert!(get(&format!("http://{address}/light"), &[])?.starts_with("{\"light\":"));
        }
        assert!(get(&format!("http://{address}/nowhere"), &[]).is_err());
    }
    prometheus.wait("sum(http_requests_total{route=\"/light\",status=\"2xx\"})", is("15"))?;
    prometheus.wait("sum(http_refused_total{code=\"404\"})", is("3"))?;
    prometheus.wait("count(light > 200)", is("3"))?;
    prometheus.wait("min(wifi_signal_dbm)", is("-63"))?;
    // It knows what each is, from the page.
    let metadata =
        get(&prometheus.url.replace("query", "metadata"), &[("metric", "wifi_signal_dbm")])?;
    assert!(
        metadata.contains("\"type\":\"gauge\"") && metadata.contains("\"unit\":\"dbm\""),
        "{metadata}"
    );

    for query in queries()? {
        let has_number = |result: &[Value]| {
            value(result).is_some_and(|value| value.as_str().is_some_and(|text| text != "NaN"))
        };
        prometheus.wait(&query, has_number)?;
    }
    Ok(())
}
