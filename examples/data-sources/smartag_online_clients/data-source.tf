data "smartag_online_clients" "now" {
  sag_id = "sag-abc123"
}

# Each name once, however many sessions a user has.
output "online" {
  value = toset(data.smartag_online_clients.now.clients[*].user_name)
}
