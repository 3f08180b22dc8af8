//! What is measured, and where the kernel says it.

use std::collections::HashMap;
use std::fmt;
use std::time::{Duration, Instant};

use crate::Result;

/// The kernel counts processor time in ticks of 10 ms (`USER_HZ`).
const TICK: Duration = Duration::from_millis(10);

/// One measurement.
#[derive(Debug, Clone, Default)]
pub(crate) struct Figures {
    pub(crate) requests: u64,
    pub(crate) duration: Duration,
    pub(crate) p50: Duration,
    pub(crate) p99: Duration,
    /// Processor time of the process that answered.
    pub(crate) cpu: Duration,
    /// Processor time of PostgreSQL.
    pub(crate) postgres_cpu: Duration,
    /// Memory of the process that answered, after the run, in KiB.
    pub(crate) rss: Option<u64>,
}

impl Figures {
    pub(crate) fn per_second(&self) -> f64 {
        count(self.requests) / self.duration.as_secs_f64()
    }

    /// Microseconds of `time` for each request.
    pub(crate) fn micros_each(&self, time: Duration) -> f64 {
        time.as_secs_f64() * 1e6 / count(self.requests.max(1))
    }

    /// Sums up what callers measured each on their own.
    fn of(mut latencies: Vec<Duration>, duration: Duration) -> Result<Self> {
        latencies.sort_unstable();
        let at = |percent: usize| latencies.get(latencies.len() * percent / 100).copied();
        let (Some(p50), Some(p99)) = (at(50), at(99)) else {
            return Err("nothing was done".into());
        };
        let requests = latencies.len() as u64;
        Ok(Self { requests, duration, p50, p99, ..Self::default() })
    }

    /// Reads the line that `load.lua` ends with.
    pub(crate) fn of_wrk(output: &str) -> Result<Self> {
        let line = output.lines().find_map(|line| line.strip_prefix("RESULT "));
        let line = line.ok_or_else(|| format!("wrk gave no result: {output}"))?;
        let mut values = HashMap::new();
        for pair in line.split(' ') {
            let (name, value) = pair.split_once('=').ok_or("a result is name=value")?;
            values.insert(name, value.parse::<u64>()?);
        }
        let value = |name: &str| values.get(name).copied().ok_or_else(|| format!("no {name}"));
        for error in ["refused", "connect", "read", "write", "timeout"] {
            if value(error)? > 0 {
                return Err(format!("not every request succeeded: {line}").into());
            }
        }
        Ok(Self {
            requests: value("requests")?,
            duration: Duration::from_micros(value("micros")?),
            p50: Duration::from_micros(value("p50")?),
            p99: Duration::from_micros(value("p99")?),
            ..Self::default()
        })
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:.0}/s, p50 {:.2} ms, p99 {:.2} ms, {:.0} µs CPU, PostgreSQL {:.0} µs",
            self.per_second(),
            millis(self.p50),
            millis(self.p99),
            self.micros_each(self.cpu),
            self.micros_each(self.postgres_cpu),
        )
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts of a bench are far below 2^52")]
pub(crate) fn count(count: u64) -> f64 {
    count as f64
}

pub(crate) fn millis(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1e3
}

/// A measurement inside this process, with the processor time it took.
pub(crate) struct Measurement {
    started: Instant,
    ends: Instant,
    cpu: Duration,
    postmaster: Option<u32>,
    postgres_cpu: Duration,
}

impl Measurement {
    /// `postmaster` is the first process of the PostgreSQL server that is used, if any.
    pub(crate) fn start(seconds: u64, postmaster: Option<u32>) -> Result<Self> {
        let postgres_cpu = postmaster.map_or(Ok(Duration::ZERO), cpu_of_family)?;
        let cpu = cpu(std::process::id())?;
        let started = Instant::now();
        let ends = started + Duration::from_secs(seconds);
        Ok(Self { started, ends, cpu, postmaster, postgres_cpu })
    }

    pub(crate) fn goes_on(&self) -> bool {
        Instant::now() < self.ends
    }

