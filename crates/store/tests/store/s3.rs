//! A real S3 server for tests: moto (PyPI), where `BLUELINE_PYTHON` names a Python that has it.

use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

/// Starts a server on a free port of the loopback, makes the bucket, says where it is, and goes when its input ends.
const SERVER: &str = r#"
import sys, logging
logging.getLogger("werkzeug").setLevel(logging.ERROR)
from moto.server import ThreadedMotoServer
server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
server.start()
host, port = server.get_host_and_port()
import boto3
boto3.client("s3", endpoint_url=f"http://{host}:{port}", aws_access_key_id="test", aws_secret_access_key="test",
             region_name="us-east-1").create_bucket(Bucket="lake")
print(f"http://{host}:{port}", flush=True)
sys.stdin.read()
"#;

/// The server of this test program; `None` where there is none.
fn endpoint() -> Option<&'static str> {
    static ENDPOINT: OnceLock<Option<String>> = OnceLock::new();
    // Held as long as the program runs: the server ends when its standard input does.
    static SERVER_PROCESS: Mutex<Option<Child>> = Mutex::new(None);
    let start = || {
        let python = std::env::var_os("BLUELINE_PYTHON")?;
        let mut child = Command::new(python)
            .args(["-c", SERVER])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .ok()?;
        let mut line = String::new();
        BufReader::new(child.stdout.take()?).read_line(&mut line).ok()?;
        *SERVER_PROCESS.lock().unwrap_or_else(PoisonError::into_inner) = Some(child);
        let line = line.trim().to_owned();
        (!line.is_empty()).then_some(line)
    };
    ENDPOINT.get_or_init(start).as_deref()
}

/// An empty place on the server and the settings to reach it.
pub(crate) fn place() -> Option<(String, Vec<(String, String)>)> {
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let endpoint = endpoint()?;
    let settings = [
        ("AWS_ENDPOINT", endpoint),
        ("AWS_ALLOW_HTTP", "true"),
        ("AWS_ACCESS_KEY_ID", "test"),
        ("AWS_SECRET_ACCESS_KEY", "test"),
        ("AWS_REGION", "us-east-1"),
    ];
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let settings = settings.map(|(key, value)| (key.to_owned(), value.to_owned())).to_vec();
    Some((format!("s3://lake/{}-{number}", std::process::id()), settings))
}
