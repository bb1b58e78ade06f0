//! The loop of the screen: waits in one place for the next key, event or hour, hands it to the model, and draws what is
//! different then. It decides nothing.

use super::preferences::Likes;
use super::signals::{Asked, Signals};
use super::wishes;
use crate::app::Session;
use crate::engine::command::Command;
use crate::engine::event::Problem;
use crate::io::audio::quiet::stderr_to;
use crate::io::driver::looping::Clocks;
use crate::io::notify::Desktop;
use crate::io::paths::Paths;
use crate::io::terminal::{Input, Mark, Output, make_sane};
use crate::machine::{Moment, Stamp};
use crate::tui::action::Action;
use crate::tui::model::{Model, Setup, Touched};
use crate::tui::notify;
use crate::tui::terminal::{self, Easel, Frames, Guard, Keyboard, Links, Pictures, Surroundings, Typed};
use crate::tui::theme::{AUTO, Background, Depth};
use crate::tui::view::{self, Line};
use crate::tui::wish::Wish;
use chrono::{Local, Offset, TimeZone};
use ratatui::layout::Size;
use std::collections::VecDeque;
use std::io::Write;
use std::time::Duration;

/// Frames that are not of a key come no faster: nobody reads more.
const FRAME: Duration = Duration::from_millis(33);

/// Events that are taken in one go before keys are heard again.
const BURST: usize = 256;

/// Why the loop ended.
enum End {
    /// The user leaves.
    Quit,
    /// The terminal is gone.
    Gone,
}

/// Runs the screen until the user leaves.
///
/// # Errors
/// There is no terminal that can be used, or no place for files.
pub async fn run() -> Result<(), Problem> {
    run_in(&Paths::from_environment()?, None).await
}

/// As [`run`], with everything below these paths, and `first` done as if its key had been pressed.
///
/// # Errors
/// As for [`run`].
pub async fn run_in(paths: &Paths, first: Option<Action>) -> Result<(), Problem> {
    let get = |name: &str| std::env::var(name).ok();
    let surroundings = Surroundings::of(get);
    let depth = Depth::of(get("NO_COLOR").as_deref(), get("COLORTERM").as_deref(), get("TERM").as_deref())?;
    let likes = Likes::open(paths, depth)?;
    // From here on nothing but us writes to the terminal.
    let _quiet = stderr_to(&paths.log()?)?;
    let mut session = Session::start(paths).await?;
    let (model, problems) = model(&likes, Pictures::of(&surroundings));
    terminal::leave_on_panic();
    let (guard, mark) = enter(paths).map_err(|why| no_terminal(&why))?;
    let mut screen = Screen::open(model, likes, surroundings, guard, mark);
    for problem in problems {
        wishes::tell(&mut screen.model, problem);
    }
    if let Some(action) = first {
        screen.model.act(action);
    }
    let end = screen.run(&mut session).await;
    screen.last_words(&session).await;
    screen.leave();
    session.end().await;
    end.map(drop)
}

/// Enters the terminal; what a kill has left in it is put right first.
fn enter(paths: &Paths) -> std::io::Result<(Guard<Output>, Option<Mark>)> {
    let mut output = Output::open()?;
    let mut mark = paths.runtime().and_then(Mark::of_this_terminal);
    if let Some(mark) = &mut mark {
        if mark.left_by_a_kill() {
            make_sane()?;
            output.write_all(terminal::REPAIR.as_bytes())?;
        }
        mark.set(true)?;
    }
    Ok((Guard::enter(output)?, mark))
}

fn no_terminal(why: &std::io::Error) -> Problem {
    Problem::local(
        format!("The terminal cannot be used: {why}."),
        "Run offhook in a terminal; commands without one: offhook --help",
    )
}

fn model(likes: &Likes, pictures: Pictures) -> (Model, Vec<Problem>) {
    let (preferences, wrong) = likes.load();
    let background = Background::default();
    let (theme, no_theme) = likes.theme(&preferences.theme, background);
    let (keymap, no_keymap) = likes.keymap(&preferences.keymap);
    let (themes, keymaps) = (likes.themes(), likes.keymaps());
    let now = Clocks::start().stamp();
    let model = Model::new(Setup { preferences, theme, keymap, themes, keymaps, zone, now, pictures, background });
    (model, [wrong, no_theme, no_keymap].into_iter().flatten().collect())
}

