//! The sources in order, and what they gave: kept, and renewed in time by one caller for all.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use time::OffsetDateTime;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use tracing::debug;

use super::{Credentials, Finding, Role, Source, Sts};
use crate::world::World;

/// How long before they end credentials are renewed, as the SDKs of Alibaba Cloud do.
const MARGIN: Duration = Duration::from_secs(180);

/// How long the sources are not asked again after they failed, or gave nothing new. Terraform goes on with a thousand other
/// users when one could not be read; each of them would otherwise wait for the same silence.
const PAUSE: Duration = Duration::from_secs(10);

/// The sources in the order they are asked, and the roles that are assumed with what they give. Cheap to clone; all
/// clones share what was found.
#[derive(Clone)]
pub struct Chain(Arc<Inner>);

struct Inner {
    sources: Vec<Box<dyn Source>>,
    roles: Vec<Role>,
    sts: Sts,
    allowed_accounts: Vec<String>,
    kept: Mutex<Kept>,
    /// Held by the one who asks the sources.
    turn: tokio::sync::Mutex<()>,
}

#[derive(Default)]
struct Kept {
    credentials: Option<Credentials>,
    /// When they are asked for again.
    renew: Option<OffsetDateTime>,
    /// The place of the source that gave them: only it renews them.
    source: Option<usize>,
    /// What was asked for last, in a user's words.
    asking: Option<String>,
    /// Why there are none, and until when that is taken as it is.
    failure: Option<(String, Instant)>,
    /// Until when it is taken as it is that the source has no newer ones.
    newest: Option<Instant>,
    /// What somebody did not wait for to the end.
    silence: Option<Silence>,
}

/// A source that had given nothing within some time.
struct Silence {
    lasted: Duration,
    /// Until when it is taken as it is by whoever would not wait for longer.
    until: Instant,
}

impl Kept {
    /// Credentials that will hold for longer than it takes to ask again.
    fn holding(&self, now: OffsetDateTime) -> Option<Credentials> {
        let holds = |kept: &&Credentials| kept.expires.is_some_and(|expires| now + PAUSE < expires);
        self.credentials.as_ref().filter(holds).cloned()
    }
}

impl Chain {
    /// A chain of these sources.
    pub fn new(sources: Vec<Box<dyn Source>>) -> Self {
        Self::with(sources, Vec::new(), Sts::default(), Vec::new())
    }

    /// A chain of these sources, with roles that are assumed one after the other. What comes in the end must belong to an
    /// allowed account, unless none are named.
    pub fn with(sources: Vec<Box<dyn Source>>, roles: Vec<Role>, sts: Sts, allowed_accounts: Vec<String>) -> Self {
        Self(Arc::new(Inner {
            sources,
            roles,
            sts,
            allowed_accounts,
            kept: Mutex::default(),
            turn: tokio::sync::Mutex::default(),
        }))
    }

    /// Says what is certain without the network: that a source is broken, or that there is none.
    ///
    /// # Errors
    /// As [`Chain::credentials`].
    pub fn check(&self, world: &World) -> Result<(), String> {
        let mut absent = Vec::new();
        for source in &self.0.sources {
            match source.look(world) {
                Finding::Found(_) => return Ok(()),
                Finding::NotConfigured(why) => absent.push(format!("{}: {why}", source.name())),
                Finding::Broken(why) => return Err(broken(&**source, &why)),
            }
        }
        Err(nowhere(&absent))
    }

    /// The credentials of the first source that has some; those that were found before, as long as they last.
    ///
    /// # Errors
    /// In a user's words: which source is broken and why, or all the places that were looked at.
    pub async fn credentials(&self, world: &World) -> Result<Credentials, String> {
        if let Some(outcome) = self.known(world) {
            return outcome;
        }
        let _turn = self.0.turn.lock().await;
        // Whoever waited has the outcome of the one who asked, good or bad.
        if let Some(outcome) = self.known(world) {
            return outcome;
        }
        let outcome = self.ask_patiently(world).await;
        self.keep(outcome, world.now())
    }

    /// The same for a caller who waits until `deadline` and no longer. One that has no more time than somebody had who gave
    /// up a moment ago is told so at once.
    ///
    /// # Errors
    /// As [`Chain::credentials`].
    pub async fn credentials_by(&self, deadline: Instant, world: &World) -> Result<Credentials, String> {
        let begun = Instant::now();
        let left = deadline.saturating_duration_since(begun);
        if self.known(world).is_none() {
            let kept = self.lock();
            if let Some(silence) =
                kept.silence.as_ref().filter(|silence| begun < silence.until && left <= silence.lasted)
            {
                return Err(Self::silent(silence.lasted, &kept));
            }
        }
        timeout_at(deadline, self.credentials(world)).await.unwrap_or_else(|_| {
            let mut kept = self.lock();
            kept.silence = Some(Silence { lasted: left, until: Instant::now() + PAUSE });
            Err(Self::silent(left, &kept))
        })
    }

