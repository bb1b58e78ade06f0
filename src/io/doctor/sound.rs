//! What there is for sound, as a call would find it.

use crate::engine::event::Sound;
use crate::io::audio::Devices;
use crate::io::audio::quiet::stderr_to;
use std::path::Path;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::timeout;

/// A device that takes longer to open is of no use to a call.
const PATIENCE: Duration = Duration::from_secs(10);

/// Looks; none where the devices did not answer in time. What libraries say meanwhile goes to the log.
pub async fn look(config: &Path, log: &Path) -> Option<Sound> {
    // Where it cannot, the libraries are heard; that is all.
    let _quiet = stderr_to(log).ok();
    let (devices, _) = Devices::new(config);
    let (tell, told) = oneshot::channel();
    devices.look(None, move |sound| {
        // Nobody waits any more when this fails.
        let _ = tell.send(sound);
    });
    timeout(PATIENCE, told).await.ok()?.ok()
}
