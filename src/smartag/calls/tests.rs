use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::{Value, json};
use smartag_emulator::{
    Ciphertext, Config, DEFAULT_ACCESS_KEY_ID, DEFAULT_ACCESS_KEY_SECRET, Emulator, InstanceConfig, Outside,
    StatisticsKey,
};
use time::OffsetDateTime;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::alibaba::credentials::{Block, Chain};
use crate::alibaba::scripted_server::{Play, Request, Server};
use crate::alibaba::{Kms, Route};
use crate::world::World;

fn smartag(server: &Server) -> Smartag {
    let keys = Block {
        access_key: Some("testid".to_owned()),
        secret_key: Some(Secret::from("testsecret")),
        security_token: None,
    };
    let chain = Chain::new(vec![Box::new(keys)]);
    let settings = Settings::new(chain, World::fixed(OffsetDateTime::UNIX_EPOCH, &[]));
    Smartag::new(Settings { route: Route::to(&server.address), ..settings })
}

fn instance() -> InstanceRef {
    InstanceRef { region: "cn-shanghai".to_owned(), sag_id: "sag-1".to_owned() }
}

fn patience() -> Patience {
    Patience::lasting(Duration::from_secs(60), CancellationToken::new())
}

/// A server that answers every request with this, in turn.
fn answering(answers: impl IntoIterator<Item = Value>) -> Server {
    Server::playing(answers.into_iter().map(|answer| Play::json(200, &answer)).collect())
}

/// What each request had besides the parameters that every call has.
fn own_parameters(server: &Server) -> Vec<String> {
    const COMMON: &[&str] = &[
        "AccessKeyId",
        "Format",
        "Signature",
        "SignatureMethod",
        "SignatureNonce",
        "SignatureVersion",
        "Timestamp",
        "Version",
    ];
    let own = |form: BTreeMap<String, String>| {
        let own = form.into_iter().filter(|(name, _)| !COMMON.contains(&name.as_str()));
        own.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(" ")
    };
    server.requests().into_iter().map(|request| own(request.form)).collect()
}

