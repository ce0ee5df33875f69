# Everybody who is dialled in at the moment.
data "smartag_online_clients" "all" {
  sag_id = "sag-abc123"
}

# Cheaper where only some are of interest: one call for 50 names, and one for each of them who is online.
data "smartag_online_clients" "on_call" {
  sag_id     = "sag-abc123"
  user_names = ["alice.w", "bob@example.com"]
}

output "online_since" {
  value = { for client in data.smartag_online_clients.all.clients : client.user_name => client.online_since... }
}

output "somebody_is_on_call" {
  value = length(data.smartag_online_clients.on_call.clients) > 0
}
