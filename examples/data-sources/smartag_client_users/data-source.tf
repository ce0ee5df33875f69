# The accounts that are suspended.
data "smartag_client_users" "suspended" {
  sag_id  = "sag-abc123"
  enabled = false
}

output "suspended" {
  value = data.smartag_client_users.suspended.names
}