#[tokio::test]
async fn every_action_has_exactly_its_parameters() {
    let ok = json!({"RequestId": "72E8"});
    let users =
        json!({"TotalCount": 1, "Users": {"User": [{"UserName": "anna", "Bandwidth": 1}]}, "RequestId": "72E8"});
    let server = answering((0..10).map(|_| ok.clone()).chain([users.clone(), users.clone()]));
    let (smartag, instance, patience) = (smartag(&server), instance(), patience());
    let bare = NewUser {
        user_mail: "anna@example.com".to_owned(),
        bandwidth: 2000,
        user_name: None,
        password: None,
        client_ip: None,
    };
    let full = NewUser {
        user_name: Some("anna".to_owned()),
        password: Some(Secret::from("hunter2-hunter2")),
        client_ip: Some("10.0.0.7".to_owned()),
        ..bare.clone()
    };
    let plain = UserChange { bandwidth: 1, user_mail: None, address: None };
    let to_static = UserChange {
        user_mail: Some("a@example.com".to_owned()),
        address: Some(Address::Static("10.0.0.8".to_owned())),
        ..plain.clone()
    };
    let to_dynamic = UserChange { address: Some(Address::Dynamic), ..plain.clone() };
    let secret = Secret::from("hunter3-hunter3");

    assert_eq!(smartag.create_user(&instance, &bare, &patience).await.unwrap().user_name, "anna@example.com");
    assert_eq!(smartag.create_user(&instance, &full, &patience).await.unwrap().user_name, "anna");
    smartag.modify_user(&instance, "anna", &plain, &patience).await.unwrap();
    smartag.modify_user(&instance, "anna", &to_static, &patience).await.unwrap();
    smartag.modify_user(&instance, "anna", &to_dynamic, &patience).await.unwrap();
    smartag.reset_password(&instance, "anna", Some(&secret), &patience).await.unwrap();
    smartag.enable_user(&instance, "anna", &patience).await.unwrap();
    smartag.disable_user(&instance, "anna", &patience).await.unwrap();
    smartag.delete_user(&instance, "anna", &patience).await.unwrap();
    assert_eq!(smartag.kick_out(&instance, "anna", &patience).await.unwrap(), "72E8");
    smartag.list_users(&instance, &patience).await.unwrap();
    smartag.find_fresh(&instance, "anna", &patience).await.unwrap();

    let expected = [
        "Action=CreateSmartAccessGatewayClientUser Bandwidth=2000 RegionId=cn-shanghai SmartAGId=sag-1 \
         UserMail=anna@example.com",
        "Action=CreateSmartAccessGatewayClientUser Bandwidth=2000 ClientIp=10.0.0.7 Password=hunter2-hunter2 \
         RegionId=cn-shanghai SmartAGId=sag-1 UserMail=anna@example.com UserName=anna",
        "Action=ModifySmartAccessGatewayClientUser Bandwidth=1 RegionId=cn-shanghai SmartAGId=sag-1 UserName=anna",
        "Action=ModifySmartAccessGatewayClientUser Bandwidth=1 ClientIp=10.0.0.8 Email=a@example.com \
         EnableStaticIp=true RegionId=cn-shanghai SmartAGId=sag-1 UserName=anna",
        "Action=ModifySmartAccessGatewayClientUser Bandwidth=1 EnableStaticIp=false RegionId=cn-shanghai \
         SmartAGId=sag-1 UserName=anna",
        "Action=ResetSmartAccessGatewayClientUserPassword Password=hunter3-hunter3 RegionId=cn-shanghai \
         SmartAGId=sag-1 UserName=anna",
        "Action=EnableSmartAccessGatewayUser RegionId=cn-shanghai SmartAGId=sag-1 UserName=anna",
        "Action=DisableSmartAccessGatewayUser RegionId=cn-shanghai SmartAGId=sag-1 UserName=anna",
        "Action=DeleteSmartAccessGatewayClientUser RegionId=cn-shanghai SmartAGId=sag-1 UserName=anna",
        "Action=KickOutClients RegionId=cn-shanghai SmartAGId=sag-1 Username=anna",
        "Action=DescribeSmartAccessGatewayClientUsers PageNumber=1 PageSize=50 RegionId=cn-shanghai SmartAGId=sag-1",
        "Action=DescribeSmartAccessGatewayClientUsers PageNumber=1 PageSize=50 RegionId=cn-shanghai SmartAGId=sag-1 \
         UserName=anna",
    ];
    assert_eq!(own_parameters(&server), expected);
    assert!(server.requests().iter().all(|request| request.line == "POST / HTTP/1.1"));
    assert!(server.requests().iter().all(|request| request.form["Version"] == "2018-03-13"));
}

#[tokio::test]
async fn a_write_is_seen_by_the_next_read_and_a_failed_one_too() {
    let anna = |bandwidth: u32| {
        let users = json!([{"UserName": "anna", "Bandwidth": bandwidth, "State": 0}]);
        json!({"TotalCount": 1, "Users": {"User": users}, "RequestId": "72E8"})
    };
    let refused = json!({"Code": "ClientUser.BandwidthInvalid", "Message": "The specified Bandwidth is invalid."});
    let server = answering([anna(1), json!({"RequestId": "72E8"}), anna(2), refused, anna(3)]);
    let (smartag, instance, patience) = (smartag(&server), instance(), patience());
    let change = UserChange { bandwidth: 2, user_mail: None, address: None };
    for (bandwidth, succeeds) in [(1, true), (2, false), (3, false)] {
        let Lookup::Found(user) = smartag.find_user(&instance, "anna", &patience).await.unwrap() else {
            panic!("anna is there")
        };
        assert_eq!(user.bandwidth, bandwidth);
        if bandwidth < 3 {
            let outcome = smartag.modify_user(&instance, "anna", &change, &patience).await;
            assert_eq!(outcome.is_ok(), succeeds);
        }
    }
}

