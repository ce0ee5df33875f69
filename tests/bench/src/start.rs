//! How soon a provider is there, and how large it is.

use std::path::Path;
use std::time::Duration;

use http::uri::PathAndQuery;
use tfplugin_host::wire::get_provider_schema;
use tfplugin_host::{Host, Signal, Spawn};
use tonic::client::Grpc;
use tonic_prost::ProstCodec;

use crate::Failure;
use crate::figures::{Figure, Measure, Section, median};
use crate::flags::{Dose, Programs};
use crate::session::check;

/// The same as in providers written in Go, in bytes.
const LONGEST_MESSAGE: usize = 256 << 20;

/// Memory of a provider, in bytes.
struct Memory {
    /// After GetProviderSchema.
    now: u64,
    /// The most it ever was until then.
    peak: u64,
}

/// What was measured of one provider.
struct Measured {
    /// How it is started. The certificate in it is made once: what comes before a start would tell on its time.
    spawn: Spawn,
    key: &'static str,
    label: &'static str,
    /// From the spawn to the handshake line, each in its turn.
    lines: Vec<Duration>,
    memory: Vec<Memory>,
    /// Of its file, in bytes.
    size: u64,
}

/// Starts the bare process and the providers in turn.
pub async fn measure(programs: &Programs, dose: &Dose) -> Result<Section, Failure> {
    let bare_line = Spawn::new(&programs.bare_line).client_certificate()?;
    let mut bare = Vec::new();
    let mut providers = vec![Measured::new("provider", "provider", &programs.provider)?];
    if let Some(other) = &programs.against {
        providers.push(Measured::new("against", "the other", other)?);
    }
    for _ in 0..dose.rounds {
        for measured in &mut providers {
            let memory = memory(&measured.spawn).await;
            measured.memory.push(memory.map_err(|error| format!("{}: {error}", measured.label))?);
        }
        for _ in 0..dose.starts {
            bare.push(first_line(&bare_line).await?);
            for measured in &mut providers {
                measured.lines.push(first_line(&measured.spawn).await?);
            }
        }
    }
    let label = "bare process: spawn to its line";
    let mut figures = vec![Figure::new("bare_line", label, Measure::milliseconds(middle(&bare)))];
    figures.extend(providers.iter().flat_map(|measured| measured.figures(&bare)));
    Ok(Section {
        title: "Start with mutual TLS, memory, size".to_owned(),
        figures,
        note: programs.against.as_ref().map(|path| format!("the other: {}", path.display())),
    })
}

impl Measured {
    fn new(key: &'static str, label: &'static str, program: &Path) -> Result<Self, Failure> {
        let size = std::fs::metadata(program).map_err(|error| format!("{}: {error}", program.display()))?.len();
        let spawn = Spawn::new(program).client_certificate()?;
        Ok(Self { spawn, key, label, lines: Vec::new(), memory: Vec::new(), size })
    }

    fn figures(&self, bare: &[Duration]) -> [Figure; 4] {
        let in_turn = self.lines.iter().zip(bare);
        let ratio = median(in_turn.map(|(line, bare)| line.as_secs_f64() / bare.as_secs_f64()));
        let now = median(self.memory.iter().map(|memory| memory.now as f64));
        let peak = median(self.memory.iter().map(|memory| memory.peak as f64));
        let line = Measure::milliseconds(middle(&self.lines));
        [
            self.figure("line", "spawn to handshake line", line, 3.0).times("bare_line", ratio),
            self.figure("memory_after_schema", "memory after GetProviderSchema", Measure::bytes(now), 10.0),
            self.figure("peak_memory", "most memory until then", Measure::bytes(peak), 10.0),
            self.figure("program", "program file", Measure::bytes(self.size as f64), 7.0),
        ]
    }

    /// The targets are those of our own provider.
    fn figure(&self, what: &str, text: &str, value: Measure, target: f64) -> Figure {
        let figure = Figure::new(format!("{}_{what}", self.key), format!("{}: {text}", self.label), value);
        if self.key == "provider" { figure.at_most(target) } else { figure }
    }
}

fn middle(durations: &[Duration]) -> Duration {
    Duration::from_secs_f64(median(durations.iter().map(Duration::as_secs_f64)))
}

/// Starts it, and kills it once its line is there, so that nothing of it is left when the next one takes its turn.
async fn first_line(spawn: &Spawn) -> Result<Duration, Failure> {
    let (process, _folder) = spawn.clone().run()?;
    let (_, took) = process.first_line().await?;
    // The bare process may have ended by itself.
    let _ = process.signal(Signal::KILL);
    process.ended().await?;
    Ok(took)
}

async fn memory(spawn: &Spawn) -> Result<Memory, Failure> {
    let host = spawn.clone().start().await?;
    ask_for_schema(&host).await?;
    let memory = Memory { now: host.process().memory()?, peak: host.process().peak_memory()? };
    host.kill().await?;
    Ok(memory)
}

async fn ask_for_schema(host: &Host) -> Result<(), Failure> {
    let request = get_provider_schema::Request {};
    if host.handshake().protocol >= 6 {
        let schema = host.provider().get_provider_schema(request).await?.into_inner();
        return check("GetProviderSchema", &schema.diagnostics);
    }
    // Protocol 5 calls it by another name; what is in the answer does not matter here.
    let mut client = Grpc::new(host.connection().channel()).max_decoding_message_size(LONGEST_MESSAGE);
    client.ready().await?;
    let path = PathAndQuery::from_static("/tfplugin5.Provider/GetSchema");
    client.unary(tonic::Request::new(request), path, ProstCodec::<_, ()>::default()).await?;
    Ok(())
}
