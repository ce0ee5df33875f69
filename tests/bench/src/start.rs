//! How soon a provider is there, and how large it is.

use std::path::Path;
use std::time::Duration;

use http::uri::PathAndQuery;
use tfplugin_host::wire::get_provider_schema;
use tfplugin_host::{Host, Spawn};
use tonic::client::Grpc;
use tonic_prost::ProstCodec;

use crate::Failure;
use crate::figures::{Figure, Measure, Section, median};
use crate::flags::{Dose, Programs};
use crate::session::check;

/// The same as in providers written in Go, in bytes.
const LONGEST_MESSAGE: usize = 256 << 20;

/// One start of a provider.
struct Start {
    /// From the spawn to the handshake line.
    line: Duration,
    /// After GetProviderSchema, in bytes.
    memory: u64,
    /// The most it ever was until then, in bytes.
    peak: u64,
}

/// Starts bare process and providers in turn.
pub async fn measure(programs: &Programs, dose: &Dose) -> Result<Section, Failure> {
    let (mut bare, mut ours, mut others) = (Vec::new(), Vec::new(), Vec::new());
    // The first round only brings the programs into memory.
    for round in 0..=dose.rounds {
        let bare_line = first_line(&programs.bare_line).await?;
        let our = start(&programs.provider).await?;
        let other = match &programs.against {
            Some(program) => Some(start(program).await?),
            None => None,
        };
        if round > 0 {
            bare.push(bare_line);
            ours.push(our);
            others.extend(other);
        }
    }
    let line = median(bare.iter().map(Duration::as_secs_f64));
    let label = "bare process: spawn to its line";
    let mut figures = vec![Figure::new("bare_line", label, Measure::milliseconds(Duration::from_secs_f64(line)))];
    figures.extend(figures_of(("provider", "provider"), &programs.provider, &ours, &bare, true)?);
    if let Some(program) = &programs.against {
        figures.extend(figures_of(("against", "the other"), program, &others, &bare, false)?);
    }
    let title = "Start with mutual TLS, memory, size".to_owned();
    Ok(Section { title, figures, note: programs.against.as_ref().map(|path| format!("the other: {}", path.display())) })
}

fn figures_of(
    (key, label): (&str, &str),
    program: &Path,
    starts: &[Start],
    bare: &[Duration],
    has_targets: bool,
) -> Result<Vec<Figure>, Failure> {
    let line = median(starts.iter().map(|start| start.line.as_secs_f64()));
    let ratio = median(starts.iter().zip(bare).map(|(start, bare)| start.line.as_secs_f64() / bare.as_secs_f64()));
    let memory = median(starts.iter().map(|start| start.memory as f64));
    let peak = median(starts.iter().map(|start| start.peak as f64));
    let size = std::fs::metadata(program).map_err(|error| format!("{}: {error}", program.display()))?.len();
    let figure =
        |what: &str, text: &str, value| Figure::new(format!("{key}_{what}"), format!("{label}: {text}"), value);
    let line = Measure::milliseconds(Duration::from_secs_f64(line));
    let figures = [
        (figure("line", "spawn to handshake line", line).times("bare_line", ratio), 3.0),
        (figure("memory_after_schema", "memory after GetProviderSchema", Measure::bytes(memory)), 10.0),
        (figure("peak_memory", "most memory until then", Measure::bytes(peak)), 10.0),
        (figure("program", "program file", Measure::bytes(size as f64)), 7.0),
    ];
    Ok(figures.map(|(figure, target)| if has_targets { figure.at_most(target) } else { figure }).into())
}

async fn first_line(program: &Path) -> Result<Duration, Failure> {
    let (process, _folder) = Spawn::new(program).run()?;
    let (_, took) = process.first_line().await?;
    let ended = process.ended().await?;
    if !ended.status.success() {
        return Err(format!("{} ended with {}", program.display(), ended.status).into());
    }
    Ok(took)
}

async fn start(program: &Path) -> Result<Start, Failure> {
    let host = Host::spawn(program).start().await?;
    ask_for_schema(&host).await.map_err(|error| format!("asking {} for its schema: {error}", program.display()))?;
    let (memory, peak) = (host.process().memory()?, host.process().peak_memory()?);
    let start = Start { line: host.handshake_took(), memory, peak };
    host.shutdown().await?;
    Ok(start)
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
