//! The way to the terminal: a thread that writes, one frame after the other. A terminal that does not read (Ctrl-S, a dead
//! link, a slow one) holds up this thread and nothing else: no frame is drawn while one is on its way, and what happened
//! meanwhile is in the next one.

use std::io::Write;
use tokio::sync::mpsc;

/// The end of the loop's.
#[derive(Debug)]
pub struct Outlet {
    frames: std::sync::mpsc::Sender<Vec<u8>>,
    written: mpsc::UnboundedReceiver<std::io::Result<()>>,
    /// Frames on their way.
    underway: usize,
}

impl Outlet {
    /// Starts the thread. It ends when the outlet is dropped and all was written.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn start() -> std::io::Result<Outlet> {
        let (frames, asked) = std::sync::mpsc::channel::<Vec<u8>>();
        let (told, written) = mpsc::unbounded_channel();
        std::thread::Builder::new().name("screen".into()).spawn(move || {
            for frame in asked {
                let mut out = std::io::stdout().lock();
                let done = out.write_all(&frame).and_then(|()| out.flush());
                let failed = done.is_err();
                // Whoever wanted to know may have gone.
                if told.send(done).is_err() || failed {
                    return;
                }
            }
        })?;
        Ok(Outlet { frames, written, underway: 0 })
    }

    /// A frame may be drawn: nothing is on its way.
    #[must_use]
    pub fn is_free(&self) -> bool {
        self.underway == 0
    }

    /// Sends bytes on their way; none are none.
    pub fn send(&mut self, bytes: Vec<u8>) {
        if !bytes.is_empty() && self.frames.send(bytes).is_ok() {
            self.underway += 1;
        }
    }

    /// Waits until something that was on its way is written. Cancelling it loses nothing.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn written(&mut self) -> std::io::Result<()> {
        match self.written.recv().await {
            Some(done) => {
                self.underway = self.underway.saturating_sub(1);
                done
            }
            None => Err(std::io::Error::from(std::io::ErrorKind::BrokenPipe)),
        }
    }

    /// Waits until all is written.
    ///
    /// # Errors
    /// The terminal is gone.
    pub async fn drained(&mut self) -> std::io::Result<()> {
        while !self.is_free() {
            self.written().await?;
        }
        Ok(())
    }
}
