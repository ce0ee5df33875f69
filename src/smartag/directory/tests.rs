use std::collections::BTreeMap;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::sync::Notify;
use tokio_util::sync::CancellationToken;

use super::*;
use crate::alibaba::Refusal;
use crate::smartag::paging::{PAGE_SIZE, Page, Paging};

/// How the fake service treats the filter.
#[derive(Clone, Copy, PartialEq)]
enum Filter {
    Exact,
    Substring,
    Ignored,
}

/// What happens when the service is asked for a page: the number of the call and its page, and the users to change.
type Event = Box<dyn Fn(usize, u32, &mut BTreeMap<String, User>) -> Result<(), Error> + Send + Sync>;

/// A service with these users, sorted by name, that counts its calls.
struct Service {
    users: Mutex<BTreeMap<String, User>>,
    calls: Mutex<Vec<(Option<String>, u32)>>,
    filter: Filter,
    event: Event,
    /// Changes a page on its way out.
    distort: fn(u32, &mut Page),
    /// Each call waits for this, if there is one.
    hold: Option<Arc<Notify>>,
}

impl Service {
    fn of(count: usize) -> Self {
        Self::named((0..count).map(|number| format!("user-{number:05}")))
    }

    fn named(names: impl IntoIterator<Item = impl Into<String>>) -> Self {
        let users = names.into_iter().map(Into::into).map(|name: String| (name.clone(), user(&name))).collect();
        Self {
            users: Mutex::new(users),
            calls: Mutex::default(),
            filter: Filter::Exact,
            event: Box::new(|_, _, _| Ok(())),
            distort: |_, _| (),
            hold: None,
        }
    }

    fn calls(&self) -> usize {
        self.calls.lock().unwrap().len()
    }

    fn answer(&self, filter: Option<&str>, number: u32) -> Result<Page, Error> {
        let mut users = self.users.lock().unwrap();
        let call = {
            let mut calls = self.calls.lock().unwrap();
            calls.push((filter.map(str::to_owned), number));
            calls.len()
        };
        (self.event)(call, number, &mut users)?;
        let matches = |name: &str| match (filter, self.filter) {
            (None, _) | (_, Filter::Ignored) => true,
            (Some(filter), Filter::Exact) => name == filter,
            (Some(filter), Filter::Substring) => name.to_lowercase().contains(&filter.to_lowercase()),
        };
        let matching: Vec<_> = users.values().filter(|user| matches(&user.user_name)).cloned().collect();
        let from = (number as usize - 1) * PAGE_SIZE as usize;
        let mut page = Page {
            total: u32::try_from(matching.len()).unwrap(),
            rows: matching.into_iter().skip(from).take(PAGE_SIZE as usize).collect(),
        };
        (self.distort)(number, &mut page);
        Ok(page)
    }
}

impl Lister for Service {
    fn page<'a>(&'a self, _: &'a InstanceRef, user_name: Option<&'a str>, number: u32, _: &'a Patience) -> Paging<'a> {
        Box::pin(async move {
            let answer = self.answer(user_name, number);
            match &self.hold {
                Some(hold) => hold.notified().await,
                None => tokio::task::yield_now().await,
            }
            answer
        })
    }
}

fn user(name: &str) -> User {
    User {
        user_name: name.to_owned(),
        user_mail: format!("{name}@example.com"),
        bandwidth: 2000,
        enabled: Some(true),
        client_ip: None,
        is_static_ip: None,
    }
}

fn refused(code: &str) -> Error {
    Error::Api(Box::new(Refusal {
        product: "smartag",
        action: "DescribeSmartAccessGatewayClientUsers",
        code: code.to_owned(),
        hides_code: false,
        caller: None,
        message: String::new(),
        request_id: None,
        http_status: 400,
        recommend: None,
        same_string_to_sign: None,
    }))
}

fn instance() -> InstanceRef {
    InstanceRef { region: "cn-shanghai".to_owned(), sag_id: "sag-1".to_owned() }
}

fn patience() -> Patience {
    Patience::lasting(Duration::from_secs(600), CancellationToken::new())
}

fn directory(service: Service) -> (Arc<Service>, Directory) {
    let service = Arc::new(service);
    (Arc::clone(&service), Directory::new(service))
}

