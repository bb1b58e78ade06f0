//! The store on a thread of its own, since SQLite blocks: questions go in by a channel, answers come by callback. What may
//! take long, a search, has another thread and holds up nothing.

use super::search_thread::{Answered, SearchThread, Searched};
use super::transact::Store;
use crate::engine::ask::{StoreAnswer, StoreQuestion};
use crate::engine::event::Problem;
use std::sync::OnceLock;
use std::sync::mpsc::{Sender, channel};
use std::thread::JoinHandle;

/// So many questions that have come meanwhile are answered together.
const TOGETHER: usize = 64;

/// The running thread. Dropping it waits until all that was asked is answered, and on disk; a search ends with what it has.
#[derive(Debug)]
pub struct StoreThread {
    questions: Option<Sender<(StoreQuestion, Answered)>>,
    thread: Option<JoinHandle<()>>,
    searched: Searched,
    /// There from the first search on.
    searches: OnceLock<Result<SearchThread, String>>,
}

impl StoreThread {
    /// Moves the store to a thread.
    ///
    /// # Errors
    /// The system gives no thread.
    pub fn spawn(mut store: Store) -> Result<StoreThread, Problem> {
        let searched = store.searched();
        let (questions, asked) = channel::<(StoreQuestion, Answered)>();
        let thread = std::thread::Builder::new().name("store".into()).spawn(move || {
            while let Ok(first) = asked.recv() {
                let (questions, answered): (Vec<_>, Vec<_>) =
                    std::iter::once(first).chain(asked.try_iter().take(TOGETHER - 1)).unzip();
                for (answered, answer) in answered.into_iter().zip(store.answer_all(&questions)) {
                    answered(answer);
                }
            }
        });
        let thread = thread.map_err(|why| {
            Problem::local(
                format!("The system gives no thread for the history: {why}."),
                "Raise the limit of processes (ulimit -u).",
            )
        })?;
        Ok(StoreThread { questions: Some(questions), thread: Some(thread), searched, searches: OnceLock::new() })
    }

    /// Asks; never blocks. Questions are answered in the order in which they were asked, on the store's thread, so
    /// `answered` should only pass the answer on. Searches come when they come; one that another overtakes ends with what
    /// it has found, and that there is more.
    pub fn ask(&self, question: StoreQuestion, answered: impl FnOnce(Result<StoreAnswer, String>) + Send + 'static) {
        let answered: Answered = Box::new(answered);
        let asked = match question {
            StoreQuestion::Search { words, count } => {
                let begin = || SearchThread::spawn(self.searched.clone()).map_err(|problem| problem.to_string());
                return match self.searches.get_or_init(begin) {
                    Ok(searches) => searches.ask(words, count, answered),
                    Err(why) => answered(Err(why.clone())),
                };
            }
            question => (question, answered),
        };
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
        // Whoever writes closes last, and so leaves a database in order.
        drop(self.searches.take());
        // Without a sender the thread ends when the last question is answered.
        drop(self.questions.take());
        if let Some(thread) = self.thread.take() {
            // It panics only where a callback does, and that has been told on stderr.
            let _ = thread.join();
        }
    }
}
