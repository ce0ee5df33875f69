//! Short words for what the tests configure and count.

use smartag_emulator::{Emulator, NewUser, Outside, UserChange, UserView};

use crate::workspace::{INSTANCE, Workspace};

pub const CREATE: &str = "CreateSmartAccessGatewayClientUser";
pub const DELETE: &str = "DeleteSmartAccessGatewayClientUser";
pub const LIST: &str = "DescribeSmartAccessGatewayClientUsers";
pub const MODIFY: &str = "ModifySmartAccessGatewayClientUser";
pub const RESET: &str = "ResetSmartAccessGatewayClientUserPassword";
pub const ENABLE: &str = "EnableSmartAccessGatewayUser";
pub const DISABLE: &str = "DisableSmartAccessGatewayUser";
pub const KICK: &str = "KickOutClients";

/// A client user of the default instance.
pub fn user(label: &str, arguments: &str) -> String {
    format!("resource \"smartag_client_user\" {label:?} {{\n  sag_id = {INSTANCE:?}\n  {arguments}\n}}\n")
}

/// A kick on the default instance.
pub fn kick(label: &str, arguments: &str) -> String {
    format!("resource \"smartag_kick_clients\" {label:?} {{\n  sag_id = {INSTANCE:?}\n  {arguments}\n}}\n")
}

/// The arguments of an account named `alice.w`, and these.
pub fn alice(arguments: &str) -> String {
    user(
        "alice",
        &format!("user_name = \"alice.w\"\n  user_mail = \"alice@example.com\"\n  bandwidth = 2000\n  {arguments}"),
    )
}

/// An account that somebody made in the console, with the mail address that [`alice`] writes.
pub fn old_alice() -> NewUser {
    NewUser { user_mail: Some("alice@example.com".to_owned()), ..NewUser::new(INSTANCE, "alice.w") }
}

/// A change of `alice.w` outside, as yet of nothing.
pub fn alice_changes() -> UserChange {
    UserChange::of(INSTANCE, "alice.w")
}

impl Workspace {
    /// Puts `alice.w` into the state as an account that was not created here, so that her absence is believed at once.
    pub fn with_old_alice(self, user: NewUser) -> Self {
        self.outside(Outside::AddUser(user));
        self.write("main.tf", &alice(""));
        self.import("smartag_client_user.alice", &format!("{INSTANCE}:alice.w")).succeeded();
        self.emulator.clear_calls();
        self
    }

    /// Changes something in the console.
    pub fn outside(&self, change: Outside) {
        self.emulator.outside(change).expect("the emulator knows what is to be changed");
    }

    /// The account of the default instance as the service has it.
    pub fn account(&self, user_name: &str) -> Option<UserView> {
        self.emulator.users(INSTANCE).into_iter().find(|user| user.user_name == user_name)
    }

    /// What was written since this was asked last: action and user of each call, in order.
    pub fn writes(&self) -> Vec<String> {
        let writes = writes(&self.emulator);
        self.emulator.clear_calls();
        writes
    }
}

fn writes(emulator: &Emulator) -> Vec<String> {
    let calls = emulator.calls();
    let writes = calls.iter().filter(|call| call.action != LIST);
    writes
        .map(|call| {
            let action = match call.action.as_str() {
                CREATE => "create",
                DELETE => "delete",
                MODIFY => "modify",
                RESET => "reset",
                ENABLE => "enable",
                DISABLE => "disable",
                KICK => "kick",
                other => other,
            };
            format!("{action} {}", call.user_name.as_deref().unwrap_or("-"))
        })
        .collect()
}
