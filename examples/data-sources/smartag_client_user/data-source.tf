# An account that somebody made in the console.
data "smartag_client_user" "alice" {
  sag_id    = "sag-abc123"
  user_name = "alice.w"
}

output "alice_may_dial_in" {
  value = data.smartag_client_user.alice.enabled
}
