//! One call from its parameters to its answer, with all tries.

#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use time::UtcOffset;
use time::macros::format_description;
use tokio::time::{Instant, timeout_at};
use tracing::debug;
use zeroize::Zeroizing;

use crate::alibaba::advice;
use crate::alibaba::answer::{self, Answer, Asked};
use crate::alibaba::credentials::{Chain, Credentials};
use crate::alibaba::doors::Doors;
use crate::alibaba::endpoints::{Endpoint, Route, endpoint};
use crate::alibaba::error::{Error, Refusal};
use crate::alibaba::limiter::Gate;
use crate::alibaba::operation::{Operation, Parameters, Product};
use crate::alibaba::patience::{Impatience, Patience};
use crate::alibaba::redaction::Redaction;
use crate::alibaba::retry::{Backoff, Verdict, asked_pause, judge};
use crate::alibaba::signature;
use crate::alibaba::transport::{Http, Lost, Reply, Transport};
use crate::secret::Secret;
use crate::world::World;

/// How much longer than the stop a call is awaited that was sent and must not be repeated.
const GRACE: Duration = Duration::from_secs(10);

/// What a token is refused with that was good once.
const EXPIRED: &str = "InvalidSecurityToken.Expired";

/// What a client needs to know; [`Settings::new`] gives the defaults. A clone shares the credentials, so that clients of
/// several products ask for them once.
#[derive(Clone)]
pub struct Settings {
    /// Who calls.
    pub credentials: Chain,
    /// The way to the product.
    pub route: Route,
    /// Limit for one connection to be made; 60 s unless set, as in alicloud.
    pub connect_timeout: Duration,
    /// Limit for each wait for something to read; 60 s unless set, as in alicloud.
    pub read_timeout: Duration,
    /// Follows name and version in the header `User-Agent`; left out when it has characters that no header may have.
    pub user_agent_suffix: Option<String>,
    /// Parameters of every call that RAM policies may ask for: `SourceIp`, `SecureTransport`.
    pub common: Vec<(&'static str, String)>,
    /// Clock, dice and environment.
    pub world: World,
}

impl Settings {
    /// The defaults.
    pub fn new(credentials: Chain, world: World) -> Self {
        Self {
            credentials,
            route: Route::default(),
            connect_timeout: Duration::from_secs(60),
            read_timeout: Duration::from_secs(60),
            user_agent_suffix: None,
            common: Vec::new(),
            world,
        }
    }
}

/// Who signs.
pub enum Caller {
    /// Whoever the chain finds.
    Chain(Chain),
    /// These keys.
    Keys(Credentials),
    /// Nobody: the call itself proves who makes it.
    Nobody,
}

/// A client for one product. Cheap to clone; all clones share connections and the pace of calls.
#[derive(Clone)]
pub struct RpcClient(Arc<Inner>);

struct Inner {
    product: &'static Product,
    caller: Caller,
    common: Vec<(&'static str, String)>,
    route: Route,
    world: World,
    transport: Box<dyn Transport>,
    gate: Gate,
    /// The last refusal for coming too fast.
    slowed: Mutex<Option<Error>>,
    doors: Doors,
}

impl RpcClient {
    /// A client that does nothing yet: credentials, certificates and connections wait for the first call.
    pub fn new(product: &'static Product, settings: Settings) -> Self {
        let suffix = settings.user_agent_suffix.as_deref();
        let http = Http::new(settings.connect_timeout, settings.read_timeout, suffix);
        Self::over(Box::new(http), product, settings)
    }

    fn over(transport: Box<dyn Transport>, product: &'static Product, settings: Settings) -> Self {
        let Settings { credentials, route, common, world, .. } = settings;
        let inner = Inner { common, ..Inner::new(Caller::Chain(credentials), transport, product, route, world) };
        Self(Arc::new(inner))
    }

    /// A client for calls that credentials are made of, and so cannot be signed with those of the chain.
    pub(super) fn signed_by(
        caller: Caller,
        transport: Box<dyn Transport>,
        product: &'static Product,
        route: Route,
        world: World,
    ) -> Self {
        Self(Arc::new(Inner::new(caller, transport, product, route, world)))
    }