    fn asking(&self, what: String) {
        self.lock().asking = Some(what);
    }

    fn silent(lasted: Duration, kept: &Kept) -> String {
        let asked = kept.asking.as_deref().unwrap_or("the credentials");
        format!("{asked} did not come within {:.1} s", lasted.as_secs_f64())
    }

    /// Asks, and not for long while the old credentials still hold. A source that gave some before is asked again when it
    /// fails: nothing else can take its place.
    async fn ask_patiently(&self, world: &World) -> Result<(usize, Credentials), String> {
        let (holds, gave) = {
            let kept = self.lock();
            (kept.holding(world.now()).is_some(), kept.source.is_some())
        };
        if holds {
            let origin = self.origin().unwrap_or_default();
            let late = |_| format!("the credentials of {origin} were not renewed within {} s", PAUSE.as_secs());
            return Ok(timeout(PAUSE, self.ask(world)).await.map_err(late)??);
        }
        let begun = Instant::now();
        let mut pause = Duration::from_secs(1);
        loop {
            match self.ask(world).await {
                Err(Trouble::Passing(_)) if gave && begun.elapsed() + pause < PAUSE => {
                    sleep(pause).await;
                    pause *= 2;
                }
                outcome => return Ok(outcome?),
            }
        }
    }

    /// Whether a call whose credentials were refused as expired is worth repeating: its source has newer ones, which
    /// somebody else may have fetched already. What ends without having said when (a token in a file that a log-in
    /// replaces) is asked for again too, but not by each of a thousand calls.
    pub async fn renews(&self, refused: &Credentials, world: &World) -> bool {
        {
            let mut kept = self.lock();
            if kept.credentials.as_ref() == Some(refused) {
                if kept.newest.is_some_and(|until| Instant::now() < until) {
                    return false;
                }
                kept.credentials = None;
            }
        }
        match self.credentials(world).await {
            Ok(newer) if newer == *refused => {
                self.lock().newest = Some(Instant::now() + PAUSE);
                false
            }
            // An error is told by the call when it asks again.
            _ => true,
        }
    }