async fn find(directory: &Directory, name: &str) -> Result<Lookup, Error> {
    directory.find(&instance(), name, &patience()).await
}

#[tokio::test]
async fn refreshing_a_whole_instance_takes_a_tenth_more_calls_than_it_has_pages_plus_one() {
    for count in [1, 50, 51, 100, 101, 1_000, 10_000] {
        // Forwards, backwards, and ten at a time.
        for order in 0..3 {
            let (service, directory) = directory(Service::of(count));
            let mut names: Vec<_> = service.users.lock().unwrap().keys().cloned().collect();
            if order == 1 {
                names.reverse();
            }
            for some in names.chunks(if order == 2 { 10 } else { 1 }) {
                for (name, found) in some.iter().zip(join_all(some.iter().map(|name| find(&directory, name))).await) {
                    assert_eq!(found, Ok(Lookup::Found(user(name))));
                }
            }
            let pages = count.div_ceil(50);
            let most = 11 * pages / 10 + 1;
            assert!(service.calls() <= most, "{count} users, order {order}: {} calls", service.calls());
        }
    }
}

#[tokio::test]
async fn one_user_of_a_huge_instance_takes_two_calls() {
    for (name, calls) in [("user-00001", 1), ("user-09999", 2), ("nobody", 2)] {
        let (service, directory) = directory(Service::of(10_000));
        find(&directory, name).await.unwrap();
        assert_eq!(service.calls(), calls, "{name}");
    }
}

#[tokio::test]
async fn an_absent_user_is_proved_absent_by_a_whole_list_and_asked_for_once() {
    for count in [0, 1, 50, 51, 1_000] {
        let (service, directory) = directory(Service::of(count));
        for _ in 0..2 {
            assert_eq!(find(&directory, "nobody").await, Ok(Lookup::Absent), "{count}");
        }
        assert!(service.calls() <= 2, "{count}");
    }
}

#[tokio::test]
async fn a_loose_filter_is_read_to_its_end_and_names_are_compared_exactly() {
    let mut service = Service::of(10_000);
    service.filter = Filter::Substring;
    service.users.lock().unwrap().insert("zoe".to_owned(), user("zoe"));
    service.users.lock().unwrap().extend((0..120).map(|n| (format!("yy-zoe-{n:03}"), user(&format!("yy-zoe-{n:03}")))));
    let (service, directory) = directory(service);
    assert_eq!(find(&directory, "zoe").await, Ok(Lookup::Found(user("zoe"))));
    assert_eq!(service.calls(), 1 + 3);
    assert_eq!(find(&directory, "yy-zoe-").await, Ok(Lookup::Absent));
    assert_eq!(service.calls(), 1 + 3 + 3);
    assert_eq!(find(&directory, "yy-zoe-119").await, Ok(Lookup::Found(user("yy-zoe-119"))), "seen on the way");
    assert_eq!(service.calls(), 1 + 3 + 3);
}

#[tokio::test]
async fn a_filter_that_does_not_filter_costs_no_more_than_the_list_and_a_tenth() {
    let mut service = Service::of(1_000);
    service.filter = Filter::Ignored;
    let (service, directory) = directory(service);
    assert_eq!(find(&directory, "user-00999").await, Ok(Lookup::Found(user("user-00999"))));
    assert_eq!(find(&directory, "nobody").await, Ok(Lookup::Absent));
    assert!(service.calls() <= 23, "{}", service.calls());
}

#[tokio::test]
async fn names_that_differ_in_case_are_told_apart_from_absent_ones() {
    let mut service = Service::named(["Anna", "bob"]);
    service.filter = Filter::Substring;
    let (_, directory) = directory(service);
    let (instance, patience) = (instance(), patience());
    for (name, expected) in [
        ("Anna", Lookup::Found(user("Anna"))),
        ("anna", Lookup::OtherCase(user("Anna"))),
        ("BOB", Lookup::OtherCase(user("bob"))),
        ("carl", Lookup::Absent),
    ] {
        assert_eq!(directory.find(&instance, name, &patience).await, Ok(expected.clone()), "{name}");
        assert_eq!(directory.find_fresh(&instance, name, &patience).await, Ok(expected), "{name}");
    }
}

