//! The Wi-Fi's name and password: who is asked, when, and what becomes of the answers.

use board_drivers::{Credentials, Failure, Reason, Setup};

/// What is typed, and what else happens.
#[derive(Debug, Clone, Copy)]
enum Input<'a> {
    Typed(&'a str),
    Button,
    Failed(Failure),
    Connected,
    /// So many seconds go by.
    Wait(u32),
}
use Input::{Button, Connected, Failed, Typed, Wait};

/// A board with a terminal at its serial port.
#[derive(Default)]
struct Board {
    setup: Setup,
    port: String,
    now_ms: u32,
    kept: Vec<Credentials>,
}

impl Board {
    /// One that knows these networks.
    fn knowing(networks: &[(&str, &str)]) -> Self {
        // The clock wraps around in the middle of it.
        let mut board = Self { now_ms: u32::MAX - 60_000, ..Self::default() };
        for (name, password) in networks {
            board.setup.add(Credentials::new(name, password).unwrap());
        }
        board.setup.start(board.now_ms, &mut board.port);
        board
    }

    fn take(&mut self, inputs: &[Input<'_>]) -> &mut Self {
        for input in inputs {
            let (now_ms, port) = (self.now_ms, &mut self.port);
            match input {
                Typed(text) => text.bytes().for_each(|byte| self.setup.key(byte, now_ms, port)),
                Button => self.setup.ask(now_ms, port),
                Failed(failure) => {
                    if let Some(network) = self.setup.network().cloned() {
                        self.setup.failed(&network, *failure, now_ms, port);
                    }
                }
                Connected => {
                    if let Some(network) = self.setup.network().cloned() {
                        let is_kept = self.setup.connected(&network, port);
                        self.kept.extend(is_kept.then_some(network));
                    }
                }
                Wait(seconds) => self.now_ms = self.now_ms.wrapping_add(seconds * 1000),
            }
            self.setup.wait(self.now_ms, &mut self.port);
        }
        self
    }

    fn network(&self) -> Option<(&str, &str)> {
        self.setup.network().map(|network| (network.name(), network.password()))
    }

    fn kept(&self) -> Vec<(&str, &str)> {
        self.kept.iter().map(|network| (network.name(), network.password())).collect()
    }
}

const HOME: (&str, &str) = ("home", "correct horse");
const OLD: (&str, &str) = ("old", "battery staple");
const REFUSED: Input<'_> = Failed(Failure::Password);
const NOT_FOUND: Input<'_> = Failed(Failure::NotFound);

#[test]
fn any_line_end_is_one_and_an_open_network_has_an_empty_password() {
    for end in ["\r", "\n", "\r\n"] {
        for (name, password) in [HOME, ("cafe", ""), ("掌控板", "密码密码密码")] {
            let typed = format!("{name}{end}{password}{end}");
            let mut board = Board::knowing(&[]);
            assert_eq!(board.network(), None);
            assert_eq!(board.setup.asks(), Some(Reason::NoNetwork));
            board.take(&[Typed(&typed)]);
            assert_eq!(board.network(), Some((name, password)), "{typed:?}");
            assert_eq!((board.setup.asks(), board.setup.typed()), (None, 1));
            assert!(board.kept().is_empty(), "it has not connected yet");
            board.take(&[Connected, Connected]);
            assert_eq!(board.kept(), [(name, password)], "once");
        }
    }
}

#[test]
fn what_is_typed_is_shown_and_the_password_is_not() {
    let mut board = Board::knowing(&[]);
    board.take(&[Typed("光x\u{7f}\r\n12345678\u{8}\r\n")]);
    assert_eq!(
        board.port,
        "Enter: another Wi-Fi; r and Enter: a line for each request\n\
         no Wi-Fi is known\n\
         Wi-Fi name: 光x\u{8} \u{8}\n\
         Wi-Fi password (empty if there is none): ********\u{8} \u{8}\n\
         a Wi-Fi password has 8 to 63 bytes; leave it empty for an open network\n\
         Wi-Fi name: "
    );
    assert_eq!(board.network(), None);
    board.port.clear();
    board.take(&[Typed("\r\n"), Typed(&"x".repeat(33)), Typed("\r\n")]);
    let refused = "the name of a Wi-Fi network has 1 to 32 bytes\nWi-Fi name: ";
    assert_eq!(board.port, ["\n", refused, &"x".repeat(33), "\n", refused].concat());
}

/// A student moves to another room, or the password was changed.
#[test]
fn a_board_that_knows_a_network_can_be_told_another() {
    for way_in in [Typed("\r\n"), Typed("\n"), Button] {
        let mut board = Board::knowing(&[OLD]);
        assert_eq!(board.setup.asks(), None);
        board.take(&[Connected, way_in]);
        assert_eq!(board.setup.asks(), Some(Reason::Wanted));
        assert_eq!(board.network(), Some(OLD), "still");
        board.take(&[Typed("home\r\ncorrect horse\r\n")]);
        assert_eq!(board.network(), Some(HOME));
        board.take(&[Connected]);
        assert_eq!(board.kept(), [HOME]);
    }
}

#[test]
fn an_empty_line_and_two_minutes_of_silence_leave_it_as_it_is() {
    for leave in [&[Typed("\r\n")][..], &[Wait(120)], &[Typed("ho"), Wait(120)]] {
        let mut board = Board::knowing(&[OLD]);
        board.take(&[Connected, Button, Wait(119)]);
        assert_eq!(board.setup.asks(), Some(Reason::Wanted));
        board.take(leave);
        assert_eq!((board.setup.asks(), board.setup.typed()), (None, 0), "{leave:?}");
        board.take(&[Connected, Typed("home\r\n"), Connected]);
        assert_eq!((board.network(), board.kept()), (Some(OLD), vec![]));
    }
    let mut board = Board::knowing(&[]);
    board.take(&[Typed("\r\n"), Wait(10_000)]);
    assert_eq!(board.setup.asks(), Some(Reason::NoNetwork), "there is nothing to leave");
}

#[test]
fn after_three_failures_it_asks_and_goes_on_trying() {
    for failure in [Failure::Password, Failure::NotFound, Failure::Other] {
        let mut board = Board::knowing(&[OLD]);
        board.take(&[NOT_FOUND, Failed(failure)]);
        assert_eq!(board.setup.asks(), None);
        board.take(&[Failed(failure)]);
        assert_eq!(board.setup.asks(), Some(Reason::Failed(failure)));
        assert!(board.port.contains(&format!("old: {failure}; it is tried again and again\n")));
        assert_eq!(board.network(), Some(OLD));
        board.take(&[Wait(10_000), REFUSED]);
        assert_eq!(board.setup.asks(), Some(Reason::Failed(Failure::Password)), "the latest");
        // The router was only slow.
        board.take(&[Connected]);
        assert_eq!(board.setup.asks(), None);
        board.take(&[REFUSED, REFUSED]);
        assert_eq!(board.setup.asks(), None, "they are counted anew");
    }
}

#[test]
fn pauses_grow_up_to_half_a_minute_until_it_connects() {
    let mut board = Board::knowing(&[OLD]);
    let fail = |board: &mut Board| {
        let network = board.setup.network().cloned().unwrap();
        board.setup.failed(&network, Failure::Other, 0, &mut board.port)
    };
    let pauses: Vec<_> = (0..300).map(|_| fail(&mut board)).collect();
    assert_eq!(pauses[..7], [1, 2, 4, 8, 16, 30, 30]);
    assert!(pauses[7..].iter().all(|pause_s| *pause_s == 30));
    board.take(&[Connected]);
    assert_eq!(fail(&mut board), 1);
    board.take(&[Button, Typed("home\n\n")]);
    assert_eq!(fail(&mut board), 1);
}

#[test]
fn a_wrong_answer_never_costs_the_network_that_was_kept() {
    let mut board = Board::knowing(&[OLD]);
    board.take(&[Connected, Button, Typed("home\r\nwrong horse\r\n"), REFUSED, REFUSED]);
    assert_eq!(board.network(), Some(("home", "wrong horse")));
    board.take(&[REFUSED]);
    assert_eq!(board.network(), Some(OLD), "in turn");
    board.take(&[Connected]);
    assert_eq!(board.kept(), []);
    // The second try is right, and the first is forgotten.
    board.take(&[Button, Typed("home\r\ncorrect horse\r\n"), REFUSED, REFUSED, REFUSED]);
    assert_eq!(board.network(), Some(OLD));
    board.take(&[NOT_FOUND, NOT_FOUND, NOT_FOUND]);
    assert_eq!(board.network(), Some(HOME));
    board.take(&[Connected]);
    assert_eq!(board.kept(), [HOME]);
}

/// The radio answers about one network while another is typed.
#[test]
fn news_of_a_network_that_is_no_longer_wanted_change_nothing() {
    let mut board = Board::knowing(&[OLD]);
    let old = board.setup.network().cloned().unwrap();
    board.take(&[Button, Typed("home\r\ncorrect horse\r\n")]);
    assert!(!board.setup.connected(&old, &mut board.port), "home has not connected");
    for _ in 0..3 {
        assert_eq!(board.setup.failed(&old, Failure::Password, 0, &mut board.port), 0);
    }
    assert_eq!((board.network(), board.setup.asks()), (Some(HOME), None));
    board.take(&[Connected]);
    assert_eq!(board.kept(), [HOME]);
}

#[test]
fn networks_of_the_build_and_of_the_flash_are_tried_in_turn() {
    let mut board = Board::knowing(&[HOME, OLD, OLD]);
    let mut turns = vec![];
    for _ in 0..4 {
        turns.push(board.network().unwrap().0.to_owned());
        board.take(&[REFUSED, REFUSED, REFUSED]);
    }
    assert_eq!(turns, ["home", "old", "home", "old"]);
    // Many that are typed take each other's place, and never that of one that has connected.
    for number in 0..10 {
        board.take(&[Button, Typed(&format!("cafe {number}\n\n"))]);
    }
    let mut names = vec![];
    for _ in 0..4 {
        names.push(board.network().unwrap().0.to_owned());
        board.take(&[REFUSED, REFUSED, REFUSED]);
    }
    assert_eq!(names, ["cafe 9", "home", "old", "cafe 9"]);
}

/// The radio says what it likes while somebody types.
#[test]
fn what_happens_between_two_keys_loses_none() {
    let typed = "\r\nhome\r\ncorrect horse\r\n";
    for at in 1..typed.len() - 1 {
        let (before, after) = typed.split_at(at);
        for between in
            [&[REFUSED, REFUSED, REFUSED, NOT_FOUND][..], &[Connected], &[Button], &[Wait(100)]]
        {
            let mut board = Board::knowing(&[OLD]);
            board.take(&[Typed(before)]).take(between).take(&[Typed(after), Connected]);
            assert_eq!(board.network(), Some(HOME), "{before:?}, then {between:?}");
            assert_eq!(board.kept(), [HOME], "{before:?}, then {between:?}");
        }
    }
    // Asked after failures, and connected in the meantime: who has begun to type goes on.
    let typed = "home\r\ncorrect horse\r\n";
    for at in 1..typed.len() {
        let (before, after) = typed.split_at(at);
        let mut board = Board::knowing(&[OLD]);
        board.take(&[REFUSED, REFUSED, REFUSED, Typed(before), Connected, Typed(after), Connected]);
        assert_eq!(board.kept(), [HOME], "{before:?}");
    }
}

#[test]
fn lines_for_requests_are_off_until_they_are_wanted() {
    let mut board = Board::knowing(&[OLD]);
    assert!(!board.setup.prints_requests());
    board.take(&[Typed("r\r\n")]);
    assert!(board.setup.prints_requests());
    board.take(&[Typed("request\r\n")]);
    assert!(board.setup.prints_requests() && board.port.ends_with("a line for each request\n"));
    board.take(&[Typed("r\n")]);
    assert!(!board.setup.prints_requests());
    board.take(&[Button, Typed("r\r\n\r\n")]);
    assert_eq!(board.network(), Some(("r", "")), "an answer is no command");
}

/// Whatever has happened, the network that was kept gets its turn, and somebody can type another.
#[test]
fn no_order_of_events_locks_anyone_out() {
    let alphabet = [
        Typed("home\r\n"),
        Typed("correct horse\r\n"),
        Typed("x"),
        Typed("\r"),
        Typed("\n"),
        Typed("\u{8}光"),
        Typed("\u{0}\u{1b}\u{ff}"),
        Button,
        REFUSED,
        NOT_FOUND,
        Connected,
        Wait(61),
    ];
    let mut random = 0x2545_f491_u32;
    for _ in 0..5_000 {
        let mut board = Board::knowing(&[OLD]);
        for _ in 0..30 {
            random ^= random << 13;
            random ^= random >> 17;
            random ^= random << 5;
            board.take(&[alphabet[random as usize % alphabet.len()]]);
            assert!(board.network().is_some());
        }
        let turn_comes = (0..9).any(|_| {
            board.take(&[REFUSED]);
            board.network() == Some(OLD)
        });
        // Whatever replaced it has connected.
        assert!(turn_comes || board.kept.len() > 1, "{:?}", board.setup);
        board.take(&[Typed("\r\n\r\n\r\n"), Button, Typed("home\r\ncorrect horse\r\n")]);
        assert_eq!(board.network(), Some(HOME), "{}", board.port);
        let kept = board.kept.len();
        board.take(&[Connected]);
        assert_eq!(board.kept().get(kept..), Some(&[HOME][..]));
    }
}
