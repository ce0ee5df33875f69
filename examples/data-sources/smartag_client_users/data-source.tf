data "smartag_client_users" "all" {
  sag_id = "sag-abc123"
}

# Filters narrow the list together: suspended accounts whose names begin with "ext-".
data "smartag_client_users" "suspended_externals" {
  sag_id     = "sag-abc123"
  name_regex = "^ext-"
  enabled    = false
}

output "bandwidth_by_user" {
  description = "In Kbit/s."
  value       = { for user in data.smartag_client_users.all.users : user.user_name => user.bandwidth }
}

output "suspended_externals" {
  value = data.smartag_client_users.suspended_externals.names
}
