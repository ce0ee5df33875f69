//! A child process and what it says.

use std::io;
use std::process::{ExitStatus, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncBufReadExt, AsyncRead, BufReader};
use tokio::process::{Child, Command};
use tokio::sync::watch;
use tokio::task::JoinHandle;

use crate::{HostError, within};

/// A child process; it is killed when this is dropped.
#[derive(Debug)]
pub struct Process {
    child: Child,
    /// What it wrote to stdout so far.
    pub stdout: Lines,
    /// What it wrote to stderr so far.
    pub stderr: Lines,
    /// When it was about to be started.
    started: Instant,
}

/// How a process ended.
#[derive(Clone, Debug)]
pub struct Ended {
    /// Its exit code, or the signal that ended it.
    pub status: ExitStatus,
    /// All that it wrote to stdout, as far as that was not closed.
    pub stdout: Vec<String>,
    /// All that it wrote to stderr.
    pub stderr: Vec<String>,
    /// How long was waited for its end.
    pub took: Duration,
}

impl Process {
    /// Starts it with no input, and with pipes for its output.
    pub(crate) fn start(mut command: Command) -> Result<Self, HostError> {
        // A child that shares the output of a test run keeps whoever reads it waiting.
        let command = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let started = Instant::now();
        let mut child = command
            .spawn()
            .map_err(|error| HostError::from_error(format_args!("starting {:?}", command.as_std()), &error))?;
        let stdout = Lines::of(child.stdout.take().expect("it was piped above"));
        let stderr = Lines::of(child.stderr.take().expect("it was piped above"));
        Ok(Self { child, stdout, stderr, started })
    }

    /// Waits for the first line on stdout, and tells how long after the start it was there.
    ///
    /// # Errors
    /// When the pipe ends, or nothing comes, without a line.
    pub async fn first_line(&self) -> Result<(String, Duration), HostError> {
        let line = self.stdout.find(|_| true).await?;
        Ok((line, self.started.elapsed()))
    }

    /// Sends it a signal.
    ///
    /// # Errors
    /// When it has ended.
    pub fn signal(&self, signal: Signal) -> Result<(), HostError> {
        let sent = match self.pid() {
            Some(pid) => kill_process(pid, signal).map_err(io::Error::from),
            None => Err(io::Error::other("it has ended")),
        };
        sent.map_err(|error| HostError::from_error(format_args!("sending {signal:?}"), &error))
    }

    /// Bytes of memory that are its own now, as the kernel counts them.
    ///
    /// # Errors
    /// When it has ended.
    pub fn memory(&self) -> Result<u64, HostError> {
        self.kernel_counts("VmRSS:")
    }

    /// The most bytes of memory that were its own at any time.
    ///
    /// # Errors
    /// When it has ended.
    pub fn peak_memory(&self) -> Result<u64, HostError> {
        self.kernel_counts("VmHWM:")
    }

    /// CPU time that its threads used so far, in user and in kernel mode. A thread that has ended counts no more.
    ///
    /// # Errors
    /// When it has ended, or the kernel does not count.
    pub fn cpu_time(&self) -> Result<Duration, HostError> {
        self.try_cpu_time().map_err(|error| HostError::from_error("reading the CPU time of the process", &error))
    }

    /// Its number; none when it has ended and that was noticed.
    pub fn id(&self) -> Option<u32> {
        self.child.id()
    }

    /// Waits for its end, and for the end of its output.
    ///
    /// # Errors
    /// When it runs on.
    pub async fn ended(mut self) -> Result<Ended, HostError> {
        let start = Instant::now();
        let status = within("waiting for the process to end", self.child.wait()).await?;
        let took = start.elapsed();
        let status = status.map_err(|error| HostError::from_error("waiting for the process to end", &error))?;
        let (stdout, stderr) = (self.stdout.rest().await?, self.stderr.rest().await?);
        Ok(Ended { status, stdout, stderr, took })
    }

