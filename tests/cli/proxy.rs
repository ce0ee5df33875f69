//! A proxy on this machine that hands everything to one emulator, and remembers what it was asked. No name that it is asked
//! for is ever looked up.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write, copy};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

/// What a client asked of the proxy.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `POST http://host/ HTTP/1.1`, or `CONNECT host:443 HTTP/1.1`.
    pub line: String,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
}

/// A running proxy.
pub struct Proxy {
    /// `http://127.0.0.1:PORT`
    pub address: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Proxy {
    /// A proxy in front of the service at `address`, which is `http://127.0.0.1:PORT`. Tunnels are refused.
    pub fn before(address: &str) -> Self {
        let target = address.strip_prefix("http://").expect("the service speaks without TLS").to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").expect("there is a free port");
        let proxy = format!("http://{}", listener.local_addr().expect("it listens"));
        let asked = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&asked);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let (target, heard) = (target.clone(), Arc::clone(&heard));
                std::thread::spawn(move || serve(&client, &target, &heard));
            }
        });
        Self { address: proxy, asked }
    }

    /// All that was asked so far.
    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().expect("nobody panics while it is held").clone()
    }

    /// The hosts that were asked for, each once.
    pub fn hosts(&self) -> Vec<String> {
        let asked = self.asked();
        let hosts = asked.iter().filter_map(|asked| asked.line.split(' ').nth(1));
        let mut hosts: Vec<_> = hosts.map(|target| target.trim_end_matches('/').to_owned()).collect();
        hosts.sort();
        hosts.dedup();
        hosts
    }
}

/// One request of one connection. A client that goes away has its reasons.
fn serve(client: &TcpStream, target: &str, heard: &Mutex<Vec<Asked>>) -> Option<()> {
    let mut reader = BufReader::new(client);
    let mut next = || {
        let mut line = String::new();
        reader.read_line(&mut line).ok()?;
        Some(line.trim_end().to_owned())
    };
    let line = next()?;
    let mut headers = BTreeMap::new();
    while let Some((name, value)) = next()?.split_once(':') {
        headers.insert(name.to_ascii_lowercase(), value.trim().to_owned());
    }
    heard.lock().ok()?.push(Asked { line: line.clone(), headers: headers.clone() });
    let mut client = client;
    if line.starts_with("CONNECT ") {
        return client.write_all(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n").ok();
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    reader.read_exact(&mut body).ok()?;
    let mut service = TcpStream::connect(target).ok()?;
    let method = line.split(' ').next()?;
    let content_type = headers.get("content-type").map_or("", String::as_str);
    let head = format!(
        "{method} / HTTP/1.1\r\nHost: {target}\r\nConnection: close\r\nContent-Type: {content_type}\r\nContent-Length: {length}\r\n\r\n"
    );
    service.write_all(head.as_bytes()).ok()?;
    service.write_all(&body).ok()?;
    copy(&mut service, &mut client).ok().map(drop)
}
