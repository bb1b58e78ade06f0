//! The store on a thread of its own, since SQLite blocks: questions go in by a channel, answers come by callback. What may
//! take long, a search, has another thread and holds up nothing.
//!
//! Each transaction waits for the disk. A message that comes alone is kept at
//! once; where they come in a stream, they are gathered for as long as nobody could see.

use super::search_thread::{Answered, SearchThread, Searched};
use super::transact::Store;
use crate::engine::ask::{StoreAnswer, StoreQuestion};
use crate::engine::event::Problem;
use std::sync::OnceLock;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

/// So many questions are answered together at most.
const TOGETHER: usize = 256;

/// What can wait is not answered sooner after the answers before: nobody reads faster than this, and each transaction costs
/// pages that are written and an fsync.
const GATHERING: Duration = Duration::from_millis(100);

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
            let mut answers_before = None;
            while let Some((questions, answered)) = gather(&asked, answers_before) {
                for (answered, answer) in answered.into_iter().zip(store.answer_all(&questions)) {
                    answered(answer);
                }
                answers_before = Some(Instant::now());
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

/// The next questions that are answered together; none when there will be no more.
fn gather(asked: &Receiver<(StoreQuestion, Answered)>, before: Option<Instant>) -> Option<(Vec<StoreQuestion>, Vec<Answered>)> {
    let (question, answered) = asked.recv().ok()?;
    let mut is_patient = can_wait(&question);
    let (mut questions, mut answers) = (vec![question], vec![answered]);
    // What is read is told before anything else is done: somebody may look at an empty screen until then.
    while questions.len() < TOGETHER && !questions.last().is_some_and(is_read) {
        let left = before.filter(|_| is_patient).and_then(|before| GATHERING.checked_sub(before.elapsed()));
        // Nobody asks any more where this fails for another reason than time, and the next call will see that.
        let next = asked.recv_timeout(left.unwrap_or_default());
        let Ok((question, answered)) = next else { break };
        is_patient &= can_wait(&question);
        questions.push(question);
        answers.push(answered);
    }
    Some((questions, answers))
}

/// Whether nobody sits and waits for the answer.
fn can_wait(question: &StoreQuestion) -> bool {
    matches!(
        question,
        StoreQuestion::Receive { .. } | StoreQuestion::MarkSeen { .. } | StoreQuestion::MoveArchivePosition { .. }
    )
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
        if let Some(thread) = self.thread.take() {
            // It panics only where a callback does, and that has been told on stderr.
            let _ = thread.join();
        }
    }
}