/// Seconds that the wall is ahead of UTC at that time.
fn zone(at: Stamp) -> i32 {
    let at = chrono::DateTime::from_timestamp_micros(at.micros()).unwrap_or_default();
    Local.offset_from_utc_datetime(&at.naive_utc()).fix().local_minus_utc()
}

struct Screen {
    model: Model,
    likes: Likes,
    surroundings: Surroundings,
    frames: Frames,
    /// The picture on it.
    easel: Easel,
    /// A terminal that does not read (Ctrl-S, a dead link, a slow one) holds up nothing: no frame is drawn while a part of
    /// one is on its way, and what happened meanwhile is in the next one.
    guard: Guard<Output>,
    mark: Option<Mark>,
    /// The desktop that we sit in front of.
    desktop: Option<Desktop>,
    clocks: Clocks,
    /// Commands that the engine has not taken yet.
    commands: VecDeque<Command>,
    /// Bytes beside the frames: bell, clipboard, title.
    beside: Vec<u8>,
    title: String,
    /// What is different from what is shown.
    touched: Option<Touched>,
    /// Where the line that is being written is shown.
    line: Option<Line>,
    drawn: Option<Moment>,
    /// A frame was drawn: before that nothing is begun that would take the processor from it, where it can be shown.
    seen: bool,
    /// We were stopped in order, and have entered the terminal again.
    goes_on: bool,
    keyboard: Keyboard,
}

impl Screen {
    fn open(mut model: Model, likes: Likes, surroundings: Surroundings, guard: Guard<Output>, mark: Option<Mark>) -> Screen {
        let links = Links::default();
        model.links = surroundings.understands_osc().then(|| links.clone());
        let easel = Easel::new(model.setup.pictures);
        let mut screen = Screen {
            model,
            likes,
            desktop: surroundings.desktop.then(Desktop::of_this_session),
            surroundings,
            frames: Frames::new(size(), links),
            easel,
            guard,
            mark,
            clocks: Clocks::start(),
            commands: VecDeque::new(),
            beside: Vec::new(),
            title: String::new(),
            touched: Some(Touched::All),
            line: None,
            drawn: None,
            seen: false,
            goes_on: false,
            keyboard: Keyboard::default(),
        };
        screen.ask_background();
        screen
    }

    /// Asks whether the terminal is dark or light, together with the next frame, where that counts. Nobody waits for the
    /// answer.
    fn ask_background(&mut self) {
        let counts = self.model.setup.preferences.theme == AUTO && self.likes.has_colours();
        if counts && self.surroundings.understands_osc() {
            self.beside.extend_from_slice(terminal::ASK_BACKGROUND.as_bytes());
            self.keyboard.await_background();
        }
    }

    async fn run(&mut self, session: &mut Session) -> Result<End, Problem> {
        let mut input = Input::open().map_err(|why| no_terminal(&why))?;
        // Each is drawn before the next one is heard: what a key means may hang on what was shown.
        let mut typed = VecDeque::new();
        let mut signals = Signals::new()?;
        let mut begun = false;
        // What the disk has to tell comes sooner than a frame without it would be of use.
        self.drawn = (!session.accounts.is_empty()).then(|| self.clocks.now());
        loop {
            if !begun && session.accounts.iter().all(|name| self.model.state.accounts.contains_key(name)) {
                begun = true;
                self.model.begin();
            }
            if let Some(typed) = typed.pop_front() {
                self.hear(typed);
            }
            if let Some(end) = self.carry_out().await? {
                return Ok(end);
            }
            let Ok(due) = self.draw_if_due() else { return Ok(End::Gone) };
            let commands = session.commands.clone();
            let wake = self.until_wake();
            let behind = self.guard.out().is_behind();
            tokio::select! {
                biased;
                read = input.read(), if typed.is_empty() => match read {
                    Ok(bytes) => typed.extend(self.keyboard.parse(&bytes)),
                    Err(_) => return Ok(End::Gone),
                },
                asked = signals.next() => match asked {
                    Asked::End => return Ok(End::Gone),
                    Asked::Suspend => self.suspend().await?,
                    Asked::Continue => self.go_on()?,
                    Asked::Resize => self.resize(),
                },
                permit = commands.reserve(), if !self.commands.is_empty() && (self.seen || behind) => match (permit, self.commands.pop_front()) {
                    (Ok(permit), Some(command)) => permit.send(command),
                    _ => return Err(crate::app::Headless::died()),
                },
                written = self.guard.out().catch_up(), if behind => {
                    if written.is_err() {
                        return Ok(End::Gone);
                    }
                }
                event = session.events.recv() => {
                    let Some(event) = event else { return Err(crate::app::Headless::died()) };
                    self.tell_time();
                    let was_told = self.is_told();
                    self.model.apply(&event);
                    for _ in 0..BURST {
                        let Ok(event) = session.events.try_recv() else { break };
                        self.model.apply(&event);
                    }
                    if !was_told && self.is_told() {
                        // What the disk had to tell at the start is seen at once.
                        self.drawn = None;
                    }
                    self.touch();
                }
                () = std::future::ready(()), if !typed.is_empty() => {}
                () = after(due) => {}
                () = after(wake) => {
                    self.tell_time();
                    self.model.tick();
                    self.touch();
                }
            }
        }
    }

