//! Keeping and renewing, on a clock that the test moves.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use http::HeaderMap;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use zeroize::Zeroizing;

use super::*;
use crate::alibaba::endpoints::{Endpoint, Route};
use crate::alibaba::scripted_server::decode;
use crate::alibaba::transport::{Errand, Posting, Reply, Transport, Web};

const NOON: i64 = 1_893_499_200;

/// An STS that numbers the keys it gives, takes two seconds for it, and can be told to refuse.
#[derive(Default)]
struct Service {
    calls: AtomicU32,
    refuses: Mutex<bool>,
    /// Whether it hangs instead of answering.
    hangs: Mutex<bool>,
    /// How long the keys last; an hour where nothing is said.
    lasting: Mutex<Duration>,
    tokens: Mutex<Vec<String>>,
    world: Mutex<Option<World>>,
}

impl Transport for Service {
    fn post<'a>(&'a self, _: &'a Endpoint, form: Zeroizing<Vec<u8>>, _: Duration) -> Posting<'a> {
        Box::pin(async move {
            let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
            self.tokens.lock().unwrap().extend(decode(std::str::from_utf8(&form).unwrap()).remove("OIDCToken"));
            if *self.hangs.lock().unwrap() {
                std::future::pending::<()>().await;
            }
            tokio::time::sleep(Duration::from_secs(2)).await;
            let now = self.world.lock().unwrap().as_ref().unwrap().now();
            let lasting = Some(*self.lasting.lock().unwrap()).filter(|lasting| !lasting.is_zero());
            let end = (now + lasting.unwrap_or(Duration::from_secs(3600))).format(&Rfc3339).unwrap();
            let (status, body) = if *self.refuses.lock().unwrap() {
                (403, json!({"Code": "NoPermission", "Message": "You are not authorized.", "RequestId": "72E8"}))
            } else {
                let keys = json!({
                    "AccessKeyId": format!("STS.{number}"), "AccessKeySecret": "hush", "SecurityToken": "hush-token",
                    "Expiration": end,
                });
                (200, json!({"RequestId": "72E8", "Credentials": keys}))
            };
            Ok(Reply { status, headers: HeaderMap::new(), body: body.to_string().into_bytes() })
        })
    }
}

impl Web for Service {
    fn run(&self, _: Errand) -> Posting<'_> {
        unreachable!("nothing but STS is asked")
    }
}

/// A chain with one role on top of keys, and its world.
fn chain() -> (Chain, World, Arc<Service>) {
    let written = Written {
        keys: Block { access_key: Some("id".to_owned()), secret_key: Some(Secret::from("hush")), security_token: None },
        assume_role: Some(vec![Role { arn: "acs:ram::1:role/deploy".to_owned(), ..Role::default() }]),
        ..Written::default()
    };
    let world = World::ticking(OffsetDateTime::from_unix_timestamp(NOON).unwrap(), &[], HashMap::new());
    let service = Arc::new(Service { world: Mutex::new(Some(world.clone())), ..Service::default() });
    let sts = Sts::new(Arc::clone(&service) as Arc<dyn Web>, Route::default(), None);
    (written.chain(&world, sts).unwrap(), world, service)
}

fn calls(service: &Service) -> u32 {
    service.calls.load(Ordering::Relaxed)
}

async fn id(chain: &Chain, world: &World) -> String {
    chain.credentials(world).await.unwrap().access_key_id
}

#[tokio::test(start_paused = true)]
async fn a_thousand_calls_make_one_renewal() {
    let (chain, world, service) = chain();
    let all = join_all((0..1000).map(|_| id(&chain, &world))).await;
    assert!(all.iter().all(|id| id == "STS.1"));
    assert_eq!(calls(&service), 1);

    tokio::time::advance(Duration::from_secs(3600 - 180)).await;
    let all = join_all((0..1000).map(|_| id(&chain, &world))).await;
    assert!(all.iter().all(|id| id == "STS.2"));
    assert_eq!(calls(&service), 2);
}

