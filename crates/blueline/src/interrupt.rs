//! Ctrl-C.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::{Context, Result};

/// A flag that Ctrl-C sets, however often it is pressed: for work that looks at it every moment and has passing files to
/// take away.
pub(crate) fn stop_cleanly_at_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || flag.store(true, Ordering::Relaxed)).context("cannot heed Ctrl-C")?;
    Ok(stop)
}

/// A flag that is set at the first Ctrl-C: what came so far is shown then. The second one ends the program.
pub(crate) fn stop_at_interrupt() -> Result<Arc<AtomicBool>> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    ctrlc::set_handler(move || {
        if flag.swap(true, Ordering::Relaxed) {
            #[expect(
                clippy::disallowed_methods,
                reason = "the second interrupt: whoever pressed it does not want to wait"
            )]
            std::process::exit(130);
        }
    })
    .context("cannot heed Ctrl-C")?;
    Ok(stop)
}
