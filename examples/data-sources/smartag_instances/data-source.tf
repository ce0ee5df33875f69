# Every account of every instance in the region of the provider.
data "smartag_instances" "all" {}

data "smartag_client_users" "all" {
  for_each = toset(data.smartag_instances.all.ids)
  sag_id   = each.key
}

output "names_by_instance" {
  value = { for sag_id, found in data.smartag_client_users.all : sag_id => found.names }
}