#[tokio::test]
async fn readers_that_come_together_share_every_call() {
    let mut service = Service::of(1_000);
    let hold = Arc::new(Notify::new());
    service.hold = Some(Arc::clone(&hold));
    let (service, directory) = directory(service);
    let names: Vec<_> = (0..1_000).map(|number| format!("user-{number:05}")).collect();
    let readers = join_all(names.iter().map(|name| find(&directory, name)));
    let release = async {
        while service.calls() < 22 {
            hold.notify_one();
            tokio::task::yield_now().await;
        }
    };
    let found = tokio::select! {
        found = readers => found,
        () = async { release.await; panic!("more than the list and one look-up were asked for") } => unreachable!(),
    };
    assert!(found.iter().zip(&names).all(|(found, name)| *found == Ok(Lookup::Found(user(name)))));
    assert_eq!(service.calls(), 21);
}

#[tokio::test]
async fn a_write_voids_what_was_known_of_its_user_and_no_other() {
    let (service, directory) = directory(Service::of(100));
    let all: Vec<_> = service.users.lock().unwrap().keys().cloned().collect();
    for name in &all {
        find(&directory, name).await.unwrap();
    }
    let before = service.calls();
    drop(directory.writing(&instance(), &["user-00007"]));
    let changed = User { bandwidth: 1, ..user("user-00007") };
    service.users.lock().unwrap().insert("user-00007".to_owned(), changed.clone());
    assert_eq!(find(&directory, "user-00007").await, Ok(Lookup::Found(changed)));
    assert_eq!(find(&directory, "user-00008").await, Ok(Lookup::Found(user("user-00008"))));
    assert_eq!(service.calls(), before + 1);
}

#[tokio::test]
async fn a_list_under_way_during_a_write_does_not_bring_the_old_state_back() {
    let mut service = Service::of(10);
    let hold = Arc::new(Notify::new());
    service.hold = Some(Arc::clone(&hold));
    let (service, directory) = directory(service);
    let write = async {
        while service.calls() == 0 {
            tokio::task::yield_now().await;
        }
        // The answer with the old state is on its way when the user is deleted.
        let writing = directory.writing(&instance(), &["user-00003"]);
        service.users.lock().unwrap().remove("user-00003");
        drop(writing);
        for _ in 0..5 {
            hold.notify_one();
            tokio::task::yield_now().await;
        }
    };
    let (_, ()) = tokio::join!(find(&directory, "user-00001"), write);
    hold.notify_one();
    assert_eq!(find(&directory, "user-00003").await, Ok(Lookup::Absent));
}

#[tokio::test]
async fn a_list_that_changes_between_two_pages_is_read_again() {
    let mut service = Service::of(101);
    service.event = Box::new(|call, _, users| {
        // A user of page one goes: all others move up, and one of them is on no page that is read.
        if call == 2 {
            users.remove("user-00000");
        }
        Ok(())
    });
    let (service, directory) = directory(service);
    let users = directory.all(&instance(), &patience()).await.unwrap();
    let names: Vec<_> = users.iter().map(|user| user.user_name.clone()).collect();
    assert_eq!(names, service.users.lock().unwrap().keys().cloned().collect::<Vec<_>>());
    let asked = service.calls();
    assert_eq!(find(&directory, "user-00000").await, Ok(Lookup::Absent));
    assert_eq!(service.calls(), asked);
}

#[tokio::test]
async fn a_list_that_is_never_whole_makes_nobody_gone_and_never_loops() {
    type Distort = fn(u32, &mut Page);
    let torture: [(&str, Distort); 4] = [
        ("the count is always too high", |_, page| page.total += 10),
        ("the count runs away", |number, page| page.total += 100 * number),
        ("pages are empty", |_, page| {
            page.total = page.total.max(1);
            page.rows.clear();
        }),
        ("there is one name on each page", |_, page| {
            page.total = page.total.max(1);
            page.rows.truncate(1);
        }),
    ];
    for (name, distort) in torture {
        let mut service = Service::of(120);
        service.distort = distort;
        let (service, directory) = directory(service);
        let outcome = find(&directory, "nobody").await;
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{name}: {outcome:?}");
        let outcome = directory.all(&instance(), &patience()).await;
        assert!(matches!(outcome, Err(Error::Malformed { .. })), "{name}: {outcome:?}");
        assert!(service.calls() < 40, "{name}: {} calls", service.calls());
    }
}

