//! A server on 127.0.0.1 that plays a script and remembers what it was asked. For tests.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use percent_encoding::percent_decode_str;

/// What the server does with one request.
#[derive(Clone, Debug)]
pub enum Play {
    /// Answers with this status, these header lines and this body.
    Answer(u16, &'static str, String),
    /// Reads the request and hangs up.
    HangUp,
    /// Answers, and hangs up in the middle of the body.
    HangUpInBody,
    /// Reads the request and never answers.
    Silence,
}

impl Play {
    /// An answer of the API.
    pub fn json(status: u16, body: &serde_json::Value) -> Self {
        Self::Answer(status, "Content-Type: application/json;charset=utf-8\r\n", body.to_string())
    }
}

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST / HTTP/1.1`
    pub line: String,
    /// By name in small letters.
    pub headers: BTreeMap<String, String>,
    /// The body as it came.
    pub body: String,
    /// The body's parameters, decoded.
    pub form: BTreeMap<String, String>,
}

/// A server that answers as many requests as its script is long, and refuses connections after that.
pub struct Server {
    /// `http://127.0.0.1:PORT`
    pub address: String,
    requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    /// Starts to play.
    pub fn playing(script: Vec<Play>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&requests);
        std::thread::spawn(move || {
            for play in script {
                let Ok((stream, _)) = listener.accept() else { return };
                let request = read(&stream);
                heard.lock().unwrap().push(request);
                act(stream, &play);
            }
        });
        Self { address, requests }
    }

    /// What was asked so far.
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }
}

fn read(stream: &TcpStream) -> Request {
    let mut reader = BufReader::new(stream);
    let mut lines = std::iter::from_fn(|| {
        let mut line = String::new();
        reader.read_line(&mut line).unwrap();
        Some(line.trim_end().to_owned()).filter(|line| !line.is_empty())
    });
    let line = lines.next().unwrap();
    let headers: BTreeMap<_, _> = lines
        .map(|line| {
            let (name, value) = line.split_once(':').unwrap();
            (name.to_ascii_lowercase(), value.trim().to_owned())
        })
        .collect();
    let mut body = vec![0; headers.get("content-length").map_or(0, |length| length.parse().unwrap())];
    reader.read_exact(&mut body).unwrap();
    let body = String::from_utf8(body).unwrap();
    Request { line, headers, form: decode(&body), body }
}

/// The parameters of a form. A `+` stays one: the signature knows no other space than `%20`.
pub fn decode(body: &str) -> BTreeMap<String, String> {
    let text = |text| percent_decode_str(text).decode_utf8().unwrap().into_owned();
    let parameters = body.split('&').map(|pair| pair.split_once('=').unwrap());
    parameters.map(|(name, value)| (text(name), text(value))).collect()
}

fn act(mut stream: TcpStream, play: &Play) {
    let head = |status, headers, length| {
        format!("HTTP/1.1 {status} Played\r\n{headers}Connection: close\r\nContent-Length: {length}\r\n\r\n")
    };
    match play {
        Play::Answer(status, headers, body) => {
            stream.write_all((head(*status, *headers, body.len()) + body).as_bytes()).unwrap();
        }
        Play::HangUp => (),
        Play::HangUpInBody => stream.write_all((head(200, "", 100) + "{\"RequestId\":").as_bytes()).unwrap(),
        // Until the client hangs up.
        Play::Silence => drop(stream.read(&mut [0])),
    }
}