#[tokio::test(start_paused = true)]
async fn keys_are_kept_until_three_minutes_before_they_end() {
    let (chain, world, service) = chain();
    assert_eq!(id(&chain, &world).await, "STS.1");
    tokio::time::advance(Duration::from_secs(3600 - 181)).await;
    assert_eq!(id(&chain, &world).await, "STS.1");
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(id(&chain, &world).await, "STS.2");
    assert_eq!(calls(&service), 2);
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_to_all_who_waited_and_asked_for_once() {
    let (chain, world, service) = chain();
    *service.refuses.lock().unwrap() = true;
    let all = join_all((0..1000).map(|_| chain.credentials(&world))).await;
    for outcome in all {
        let error = outcome.unwrap_err();
        assert!(error.contains("role acs:ram::1:role/deploy") && error.contains("NoPermission"), "{error}");
    }
    assert_eq!(calls(&service), 1);
    // Whoever comes within ten seconds is told the same, and then it is forgotten.
    *service.refuses.lock().unwrap() = false;
    tokio::time::advance(Duration::from_secs(9)).await;
    assert!(chain.credentials(&world).await.is_err());
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(id(&chain, &world).await, "STS.2");
}

#[tokio::test(start_paused = true)]
async fn keys_that_come_shortly_before_their_end_are_not_asked_for_by_every_call() {
    let (chain, world, service) = chain();
    *service.lasting.lock().unwrap() = Duration::from_secs(60);
    for second in 0..58 {
        id(&chain, &world).await;
        tokio::time::advance(Duration::from_secs(1)).await;
        // One took two seconds, and then ten passed before the next.
        assert!(calls(&service) <= 1 + second / 10, "{} calls within {second} s", calls(&service));
    }
    *service.lasting.lock().unwrap() = Duration::from_secs(5);
    tokio::time::advance(Duration::from_secs(60)).await;
    let first = id(&chain, &world).await;
    tokio::time::advance(Duration::from_secs(4)).await;
    assert_eq!(id(&chain, &world).await, first);
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_ne!(id(&chain, &world).await, first, "they are never used beyond their end");
}

#[tokio::test(start_paused = true)]
async fn keys_that_cannot_be_renewed_are_used_while_they_hold() {
    let (chain, world, service) = chain();
    assert_eq!(id(&chain, &world).await, "STS.1");
    tokio::time::advance(Duration::from_secs(3600 - 100)).await;
    *service.refuses.lock().unwrap() = true;
    assert_eq!(id(&chain, &world).await, "STS.1");
    assert_eq!(id(&chain, &world).await, "STS.1");
    assert_eq!(calls(&service), 2, "and nobody asks at once again");
    tokio::time::advance(Duration::from_secs(100)).await;
    assert!(chain.credentials(&world).await.is_err());
}

#[tokio::test(start_paused = true)]
async fn a_service_that_hangs_holds_nobody_up_for_long_while_the_keys_hold() {
    let (chain, world, service) = chain();
    assert_eq!(id(&chain, &world).await, "STS.1");
    tokio::time::advance(Duration::from_secs(3600 - 180)).await;
    *service.hangs.lock().unwrap() = true;
    let begun = tokio::time::Instant::now();
    let all = join_all((0..1000).map(|_| id(&chain, &world))).await;
    assert!(all.iter().all(|id| id == "STS.1"));
    assert_eq!((begun.elapsed().as_secs(), calls(&service)), (10, 2));
    *service.hangs.lock().unwrap() = false;
    tokio::time::advance(Duration::from_secs(10)).await;
    assert_eq!(id(&chain, &world).await, "STS.3");
}

#[tokio::test(start_paused = true)]
async fn who_has_no_more_time_than_somebody_who_gave_up_is_told_so_at_once() {
    let (chain, world, service) = chain();
    *service.hangs.lock().unwrap() = true;
    let within = |seconds| tokio::time::Instant::now() + Duration::from_secs(seconds);
    let begun = tokio::time::Instant::now();
    let all = join_all((0..10).map(|_| chain.credentials_by(within(5), &world))).await;
    let told = "the keys of the role acs:ram::1:role/deploy did not come within 5.0 s";
    assert!(all.iter().all(|outcome| outcome.as_ref().is_err_and(|told_| told_ == told)), "{all:?}");
    for _ in 0..1000 {
        assert_eq!(chain.credentials_by(within(5), &world).await.unwrap_err(), told);
    }
    assert_eq!(begun.elapsed().as_secs(), 5);
    *service.hangs.lock().unwrap() = false;
    let patient = chain.credentials_by(within(6), &world).await.unwrap();
    assert_eq!(chain.credentials_by(within(1), &world).await.unwrap(), patient);
}

#[tokio::test(start_paused = true)]
async fn a_source_that_gave_keys_before_is_asked_again_when_it_fails_for_a_moment() {
    let (chain, world, service) = chain();
    assert_eq!(id(&chain, &world).await, "STS.1");
    tokio::time::advance(Duration::from_secs(3600)).await;
    *service.refuses.lock().unwrap() = true;
    let heals = async {
        tokio::time::sleep(Duration::from_secs(3)).await;
        *service.refuses.lock().unwrap() = false;
    };
    let (id, ()) = tokio::join!(id(&chain, &world), heals);
    assert_eq!((id.as_str(), calls(&service)), ("STS.3", 3));
}

#[tokio::test(start_paused = true)]
async fn a_caller_who_gives_up_leaves_the_renewal_to_the_next() {
    let (chain, world, service) = chain();
    let gone = tokio::time::timeout(Duration::from_secs(1), chain.credentials(&world)).await;
    assert!(gone.is_err());
    assert_eq!(id(&chain, &world).await, "STS.2");
    assert_eq!(calls(&service), 2);
}

#[tokio::test(start_paused = true)]
async fn refused_keys_are_renewed_once_for_all_whom_they_were_refused_to() {
    let (chain, world, service) = chain();
    let refused = chain.credentials(&world).await.unwrap();
    for _ in 0..10 {
        assert!(chain.renews(&refused, &world).await);
        assert_eq!(id(&chain, &world).await, "STS.2");
    }
    assert_eq!(calls(&service), 2);
}

/// A place whose keys never say when they end, and are others only when somebody puts others there.
#[derive(Default)]
struct Drawer {
    looked: AtomicU32,
    number: AtomicU32,
}

impl Source for Arc<Drawer> {
    fn name(&self) -> String {
        "the drawer".to_owned()
    }

    fn look(&self, _: &World) -> Finding<Way> {
        self.looked.fetch_add(1, Ordering::Relaxed);
        Finding::Found(Way::Keys(Credentials {
            access_key_id: format!("STS.{}", self.number.load(Ordering::Relaxed)),
            access_key_secret: Secret::from("hush"),
            security_token: Some(Secret::from("hush-token")),
            expires: None,
        }))
    }
}

/// Whoever switches to another profile means the runs to come.
#[tokio::test(start_paused = true)]
async fn a_run_keeps_the_profile_that_it_began_with() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("config.json").display().to_string();
    let write = |current: &str, id: &str| {
        let profile = |name: &str, id: &str| json!({"name": name, "mode": "StsToken", "access_key_id": id, "access_key_secret": "hush", "sts_token": "hush"});
        let profiles = json!({"current": current, "profiles": [profile("p", id), profile("q", "STS.q")]});
        std::fs::write(&file, profiles.to_string()).unwrap();
    };
    write("p", "STS.p1");
    let world = World::of_process();
    let written = Written { shared_credentials_file: Some(file.clone()), ..Written::default() };
    // A profile that the environment of whoever runs this names would count.
    let written = Written { profile: world.variable("ALIBABA_CLOUD_PROFILE").map(|_| "p".to_owned()), ..written };
    let chain = written.chain(&world, Sts::default()).unwrap();
    let refused = chain.credentials(&world).await.unwrap();
    assert_eq!(refused.access_key_id, "STS.p1");
    write("q", "STS.p2");
    assert!(chain.renews(&refused, &world).await);
    assert_eq!(id(&chain, &world).await, "STS.p2");
}