    fn tell_time(&mut self) {
        let now = self.clocks.stamp();
        self.model.set_clock(now);
    }

    /// The conversations of all accounts have been told.
    fn is_told(&self) -> bool {
        self.model.state.accounts.values().all(|account| account.conversations_known)
    }

    /// The whole frame is to be drawn.
    fn touch(&mut self) {
        self.touched = Some(Touched::All);
    }

    fn hear(&mut self, typed: Typed) {
        // The clock must not pass an hour that the model waits for.
        let due = self.model.wake();
        self.tell_time();
        if due.is_some_and(|due| due <= self.model.setup.now) {
            self.model.tick();
            self.touch();
        }
        match typed {
            Typed::Key(key) => {
                let touched = self.model.key(key);
                if touched == Touched::All || self.touched.is_none() {
                    self.touched = Some(touched);
                }
                // What was typed is seen at once.
                self.drawn = None;
            }
            Typed::Paste(text) => {
                self.model.paste(&text);
                self.touch();
            }
            Typed::Attention(looking) => {
                self.model.look(looking);
                self.touch();
            }
            Typed::Background(background) => self.stand_before(background),
        }
    }

    /// The terminal has said what is behind the letters.
    fn stand_before(&mut self, background: Background) {
        let before = std::mem::replace(&mut self.model.setup.background, background);
        if before != background && self.model.setup.preferences.theme == AUTO {
            // What is wrong with a file of the user's was told when it was read first.
            let (theme, _) = self.likes.theme(AUTO, background);
            self.model.set_theme(theme);
            self.touch();
        }
    }

    fn resize(&mut self) {
        self.frames.resize(size());
        self.easel.forget();
        self.touch();
    }

    fn redraw(&mut self) {
        self.frames.forget();
        self.resize();
        self.drawn = None;
    }

    /// Draws where there is something to draw, the terminal has taken the last frame and enough time has passed; else says
    /// after how long.
    fn draw_if_due(&mut self) -> std::io::Result<Option<Duration>> {
        let Some(touched) = self.touched.filter(|_| !self.guard.out().is_behind()) else { return Ok(None) };
        let now = self.clocks.now();
        if let Some(due) = self.drawn.map(|drawn| drawn + FRAME).filter(|due| *due > now) {
            return Ok(Some(due - now));
        }
        self.touched = None;
        self.drawn = Some(now);
        self.seen = true;
        let mut bytes = std::mem::take(&mut self.beside);
        let alone = self.line.filter(|line| touched == Touched::Line && line.can_be_drawn_alone(&self.model));
        if let Some(line) = alone {
            let model = &self.model;
            bytes.extend(self.frames.part(line.room, |buffer| view::draw_line(model, &line, buffer)));
            self.guard.out().write_all(&bytes)?;
            return Ok(None);
        }
        let (model, line) = (&mut self.model, &mut self.line);
        let frame = self.frames.whole(|buffer| {
            let drawn = view::draw(model, buffer);
            *line = drawn.line;
            drawn.cursor
        });
        let change = self.easel.change(self.model.photo_at.zip(self.model.picture()));
        let again = change.spoiled.map(|room| {
            self.frames.spoil(room);
            let model = &mut self.model;
            self.frames.whole(|buffer| view::draw(model, buffer).cursor)
        });
        let title = view::title(&self.model);
        if title != self.title && self.surroundings.understands_osc() {
            bytes.extend_from_slice(terminal::title(&title).as_bytes());
            self.title = title;
        }
        bytes.extend(frame);
        bytes.extend(again.unwrap_or_default());
        bytes.extend(change.bytes);
        // In one write where the terminal takes it.
        self.guard.out().write_all(&bytes)?;
        Ok(None)
    }

