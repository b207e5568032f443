use core::fmt::{self, Write};

use heapless::{String, Vec};
use nal_http::hal::Deadline;

use crate::{Credentials, CredentialsError, Line, Typed};

/// Networks that are tried in turn: one that was typed, the firmware's own, and the one in flash.
const NETWORKS: usize = 3;
/// After so many failures in a row it is the next network's turn, and somebody is asked.
const PATIENCE: u32 = 3;
/// Between two attempts, in seconds: as long again after each failure, up to this.
const LONGEST_PAUSE_S: u32 = 30;
/// A question that somebody wanted is withdrawn when nothing was typed for so long.
const LEFT_ALONE_MS: u32 = 120_000;

/// Which Wi-Fi network a board joins, and how it is told: the questions at the serial port.
///
/// * All networks that it knows are tried in turn, 3 times each, for ever; a question never stops that.
/// * It asks when it knows none; when somebody wants it ([`ask`](Self::ask), for a button, or an empty
///   line that is typed); and after 3 failures in a row, whatever their reason: a wrong name locks out as
///   a wrong password does.
/// * What was typed is tried first. It is to be kept when it has connected, and not before.
///
/// It does no more than think: bytes, times in ms and what the radio says go in, text for the serial port
/// comes out.
///
/// ```
/// use board_drivers::Setup;
///
/// let (mut setup, mut port) = (Setup::default(), String::new());
/// setup.start(0, &mut port);
/// for byte in b"home\r\ncorrect horse\r\n" {
///     setup.key(*byte, 0, &mut port);
/// }
/// let network = setup.network().unwrap().clone();
/// assert_eq!((network.name(), network.password()), ("home", "correct horse"));
/// assert!(setup.connected(&network, &mut port), "now it is to be kept");
/// ```
#[derive(Debug, Default)]
pub struct Setup {
    networks: Vec<Credentials, NETWORKS>,
    /// Whose turn it is.
    turn: usize,
    /// Whether the first network was typed, and has not connected yet.
    is_new: bool,
    /// How often a network was typed.
    typed: u32,
    failures: u32,
    question: Question,
    /// Why it asks, if it does.
    reason: Option<Reason>,
    left_alone: Option<Deadline>,
    line: Line<64>,
    requests: bool,
}

#[derive(Debug, Default)]
enum Question {
    #[default]
    None,
    Name,
    /// The password, of the network with this name.
    Password(String<64>),
}

/// Why a board asks for its Wi-Fi.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// It knows none.
    NoNetwork,
    /// Somebody wants to change it.
    Wanted,
    /// It cannot connect.
    Failed(Failure),
}

/// Why a network was not joined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// It refuses the password, or wants another kind of security.
    Password,
    /// No network has that name, as far as the radio hears.
    NotFound,
    /// Anything else.
    Other,
}

impl Setup {
    /// Adds a network that is known already; those added first are tried first.
    pub fn add(&mut self, network: Credentials) {
        if !self.networks.contains(&network) {
            let _ = self.networks.push(network);
        }
    }

    /// Says what can be typed, and asks if no network is known.
    pub fn start(&mut self, now_ms: u32, port: &mut impl Write) {
        help(port);
        if self.networks.is_empty() {
            self.ask_because(Reason::NoNetwork, now_ms, port);
        }
    }

    /// The network to join now.
    #[must_use]
    pub fn network(&self) -> Option<&Credentials> {
        self.networks.get(self.turn)
    }

    /// How many networks were typed so far: when that changes, [`network`](Self::network) is to be joined
    /// at once, whatever the radio is doing.
    #[must_use]
    pub const fn typed(&self) -> u32 {
        self.typed
    }

    /// Why it is asking, if it is.
    #[must_use]
    pub const fn asks(&self) -> Option<Reason> {
        self.reason
    }

    /// Whether a line is to be printed for each request: `r` and a line end switches that.
    #[must_use]
    pub const fn prints_requests(&self) -> bool {
        self.requests
    }

    /// This network was joined. Returns whether it is to be kept: it was typed, and had not connected before.
    pub fn connected(&mut self, network: &Credentials, port: &mut impl Write) -> bool {
        // Another may have been typed in the meantime.
        if self.network() != Some(network) {
            return false;
        }
        self.failures = 0;
        if let Some(Reason::Failed(_)) = self.reason {
            // Who has begun to type goes on.
            self.reason = Some(Reason::Wanted);
            if matches!(self.question, Question::Name) && self.line.text().is_empty() {
                self.withdraw("\nconnected after all\n", port);
            }
        }
        self.turn == 0 && core::mem::take(&mut self.is_new)
    }

    /// This network was not joined. Returns for how many seconds to wait before the next attempt.
    pub fn failed(
        &mut self,
        network: &Credentials,
        failure: Failure,
        now_ms: u32,
        port: &mut impl Write,
    ) -> u32 {
        if self.network() != Some(network) {
            return 0;
        }
        let pause_s = 1_u32 << self.failures.min(5);
        self.failures = self.failures.saturating_add(1);
        let failed = Reason::Failed(failure);
        match self.reason {
            None if self.failures >= PATIENCE => self.ask_because(failed, now_ms, port),
            Some(Reason::Failed(_)) => self.reason = Some(failed),
            _ => {}
        }
        if self.failures.is_multiple_of(PATIENCE) {
            self.turn = (self.turn + 1) % self.networks.len().max(1);
        }
        pause_s.min(LONGEST_PAUSE_S)
    }