    /// Where calls for `region` go, for messages.
    ///
    /// # Errors
    /// [`Error::Endpoint`] as in [`RpcClient::call`].
    pub fn endpoint(&self, region: &str) -> Result<String, Error> {
        self.0.endpoint(region).map(|endpoint| endpoint.to_string())
    }

    /// Calls `operation` in `region` and repeats it as long as that is safe, makes sense, and `patience` lasts.
    ///
    /// Await it in a task that is not dropped when the caller goes away: a dropped future does not take back what was
    /// sent.
    ///
    /// # Errors
    /// See [`Error`]. Only an operation that is not idempotent ends as [`Error::Unclear`].
    pub async fn call(
        &self,
        operation: &'static Operation,
        region: &str,
        parameters: Parameters,
        patience: &Patience,
    ) -> Result<Answer, Error> {
        let inner = &*self.0;
        let call = Call {
            inner,
            operation,
            region,
            parameters,
            patience,
            endpoint: inner.endpoint(region)?,
            begun: Instant::now(),
        };
        call.run().await
    }
}

impl Inner {
    fn new(
        caller: Caller,
        transport: Box<dyn Transport>,
        product: &'static Product,
        route: Route,
        world: World,
    ) -> Self {
        Self {
            product,
            caller,
            common: Vec::new(),
            route,
            world,
            transport,
            gate: Gate::new(),
            slowed: Mutex::default(),
            doors: Doors::default(),
        }
    }

    fn slowed(&self) -> MutexGuard<'_, Option<Error>> {
        self.slowed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn credentials(&self, patience: &Patience) -> Result<Option<Credentials>, String> {
        match &self.caller {
            Caller::Chain(chain) => chain.credentials_by(patience.deadline, &self.world).await.map(Some),
            Caller::Keys(keys) => Ok(Some(keys.clone())),
            Caller::Nobody => Ok(None),
        }
    }

    /// Who signs with these keys, in a user's words.
    fn caller(&self, keys: &Credentials) -> Option<String> {
        let Caller::Chain(chain) = &self.caller else { return None };
        let id = &keys.access_key_id;
        // Id and secret may have been given in place of each other.
        let id = if ["LTAI", "STS.", "TMP."].iter().any(|beginning| id.starts_with(beginning)) { id } else { "" };
        let origin = chain.origin().map_or_else(String::new, |origin| format!(" of {origin}"));
        let separated = if id.is_empty() { "" } else { " " };
        Some(format!("the access key{separated}{id}{origin}"))
    }

    /// Whether the next call may be signed with newer keys than those that were refused.
    async fn renews(&self, refused: Option<&Credentials>) -> bool {
        match (&self.caller, refused) {
            (Caller::Chain(chain), Some(keys)) => chain.renews(keys, &self.world).await,
            _ => false,
        }
    }

