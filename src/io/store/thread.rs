//! The store on a thread of its own, since SQLite blocks: questions go in by a channel, answers come by callback. What may
//! take long, a search, has another thread and holds up nothing.
//!
//! Each transaction waits for the disk. A message that comes alone is kept at once; where they come in a stream, they are
//! gathered for as long as nobody could see.

use super::question::can_wait;
use super::search_thread::{Answered, SearchThread, Searched};
use super::transact::Store;
use crate::engine::ask::{StoreAnswer, StoreQuestion};
use crate::engine::event::Problem;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, TryRecvError, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// So many questions are answered together at most.
const TOGETHER: usize = 1024;

/// What can wait is not answered sooner after the answers before: nobody reads faster than this, and each transaction costs
/// pages that are written and an fsync.
const GATHERING: Duration = Duration::from_millis(200);

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
            let mut due = None;
            while let Some((questions, answered)) = gather(&asked, due) {
                for (answered, answer) in answered.into_iter().zip(store.answer_all(&questions)) {
                    answered(answer);
                }
                // Where there are more than go together, nothing is gained by waiting.
                due = (questions.len() < TOGETHER).then(|| Instant::now() + GATHERING);
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
        let is_urgent = !can_wait(&asked.0);
        let unasked = match &self.questions {
            Some(questions) => questions.send(asked).err().map(|why| why.0),
            None => Some(asked),
        };
        if is_urgent {
            self.wake();
        }
        if let Some((_, answered)) = unasked {
            answered(Err("The history has stopped. Start offhook again.".into()));
        }
    }

    /// What has been asked is not gathered any longer.
    fn wake(&self) {
        if let Some(thread) = &self.thread {
            thread.thread().unpark();
        }
    }
}

/// The next questions that are answered together; none when there will be no more. While all of them can wait, the thread
/// sleeps until they are due: whoever asks what cannot wait wakes it.
fn gather(asked: &Receiver<(StoreQuestion, Answered)>, due: Option<Instant>) -> Option<(Vec<StoreQuestion>, Vec<Answered>)> {
    let (question, answered) = asked.recv().ok()?;
    let mut is_patient = can_wait(&question);
    let (mut questions, mut answers) = (vec![question], vec![answered]);
    // What is read is told before anything else is done: somebody may look at an empty screen until then.
    while questions.len() < TOGETHER && !questions.last().is_some_and(is_read) {
        match asked.try_recv() {
            Ok((question, answered)) => {
                is_patient &= can_wait(&question);
                questions.push(question);
                answers.push(answered);
            }
            Err(TryRecvError::Disconnected) => break,
            Err(TryRecvError::Empty) => {
                let left = due.filter(|_| is_patient).map(|due| due.saturating_duration_since(Instant::now()));
                let Some(left) = left.filter(|left| !left.is_zero()) else { break };
                std::thread::park_timeout(left);
            }
        }
    }
    Some((questions, answers))
}

/// Whether the answer is all there is to it.
fn is_read(question: &StoreQuestion) -> bool {
    matches!(question, StoreQuestion::Conversations { .. } | StoreQuestion::Page { .. } | StoreQuestion::Calls { .. })
}

impl Drop for StoreThread {
    fn drop(&mut self) {
        // Whoever writes closes last, and so leaves a database in order.
        drop(self.searches.take());
        // Without a sender the thread ends when the last question is answered.
        drop(self.questions.take());
        self.wake();
        if let Some(thread) = self.thread.take() {
            // It panics only where a callback does, and that has been told on stderr.
            let _ = thread.join();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::event::AccountName;

    fn moved(last: &str) -> StoreQuestion {
        StoreQuestion::MoveArchivePosition { account: AccountName("work".into()), last: last.into() }
    }

    fn conversations() -> StoreQuestion {
        StoreQuestion::Conversations { account: AccountName("work".into()) }
    }

    #[test]
    fn what_can_wait_is_gathered_until_somebody_waits_or_leaves() {
        let folder = tempfile::tempdir().unwrap();
        let searched = Store::open(&folder.path().join("history.db")).unwrap().searched();
        let (gathered, told) = channel();
        let (questions, asked) = channel();
        // Longer than any test: what is gathered before is gathered because of who asks.
        let due = Instant::now() + Duration::from_secs(3600);
        let thread = std::thread::spawn(move || {
            while let Some((questions, _)) = gather(&asked, Some(due)) {
                gathered.send(questions).unwrap();
            }
        });
        let store = StoreThread { questions: Some(questions), thread: Some(thread), searched, searches: OnceLock::new() };
        for question in [moved("1"), moved("2"), conversations(), moved("3")] {
            store.ask(question, |_| ());
        }
        assert_eq!(told.recv().unwrap(), [moved("1"), moved("2"), conversations()]);
        drop(store);
        assert_eq!(told.recv().unwrap(), [moved("3")]);
    }
}
