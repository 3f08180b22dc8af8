//! A server in a process of its own, and the load on it.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::Result;
use crate::figures::{Figures, cpu, cpu_of_family, memory, used};
use crate::operations::Request;

/// A running server. It is stopped when dropped.
pub(crate) struct Server {
    child: Child,
    address: String,
    /// The first process of the PostgreSQL server that it uses, if any.
    pub(crate) postmaster: Option<u32>,
    /// From the start of the process to the first answer.
    pub(crate) start_up: Duration,
}

impl Server {
    /// Starts a server that prints `listening on http://ADDRESS`, and asks it once.
    pub(crate) fn start(
        command: &mut Command,
        first_request: &str,
        postmaster: Option<u32>,
    ) -> Result<Self> {
        let started = Instant::now();
        // The log is written, as in production, but not to the disk that is measured.
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn()?;
        let output = child.stdout.take().ok_or("the output is a pipe")?;
        let mut server =
            Self { child, address: String::new(), postmaster, start_up: Duration::ZERO };
        for line in BufReader::new(output).lines() {
            if let Some(address) = line?.strip_prefix("listening on http://") {
                server.address = address.to_owned();
                break;
            }
        }
        if server.address.is_empty() {
            return Err(format!("{command:?} did not start").into());
        }
        server.ask(first_request)?;
        server.start_up = started.elapsed();
        Ok(server)
    }

    /// The body of the answer to a request that closes its connection.
    pub(crate) fn ask(&self, request: &str) -> Result<String> {
        let mut stream = TcpStream::connect(&self.address)?;
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        match answer.split_once("\r\n\r\n") {
            Some((head, body)) if head.starts_with("HTTP/1.1 200 ") => Ok(body.to_owned()),
            _ => Err(answer.into()),
        }
    }

    pub(crate) fn address(&self) -> &str {
        &self.address
    }

    pub(crate) fn memory(&self, name: &str) -> Result<u64> {
        memory(self.child.id(), name)
    }

    /// Requests from as many connections as there are callers.
    pub(crate) fn load(&self, load: &Load<'_>) -> Result<Figures> {
        let pid = self.child.id();
        let postgres = || self.postmaster.map_or(Ok(Duration::ZERO), cpu_of_family);
        let (cpu_before, postgres_before) = (cpu(pid)?, postgres()?);
        let pace = load.pace.map(|milliseconds| format!("pace={milliseconds}"));
        let pace: Vec<&str> = pace.iter().map(String::as_str).collect();
        let figures = Figures::of_wrk(&load.run(&self.address, load.seconds, &pace)?);
        let (cpu_after, postgres_after) = (cpu(pid)?, postgres()?);
        let Ok(figures) = figures else {
            eprintln!("an answer that was refused, if one is still:");
            load.run(&self.address, 1, &["explain"])?;
            return figures;
        };
        Ok(Figures {
            cpu: used(cpu_before, cpu_after)?,
            postgres_cpu: used(postgres_before, postgres_after)?,
            rss: Some(memory(pid, "VmRSS")?),
            ..figures
        })
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It may have ended already.
        let _killed = self.child.kill();
        let _ended = self.child.wait();
    }
}

/// What the load generator does.
pub(crate) struct Load<'a> {
    pub(crate) request: Request<'a>,
    pub(crate) pool: &'a Path,
    /// Which part of the pool is used, and how many parts there are.
    pub(crate) slot: (usize, usize),
    pub(crate) callers: usize,
    pub(crate) seconds: u64,
    /// Milliseconds that a caller waits before each request.
    pub(crate) pace: Option<u64>,
}

impl Load<'_> {
    fn run(&self, address: &str, seconds: u64, more: &[&str]) -> Result<String> {
        let (slot, slots) = self.slot;
        let Request { method, path, headers, body } = self.request;
        let threads = self.callers.min(2).to_string();
        let output = Command::new("wrk")
            .args(["--latency", "-s", "bench/load.lua"])
            .args(["-t", &threads, "-c", &self.callers.to_string()])
            .args(["-d", &format!("{seconds}s"), &format!("http://{address}"), "--"])
            .arg(self.pool)
            .args([&threads, &slot.to_string(), &slots.to_string()])
            .args([method, path, &headers.join("\n"), body])
            .args(more)
            .stderr(Stdio::inherit())
            .output()?;
        let text = String::from_utf8(output.stdout)?;
        if output.status.success() { Ok(text) } else { Err(format!("wrk failed: {text}").into()) }
    }
}
