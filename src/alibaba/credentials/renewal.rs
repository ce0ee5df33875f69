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
use crate::alibaba::endpoints::{Endpoint, Protocol};
use crate::alibaba::scripted_server::decode;
use crate::alibaba::transport::{Errand, Posting, Reply, Transport, Web};

const NOON: i64 = 1_893_499_200;

/// An STS that numbers the keys it gives, takes two seconds for it, and can be told to refuse.
#[derive(Default)]
struct Service {
    calls: AtomicU32,
    refuses: Mutex<bool>,
    tokens: Mutex<Vec<String>>,
    world: Mutex<Option<World>>,
}

impl Transport for Service {
    fn post<'a>(&'a self, _: &'a Endpoint, form: Zeroizing<Vec<u8>>) -> Posting<'a> {
        Box::pin(async move {
            let number = self.calls.fetch_add(1, Ordering::Relaxed) + 1;
            self.tokens.lock().unwrap().extend(decode(std::str::from_utf8(&form).unwrap()).remove("OIDCToken"));
            tokio::time::sleep(Duration::from_secs(2)).await;
            let now = self.world.lock().unwrap().as_ref().unwrap().now();
            let end = (now + Duration::from_secs(3600)).format(&Rfc3339).unwrap();
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
        assume_role: vec![Role { arn: "acs:ram::1:role/deploy".to_owned(), ..Role::default() }],
        ..Written::default()
    };
    let world = World::ticking(OffsetDateTime::from_unix_timestamp(NOON).unwrap(), &[], HashMap::new());
    let service = Arc::new(Service { world: Mutex::new(Some(world.clone())), ..Service::default() });
    let sts = Sts::new(Arc::clone(&service) as Arc<dyn Web>, None, None, Protocol::Https);
    (written.chain(&world, sts), world, service)
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
    // It is not remembered for those who come later.
    *service.refuses.lock().unwrap() = false;
    assert_eq!(id(&chain, &world).await, "STS.2");
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
        assert!(chain.discard(&refused));
        assert_eq!(id(&chain, &world).await, "STS.2");
    }
    assert_eq!(calls(&service), 2);
}

#[tokio::test]
async fn keys_without_an_end_are_not_asked_for_again() {
    let block = Block {
        access_key: Some("id".to_owned()),
        secret_key: Some(Secret::from("hush")),
        security_token: Some(Secret::from("hush-token")),
    };
    let world = World::fixed(OffsetDateTime::UNIX_EPOCH, &[]);
    let chain = Chain::new(vec![Box::new(block)]);
    let refused = chain.credentials(&world).await.unwrap();
    assert!(!chain.discard(&refused));
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
        role: Role { arn: "acs:ram::1:role/ci".to_owned(), ..Role::default() },
    };
    let world = World::of_process();
    let service = Arc::new(Service { world: Mutex::new(Some(world.clone())), ..Service::default() });
    let sts = Sts::new(
        Arc::clone(&service) as Arc<dyn Web>,
        Some("https://sts.example.com".to_owned()),
        None,
        Protocol::Https,
    );
    let chain = Written { assume_role_with_oidc: Some(oidc), ..Written::default() }.chain(&world, sts);
    let first = chain.credentials(&world).await.unwrap();
    std::fs::write(&path, "hush-two\n").unwrap();
    assert!(chain.discard(&first));
    assert_eq!(id(&chain, &world).await, "STS.2");
    assert_eq!(*service.tokens.lock().unwrap(), ["hush-one", "hush-two"]);
}