    /// Call it while the connections are open: who is disconnected is gone from /proc.
    pub(crate) fn end(&self, latencies: Vec<Duration>) -> Result<Figures> {
        let duration = self.started.elapsed();
        let cpu = used(self.cpu, cpu(std::process::id())?)?;
        let postgres_cpu = self.postmaster.map_or(Ok(Duration::ZERO), cpu_of_family)?;
        let postgres_cpu = used(self.postgres_cpu, postgres_cpu)?;
        Ok(Figures { cpu, postgres_cpu, ..Figures::of(latencies, duration)? })
    }
}

/// Measures callers that repeat something, each on a thread of its own and with
/// a state of its own.
pub(crate) fn measure<S: Send>(
    states: Vec<S>,
    seconds: u64,
    call: impl Fn(&mut S) -> Result<()> + Sync,
) -> Result<Figures> {
    let measurement = Measurement::start(seconds, None)?;
    let repeat = |mut state: S| -> Result<Vec<Duration>> {
        let mut latencies = Vec::new();
        while measurement.goes_on() {
            let started = Instant::now();
            call(&mut state)?;
            latencies.push(started.elapsed());
        }
        Ok(latencies)
    };
    let latencies = std::thread::scope(|scope| -> Result<Vec<Duration>> {
        let threads: Vec<_> =
            states.into_iter().map(|state| scope.spawn(|| repeat(state))).collect();
        let mut latencies = Vec::new();
        for thread in threads {
            latencies.extend(thread.join().map_err(|_| "a caller panicked")??);
        }
        Ok(latencies)
    })?;
    measurement.end(latencies)
}

/// `/proc/PID/stat` from the third field on: the name before may hold anything.
fn stat(pid: u32) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    let (_, fields) = text.rsplit_once(") ").ok_or("stat has a name")?;
    Ok(fields.split(' ').map(str::to_owned).collect())
}

/// Sum of ticks, by the numbers of proc(5).
fn ticks(stat: &[String], fields: &[usize]) -> Result<Duration> {
    let mut sum = 0;
    for field in fields {
        sum += stat.get(field - 3).ok_or("stat is too short")?.parse::<u32>()?;
    }
    Ok(TICK * sum)
}

/// Processor time of a process.
pub(crate) fn cpu(pid: u32) -> Result<Duration> {
    ticks(&stat(pid)?, &[14, 15])
}

/// Processor time of a process and its children, those that have ended included.
pub(crate) fn cpu_of_family(pid: u32) -> Result<Duration> {
    // A child that ends while the others are read moves its time into the parent's
    // and would be missed or counted twice: what it was until then is not used.
    for _ in 0..100 {
        let before = ticks(&stat(pid)?, &[16, 17])?;
        let children = cpu_of_children(pid)?;
        let family = stat(pid)?;
        if ticks(&family, &[16, 17])? == before {
            return Ok(ticks(&family, &[14, 15, 16, 17])? + children);
        }
    }
    Err(format!("children of process {pid} do not stop ending").into())
}

fn cpu_of_children(pid: u32) -> Result<Duration> {
    let mut sum = Duration::ZERO;
    for entry in std::fs::read_dir("/proc")? {
        let Some(child) = entry?.file_name().to_str().and_then(|name| name.parse::<u32>().ok())
        else {
            continue;
        };
        // It ended since the folder was read.
        let Ok(stat) = stat(child) else { continue };
        if stat.get(1).is_some_and(|parent| *parent == pid.to_string()) {
            sum += ticks(&stat, &[14, 15])?;
        }
    }
    Ok(sum)
}

/// What was used between two readings. Less than nothing is a wrong reading, not zero.
pub(crate) fn used(before: Duration, after: Duration) -> Result<Duration> {
    after.checked_sub(before).ok_or_else(|| "processor time went backwards".into())
}

/// The parent of a process.
pub(crate) fn parent(pid: u32) -> Result<u32> {
    Ok(stat(pid)?.get(1).ok_or("stat is too short")?.parse()?)
}

/// A line of `/proc/PID/status` in KiB, such as `VmRSS`.
pub(crate) fn memory(pid: u32, name: &str) -> Result<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
    let line = line.ok_or_else(|| format!("no {name} in the status"))?;
    Ok(line.trim().trim_end_matches(" kB").parse()?)
}