    fn endpoint(&self, region: &str) -> Result<Endpoint, Error> {
        endpoint(self.product, region, &self.route, &self.world).map_err(Error::Endpoint)
    }
}

/// One call with all its tries.
struct Call<'a> {
    inner: &'a Inner,
    operation: &'static Operation,
    region: &'a str,
    parameters: Parameters,
    patience: &'a Patience,
    endpoint: Endpoint,
    begun: Instant,
}

/// The end of one try.
struct Try {
    outcome: Result<Answer, Error>,
    /// How long the service asked to wait.
    asked: Option<Duration>,
    sent: Instant,
    credentials: Option<Credentials>,
}

impl Call<'_> {
    async fn run(&self) -> Result<Answer, Error> {
        let Self { inner, operation, patience, .. } = self;
        let mut backoff = Backoff::default();
        let mut last = None;
        let mut tries = 0_u32;
        let mut renewed = false;
        loop {
            if let Err(why) = inner.gate.pass(patience).await {
                // Whoever only waited for its turn is told why there was none.
                return Err(self.given_up(why, last.or_else(|| inner.slowed().clone())));
            }
            if let Some(cause) = inner.doors.closed(&self.endpoint) {
                return Err(Error::Connect { action: operation.action, endpoint: self.endpoint.to_string(), cause });
            }
            tries += 1;
            let Try { outcome, asked, sent, credentials } = self.attempt(tries).await?;
            let error = match outcome {
                Ok(answer) => {
                    inner.gate.succeeded();
                    inner.doors.opened(&self.endpoint);
                    if tries > 1 {
                        debug!(action = operation.action, tries, "the call succeeded in the end");
                    }
                    return Ok(answer);
                }
                Err(error) => error,
            };
            // A token that was refused did nothing, so even what must not be repeated may be sent with the next one.
            if error.code() == Some(EXPIRED) && !renewed {
                match patience.bound(inner.renews(credentials.as_ref())).await {
                    Ok(true) => {
                        renewed = true;
                        last = Some(error);
                        continue;
                    }
                    Ok(false) => {}
                    Err(why) => return Err(self.given_up(why, Some(error))),
                }
            }
            let verdict = judge(&error, operation, inner.product);
            if verdict == Verdict::SlowDown {
                let pause = backoff.next(&inner.world, asked);
                inner.gate.throttled(sent, pause);
                *inner.slowed() = Some(error.clone());
                last = Some(error);
                continue;
            }
            if error.code().is_some() {
                inner.gate.succeeded();
            }
            let took = sent.elapsed();
            let gives_up = match &error {
                Error::Connect { cause, .. } => {
                    inner.doors.gives_up(&self.endpoint, cause, took, backoff.gives_up_connecting(sent))
                }
                _ => {
                    backoff.connected();
                    inner.doors.opened(&self.endpoint);
                    false
                }
            };
            if verdict == Verdict::Repeat && !gives_up {
                let until = Instant::now() + backoff.next(&inner.world, asked);
                last = Some(error);
                match patience.sleep_until(until).await {
                    Ok(()) => continue,
                    Err(why) => {
                        if let Some(Error::Connect { cause, .. }) = &last {
                            inner.doors.gives_up(&self.endpoint, cause, took, true);
                        }
                        return Err(self.given_up(why, last));
                    }
                }
            }
            if tries > 1 {
                debug!(action = operation.action, tries, "the call failed in the end");
            }
            let error = match error {
                Error::TimedOut { action, after, last: None } => {
                    Error::TimedOut { action, after, last: last.map(Box::new) }
                }
                error => error,
            };
            return Err(match verdict {
                Verdict::Unclear => Error::Unclear { action: operation.action, cause: Box::new(error) },
                _ => error,
            });
        }
    }

    /// Signs and sends the request once. An error of its own means that nothing was sent.
    async fn attempt(&self, number: u32) -> Result<Try, Error> {
        let Self { inner, operation, region, patience, .. } = self;
        let action = operation.action;
        let credentials = match patience.bound(inner.credentials(patience)).await {
            Ok(credentials) => credentials.map_err(Error::Credentials)?,
            Err(why) => return Err(self.given_up(why, None)),
        };
        let token = credentials.as_ref().and_then(|keys| keys.security_token.as_ref()).map(Secret::expose);
        let secrets = self.parameters.iter().filter(|(name, _)| operation.secret_parameters.contains(name));
        let redaction = Redaction::of(secrets.map(|(_, value)| value).chain(token));
        let canonical = self.canonical(credentials.as_ref());
        let string_to_sign = signature::string_to_sign("POST", &canonical);
        let form = match &credentials {
            Some(keys) => {
                let signature = signature::sign(&string_to_sign, &keys.access_key_secret);
                signature::signed_form(&canonical, &signature)
            }
            None => Zeroizing::new(canonical.as_bytes().to_vec()),
        };

        let sent = Instant::now();
        let reply = self.post(form).await;
        let status = reply.as_ref().ok().map(|reply| reply.status);
        let asked = reply.as_ref().ok().and_then(|reply| asked_pause(&reply.headers));
        let asking =
            Asked { product: inner.product, operation, string_to_sign: &string_to_sign, redaction: &redaction };
        let outcome =
            reply.and_then(|reply| answer::read(&reply, &asking)).map_err(|error| match (error, &credentials) {
                (Error::Api(refusal), Some(keys)) if advice::is_about_caller(&refusal.code) => {
                    Error::Api(Box::new(Refusal { caller: inner.caller(keys), ..*refusal }))
                }
                (error, _) => error,
            });

        let (code, request_id) = match &outcome {
            Ok(answer) => (None, Some(answer.request_id.as_str())),
            Err(Error::Api(refusal)) => (Some(refusal.shown_code()), refusal.request_id.as_deref()),
            Err(_) => (None, None),
        };
        let milliseconds = sent.elapsed().as_millis();
        debug!(action, region, number, status, code, request_id, milliseconds, "tried");
        Ok(Try { outcome, asked, sent, credentials })
    }