#[test]
fn only_create_must_not_be_repeated_and_passwords_are_secret() {
    let all = [
        &actions::CREATE,
        &actions::DELETE,
        &actions::DESCRIBE,
        &actions::MODIFY,
        &actions::RESET_PASSWORD,
        &actions::ENABLE,
        &actions::DISABLE,
        &actions::KICK_OUT,
        &actions::COUNT_ONLINE,
        &actions::LIST_ONLINE,
        &actions::LIST_INSTANCES,
    ];
    for operation in all {
        assert_eq!(operation.idempotent, !operation.action.starts_with("Create"), "{}", operation.action);
        let with_password = operation.action.starts_with("Create") || operation.action.starts_with("Reset");
        assert_eq!(operation.secret_parameters.contains(&"Password"), with_password, "{}", operation.action);
    }
}

#[tokio::test]
async fn a_create_whose_answer_is_lost_is_unclear_and_the_user_is_asked_for_afresh() {
    let nobody = json!({"TotalCount": 0, "Users": {"User": []}, "RequestId": "72E8"});
    let anna = json!({"TotalCount": 1, "Users": {"User": [{"UserName": "anna", "Bandwidth": 1}]}, "RequestId": "72E8"});
    let server = Server::playing(vec![Play::json(200, &nobody), Play::HangUp, Play::json(200, &anna)]);
    let (smartag, instance, patience) = (smartag(&server), instance(), patience());
    let new = NewUser {
        user_mail: "anna@example.com".to_owned(),
        bandwidth: 1,
        user_name: Some("anna".to_owned()),
        password: Some(Secret::from("hunter2-hunter2")),
        client_ip: None,
    };
    assert_eq!(smartag.find_user(&instance, "anna", &patience).await, Ok(Lookup::Absent));
    let error = smartag.create_user(&instance, &new, &patience).await.unwrap_err();
    assert!(error.is_unclear() && !format!("{error} {error:?}").contains("hunter2"), "{error:?}");
    assert!(matches!(smartag.find_user(&instance, "anna", &patience).await, Ok(Lookup::Found(_))));
}

#[tokio::test]
async fn sessions_are_asked_for_with_exactly_their_parameters() {
    let counts = json!({"UserStatistics": {"Statistics": [{"UserName": "anna", "OnlineCount": "2"}]}});
    let clients = json!({"Users": {"User": [{"ClientIp": "10.0.0.7", "OnlineTime": "60"}]}});
    let server = answering([counts, clients]);
    let (smartag, instance, patience) = (smartag(&server), instance(), patience());
    let counts = smartag.online_counts(&instance, &["bert", "anna", "bert"], &patience).await.unwrap();
    assert_eq!(counts, BTreeMap::from([("anna".to_owned(), 2), ("bert".to_owned(), 0)]));
    let clients = smartag.online_clients(&instance, "anna", &patience).await.unwrap();
    let online_since = OffsetDateTime::UNIX_EPOCH + Duration::from_secs(60);
    assert_eq!(clients, [OnlineClient { client_ip: Some("10.0.0.7".to_owned()), online_since }]);
    let expected = [
        "Action=DescribeUserOnlineClientStatistics RegionId=cn-shanghai SmartAGId=sag-1 UserNames.1=anna \
         UserNames.2=bert",
        "Action=DescribeUserOnlineClients RegionId=cn-shanghai SmartAGId=sag-1 UserName=anna",
    ];
    assert_eq!(own_parameters(&server), expected);
}