#[tokio::test]
async fn a_service_that_repeats_page_one_still_answers_by_its_filter() {
    let mut service = Service::of(120);
    service.event = Box::new(|_, number, users| {
        // Page two and later hold what page one holds.
        if number == 2 {
            let first: Vec<_> = users.values().take(50).cloned().collect();
            for (position, user) in users.values_mut().skip(50).zip(first.iter().cycle()) {
                *position = user.clone();
            }
        }
        Ok(())
    });
    let (service, directory) = directory(service);
    assert_eq!(find(&directory, "nobody").await, Ok(Lookup::Absent));
    assert!(directory.all(&instance(), &patience()).await.is_err());
    assert!(service.calls() < 12, "{}", service.calls());
}

#[tokio::test]
async fn fewer_users_a_page_than_asked_for_are_as_good() {
    let mut service = Service::of(60);
    service.distort = |number, page| {
        let from = (number as usize - 1) * 20;
        page.rows = (from..60).take(20).map(|number| user(&format!("user-{number:05}"))).collect();
    };
    let (service, directory) = directory(service);
    assert_eq!(directory.all(&instance(), &patience()).await.map(|users| users.len()), Ok(60));
    assert_eq!(service.calls(), 3);
}

#[tokio::test]
async fn a_missing_instance_is_asked_for_once_and_again_after_a_write() {
    let mut service = Service::of(5);
    service.event = Box::new(|call, _, _| if call == 1 { Err(refused(INSTANCE_NOT_FOUND)) } else { Ok(()) });
    let (service, directory) = directory(service);
    let names: Vec<_> = (0..1_000).map(|number| format!("user-{number:05}")).collect();
    for found in join_all(names.iter().map(|name| find(&directory, name))).await {
        assert_eq!(found.unwrap_err().code(), Some(INSTANCE_NOT_FOUND));
    }
    assert_eq!(find(&directory, "late").await.unwrap_err().code(), Some(INSTANCE_NOT_FOUND));
    assert_eq!(service.calls(), 1);
    drop(directory.writing(&instance(), &["user-00001"]));
    assert_eq!(find(&directory, "user-00002").await, Ok(Lookup::Found(user("user-00002"))));
}

#[tokio::test]
async fn an_error_is_shared_by_those_who_waited_and_not_kept() {
    let mut service = Service::of(5);
    service.event = Box::new(|call, _, _| if call == 1 { Err(refused("Forbidden.RAM")) } else { Ok(()) });
    let (service, directory) = directory(service);
    let names: Vec<_> = (0..5).map(|number| format!("user-{number:05}")).collect();
    for found in join_all(names.iter().map(|name| find(&directory, name))).await {
        assert_eq!(found.unwrap_err().code(), Some("Forbidden.RAM"));
    }
    assert_eq!(service.calls(), 1);
    assert_eq!(find(&directory, "user-00001").await, Ok(Lookup::Found(user("user-00001"))));
}

#[tokio::test(start_paused = true)]
async fn who_waits_for_another_reader_keeps_its_own_deadline_and_stop() {
    let mut service = Service::of(5);
    service.hold = Some(Arc::new(Notify::new()));
    let (_, directory) = directory(service);
    let (here, stop) = (instance(), CancellationToken::new());
    let (long, short) = (patience(), Patience::lasting(Duration::from_secs(2), CancellationToken::new()));
    let stopped = Patience::lasting(Duration::from_secs(600), stop.clone());
    let later = async {
        tokio::time::sleep(Duration::from_secs(1)).await;
        stop.cancel();
    };
    let waiting = async {
        let others = tokio::join!(directory.find(&here, "a", &short), directory.find(&here, "b", &stopped), later);
        assert!(matches!(others.0, Err(Error::TimedOut { .. })), "{others:?}");
        assert!(matches!(others.1, Err(Error::Stopped { .. })), "{others:?}");
    };
    tokio::select! {
        biased;
        outcome = directory.find(&here, "c", &long) => panic!("nobody answered: {outcome:?}"),
        () = waiting => (),
    }
}
