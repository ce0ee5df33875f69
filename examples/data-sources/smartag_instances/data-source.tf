data "smartag_instances" "offices" {
  name_regex = "^office-"
}

# The accounts of each of them.
data "smartag_client_users" "office" {
  for_each = toset(data.smartag_instances.offices.ids)
  sag_id   = each.value
}

output "places_left" {
  value = {
    for instance in data.smartag_instances.offices.instances :
    instance.id => instance.user_count - length(data.smartag_client_users.office[instance.id].users)
  }
}
