//! Many accounts of one instance: none is forgotten, and nobody is asked more often than needed.

use smartag_emulator::Outside;

use crate::accounts::LIST;
use crate::workspace::{INSTANCE, Workspace};

/// Accounts of a department, and the block that makes them.
pub fn department(count: u32) -> String {
    format!(
        "resource \"smartag_client_user\" \"staff\" {{\n  count = {count}\n  sag_id = {INSTANCE:?}\n  \
         user_name = format(\"staff%05d\", count.index + 1)\n  password = \"hush-staff-1\"\n  \
         user_mail = format(\"staff%05d@example.com\", count.index + 1)\n  bandwidth = 2000\n}}\n"
    )
}

#[test]
fn twenty_five_users_on_one_instance_live_and_go_together() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.apply(&department(25)).says("25 added");
    assert_eq!(workspace.emulator.users(INSTANCE).len(), 25);
    assert_eq!(workspace.writes().len(), 25);

    workspace.assert_settled();
    assert_eq!(workspace.emulator.count(LIST), 1, "25 accounts stand on one page");

    workspace.apply(&department(24)).says("0 added, 0 changed, 1 destroyed");
    assert_eq!(workspace.writes(), ["delete staff00025"]);
    workspace.destroy();
    assert_eq!(workspace.writes().len(), 24);
    assert!(workspace.emulator.users(INSTANCE).is_empty());
}

#[test]
fn a_refresh_reads_each_page_once_and_one_account_among_many_costs_two_calls() {
    let Some(workspace) = Workspace::open() else { return };
    workspace.outside(Outside::AddFleet { sag_id: INSTANCE.to_owned(), prefix: "staff".to_owned(), count: 220 });
    let imports = "import {\n  for_each = range(60)\n  to = smartag_client_user.staff[each.key]\n  \
                   id = format(\"sag-emulator0001:staff%05d\", (each.key + 1) * 3)\n}\n";
    let config = "resource \"smartag_client_user\" \"staff\" {\n  count = 60\n  sag_id = \"sag-emulator0001\"\n  \
                  user_mail = format(\"staff%05d@example.com\", (count.index + 1) * 3)\n  bandwidth = 2000\n}\n";
    let imports = imports.replace("range(60)", "toset(range(60))");
    workspace.apply(&format!("{imports}{config}")).says("60 imported, 0 added, 0 changed, 0 destroyed");
    assert_eq!(workspace.writes(), [""; 0]);

    workspace.assert_settled();
    let pages = workspace.emulator.count(LIST);
    assert!((5..=6).contains(&pages), "220 accounts are 5 pages, and {pages} calls were made");

    workspace.writes();
    workspace.run(&["plan", "-target=smartag_client_user.staff[59]"]).succeeded();
    assert!(workspace.emulator.count(LIST) <= 2, "{:?}", workspace.emulator.calls());
}