    /// The parameters of the call and those of every call, with a nonce and a time stamp that are new each time.
    fn canonical(&self, credentials: Option<&Credentials>) -> Zeroizing<String> {
        let Self { inner, operation, .. } = self;
        let nonce = inner.world.uuid();
        let timestamp = inner
            .world
            .now()
            .to_offset(UtcOffset::UTC)
            .format(format_description!("[year]-[month]-[day]T[hour]:[minute]:[second]Z"))
            .expect("all parts of the format are parts of a date with time");
        let mut parameters = vec![
            ("Action", operation.action),
            ("Format", "JSON"),
            ("RegionId", self.region),
            ("SignatureNonce", &nonce),
            ("Timestamp", &timestamp),
            ("Version", inner.product.version),
        ];
        if let Some(keys) = credentials {
            parameters.extend([
                ("AccessKeyId", keys.access_key_id.as_str()),
                ("SignatureMethod", "HMAC-SHA1"),
                ("SignatureVersion", "1.0"),
            ]);
            parameters.extend(keys.security_token.as_ref().map(|token| ("SecurityToken", token.expose())));
        }
        parameters.extend(inner.common.iter().map(|(name, value)| (*name, value.as_str())));
        parameters.extend(self.parameters.iter());
        signature::canonical(&parameters)
    }

    /// Sends the form and awaits the reply as long as the caller's patience and the kind of operation allow.
    async fn post(&self, form: Zeroizing<Vec<u8>>) -> Result<Reply, Error> {
        let Self { inner, operation, patience, .. } = self;
        let left = patience.deadline.saturating_duration_since(Instant::now());
        let mut posting = inner.transport.post(&self.endpoint, form, left);
        let posted = match patience.bound(&mut posting).await {
            Err(Impatience::Stopped) if !operation.idempotent => {
                // To let go of it now would leave an account behind that nobody knows of.
                let until = patience.deadline.min(Instant::now() + GRACE);
                timeout_at(until, posting).await.map_err(|_| Impatience::Stopped)
            }
            posted => posted,
        };
        let (action, endpoint) = (operation.action, || self.endpoint.to_string());
        posted.map_err(|why| self.given_up(why, None))?.map_err(|lost| match lost {
            Lost::NotSent(cause) => Error::Connect { action, endpoint: endpoint(), cause },
            Lost::NotTrusted(cause) => Error::Certificate { action, endpoint: endpoint(), cause },
            Lost::NoAnswer(cause) => Error::Interrupted { action, endpoint: endpoint(), cause },
            Lost::Blocked { cause, advice } => Error::Blocked { action, endpoint: endpoint(), cause, advice },
            Lost::Unusable(problem) => Error::Client(problem),
        })
    }

    fn given_up(&self, why: Impatience, last: Option<Error>) -> Error {
        let action = self.operation.action;
        match why {
            Impatience::Stopped => Error::Stopped { action },
            Impatience::DeadlinePassed => {
                Error::TimedOut { action, after: self.begun.elapsed(), last: last.map(Box::new) }
            }
        }
    }
}