    /// Where the credentials that are kept came from, in a user's words.
    pub fn origin(&self) -> Option<String> {
        let source = self.0.sources.get(self.lock().source?)?.origin();
        let roles: String = self.0.roles.iter().map(|role| format!(", with the role {}", role.arn)).collect();
        Some(format!("{source}{roles}"))
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Kept> {
        self.0.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What needs no asking: credentials that are kept and good for now, or a failure that is young.
    fn known(&self, world: &World) -> Option<Result<Credentials, String>> {
        let (kept, now) = (self.lock(), world.now());
        if let Some((failure, _)) = kept.failure.as_ref().filter(|(_, until)| Instant::now() < *until) {
            return Some(Err(failure.clone()));
        }
        let lasting = kept.renew.is_none_or(|renew| now < renew);
        kept.credentials.clone().filter(|_| lasting).map(Ok)
    }

    fn keep(&self, outcome: Result<(usize, Credentials), String>, now: OffsetDateTime) -> Result<Credentials, String> {
        let mut kept = self.lock();
        match outcome {
            Ok((source, credentials)) => {
                // Keys that come shortly before their end are no reason to ask at every call.
                kept.renew = credentials.expires.map(|end| (end - MARGIN).max(now + PAUSE).min(end));
                kept.credentials = Some(credentials.clone());
                kept.source = Some(source);
                kept.failure = None;
                kept.newest = None;
                kept.silence = None;
                Ok(credentials)
            }
            Err(problem) => {
                if let Some(old) = kept.holding(now) {
                    debug!(why = problem, "the credentials were not renewed; the old ones still hold");
                    kept.renew = Some(now + PAUSE);
                    return Ok(old);
                }
                kept.failure = Some((problem.clone(), Instant::now() + PAUSE));
                Err(problem)
            }
        }
    }

    /// Asks the sources, or only the one that answered before: nobody becomes somebody else in the middle of a run.
    async fn ask(&self, world: &World) -> Result<(usize, Credentials), Trouble> {
        let chosen = self.lock().source;
        let mut absent = Vec::new();
        for (place, source) in self.0.sources.iter().enumerate() {
            if chosen.is_some_and(|chosen| chosen != place) {
                continue;
            }
            self.asking(format!("the credentials of {}", source.name()));
            let finding = match source.look(world) {
                Finding::Found(way) => way.fetch(world, &self.0.sts).await,
                Finding::NotConfigured(why) => Finding::NotConfigured(why),
                Finding::Broken(why) => Finding::Broken(why),
            };
            match if chosen.is_some() { finding.demanded() } else { finding } {
                Finding::Found(credentials) => {
                    let origin = source.origin();
                    let ended = |why| format!("the credentials of {origin} cannot be used: {why}");
                    let credentials = lasting(credentials, world).map_err(ended)?;
                    debug!(source = origin, "credentials found");
                    let taken = async {
                        let credentials = self.assume(credentials, world).await?;
                        // A role renews for its own account, and whoever stands behind other sources may have changed.
                        if chosen.is_none() || self.0.roles.is_empty() {
                            self.check_account(&credentials, world).await?;
                        }
                        Ok((place, credentials))
                    };
                    return taken.await.map_err(|trouble: Trouble| trouble.with(&origin));
                }
                Finding::NotConfigured(why) => absent.push(format!("{}: {why}", source.name())),
                Finding::Broken(why) => return Err(broken(&**source, &why).into()),
            }
        }
        Err(nowhere(&absent).into())
    }

    /// Asks whose keys these are, before they are used for anything else.
    async fn check_account(&self, credentials: &Credentials, world: &World) -> Result<(), Trouble> {
        let allowed = &self.0.allowed_accounts;
        if allowed.is_empty() {
            return Ok(());
        }
        self.asking("the answer of STS whose keys these are".to_owned());
        match self.0.sts.account(world, credentials.clone()).await {
            Ok(account) if allowed.contains(&account) => Ok(()),
            Ok(account) => Err(Trouble::Lasting(format!(
                "they belong to account {account}, which is not in allowed_account_ids ({}). Nothing was called with them; check \
                 which profile, role or variables are in use",
                allowed.join(", ")
            ))),
            Err(why) => Err(Trouble::Passing(format!("the account that they belong to cannot be checked: {why}"))),
        }
    }

    async fn assume(&self, mut credentials: Credentials, world: &World) -> Result<Credentials, String> {
        for role in &self.0.roles {
            self.asking(format!("the keys of the role {}", role.arn));
            let assumed = self.0.sts.assume_role(world, credentials, role).await?;
            credentials = lasting(assumed, world).map_err(|why| format!("the role {}: {why}", role.arn))?;
            debug!(role = role.arn, "role assumed");
        }
        Ok(credentials)
    }
}

/// Why there are no credentials.
enum Trouble {
    /// It may be over in a moment.
    Passing(String),
    /// Asking again would bring the same.
    Lasting(String),
}

impl Trouble {
    /// The same with whose keys it was about.
    fn with(self, origin: &str) -> Self {
        let told = |why| format!("with the keys of {origin}: {why}");
        match self {
            Self::Passing(why) => Self::Passing(told(why)),
            Self::Lasting(why) => Self::Lasting(told(why)),
        }
    }
}

impl From<String> for Trouble {
    fn from(why: String) -> Self {
        Self::Passing(why)
    }
}

impl From<Trouble> for String {
    fn from(trouble: Trouble) -> Self {
        match trouble {
            Trouble::Passing(why) | Trouble::Lasting(why) => why,
        }
    }
}

/// Credentials that have not ended yet.
fn lasting(credentials: Credentials, world: &World) -> Result<Credentials, String> {
    match credentials.expires {
        Some(expires) if expires <= world.now() => Err(format!(
            "the keys that came ended at {} UTC already; if they are new, the clock of this machine is wrong",
            expires.to_offset(time::UtcOffset::UTC).replace_nanosecond(0).map_or_else(
                |_| String::new(),
                |end| { format!("{} {:02}:{:02}:{:02}", end.date(), end.hour(), end.minute(), end.second()) }
            )
        )),
        _ => Ok(credentials),
    }
}

fn broken(source: &dyn Source, why: &str) -> String {
    format!("the credentials of {} cannot be used: {why}", source.name())
}

/// Lines that begin with blanks are left alone by whoever breaks lines to the width of a terminal.
fn nowhere(absent: &[String]) -> String {
    let places: String = absent.iter().map(|place| format!("\n  - {place}")).collect();
    format!(
        "no credentials were found. These places were looked at, in this order:\n{places}\n\nSet up one of them; the guide \
         Authentication in the documentation of this provider says how."
    )
}