    fn pid(&self) -> Option<Pid> {
        self.child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw)
    }

    fn kernel_counts(&self, name: &str) -> Result<u64, HostError> {
        self.try_status(name).map_err(|error| HostError::from_error("reading the memory of the process", &error))
    }

    fn try_status(&self, name: &str) -> io::Result<u64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.try_id()?))?;
        status
            .lines()
            .find_map(|line| line.strip_prefix(name)?.trim().strip_suffix(" kB")?.parse::<u64>().ok())
            .map(|kilobytes| kilobytes * 1024)
            .ok_or_else(|| io::Error::other(format!("there is no {name}")))
    }

    /// From `schedstat`, which counts nanoseconds; `stat` counts in steps of ten milliseconds.
    fn try_cpu_time(&self) -> io::Result<Duration> {
        let mut nanoseconds = 0;
        for thread in std::fs::read_dir(format!("/proc/{}/task", self.try_id()?))? {
            let counts = std::fs::read_to_string(thread?.path().join("schedstat"))?;
            let on_cpu = counts.split(' ').next().and_then(|count| count.parse::<u64>().ok());
            nanoseconds += on_cpu.ok_or_else(|| io::Error::other(format!("schedstat says {counts:?}")))?;
        }
        Ok(Duration::from_nanos(nanoseconds))
    }

    fn try_id(&self) -> io::Result<u32> {
        self.child.id().ok_or_else(|| io::Error::other("it has ended"))
    }
}

/// The lines of one pipe, read as they come.
#[derive(Debug)]
pub struct Lines {
    read: watch::Receiver<Vec<String>>,
    reading: JoinHandle<()>,
}

impl Lines {
    #[expect(clippy::disallowed_methods, reason = "it ends with the pipe, and is stopped when this is dropped")]
    fn of(pipe: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let (sender, read) = watch::channel(Vec::new());
        Self { read, reading: tokio::spawn(read_all(pipe, sender)) }
    }

    /// What was read so far.
    pub fn so_far(&self) -> Vec<String> {
        self.read.borrow().clone()
    }

    /// Waits for the first line that `wanted` holds for; it may have come already.
    ///
    /// # Errors
    /// When the pipe ends, or nothing more comes, without such a line.
    pub async fn find(&self, wanted: impl Fn(&str) -> bool) -> Result<String, HostError> {
        let mut read = self.read.clone();
        let found = |lines: &Vec<String>| lines.iter().find(|line| wanted(line)).cloned();
        let waiting = read.wait_for(|lines| found(lines).is_some());
        match within("waiting for a line", waiting).await {
            Ok(Ok(lines)) => Ok(found(&lines).expect("it was waited for")),
            _ => Err(HostError::new("waiting for a line among", format_args!("{:#?}", self.so_far()))),
        }
    }

    /// Stops reading and closes the pipe, as a host does that dies.
    pub async fn close(&mut self) {
        self.reading.abort();
        // Aborted or done: either way the pipe is closed after this.
        let _ = (&mut self.reading).await;
    }

    /// All lines, once the pipe has ended.
    async fn rest(&mut self) -> Result<Vec<String>, HostError> {
        let mut read = self.read.clone();
        // Only the end of the reader ends this wait.
        let ended = read.wait_for(|_| false);
        within("waiting for the end of the output", ended).await?.map(drop).unwrap_or_default();
        Ok(self.so_far())
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.reading.abort();
    }
}

async fn read_all(pipe: impl AsyncRead + Unpin, lines: watch::Sender<Vec<String>>) {
    let mut pipe = BufReader::new(pipe);
    let mut line = Vec::new();
    // A pipe that cannot be read has ended.
    while pipe.read_until(b'\n', &mut line).await.is_ok_and(|count| count > 0) {
        let text = String::from_utf8_lossy(line.strip_suffix(b"\n").unwrap_or(&line)).into_owned();
        lines.send_modify(|lines| lines.push(text));
        line.clear();
    }
}
