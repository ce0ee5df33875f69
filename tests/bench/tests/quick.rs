//! The whole measurement in a small dose. CPU times and memory are read as Linux tells them.
#![cfg(target_os = "linux")]

use std::error::Error;
use std::path::Path;
use std::process::Stdio;

use serde_json::Value as Json;

const PROGRAM: &str = env!("CARGO_BIN_EXE_tfplugin-bench");

#[tokio::test]
async fn a_small_dose_measures_everything() -> Result<(), Box<dyn Error>> {
    let provider = Path::new(PROGRAM).with_file_name("terraform-provider-smartag");
    assert!(provider.exists(), "first: cargo build -p terraform-provider-smartag");
    let folder = tempfile::tempdir()?;
    let json = folder.path().join("figures.json");
    let output = tokio::process::Command::new(PROGRAM)
        .args(["--quick", "--rounds", "2", "--json"])
        .arg(&json)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    let table = String::from_utf8(output.stdout)?;
    assert!(output.status.success(), "{}{table}", String::from_utf8_lossy(&output.stderr));
    for text in ["spawn to handshake line", "ReadResource from shared pages", "API calls of a command", "2 rounds"] {
        assert!(table.contains(text), "{text}: {table}");
    }
    let figures: Json = serde_json::from_slice(&std::fs::read(&json)?)?;
    for key in ["provider_line_per_bare_line", "provider_memory_after_schema_mb", "read_per_get_metadata"] {
        assert!(figures[key].as_f64().is_some_and(|figure| figure > 0.0), "{key}: {figures}");
    }
    assert_eq!(figures["first_reads_api_calls"], 4, "120 users on pages of 50, and the one look-up that comes first");
    Ok(())
}
