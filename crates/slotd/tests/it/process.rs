//! Runs the binary.

use std::io::{BufRead as _, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command, ExitStatus, Stdio};

use serde_json::Value;
use slotd_store::Location;
use slotd_testkit::{Call, Engine, new_postgres_database};
use tempfile::TempDir;

/// Where an instance has its data: nothing yet, until a command is run.
pub(crate) struct Place {
    folder: TempDir,
    /// Of the PostgreSQL database; the embedded one has none.
    pub(crate) database_url: Option<String>,
}

/// What a command did.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) status: ExitStatus,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Place {
    /// A fresh place; none without PostgreSQL.
    pub(crate) async fn start(engine: Engine) -> Option<Self> {
        let database_url = match engine {
            Engine::Sqlite => None,
            Engine::Postgres => Some(new_postgres_database().await?),
        };
        Some(Self { folder: TempDir::new().unwrap(), database_url })
    }

    /// A file in the folder of this instance, which is the working directory of its commands.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Where the data is, once there is some.
    pub(crate) fn location(&self) -> Location {
        match &self.database_url {
            Some(url) => Location::Postgres(url.clone()),
            None => Location::Sqlite(self.file("slotd-data/slotd.db")),
        }
    }

    /// A command without any setting of the machine's.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_slotd"));
        command.current_dir(self.folder.path()).env_clear().stdin(Stdio::null());
        if let Some(url) = &self.database_url {
            command.env("SLOTD_DATABASE_URL", url);
        }
        command.args(arguments);
        command
    }

    /// Runs a command to its end.
    pub(crate) fn run(&self, arguments: &[&str]) -> Done {
        Done::of(&mut self.command(arguments))
    }

    /// Runs a command that prints JSON.
    pub(crate) fn json(&self, arguments: &[&str]) -> Value {
        let done = self.run(arguments);
        assert!(done.status.success(), "{done:?}");
        serde_json::from_str(&done.stdout).unwrap()
    }

    /// The command that starts a server which takes as many requests as it gets.
    pub(crate) fn unlimited(&self) -> Command {
        let mut command = self.command(&["serve", "--listen", "127.0.0.1:0"]);
        command.env("SLOTD_RATE_LIMITS", "off");
        command
    }

    /// Starts a server whose clock begins at `clock`.
    pub(crate) fn serve(&self, clock: &str) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0", "--clock", clock]), self)
    }

    /// Starts a server with the machine's clock.
    pub(crate) fn serve_now(&self) -> Server {
        Server::start(self.command(&["serve", "--listen", "127.0.0.1:0"]), self)
    }
}

impl Done {
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output().unwrap();
        Self {
            status: output.status,
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Fails unless the command failed with a sentence, and returns that.
    #[track_caller]
    pub(crate) fn refused(&self) -> &str {
        assert_eq!(self.status.code(), Some(1), "{self:?}");
        assert!(!self.stderr.contains("panicked"), "{self:?}");
        self.stderr.lines().last().unwrap().strip_prefix("slotd: ").unwrap()
    }
}

/// A value of the greeting of a first start.
#[track_caller]
pub(crate) fn printed<'a>(greeting: &'a str, name: &str) -> &'a str {
    let line = greeting.lines().find_map(|line| line.trim().strip_prefix(name));
    line.unwrap_or_else(|| panic!("{name} in {greeting}")).trim()
}

/// Sends a signal, such as `TERM`, to a process of the test's own.
pub(crate) fn send_signal(child: &Child, name: &str) {
    let kill = format!("kill -{name} {}", child.id());
    assert!(Command::new("sh").args(["-c", &kill]).status().unwrap().success());
}

/// Where requests to a server go, also after its end.
#[derive(Clone)]
pub(crate) struct Endpoint {
    http: reqwest::Client,
    base: String,
}

impl Endpoint {
    /// Starts a request.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(&self.http, &self.base, method, path)
    }
}

/// A running server.
pub(crate) struct Server {
    child: Child,
    http: reqwest::Client,
    /// `http://127.0.0.1:PORT`
    pub(crate) base: String,
    /// What was printed before the line that it is listening.
    pub(crate) greeting: String,
    log: PathBuf,
}

impl Server {
    /// Starts `command` and waits until it says that it is listening.
    pub(crate) fn start(mut command: Command, place: &Place) -> Self {
        let log = place.file(&format!("log-{}", uuid::Uuid::new_v4()));
        let to_log = std::fs::File::create(&log).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(to_log).spawn().unwrap();
        let mut greeting = String::new();
        for line in BufReader::new(child.stdout.take().unwrap()).lines() {
            let line = line.unwrap();
            if let Some(base) = line.strip_prefix("listening on ") {
                let base = base.to_owned();
                let redirects = reqwest::redirect::Policy::none();
                let http = reqwest::Client::builder().redirect(redirects).build().unwrap();
                return Self { child, http, base, greeting, log };
            }
            greeting += &line;
            greeting.push('\n');
        }
        let status = child.wait().unwrap();
        panic!("{status}: {}", std::fs::read_to_string(log).unwrap());
    }

    /// Starts a request.
    pub(crate) fn call(&self, method: &str, path: &str) -> Call {
        Call::new(&self.http, &self.base, method, path)
    }

    /// Where its requests go.
    pub(crate) fn endpoint(&self) -> Endpoint {
        Endpoint { http: self.http.clone(), base: self.base.clone() }
    }

    /// A value of the greeting of a first start.
    #[track_caller]
    pub(crate) fn printed(&self, name: &str) -> String {
        printed(&self.greeting, name).to_owned()
    }

    /// What was logged so far.
    pub(crate) fn log(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap()
    }

    /// Sends a signal, such as `TERM`.
    pub(crate) fn signal(&self, name: &str) {
        send_signal(&self.child, name);
    }

    /// Waits for the end of the process and returns its log.
    pub(crate) fn wait(mut self) -> (ExitStatus, String) {
        let status = self.child.wait().unwrap();
        (status, self.log())
    }

    /// Ends the process as a power cut does, and waits until it is gone.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        let _status = self.child.wait().unwrap();
    }

    /// Sends SIGTERM and expects an orderly end.
    pub(crate) fn stop(self) {
        self.signal("TERM");
        let (status, log) = self.wait();
        assert!(status.success(), "{status}: {log}");
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Of a failed test: the process may have ended already.
        let _ended = self.child.kill();
    }
}
