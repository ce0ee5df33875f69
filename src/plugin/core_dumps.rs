//! Core dumps are off: they would write the secrets in memory to a disk.

/// Switches core dumps of this process off. Where that fails the process is no worse off than before.
#[cfg(unix)]
pub(super) fn forbid() {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    let _ = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum });
}

/// Windows writes a dump only where an administrator has asked for it.
#[cfg(not(unix))]
pub(super) fn forbid() {}
