//! What the provider's process computes for each call, over one connection.

use std::path::Path;

use smartag_emulator::{Config, DEFAULT_INSTANCE, DEFAULT_REGION, Emulator, InstanceConfig, Outside};
use terraform_provider_smartag::value::Value;

use crate::Failure;
use crate::figures::{Figure, Measure, Section, median};
use crate::flags::Dose;
use crate::session::{Session, Stored};

/// The instance whose users are written; those of the default one are only read, so that its pages stay shared.
const WRITTEN_INSTANCE: &str = "sag-bench0002";

const PREFIX: &str = "fleet";

/// The calls, in the order in which a round makes them: key, and what the table says.
const CALLS: [(&str, &str); 10] = [
    (EMPTY, "GetMetadata, the empty call"),
    ("validate", "ValidateResourceConfig"),
    ("upgrade", "UpgradeResourceState"),
    ("read", "ReadResource from shared pages"),
    ("plan_no_change", "PlanResourceChange, no change"),
    ("plan_create", "PlanResourceChange, create"),
    ("apply_create", "ApplyResourceChange, create"),
    ("plan_update", "PlanResourceChange, update"),
    ("apply_update", "ApplyResourceChange, update"),
    ("apply_delete", "ApplyResourceChange, delete"),
];

/// What all others are compared with.
const EMPTY: &str = "get_metadata";

/// What reading a user of shared pages may cost, in empty calls.
const READ_AT_MOST: f64 = 2.0;

/// One kind of call in one round.
struct Sample {
    call: &'static str,
    /// Microseconds of CPU for each.
    cpu: f64,
    /// Calls of the API for each.
    api_calls: f64,
}

/// A provider under measurement.
struct Meter {
    session: Session,
    emulator: Emulator,
    samples: Vec<Sample>,
}

/// Makes every kind of call in turn.
pub async fn measure(provider: &Path, dose: &Dose) -> Result<Section, Failure> {
    let instances = vec![InstanceConfig::new(DEFAULT_INSTANCE), InstanceConfig::new(WRITTEN_INSTANCE)];
    let emulator = Emulator::start(Config { instances, ..Config::default() })?;
    let (sag_id, prefix) = (DEFAULT_INSTANCE.to_owned(), PREFIX.to_owned());
    emulator.outside(Outside::AddFleet { sag_id, prefix, count: dose.fleet })?;
    let session = Session::open(provider, &emulator).await?;
    let mut meter = Meter { session, emulator, samples: Vec::new() };

    let fleet = meter.read_fleet(dose.fleet).await?;
    let first_reads = meter.emulator.calls().len();
    // The first round only warms up.
    meter.round(&fleet, dose.calls).await?;
    meter.samples.clear();
    for _ in 0..dose.rounds {
        meter.round(&fleet, dose.calls).await?;
    }
    let mut figures = meter.figures();
    let label = format!("API calls to read all {} users once", dose.fleet);
    figures.push(Figure::new("first_reads_api_calls", label, Measure::Count(first_reads)));
    meter.session.close().await?;
    let note =
        format!("ratio: to GetMetadata in the same round, {} calls of each kind, one after the other", dose.calls);
    Ok(Section { title: "CPU per call".to_owned(), figures, note: Some(note) })
}

impl Meter {
    /// Brings all pages into the provider. What comes back is the state of each user.
    async fn read_fleet(&self, count: u32) -> Result<Vec<Stored>, Failure> {
        let mut fleet = Vec::new();
        for user in self.emulator.users(DEFAULT_INSTANCE) {
            let state = self.session.user([
                ("id", format!("{DEFAULT_INSTANCE}:{}", user.user_name).as_str().into()),
                ("sag_id", DEFAULT_INSTANCE.into()),
                ("region", DEFAULT_REGION.into()),
                ("user_name", user.user_name.as_str().into()),
            ]);
            fleet.push(self.session.read(&Stored { state, ..Stored::nothing() }).await?);
        }
        let found =
            fleet.iter().filter(|stored| stored.state.attribute("user_mail").is_some_and(|mail| !mail.is_null()));
        match found.count() {
            found if found == count as usize => Ok(fleet),
            found => Err(format!("of {count} users that exist, only {found} could be read").into()),
        }
    }

    async fn round(&mut self, fleet: &[Stored], calls: u32) -> Result<(), Failure> {
        let calls = calls as usize;
        let one = |index: usize| &fleet[index % fleet.len()];
        self.run(EMPTY, calls, async |session, _| session.metadata().await).await?;
        let configs: Vec<_> = (0..calls).map(|index| self.config(index, 2000)).collect();
        self.run("validate", calls, async |session, index| session.validate(&configs[index]).await).await?;
        self.run("upgrade", calls, async |session, index| session.upgrade(&state_file(index)).await).await?;
        let read = self.run("read", calls, async |session, index| session.read(one(index)).await).await?;
        expect_same("ReadResource", &read, one)?;
        let no_change = async |session: &Session, index| {
            let stored: &Stored = one(index);
            session.plan(stored, &without_computed(&stored.state), &stored.state).await
        };
        let unchanged = self.run("plan_no_change", calls, no_change).await?;
        expect_same("PlanResourceChange", &unchanged, one)?;
        self.write(&configs).await
    }