    fn until_wake(&self) -> Option<Duration> {
        let wake = self.model.wake()?;
        let micros = wake.micros().saturating_sub(self.clocks.stamp().micros());
        Some(Duration::from_micros(u64::try_from(micros).unwrap_or(0)))
    }

    async fn carry_out(&mut self) -> Result<Option<End>, Problem> {
        while let Some(wish) = self.model.poll() {
            match wish {
                Wish::Command(command) => self.commands.push_back(command),
                Wish::Copy(text) => {
                    let sequence = wishes::copy(&text, &self.surroundings, &mut self.model);
                    self.beside.extend_from_slice(sequence.as_bytes());
                    self.touch();
                }
                Wish::Notify(alert) => {
                    let preferences = &self.model.setup.preferences;
                    let (written, shown) = wishes::alert(&alert, preferences, &self.surroundings);
                    self.beside.extend_from_slice(written.as_bytes());
                    let said = notify::said(&alert, preferences.notify).filter(|_| !shown);
                    if let (Some((title, text)), Some(desktop)) = (said, &self.desktop) {
                        desktop.tell(&title, &text, alert.call);
                    }
                    self.touch();
                }
                Wish::Keep(preferences) => {
                    wishes::keep(&preferences, &self.likes, &mut self.model);
                    self.ask_background();
                    self.redraw();
                }
                Wish::Redraw => self.redraw(),
                Wish::Suspend => self.suspend().await?,
                Wish::Quit => return Ok(Some(End::Quit)),
            }
        }
        Ok(None)
    }

    /// Leaves the terminal, stops, and enters again when somebody says so (SIGCONT).
    async fn suspend(&mut self) -> Result<(), Problem> {
        self.leave();
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::STOP);
        // That we go on is told by a signal too, in a moment.
        self.goes_on = true;
        self.enter_again()
    }

    /// We were stopped and go on (SIGCONT). Where nobody said so before (SIGSTOP), a shell has had the terminal since, and
    /// has set it up as it wants it.
    fn go_on(&mut self) -> Result<(), Problem> {
        if !std::mem::take(&mut self.goes_on) {
            self.leave();
            self.enter_again()?;
        }
        self.redraw();
        Ok(())
    }

    fn enter_again(&mut self) -> Result<(), Problem> {
        if let Some(mark) = &mut self.mark {
            // Without a mark nothing is repaired after a kill, and all else works.
            let _ = mark.set(true);
        }
        self.guard.resume().map_err(|why| no_terminal(&why))?;
        self.tell_time();
        self.ask_background();
        self.redraw();
        Ok(())
    }

    /// Leaves the terminal. One that takes nothing is given up after a while; one that is gone needs nothing.
    fn leave(&mut self) {
        let left = self.guard.leave();
        if let Some(mark) = &mut self.mark
            && left.is_ok()
        {
            let _ = mark.set(false);
        }
    }

    /// Hands what is left of the commands to the engine, whatever it was that ended the loop: drafts are on disk before the
    /// end.
    async fn last_words(&mut self, session: &Session) {
        self.model.put_away();
        while let Some(wish) = self.model.poll() {
            if let Wish::Command(command) = wish {
                self.commands.push_back(command);
            }
        }
        for command in self.commands.drain(..) {
            if session.commands.send(command).await.is_err() {
                return;
            }
        }
    }
}

/// The terminal's size; the usual one where it says none.
fn size() -> Size {
    match crossterm::terminal::size() {
        Ok((width, height)) if width > 0 && height > 0 => Size::new(width, height),
        _ => Size::new(80, 24),
    }
}

async fn after(wait: Option<Duration>) {
    match wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
}
