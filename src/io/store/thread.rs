//! The store on a thread of its own, since SQLite blocks: questions go in by a channel, answers come by callback.

use super::transact::Store;
use crate::engine::ask::{StoreAnswer, StoreQuestion};
use crate::engine::event::Problem;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

type Answered = Box<dyn FnOnce(Result<StoreAnswer, String>) + Send>;

/// The running thread. Dropping it waits until all that was asked is answered, and on disk.
#[derive(Debug)]
pub struct StoreThread {
    questions: Option<Sender<(StoreQuestion, Answered)>>,
    thread: Option<JoinHandle<()>>,
}

impl StoreThread {
    /// Moves the store to a thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(mut store: Store) -> Result<StoreThread, Problem> {
        let (questions, asked) = channel::<(StoreQuestion, Answered)>();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || {
            for (question, answered) in asked {
                answered(store.answer(question));
            }
        });
        let thread = thread.map_err(|why| {
            Problem::local(
                format!("The system gives no thread for the history: {why}."),
                "Raise the limit of processes (ulimit -u).",
            )
        })?;
        Ok(StoreThread { questions: Some(questions), thread: Some(thread) })
    }

    /// Asks; never blocks. Questions are answered in the order in which they were asked, on the store's thread, so
    /// `answered` should only pass the answer on.
    pub fn ask(&self, question: StoreQuestion, answered: impl FnOnce(Result<StoreAnswer, String>) + Send + 'static) {
        let asked = (question, Box::new(answered) as Answered);
        let unasked = match &self.questions {
            Some(questions) => questions.send(asked).err().map(|why| why.0),
            None => Some(asked),
        };
        if let Some((_, answered)) = unasked {
            answered(Err("The history has stopped. Start offhook again.".into()));
        }
    }
}

impl Drop for StoreThread {
    fn drop(&mut self) {
        // Without a sender the thread ends when the last question is answered.
        drop(self.questions.take());
        if let Some(thread) = self.thread.take() {
            // It panics only where a callback does, and that has been told on stderr.
            let _ = thread.join();
        }
    }
}