    /// Creates users, changes and deletes them.
    async fn write(&mut self, configs: &[Value]) -> Result<(), Failure> {
        let calls = configs.len();
        let nothing = Stored::nothing();
        let plan = async |session: &Session, index| {
            let config: &Value = &configs[index];
            session.plan(&nothing, config, config).await
        };
        let planned = self.run("plan_create", calls, plan).await?;
        let create = async |session: &Session, index| session.apply(&nothing, &planned[index], &configs[index]).await;
        let created = self.run("apply_create", calls, create).await?;
        self.expect_users(calls, "creating")?;

        let wider: Vec<_> = (0..calls).map(|index| self.config(index, 3000)).collect();
        let plan = async |session: &Session, index| {
            let before: &Stored = &created[index];
            let mut proposed = before.state.clone();
            proposed.set_attribute("bandwidth", 3000.into());
            session.plan(before, &wider[index], &proposed).await
        };
        let planned = self.run("plan_update", calls, plan).await?;
        let update =
            async |session: &Session, index| session.apply(&created[index], &planned[index], &wider[index]).await;
        let updated = self.run("apply_update", calls, update).await?;
        if self.emulator.users(WRITTEN_INSTANCE).iter().any(|user| user.bandwidth != 3000) {
            return Err("a user that was updated does not have the new bandwidth".into());
        }

        let delete = async |session: &Session, index| session.apply(&updated[index], &nothing, &Value::Null).await;
        self.run("apply_delete", calls, delete).await?;
        self.expect_users(0, "deleting")
    }

    /// Makes a call many times, and keeps what one of them costs.
    async fn run<T>(
        &mut self,
        call: &'static str,
        times: usize,
        make: impl AsyncFn(&Session, usize) -> Result<T, Failure>,
    ) -> Result<Vec<T>, Failure> {
        let process = self.session.host().process();
        self.emulator.clear_calls();
        let before = process.cpu_time()?;
        let mut answers = Vec::with_capacity(times);
        for index in 0..times {
            answers.push(make(&self.session, index).await?);
        }
        let after = process.cpu_time()?;
        let spent = after.checked_sub(before).ok_or("a thread of the provider ended while it was measured")?;
        let api_calls = self.emulator.calls().len();
        if api_calls > 0 && !call.starts_with("apply") {
            return Err(format!("{call} is to call nothing, but made {api_calls} calls of the API").into());
        }
        let each = |total: f64| total / times as f64;
        self.samples.push(Sample { call, cpu: each(spent.as_secs_f64() * 1e6), api_calls: each(api_calls as f64) });
        Ok(answers)
    }

    fn expect_users(&self, expected: usize, doing: &str) -> Result<(), Failure> {
        match self.emulator.users(WRITTEN_INSTANCE).len() {
            found if found == expected => Ok(()),
            found => Err(format!("after {doing} there are {found} users, not {expected}").into()),
        }
    }

    fn config(&self, index: usize, bandwidth: i64) -> Value {
        let name = format!("user{index:04}");
        self.session.user([
            ("sag_id", WRITTEN_INSTANCE.into()),
            ("user_name", name.as_str().into()),
            ("user_mail", format!("{name}@example.com").as_str().into()),
            ("password", "not-a-secret".into()),
            ("bandwidth", bandwidth.into()),
        ])
    }

    fn figures(&self) -> Vec<Figure> {
        CALLS.iter().map(|(call, label)| self.figure(call, label)).collect()
    }

    fn figure(&self, call: &str, label: &str) -> Figure {
        let cpu = median(self.samples(call).map(|sample| sample.cpu));
        let api_calls = median(self.samples(call).map(|sample| sample.api_calls));
        let mut figure = Figure::new(call, label, Measure::CpuMicroseconds(cpu));
        if call != EMPTY {
            let in_turn = self.samples(call).zip(self.samples(EMPTY));
            figure = figure.times(EMPTY, median(in_turn.map(|(sample, empty)| sample.cpu / empty.cpu)));
        }
        if call == "read" {
            figure = figure.at_most(READ_AT_MOST);
        }
        if api_calls > 0.0 { figure.count("api_calls", "API calls", api_calls) } else { figure }
    }

    /// One of each round.
    fn samples<'a>(&'a self, call: &'a str) -> impl Iterator<Item = &'a Sample> {
        self.samples.iter().filter(move |sample| sample.call == call)
    }
}

fn expect_same<'a>(rpc: &str, answers: &[Stored], before: impl Fn(usize) -> &'a Stored) -> Result<(), Failure> {
    match answers.iter().enumerate().find(|(index, answer)| answer.state != before(*index).state) {
        Some((index, _)) => Err(format!("{rpc} changed user {index}, though nothing had changed").into()),
        None => Ok(()),
    }
}

/// The configuration that a state came from.
fn without_computed(state: &Value) -> Value {
    let mut config = state.clone();
    for computed in ["id", "region", "enabled"] {
        config.set_attribute(computed, Value::Null);
    }
    config
}

/// A user as a state file holds it.
fn state_file(index: usize) -> Vec<u8> {
    let name = format!("user{index:04}");
    let attributes = serde_json::json!({
        "id": format!("{WRITTEN_INSTANCE}:{name}"),
        "sag_id": WRITTEN_INSTANCE,
        "region": DEFAULT_REGION,
        "user_name": name,
        "user_mail": format!("{name}@example.com"),
        "password": "not-a-secret",
        "bandwidth": 2000,
        "client_ip": null,
        "enabled": true,
        "timeouts": null,
    });
    attributes.to_string().into_bytes()
}