#[tokio::test(start_paused = true)]
async fn keys_without_an_end_are_asked_for_again_when_they_are_refused_and_used_if_they_are_newer() {
    let drawer = Arc::new(Drawer::default());
    let world = World::ticking(OffsetDateTime::from_unix_timestamp(NOON).unwrap(), &[], HashMap::new());
    let chain = Chain::new(vec![Box::new(Arc::clone(&drawer))]);
    let refused = chain.credentials(&world).await.unwrap();
    let asked = join_all((0..1000).map(|_| chain.renews(&refused, &world))).await;
    assert!(asked.iter().all(|renews| !renews), "the same keys are not sent again");
    assert_eq!(drawer.looked.load(Ordering::Relaxed), 2, "once at first, and once more for all");

    drawer.number.store(7, Ordering::Relaxed);
    tokio::time::advance(Duration::from_secs(10)).await;
    assert!(chain.renews(&refused, &world).await);
    assert_eq!(id(&chain, &world).await, "STS.7");
}

#[tokio::test(start_paused = true)]
async fn the_token_file_is_read_again_at_each_renewal() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    std::fs::write(&path, "hush-one\n").unwrap();
    let oidc = OidcBlock {
        provider_arn: Some("acs:ram::1:oidc-provider/ci".to_owned()),
        token_file: Some(path.display().to_string()),
        token: None,
        // With nothing left to the environment of whoever runs this.
        role: Role {
            arn: "acs:ram::1:role/ci".to_owned(),
            session_name: Some("test".to_owned()),
            duration: Some(3600),
            sts_region: Some("cn-shanghai".to_owned()),
            ..Role::default()
        },
    };
    let world = World::of_process();
    let service = Arc::new(Service { world: Mutex::new(Some(world.clone())), ..Service::default() });
    let sts = Sts::new(Arc::clone(&service) as Arc<dyn Web>, Route::to("https://sts.example.com"), None);
    let chain = Written { assume_role_with_oidc: Some(oidc), ..Written::default() }.chain(&world, sts).unwrap();
    let first = chain.credentials(&world).await.unwrap();
    std::fs::write(&path, "hush-two\n").unwrap();
    assert!(chain.renews(&first, &world).await);
    assert_eq!(id(&chain, &world).await, "STS.2");
    assert_eq!(*service.tokens.lock().unwrap(), ["hush-one", "hush-two"]);
}