    /// Asks, since somebody wants it.
    pub fn ask(&mut self, now_ms: u32, port: &mut impl Write) {
        if self.reason.is_none() {
            self.ask_because(Reason::Wanted, now_ms, port);
        }
    }

    /// To be called now and then: a question that somebody wanted is withdrawn after 2 minutes.
    pub fn wait(&mut self, now_ms: u32, port: &mut impl Write) {
        let is_over = self.left_alone.is_some_and(|deadline| deadline.is_over(now_ms));
        if is_over && self.reason == Some(Reason::Wanted) {
            self.withdraw("\nnobody types: the Wi-Fi is left as it is\n", port);
        }
    }

    /// Takes a byte from the serial port.
    pub fn key(&mut self, byte: u8, now_ms: u32, port: &mut impl Write) {
        self.left_alone = Some(Deadline::after(now_ms, LEFT_ALONE_MS));
        // A serial port that does not take what it is told is no reason to stop.
        let _ = match (self.line.take(byte), &self.question) {
            (Typed::Nothing, _) => Ok(()),
            (Typed::Character, Question::Password(_)) => port.write_char('*'),
            (Typed::Character, _) => {
                self.line.text().chars().last().map_or(Ok(()), |c| port.write_char(c))
            }
            (Typed::Erased, _) => port.write_str("\u{8} \u{8}"),
            (Typed::Line, _) => {
                let written = port.write_char('\n');
                self.answer(now_ms, port);
                written
            }
        };
    }

    fn answer(&mut self, now_ms: u32, port: &mut impl Write) {
        let line: String<64> = self.line.text().try_into().unwrap_or_default();
        self.line.clear();
        match core::mem::take(&mut self.question) {
            Question::None => match line.as_str() {
                "" => self.ask_because(Reason::Wanted, now_ms, port),
                "r" => {
                    self.requests = !self.requests;
                    let state = if self.requests { "on" } else { "off" };
                    let _ = writeln!(port, "a line for each request: {state}");
                }
                _ => help(port),
            },
            Question::Name if line.is_empty() && !self.networks.is_empty() => {
                self.withdraw("the Wi-Fi is left as it is\n", port);
            }
            // The password of none does not matter: is it a name at all?
            Question::Name => match Credentials::new(&line, "") {
                Ok(_) => {
                    self.question = Question::Password(line);
                    self.prompt(port);
                }
                Err(error) => self.ask_again(error, port),
            },
            Question::Password(name) => match Credentials::new(&name, &line) {
                Ok(network) => self.join(network, port),
                Err(error) => self.ask_again(error, port),
            },
        }
    }

    /// Tries a network that was typed, before all others.
    fn join(&mut self, network: Credentials, port: &mut impl Write) {
        let _ = writeln!(port, "trying {}; it is kept when it has connected", network.name());
        // One that was typed before and never connected is not tried any more.
        let was_new = core::mem::replace(&mut self.is_new, true);
        if was_new && !self.networks.is_empty() {
            self.networks.remove(0);
        }
        self.networks.retain(|known| *known != network);
        if self.networks.is_full() {
            self.networks.pop();
        }
        let _ = self.networks.insert(0, network);
        (self.turn, self.failures, self.reason) = (0, 0, None);
        self.typed = self.typed.wrapping_add(1);
    }

    fn ask_because(&mut self, reason: Reason, now_ms: u32, port: &mut impl Write) {
        self.reason = Some(reason);
        self.question = Question::Name;
        self.left_alone = Some(Deadline::after(now_ms, LEFT_ALONE_MS));
        self.line.clear();
        let network = self.network().map_or("", Credentials::name);
        let _ = match reason {
            Reason::NoNetwork => port.write_str("no Wi-Fi is known\n"),
            Reason::Wanted => port.write_str("another Wi-Fi? An empty line leaves it as it is\n"),
            Reason::Failed(failure) => {
                writeln!(port, "{network}: {failure}; it is tried again and again")
            }
        };
        self.prompt(port);
    }

    fn ask_again(&mut self, error: CredentialsError, port: &mut impl Write) {
        let _ = writeln!(port, "{error}");
        self.question = Question::Name;
        self.prompt(port);
    }

    fn prompt(&self, port: &mut impl Write) {
        let _ = port.write_str(match self.question {
            Question::None => "",
            Question::Name => "Wi-Fi name: ",
            Question::Password(_) => "Wi-Fi password (empty if there is none): ",
        });
    }

    fn withdraw(&mut self, why: &str, port: &mut impl Write) {
        (self.question, self.reason) = (Question::None, None);
        self.line.clear();
        let _ = port.write_str(why);
    }
}

fn help(port: &mut impl Write) {
    let _ = port.write_str("Enter: another Wi-Fi; r and Enter: a line for each request\n");
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Password => "the Wi-Fi refuses the password",
            Self::NotFound => {
                "no Wi-Fi of that name is heard; names have capitals, and only 2.4 GHz are heard"
            }
            Self::Other => "the Wi-Fi does not answer",
        })
    }
}
