//! Updates of the firmware over Wi-Fi: a server of its own takes an image into the slot that does not run, and a new image that
//! does not do well is taken back.

use board_drivers::{Flash, OtherSlot, Slots, Trial, Verdict};
use esp_hal::system::software_reset;
use esp_println::println;
use light_board::{BoardClock, idle};
use nal_http::server::{Answer, Failure, Group, Reply, Request, Route, Server, Site, guards};
use nal_http::wire::Status;
use ota::{Update, Updates, Upload};

use crate::board::Mpython;
use crate::chip;
use crate::wifi::{Device, Net};

/// Set when the firmware is built. Without one the board takes no updates.
const PASSWORD: Option<&str> = option_env!("UPDATE_PASSWORD");

const PORT: u16 = 8080;
/// So long may take what is under way, before the restart.
const SHUTDOWN_MS: u32 = 3_000;

/// Only by PUT, which no page of another origin can send.
const UPDATE: &Group<Updatable, Upload> =
    &Group::new(&[Route::put("", put).in_pieces(), Route::get("", ota::progress)]).guard(knows);
const SITE: Site<Updatable, Upload> = Site::new(&[Route::group("/update", UPDATE)]);
const CHALLENGE: &str = "Basic realm=\"firmware\", charset=\"UTF-8\"";

fn knows(_: &mut Updatable, request: &Request<'_, Upload>) -> Result<(), Failure> {
    guards::basic(request, "update", PASSWORD.unwrap_or_default(), CHALLENGE)
}

fn put(app: &mut Updatable, request: &mut Request<'_, Upload>, reply: &mut Reply<'_>) -> Answer {
    if app.is_on_trial {
        // It would go into the slot of the firmware that this one may have to give way to.
        let failure = Failure::new(Status::SERVICE_UNAVAILABLE, "this firmware is not kept yet");
        return Err(failure.header("Retry-After", "30"));
    }
    ota::put(app, request, reply)
}

/// The slots of the partition table, if it has two.
pub fn slots(flash: &'static Flash) -> Option<Slots> {
    Slots::find(flash, chip::NUMBER, |table| table.booted_partition().ok()?)
}

struct Updatable {
    update: Update<OtherSlot, Slots>,
    /// The firmware that runs is neither kept nor taken back yet.
    is_on_trial: bool,
}

impl Updates for Updatable {
    type Flash = OtherSlot;
    type Boot = Slots;

    fn update(&mut self) -> &mut Update<OtherSlot, Slots> {
        &mut self.update
    }
}

/// Takes updates, one upload at a time.
pub struct Updater {
    server: Server<Net, Updatable, 1, 1024, Upload>,
    app: Updatable,
}

impl Updater {
    /// Listens, if the firmware was built with a password.
    pub fn new(slots: Slots, stack: &mut Net) -> Option<Self> {
        PASSWORD.filter(|password| !password.is_empty())?;
        let mut server = Server::new(SITE);
        server.listen(stack, PORT).ok()?;
        println!("updates are taken at port {PORT}");
        let update = Update::new(slots.other(), slots);
        Some(Self { server, app: Updatable { update, is_on_trial: false } })
    }

    /// Does what is to be done now, and takes no update while the firmware that runs is on trial. Returns whether a new image
    /// starts next.
    pub fn step(&mut self, stack: &mut Net, is_on_trial: bool) -> bool {
        self.app.is_on_trial = is_on_trial;
        let _ = self.server.poll(stack, &mut self.app, Mpython::now_ms());
        self.app.update.is_ready()
    }

    /// Sends what is under way, the upload's answer too.
    pub fn shutdown(&mut self, stack: &mut Net) {
        let mut clock = BoardClock::<Mpython>::default();
        let sleep = idle::<Mpython, Device>;
        self.server.shutdown(stack, &mut self.app, &mut clock, SHUTDOWN_MS, sleep);
    }
}

/// A new image, until it is kept.
pub struct Newcomer {
    slots: Slots,
    trial: Trial,
}

impl Newcomer {
    /// If the image that runs is new. One that was restarted because of a fault is taken back at once.
    pub fn new(slots: Slots, has_failed: bool) -> Option<Self> {
        let newcomer = slots.is_on_trial().then_some(Self { slots, trial: Trial::default() })?;
        if has_failed {
            newcomer.take_back();
        }
        println!("this firmware is new: it is kept once it has had an address for 30 s");
        Some(newcomer)
    }

    /// Judges it; returns whether it is still to be judged.
    pub fn is_on_trial(&mut self, has_address: bool) -> bool {
        match self.trial.judge(has_address, Mpython::now_ms()) {
            Verdict::Open => true,
            Verdict::Keep => {
                match self.slots.keep() {
                    Ok(()) => println!("this firmware is kept"),
                    Err(error) => println!("this firmware cannot be kept: {error:?}"),
                }
                false
            }
            Verdict::TakeBack => self.take_back(),
        }
    }

    fn take_back(&self) -> ! {
        println!("this firmware does not do well: back to the one before");
        let _ = self.slots.take_back();
        software_reset()
    }
}