#[tokio::test]
async fn users_are_counted_fifty_a_call_and_nobody_without_a_call() {
    let names: Vec<_> = (0..120).map(|number| format!("user-{number:03}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let answer =
        |name: &str, count: u32| json!({"UserStatistics": {"Statistics": [{"UserName": name, "OnlineCount": count}]}});
    let server = answering([answer("user-049", 1), answer("user-050", 2), answer("user-119", 3)]);
    let (smartag, instance, patience) = (smartag(&server), instance(), patience());
    let counts = smartag.online_counts(&instance, &names, &patience).await.unwrap();
    assert_eq!(counts.len(), 120);
    assert_eq!(["user-000", "user-049", "user-050", "user-119"].map(|name| counts[name]), [0, 1, 2, 3]);
    let sent = |request: &Request| request.form.keys().filter(|name| name.starts_with("UserNames.")).count();
    assert_eq!(server.requests().iter().map(sent).collect::<Vec<_>>(), [50, 50, 20]);
    assert_eq!(smartag.online_counts(&instance, &[], &patience).await, Ok(BTreeMap::new()));
    assert_eq!(server.requests().len(), 3);
}

/// A page of instances `sag-N` with these numbers.
fn instances(total: u32, numbers: impl IntoIterator<Item = u32>) -> Value {
    let rows: Vec<_> = numbers.into_iter().map(|number| json!({"SmartAGId": format!("sag-{number:03}")})).collect();
    json!({"TotalCount": total, "PageSize": 50, "SmartAccessGateways": {"SmartAccessGateway": rows}})
}

#[tokio::test]
async fn instances_are_listed_over_all_pages_and_sorted() {
    let server = answering([instances(51, (1..51).rev()), instances(51, [0])]);
    let smartag = smartag(&server);
    let found = smartag.instances("eu-central-1", &InstanceFilter::default(), &patience()).await.unwrap();
    assert_eq!(found.len(), 51);
    assert!(found.is_sorted_by_key(|instance| instance.id.clone()));
    let expected = [1, 2].map(|page| {
        format!(
            "Action=DescribeSmartAccessGateways InstanceType=software PageNumber={page} PageSize=50 \
             RegionId=eu-central-1"
        )
    });
    assert_eq!(own_parameters(&server), expected);
}

#[tokio::test]
async fn instances_are_asked_for_by_id_and_what_was_not_asked_for_is_left_out() {
    let server = answering([instances(2, [2, 7])]);
    let ids = ["sag-009", "sag-002", "sag-002"].map(str::to_owned).to_vec();
    let found = smartag(&server).instances("cn-shanghai", &InstanceFilter { ids }, &patience()).await.unwrap();
    assert_eq!(found.iter().map(|instance| instance.id.as_str()).collect::<Vec<_>>(), ["sag-002"]);
    assert_eq!(
        own_parameters(&server),
        ["Action=DescribeSmartAccessGateways InstanceType=software PageNumber=1 PageSize=50 RegionId=cn-shanghai \
          SmartAGIds.1=sag-002 SmartAGIds.2=sag-009"]
    );
}

#[tokio::test]
async fn a_list_of_instances_that_is_never_whole_is_an_error() {
    let server = answering([instances(3, [1]), instances(3, []), instances(3, [1]), instances(3, [])]);
    let outcome = smartag(&server).instances("cn-shanghai", &InstanceFilter::default(), &patience()).await;
    assert!(matches!(outcome, Err(Error::Malformed { .. })), "{outcome:?}");
    assert_eq!(server.requests().len(), 4);
}

#[tokio::test]
async fn the_emulator_understands_these_calls_and_is_understood_in_each_of_its_shapes() {
    let config = Config {
        instances: vec![InstanceConfig::new("sag-1").with_name("office").with_quota(5)],
        ciphertexts: vec![Ciphertext::new("Q2lwaGVy", "hunter2-hunter2").with_context("app", "s\u{e4}g +/")],
        ..Config::default()
    };
    let emulator = Emulator::start(config).unwrap();
    let instance = instance();
    emulator.outside(Outside::AddUser(smartag_emulator::NewUser::new("sag-1", "anna-01"))).unwrap();
    let session = Outside::OpenSession {
        sag_id: "sag-1".to_owned(),
        user_name: "anna-01".to_owned(),
        client_ip: Some([10, 0, 0, 7].into()),
    };
    emulator.outside(session).unwrap();
    let keys = Block {
        access_key: Some(DEFAULT_ACCESS_KEY_ID.to_owned()),
        secret_key: Some(Secret::from(DEFAULT_ACCESS_KEY_SECRET)),
        security_token: None,
    };
    let settings = Settings::new(Chain::new(vec![Box::new(keys)]), World::of_process());
    let settings = Settings { route: Route::to(emulator.url()), ..settings };
    let (kms, smartag, patience) = (Kms::new(settings.clone()), Smartag::new(settings), patience());

    let context = BTreeMap::from([("app".to_owned(), "s\u{e4}g +/".to_owned())]);
    let plaintext = kms.decrypt("cn-shanghai", "Q2lwaGVy", Some(&context), &patience).await;
    assert_eq!(plaintext, Ok(Secret::from("hunter2-hunter2")));
    for in_other_shapes in [false, true] {
        emulator.change_switches(|switches| {
            switches.numbers_as_strings = in_other_shapes;
            switches.session_numbers_as_strings = in_other_shapes;
            switches.statistics_list_absent = in_other_shapes;
            switches.statistics_key = if in_other_shapes { StatisticsKey::Small } else { StatisticsKey::Capital };
        });
        let counts = smartag.online_counts(&instance, &["anna-01", "bert-01"], &patience).await.unwrap();
        assert_eq!(counts, BTreeMap::from([("anna-01".to_owned(), 1), ("bert-01".to_owned(), 0)]));
        let clients = smartag.online_clients(&instance, "anna-01", &patience).await.unwrap();
        let [OnlineClient { client_ip, online_since }] = clients.as_slice() else { panic!("{clients:?}") };
        assert_eq!(client_ip.as_deref(), Some("10.0.0.7"));
        assert!((World::of_process().now() - *online_since).whole_seconds() < 600, "{online_since}");
        for ids in [vec![], vec!["sag-1".to_owned(), "sag-2".to_owned()]] {
            let found = smartag.instances("cn-shanghai", &InstanceFilter { ids }, &patience).await.unwrap();
            let [office] = found.as_slice() else { panic!("{found:?}") };
            assert_eq!((office.name.as_str(), office.status.as_str()), ("office", "Active"));
            assert_eq!((office.user_count, office.cidr_block.as_deref()), (Some(5), Some("10.0.0.0/8")));
            assert!(office.end_time > Some(1_700_000_000_000), "milliseconds: {office:?}");
        }
    }
}

fn users_page(json: &Value) -> Result<Page, Problem> {
    Page::read(json, "Users.User", User::read)
}

#[test]
fn a_page_is_read_in_every_shape_that_the_sources_show() {
    let anna = json!({"UserName": "anna", "Bandwidth": 1});
    for (json, total, users) in [
        (json!({"TotalCount": 7, "PageNumber": 1, "Users": {"User": [anna]}}), 7, 1),
        (json!({"TotalCount": "7", "PageNo": 1, "Users": [anna]}), 7, 1),
        (json!({"TotalCount": 0, "Users": {"User": []}}), 0, 0),
        (json!({"TotalCount": 0, "Users": {}}), 0, 0),
        (json!({"TotalCount": 0, "Users": null}), 0, 0),
        (json!({"TotalCount": 0}), 0, 0),
    ] {
        let page = users_page(&json).unwrap();
        assert_eq!((page.total, page.rows.len()), (total, users), "{json}");
    }
}

#[test]
fn a_page_that_cannot_be_understood_is_an_error_that_names_the_field() {
    for (json, field) in [
        (json!({"Users": {"User": []}}), "TotalCount"),
        (json!({"TotalCount": -1, "Users": {"User": []}}), "TotalCount"),
        (json!({"TotalCount": 1}), "Users.User"),
        (json!({"TotalCount": 1, "Users": {"User": "anna"}}), "Users.User"),
        (json!({"TotalCount": 1, "Users": {"User": [{"Bandwidth": 1}]}}), "UserName"),
    ] {
        let problem = users_page(&json).unwrap_err().to_string();
        assert!(problem.contains(field), "{json}: {problem}");
    }
}
