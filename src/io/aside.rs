//! What blocks without a bound, as a keyring's dialogue does, on a thread of its own.

use tokio::sync::oneshot;

/// Runs what blocks on a thread of its own. Unlike those of the runtime, nobody joins it when the program ends.
///
/// # Errors
/// The system gives no thread, or it panicked: a sentence.
pub async fn aside<T: Send + 'static>(name: &str, act: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (tell, told) = oneshot::channel();
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Whoever asked may have gone away meanwhile.
        let _ = tell.send(act());
    });
    thread.map_err(|why| format!("The system gives no thread for the {name}: {why}."))?;
    told.await.map_err(|_| format!("The {name} failed."))
}
